"""The command ``untrained``, on the bundled pictures, and the shipped results."""

import json
import shutil
from pathlib import Path

import pytest
import torch

from commands.untrained import initial_network
from core import checkpoints
from core.checkpoints import results
from core.checkpoints.files import epoch_file
from core.data.samples import load_samples
from core.homework import UNTRAINED
from core.json_files import json_bytes, sealed
from core.models import to_input
from tests.commands.helpers import assert_one_sentence
from train_all import main


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """The shipped networks with their first weights, and no result yet."""
    for name in UNTRAINED:
        there = checkpoints.epochs_path(name, tmp_path)
        there.mkdir()
        shutil.copy(checkpoints.epochs_path(name) / epoch_file(0), there)
        shutil.copy(checkpoints.card_path(name), tmp_path)
    return tmp_path


def untrained(out: Path) -> int:
    return main(["untrained", "--no-download", "--data-dir", str(out / "none"), "--out", str(out)])


def test_the_networks_are_measured_as_their_seeds_make_them(
    out: Path, capsys: pytest.CaptureFixture
) -> None:
    assert untrained(out) == 0
    assert "of the bundled pictures before training" in capsys.readouterr().out
    for name, result in UNTRAINED.items():
        found = results.load(result, out)
        card = checkpoints.load_card(name, out)
        assert found["initial"] == card["epoch_weights"][epoch_file(0)]
        bundled = load_samples(card["config"]["dataset"])
        model = initial_network(card, out)
        with torch.no_grad():
            seen = model(to_input(model, bundled.images)).argmax(1)
        right = float((seen == bundled.labels).float().mean())
        assert found["validation_accuracy"] == pytest.approx(right)
        assert sum(map(sum, found["confusion"])) == len(bundled.labels)


def test_a_seed_that_gives_other_weights_is_one_sentence(
    out: Path, capsys: pytest.CaptureFixture
) -> None:
    path = checkpoints.card_path("mnist_cnn", out)
    card = json.loads(path.read_text())
    card["config"]["seed"] = 1
    path.write_bytes(json_bytes(sealed(card)))
    assert untrained(out) == 2
    assert_one_sentence(
        capsys.readouterr().err,
        "The seed 1 of mnist_cnn gives other initial weights here than those of mnist_cnn_epochs",
    )


def test_without_the_first_weights_it_is_one_sentence(
    out: Path, capsys: pytest.CaptureFixture
) -> None:
    (checkpoints.epochs_path("mnist_cnn", out) / epoch_file(0)).unlink()
    assert untrained(out) == 2
    assert_one_sentence(capsys.readouterr().err, "epoch_000.safetensors are missing")


@pytest.mark.parametrize(("name", "result"), UNTRAINED.items())
def test_the_shipped_result_is_that_of_the_shipped_network(name: str, result: str) -> None:
    found, card = results.load(result), checkpoints.load_card(name)
    assert found["initial"] == card["epoch_weights"][epoch_file(0)]
    assert found["validated_on"] == card["validated_on"] == "the test images"
    assert sum(map(sum, found["confusion"])) == 10_000
    right = sum(row[label] for label, row in enumerate(found["confusion"]))
    assert found["validation_accuracy"] == pytest.approx(right / 10_000)
    assert 0.05 < found["validation_accuracy"] < 0.15, "as by chance"
