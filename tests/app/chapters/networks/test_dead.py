"""What the Network view says of a channel that is always 0, with its numbers computed."""

import re

import pytest

from core import checkpoints
from tests.app.chapters.opened import open_chapter, texts

MODEL = checkpoints.load("mnist_cnn").model
DEAD, ALIVE = ("1-0-10-10", "2-0-6-6", "3-2-6-6", "4-2-3-3"), ("0-0-3-3", "1-1-10-10", "6-0-7-0")


@pytest.mark.usefixtures("no_data")
@pytest.mark.parametrize("cell", DEAD)
def test_a_dead_channel_is_explained(cell):
    said = texts(open_chapter("networks", view="One number", cell=cell))
    layer = 1 if cell[0] in "12" else 2
    channel = int(cell[2])
    bias = MODEL.get_submodule(f"conv{layer}").bias.detach()[channel].item()
    assert f"Channel {channel + 1} of Conv {layer} is 0 on all 20 bundled digits: " in said
    assert f"its bias is {bias:.2f}".replace("-", "−") in said
    assert ("no picture lifts" in said) == (layer == 1), "only there it is proved"
    units = int(re.search(r"(\d+) of 128 hidden units", said)[1])
    assert "1 of 3 channels of Conv 1, 1 of 6 channels of Conv 2" in said
    assert 17 <= units < 128, "17 on all test digits, so at least as many on a part of them"
    accuracy = checkpoints.load_card("mnist_cnn")["result"]["validation_accuracy"]
    assert f"{accuracy:.2%}" in said


@pytest.mark.usefixtures("no_data")
@pytest.mark.parametrize("cell", ALIVE)
def test_a_live_one_is_not(cell):
    assert "Dead ReLU" not in texts(open_chapter("networks", view="One number", cell=cell))
