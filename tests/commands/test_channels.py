"""The command ``channels``, on the bundled pictures, and the shipped result."""

import shutil
from pathlib import Path

import pytest
import torch

from core import checkpoints
from core.checkpoints import results
from core.checkpoints.measured import LayerPictures
from core.data.facts import to_unit
from core.data.samples import load_samples
from core.explain.exciting import MOST, RANKED, Exciting, channel_means, most_exciting
from core.homework import CHANNELS_RESULT
from core.models import ResNet
from tests.commands.helpers import assert_one_sentence
from train_all import main


def channels(tmp_path: Path, *arguments: str) -> int:
    """The command on the bundled pictures, the shipped network in a folder of its own."""
    out = tmp_path / "out"
    if not out.exists():
        out.mkdir()
        for kind in ("json", "safetensors"):
            shutil.copy(checkpoints.CHECKPOINTS / f"cifar10_resnet.{kind}", out)
    folders = ["--data-dir", str(tmp_path / "none"), "--out", str(out)]
    return main(["channels", "--no-download", *folders, *arguments])


def test_the_pictures_are_the_most_exciting_ones(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    assert channels(tmp_path) == 0
    card = results.load(CHANNELS_RESULT, tmp_path / "out")
    assert (card["images"], card["validated_on"]) == (20, "the bundled pictures")
    assert card["network"] == checkpoints.load_card("cifar10_resnet")["weights"]["sha256"]
    model = checkpoints.load("cifar10_resnet").model
    assert isinstance(model, ResNet)
    images = to_unit(load_samples("cifar10").images)
    with torch.inference_mode():
        found = most_exciting([channel_means(model, images)])
    for name, layer in card["layers"].items():
        kept = LayerPictures(**layer).unpacked()
        torch.testing.assert_close(kept.means, found[name].means, rtol=2e-3, atol=2e-3)
    assert "5,504 channels on the bundled pictures" in capsys.readouterr().out


def test_without_the_network_it_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    (tmp_path / "out").mkdir()
    assert channels(tmp_path) == 2
    assert_one_sentence(capsys.readouterr().err, "cifar10_resnet.json is missing")


def test_the_shipped_result_is_that_of_the_shipped_network() -> None:
    card = results.load(CHANNELS_RESULT)
    assert card["network"] == checkpoints.load_card("cifar10_resnet")["weights"]["sha256"]
    assert (card["images"], card["validated_on"]) == (10_000, "the test images")
    assert results.path(CHANNELS_RESULT).stat().st_size < 300_000
    for name, layer in card["layers"].items():
        found = LayerPictures(**layer).unpacked()
        assert found.means.shape == (RANKED[name], MOST)
        assert bool((found.means.diff(dim=1) <= 0).all()), "the most exciting first"


def test_packed_pictures_come_back() -> None:
    found = Exciting(torch.tensor([[9999, 0], [3, 65535]]), torch.tensor([[1.5, -0.25], [2, 0.5]]))
    back = LayerPictures(**LayerPictures.packed(found)).unpacked()
    assert torch.equal(back.indices, found.indices)
    assert torch.equal(back.means, found.means)
