"""app.chapters.networks.trace: one number's way is drawn with the numbers that core computes."""

import json

import pytest
import torch

from app.chapters.networks import trace as pictures
from app.ui.charts import number
from core import checkpoints
from core.data.facts import to_unit
from core.data.samples import load_samples
from core.explain.trace import Cell, trace


@pytest.fixture(scope="module")
def traced():
    return trace(checkpoints.load("mnist_cnn").model, to_unit(load_samples("mnist").images)[0])


@pytest.mark.parametrize(
    "cell",
    [
        Cell(0, 0, 3, 4),
        Cell(1, 2, 0, 27),
        Cell(2, 1, 5, 5),
        Cell(3, 5, 13, 0),
        Cell(4, 3, 5, 3),
        Cell(5, 0, 3, 8),
        Cell(6, 0, 7, 0),
    ],
)
def test_a_cells_way_is_drawn_with_its_numbers(traced, cell):
    strip = pictures.strip(traced, cell, alt="")
    assert len(strip.grids) == 1 + 3 + 3 + 6 + 6 + 1 + 1
    for one in strip.grids:
        layer, channel, width = map(int, one.pick.split())
        assert width == one.columns
        torch.testing.assert_close(one.values, traced.layers[layer].values[channel])
    rows, columns = traced.receptive_field(cell)
    seen = (
        next(mark for mark in strip.marks[::-1] if mark.grid == 0 and mark.style == "window")
        .cells[0]
        .tolist()
    )
    assert seen == [row * 28 + column for row in rows for column in columns]
    detail = pictures.detail(traced, cell)
    value = number(traced.value(cell))
    if cell.layer == 0:
        assert detail is None
    else:
        said = detail.sentences[pictures.step_of(traced, cell)]
        assert f"= {value}" in said or f"≈ {value}" in said
        if cell.layer in (2, 4):
            assert (
                detail.grids[0].title
                == f"{traced.layers[cell.layer - 1].name}, channel {cell.channel + 1}"
            )
    json.dumps(strip.data(theme="light"), allow_nan=False)
    sentence = pictures.sentence(traced, cell, 7)
    assert value in sentence
    if cell.layer in (1, 3):
        won = traced.strongest(traced.follows(cell)) == cell
        assert ("wins its pooling window" in sentence) == won
