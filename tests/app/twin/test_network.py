"""The pictures of the small CNN that the static twin fills, and what it says of one number, are
those of the app.
"""

import json

import pytest

from app.chapters.networks import linked_cells
from app.chapters.networks import trace as pictures
from app.chapters.networks.overview import Digits, overview
from app.twin.data import flat_weights, layer_colours, look
from app.twin.templates import network_data, small_cnn
from core.data.facts import to_unit
from core.data.samples import load_samples
from core.explain.forward import forward_steps
from core.explain.trace import trace
from tests.app.components.test_components_js import HERE, run_node
from tests.app.twin.pictures import same

SCRIPT = HERE.parent / "twin" / "network_in_node.mjs"
# A cell of each layer, with the digit and the class whose logit is taken apart.
CASES = [
    ("input-9-10", 0, 7),
    ("conv1-2-8-9", 1, 2),
    ("pool1-3-4-5", 2, 3),
    ("conv2-2-5-6", 3, 0),
    ("pool2-4-6-4", 4, 9),
    ("hidden-37", 5, 1),
    ("logits-4", 6, 4),
    ("conv1-3-1-1", 7, 8),
]
ROUND = {"around", "share"}  # where the page is another


@pytest.fixture(scope="module")
def found():
    """For each case what node says, and core's trace and cell."""
    model, images = small_cnn(), load_samples("mnist").images
    cases = [
        {"image": images[digit].flatten().tolist(), "link": link, "label": label, "chosen": digit}
        for link, digit, label in CASES
    ]
    question = {
        "cases": cases,
        "weights": flat_weights(model).tolist(),
        "cnn": network_data(),
        "colours": layer_colours(),
        "look": look("dark"),
    }
    made = json.loads(run_node(SCRIPT, text=json.dumps(question)))
    traces = [trace(model, to_unit(images[digit][None])[0]) for _, digit, _ in CASES]
    return list(zip(made, traces, strict=True))


@pytest.mark.parametrize("index", range(len(CASES)))
def test_one_number_is_what_the_app_says_of_it(index, found):
    link, _, label = CASES[index]
    made, traced = found[index]
    cell = linked_cells.read(traced, link)
    assert made["link"] == link
    assert made["sentence"] == pictures.sentence(traced, cell, label)
    for name, other in (("before", traced.strongest(cell)), ("after", traced.follows(cell))):
        assert made[name] == (other and linked_cells.write(other))
    strip = pictures.strip(traced, cell, alt=made["sentence"]).data(theme="dark")
    same(without(made["strip"]), without(strip), "strip")
    detail = pictures.detail(traced, cell)
    assert (made["detail"] is None) == (detail is None)
    if detail is not None:
        step = pictures.step_of(traced, cell)
        expected = detail.data(theme="dark", step=step, pinned=made["detail"]["pinned"])
        same(without(made["detail"]), without(expected), "detail")


def without(scene):
    return {key: value for key, value in scene.items() if key not in ROUND}


@pytest.mark.parametrize("index", [1, 5])
def test_every_map_is_that_of_the_app(index, found):
    model, bundled = small_cnn(), load_samples("mnist")
    images, digit = to_unit(bundled.images), CASES[index][1]
    steps = {
        name: values[0].detach() for name, values in forward_steps(model, images[[digit]]).items()
    }
    names = [f"Digit {label} (no. {at})" for at, label in enumerate(bundled.labels.tolist())]
    scene = overview(model, steps, Digits(images, names, digit), dead={}, alt="")
    same(found[index][0]["overview"], scene.data(theme="dark"), "overview")


def test_the_table_counts_every_parameter(found):
    rows = network_data()["rows"]
    learned = [int(row[3].rpartition("= ")[2].replace(",", "")) for row in rows]
    assert sum(learned) == 39_248
    assert [row[2] for row in rows][-3:] == ["6 × 7 × 7", "128", "10"]
    assert [row[5] for row in rows] == ["1 × 1", "3 × 3", "4 × 4", "8 × 8", "10 × 10"] + [
        "28 × 28"
    ] * 2
