"""app.chapters.networks: every value in the picture of the small CNN is the running network's."""

import json

import pytest
import torch

from app.chapters.networks import digit, small
from app.chapters.networks.overview import BEFORE, MODULES, NAMES, Digits, limits, overview
from app.ui import networks
from core import checkpoints
from core.data.facts import to_unit
from core.data.samples import load_samples
from core.explain.forward import forward_steps
from core.models import MnistCNN
from tests.app.chapters.opened import grids, open_chapter

CHOSEN = 3


@pytest.fixture(scope="module")
def model():
    return checkpoints.load("mnist_cnn").model.requires_grad_(False)


@pytest.fixture(scope="module")
def images():
    return to_unit(load_samples("mnist").images)


@pytest.fixture(scope="module")
def scene(model, images):
    steps = {name: values[0] for name, values in forward_steps(model, images[[CHOSEN]]).items()}
    names = [f"Digit {index}" for index in range(len(images))]
    digits = Digits(images, names, CHOSEN)
    return overview(model, steps, digits, dead={"relu2": [2], "hidden": [5]}, alt="what it shows")


def maps(scene, name):
    """(index, grid) of every map of a layer."""
    found = enumerate(scene.grids)
    return [(index, one) for index, one in found if one.pick.split()[0] == name]


def hooked(model, images):
    """What comes out of every module, by hooks on a copy that nobody else uses."""
    outputs, hooks = {}, []
    for name, module in model.named_children():
        hooks.append(
            module.register_forward_hook(
                lambda _module, _inputs, output, name=name: outputs.setdefault(name, []).append(
                    output[0]
                )
            )
        )
    model(images)
    for hook in hooks:
        hook.remove()
    return outputs


def test_every_value_is_the_hooks(scene, model, images):
    found = hooked(model, images[[CHOSEN]])
    expected = {
        "input": images[CHOSEN],
        "conv1": found["conv1"][0],
        "relu1": found["conv1"][0].relu(),
        "pool1": found["pool"][0],
        "conv2": found["conv2"][0],
        "relu2": found["conv2"][0].relu(),
        "pool2": found["pool"][1],
        "hidden": found["fc1"][0].relu(),
        "logits": found["fc2"][0],
    }
    for name, values in expected.items():
        drawn = torch.cat([one.values.flatten() for _, one in maps(scene, name)])
        assert torch.equal(drawn, values.flatten()), name
    assert set(expected) == set(NAMES)


def test_parameters_and_multiplications_add_up(scene, model):
    texts = [sign.text for sign in scene.signs]
    total = sum(parameter.numel() for parameter in model.parameters())
    assert total == 39_248
    assert f"Parameters, in all {total:,}" in texts
    assert f"Multiplications, in all {21_168 + 31_752 + 37_632 + 1_280:,}" in texts
    for name in MODULES.values():
        count = sum(parameter.numel() for parameter in model.get_submodule(name).parameters())
        assert f"{count:,}" in texts
    for shape in ("1 × 28 × 28", "3 × 28 × 28", "3 × 14 × 14", "6 × 14 × 14", "6 × 7 × 7", "128"):
        assert shape in texts


def test_a_map_is_linked_to_all_that_it_is_made_of(scene, model):
    for name, before in BEFORE.items():
        sources = [index for index, _ in maps(scene, before)]
        for channel, (index, _) in enumerate(maps(scene, name)):
            (link,) = [one for one in scene.links if one.grid == index]
            own = name in ("relu1", "pool1", "relu2", "pool2")
            assert list(link.sources) == ([sources[channel]] if own else sources)
            if name in ("conv1", "conv2"):
                weight = model.get_submodule(name).weight
                assert torch.equal(link.kernels, weight[channel])
                assert link.largest == float(weight.abs().max())
            else:
                assert link.kernels is None


def test_what_is_always_0_is_hatched(scene):
    hatched = [one.outside.numel() for _, one in maps(scene, "relu2")]
    assert hatched == [0, 0, 14 * 14, 0, 0, 0]
    assert maps(scene, "hidden")[0][1].outside.tolist() == [5]


def test_a_window_of_1024_pixels_shows_all_of_it(scene):
    smallest, room = 0.64, 934  # CSS pixels a unit, see geometry.js, and beside the margins
    assert scene.data(theme="light")["width"] * smallest < room


def test_the_picture_is_sent_as_json(scene):
    data = json.loads(json.dumps(scene.data(theme="light"), allow_nan=False))
    assert len(data["links"]) == 3 * 3 + 3 * 6 + 2
    assert data["links"][0]["rows"] == 3


def test_the_chapter_opens_with_the_picture_and_its_verdict():
    app = open_chapter("networks", image="4")
    label = int(load_samples("mnist").labels[4])
    assert any(f"Predicted **{label}**" in one.value for one in app.markdown)
    assert f"digit {label} (no. 4)" in app.caption[0].value
    steps = forward_steps(
        networks.model_of(digit.NAME, MnistCNN), to_unit(load_samples("mnist").images[[4]])
    )
    ends = limits({name: values[0] for name, values in steps.items()})
    drawn = grids(app)["grids"]
    assert [one["largest"] for one in drawn if one["says"] == "Hidden"] == [ends[2]]


@pytest.mark.parametrize(
    ("name", "channel", "index", "cell"),
    [
        ("input", 0, 30, (0, 0, 1, 2)),
        ("conv1", 2, 57, (1, 2, 2, 1)),
        ("relu1", 2, 57, (1, 2, 2, 1)),
        ("pool1", 1, 15, (2, 1, 1, 1)),
        ("conv2", 5, 15, (3, 5, 1, 1)),
        ("pool2", 5, 15, (4, 5, 2, 1)),
        ("hidden", 0, 37, (5, 0, 2, 5)),
        ("logits", 0, 7, (6, 0, 7, 0)),
    ],
)
def test_a_click_is_the_cell_that_the_other_view_follows(name, channel, index, cell):
    found = small.cell_of(name, channel, index)
    assert (found.layer, found.channel, found.row, found.column) == cell
