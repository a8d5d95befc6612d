"""The command ``attack-curves``, on a tiny MNIST."""

import shutil
from pathlib import Path

import pytest
import torch

from core import checkpoints, homework, robustness
from core.checkpoints import results
from tests.commands.helpers import assert_one_sentence
from train_all import main


def test_attack_curves_measures_every_attack_and_goes_on(
    tiny_mnist: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    for name in ("mnist_model_a", "mnist_model_b"):
        for kind in ("json", "safetensors"):
            shutil.copy(checkpoints.CHECKPOINTS / f"{name}.{kind}", out)
    monkeypatch.setattr(homework, "EPSILONS", (0, 8, 16))
    breaking = robustness.breaking_epsilons
    monkeypatch.setattr(
        robustness,
        "breaking_epsilons",
        lambda model, images, labels, **settings: breaking(
            model, images[:2], labels[:2], **settings, steps=4
        ),
    )
    command = [
        "attack-curves",
        "--data-dir",
        str(tiny_mnist),
        "--no-download",
        "--images",
        "30",
        "--out",
        str(out),
        "--runs-dir",
        str(tmp_path / "runs"),
    ]
    threads = torch.get_num_threads()
    assert main(command) == 0
    card = results.load("mnist_attacks", out)
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
    assert results.load("mnist_attacks", out)["rates"] == card["rates"]


def test_attack_curves_of_nothing_is_one_sentence(capsys: pytest.CaptureFixture) -> None:
    assert main(["attack-curves", "--images", "0"]) == 2
    assert_one_sentence(capsys.readouterr().err, "Expected --images of at least 1, got 0")
