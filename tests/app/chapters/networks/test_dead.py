"""What the chapter says of a channel that is 0 on all digits, with its numbers computed."""

import re

import pytest

from app.chapters.networks import dead
from core import checkpoints
from core.data.facts import DatasetError
from core.data.samples import load_mistakes, load_samples
from core.explain.dead import count_firing
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
    every = "0 on all 10,000 bundled digits"
    assert f"Channel {channel + 1} of Conv {layer} is {every}: " in said
    assert f"its bias is {bias:.2f}".replace("-", "−") in said
    assert ("no picture lifts" in said) == (layer == 1), "only there it is proved"
    units = int(re.search(r"(\d+) of 128 hidden units", said)[1])
    assert "1 of 3 channels of Conv 1, 1 of 6 channels of Conv 2" in said
    assert units == 17, "as on all test digits"
    assert f"hatched: {every}" in said
    accuracy = checkpoints.load_card("mnist_cnn")["result"]["validation_accuracy"]
    assert f"{accuracy:.2%}" in said


@pytest.mark.usefixtures("no_data")
@pytest.mark.parametrize("cell", ALIVE)
def test_a_live_one_is_not(cell):
    assert "Dead ReLU" not in texts(open_chapter("networks", view="One number", cell=cell))


@pytest.mark.usefixtures("no_data")
def test_what_is_hatched_fires_on_no_picture_that_the_app_shows():
    for pictures in (load_samples("mnist"), load_mistakes("mnist", "mnist_cnn")):
        fired = count_firing(MODEL, pictures.images)
        for layer, found in dead.hatched(None).items():
            assert set(found) <= set(fired.dead(layer))


@pytest.mark.usefixtures("no_data")
def test_where_nothing_can_be_counted_nothing_is_claimed(monkeypatch):
    def damaged():
        raise DatasetError("They are damaged")

    monkeypatch.setattr(dead, "_count", lambda whole: damaged())
    for view in ("Small CNN", "One number"):
        said = texts(open_chapter("networks", view=view, cell=DEAD[0]))
        assert "hatched" not in said
        assert "Dead ReLU" not in said
