"""The code beside its picture on the pages: closed at first, opened by a link, of what is shown."""

import json

import pytest
import torch
from streamlit.testing.v1 import AppTest

from app.chapters.attack.running import call_of
from core import checkpoints
from core.attacks import IMPROVED
from core.cam import class_activation_maps
from core.data.facts import to_unit
from core.data.samples import load_samples
from tests.app import lit
from tests.app.chapters.opened import open_chapter

PAGES = {
    ("convolution", "Steps"): "conv2d_loops",
    ("convolution", "im2col"): "conv2d_im2col",
    ("cam", "The sum"): "class_activation_maps",
    ("attack", "Step by step"): "step",
    ("training", "Train it now"): "training_step",
}


def listings(app: AppTest) -> list[dict]:
    """What the component gets that shows code."""
    every = [json.loads(one.proto.json or "{}") for one in app.get("bidi_component")]
    return [data for data in every if "statements" in data]


def scene_ids(app: AppTest) -> list[str]:
    every = [json.loads(one.proto.json or "{}") for one in app.get("bidi_component")]
    return [data["id"] for data in every if "grids" in data]


@pytest.mark.parametrize(("chapter", "view"), PAGES)
def test_a_link_opens_the_code_of_the_picture(no_data, chapter: str, view: str) -> None:
    assert listings(open_chapter(chapter, view=view)) == []
    app = open_chapter(chapter, view=view, code="true")
    assert not app.error
    (data,) = listings(app)
    assert data["name"] == PAGES[chapter, view]
    assert data["of"] in scene_ids(app)


def test_a_pooling_shows_its_loops_and_its_gradient(no_data) -> None:
    for view, name in (("Steps", "max_pool2d_loops"), ("Backward", "max_pool2d_backward")):
        app = open_chapter("convolution", view=view, code="true", layer="Max pooling")
        assert [data["name"] for data in listings(app)] == [name]
    assert listings(open_chapter("convolution", view="Predict", code="true")) == []


def test_the_maps_code_has_the_maps_of_the_network(no_data) -> None:
    (data,) = listings(open_chapter("cam", view="The sum", code="true", **{"class": "ship"}))
    images = to_unit(load_samples("cifar10").images[:1])
    result = class_activation_maps(checkpoints.load("cifar10_resnet").model, images)
    maps = lit.made(data, "maps = torch.einsum", "maps")
    found = [lit.numbers(data, maps, cell) for cell in range(16)]
    torch.testing.assert_close(torch.cat(found), result.maps[0, 8].flatten(), rtol=0, atol=1e-4)
    logits = lit.made(data, "result = CamResult", "result.logits")
    assert lit.numbers(data, logits, 0).tolist()[8:9] == pytest.approx(
        result.logits[0, 8:9].tolist(), abs=1e-4
    )


def test_the_attacks_code_is_the_step_that_was_chosen(no_data) -> None:
    link = {"view": "Step by step", "code": "true", "network": "A", "image": "0", "epsilon": "16"}
    for step in ("1", "3"):
        (data,) = listings(open_chapter("attack", **link, step=step))
        given = lit.made(data, "def", "points")
        (after,) = [
            data["variables"][one]
            for one in lit.statement(data, "return")["makes"]
            if data["variables"][one]["name"] == "return[0]"
        ]
        image = load_samples("mnist").images[0].flatten().float()
        moved = torch.cat([lit.numbers(data, after, pixel) for pixel in range(784)]) - image
        assert 0 < float(moved.abs().max()) <= 16
        start = torch.cat([lit.numbers(data, given, pixel) for pixel in range(784)]) - image
        assert bool(start.any()) is (step == "3")  # the first step begins at the picture


def test_a_moment_of_the_trace_is_found_among_the_steps() -> None:
    # two runs of 2 and 3 gradients: looks at 0 1 2 | 3 4 5 6, steps after 0 1 | 3 4 5
    assert [call_of(moment, [2, 3]) for moment in range(7)] == [0, 0, 1, 2, 2, 3, 4]
    assert [call_of(moment, [20]) for moment in (0, 1, 20)] == [0, 0, 19]
    assert IMPROVED.budgets(20)
