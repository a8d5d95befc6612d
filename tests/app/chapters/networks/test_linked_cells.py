"""app.chapters.networks.linked_cells: a link counts as the page does."""

import pytest

from app.chapters.networks import linked_cells, trace
from app.ui.link_words import LAYERS
from core import checkpoints
from core.data.facts import to_unit
from core.data.samples import load_samples
from core.explain import trace as tracing
from core.explain.trace import Cell
from tests.app.chapters.opened import grids, open_chapter, texts

TRACED = tracing.trace(
    checkpoints.load("mnist_cnn").model, to_unit(load_samples("mnist").images[:1])[0]
)
NAMED = [
    ("pool2-4-7-6", Cell(4, 3, 6, 5), "Pool 2, channel 4, row 7, column 6: "),
    ("input-8-13", Cell(0, 0, 7, 12), "Input, row 8, column 13: "),
    ("conv1-1-28-1", Cell(1, 0, 27, 0), "Conv 1 + ReLU, channel 1, row 28, column 1: "),
    ("hidden-37", Cell(5, 0, 2, 4), "Hidden, unit 37: "),
    ("logits-0", Cell(6, 0, 0, 0), "Logit of 0: "),
    ("logits-9", Cell(6, 0, 9, 0), "Logit of 9: "),
]


@pytest.mark.parametrize(("text", "cell", "said"), NAMED)
def test_a_cell_has_the_numbers_that_the_page_says(text: str, cell: Cell, said: str) -> None:
    assert linked_cells.write(cell) == text
    assert linked_cells.read(TRACED, text) == cell
    assert trace.sentence(TRACED, cell, 0).startswith(said)


def test_every_cell_has_a_name_of_its_own() -> None:
    assert len(LAYERS) == len(TRACED.layers)
    cells = [
        Cell(layer, *places)
        for layer, one in enumerate(TRACED.layers)
        for places in (one.values == one.values).nonzero().tolist()
    ]
    names = {linked_cells.write(cell) for cell in cells}
    assert len(names) == len(cells)
    assert [linked_cells.read(TRACED, linked_cells.write(cell)) for cell in cells] == cells


@pytest.mark.parametrize("text", ["4-3-6-5", "0-0-7-12", "6-0-9-0"])
def test_an_earlier_link_counts_from_0(text: str) -> None:
    assert linked_cells.read(TRACED, text) == Cell(*map(int, text.split("-")))


@pytest.mark.parametrize(
    "text",
    [
        "pool2-0-1-1",
        "pool2-7-1-1",
        "pool2-4-8-1",
        "pool2-4-7",
        "pool2-4-7-",
        "pool2--1-7-6",
        "hidden-0",
        "hidden-129",
        "hidden-1-1-1",
        "logits-10",
        "logits",
        "input-1-1-1",
        "input-29-1",
        "7-0-0-0",
        "4-3-6",
        "4-3-6-７",
        "x-1",
    ],
)
def test_what_is_no_cell_is_none(text: str) -> None:
    assert linked_cells.read(TRACED, text) is None


@pytest.mark.usefixtures("no_data")
@pytest.mark.parametrize(("text", "said"), [(text, said) for text, _, said in NAMED])
def test_a_link_opens_its_cell(text: str, said: str) -> None:
    app = open_chapter("networks", view="One number", cell=text)
    assert app.query_params["cell"] == text
    assert "left out" not in texts(app)
    assert grids(app)["sentences"][0].startswith(said)
