"""What is advised about a file that is missing or damaged fits the folder that it is in."""

from pathlib import Path

import pytest

from core import homework
from core.checkpoints import CHECKPOINTS, CheckpointError, facts, load_card, results
from core.checkpoints.facts import remedy
from core.data import facts as data_facts
from core.data.facts import SAMPLES, DatasetError, how_to_restore
from core.data.samples import load_samples


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the repository whose folders are empty, as git checks it out."""
    for folder in (".git", "checkpoints", "samples"):
        (tmp_path / folder).mkdir()
    monkeypatch.setattr(data_facts, "ROOT", tmp_path)
    monkeypatch.setattr(facts, "CHECKPOINTS", tmp_path / "checkpoints")
    return tmp_path


def test_in_a_checkout_git_brings_back_what_ships(checkout: Path) -> None:
    for folder in (checkout / "checkpoints", checkout / "samples" / ".." / "checkpoints"):
        with pytest.raises(CheckpointError) as caught:
            load_card("mnist_cnn", folder)
        assert str(caught.value).endswith(
            "mnist_cnn.json is missing: restore it with `git checkout -- checkpoints`, or make it "
            "anew with `python train_all.py mnist`"
        )
        assert caught.value.message.endswith("mnist_cnn.json is missing")
    assert how_to_restore(checkout / "samples", checkout / "samples") == (
        "restore it with `git checkout -- samples`"
    )


def test_without_git_nobody_is_sent_to_it(checkout: Path) -> None:
    (checkout / ".git").rmdir()
    told = remedy("mnist_cnn", checkout / "checkpoints")
    assert told == "copy it there again, or make it anew with `python train_all.py mnist`"


@pytest.mark.parametrize(
    ("name", "command"),
    [(name, row.command) for name, row in (homework.NETWORKS | homework.RESULTS).items()],
)
def test_in_another_folder_the_command_writes_there(
    checkout: Path, name: str, command: str
) -> None:
    folder = checkout / "my runs"
    told, (what, _, place) = remedy(name, folder), command.partition(" --write")
    option = "--write" if place else "--out"
    assert told == f"copy it there again, or make it anew with `{what} {option} '{folder}'`"


def test_the_command_of_an_unknown_card_is_repeated_without_its_options(checkout: Path) -> None:
    folder = checkout / "checkpoints"
    assert "anew with `python own.py`" in remedy("own", folder, "python own.py")
    assert "anew" not in remedy("own", folder, "python own.py --out /elsewhere")
    assert "anew" not in remedy("own", folder)


def test_the_folders_that_ship_are_known() -> None:
    assert how_to_restore(CHECKPOINTS, CHECKPOINTS) != how_to_restore(SAMPLES, CHECKPOINTS)


def test_a_result_and_a_picture_elsewhere_are_copied_there(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"is missing: copy it there again, .*--out"):
        results.load(homework.ATTACK_RESULT, tmp_path)
    with pytest.raises(DatasetError, match="is missing: copy it there again"):
        load_samples("mnist", tmp_path)
