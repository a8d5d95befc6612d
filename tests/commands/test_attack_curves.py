"""The command ``attack-curves``, on a tiny MNIST."""

import shutil
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from core import checkpoints, homework, robustness
from core.checkpoints import results
from tests.commands.helpers import assert_one_sentence
from train_all import main


@pytest.fixture
def command(tiny_mnist: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A small measurement: few epsilons, and two samples of which the smallest is looked for."""
    (tmp_path / "out").mkdir()
    for name in homework.ATTACKED.values():
        for kind in ("json", "safetensors"):
            shutil.copy(checkpoints.CHECKPOINTS / f"{name}.{kind}", tmp_path / "out")
    breaking = robustness.breaking_epsilons

    def of_two(model: nn.Module, images: Tensor, labels: Tensor, **settings: object) -> object:
        return breaking(model, images[:2], labels[:2], **settings, levels=4)

    monkeypatch.setattr(homework, "EPSILONS", (0, 8, 16))
    monkeypatch.setattr(robustness, "breaking_epsilons", of_two)
    folders = {"--data-dir": tiny_mnist, "--out": tmp_path / "out", "--runs-dir": tmp_path / "runs"}
    options = [part for name, folder in folders.items() for part in (name, str(folder))]
    return ["attack-curves", "--no-download", "--images", "30", *options]


def test_attack_curves_measures_every_attack_and_goes_on(
    command: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
) -> None:
    threads = torch.get_num_threads()
    assert main(command) == 0
    card = results.load("mnist_attacks", tmp_path / "out")
    assert {(row["attack"], row["model"], row["epsilon"]) for row in card["rates"]} == {
        (name, model, epsilon)
        for name in homework.EVALUATED
        for model in "ABM"
        for epsilon in (0, 8, 16)
    }
    assert card["validated_on"] == "the first 30 of the test images"
    assert all(len(values) == 3 for values in card["transfer"].values())
    assert all(len(values) == 2 for values in card["breaking"].values())
    assert "epsilon  8, model A: " in capsys.readouterr().out
    assert torch.get_num_threads() == threads
    monkeypatch.setattr(robustness, "rate", lambda *arguments: pytest.fail("measured again"))
    assert main(command) == 0
    assert results.load("mnist_attacks", tmp_path / "out")["rates"] == card["rates"]


def test_attack_curves_of_nothing_is_one_sentence(capsys: pytest.CaptureFixture) -> None:
    assert main(["attack-curves", "--images", "0"]) == 2
    assert_one_sentence(
        capsys.readouterr().err, "'--images': expected a number from 1 to 10000, got 0."
    )
