"""The pictures that have their code beside them: narrower, whole, and nothing on anything else."""

from collections.abc import Sequence
from itertools import combinations

import pytest

from app.chapters.convolution import backward, im2col, narrow
from app.ui import layer_steps
from app.ui.grids import EDGE, CellGrid, Scene
from app.ui.layer_layout import LEGEND
from app.ui.lit_layout import LEAST, Column, in_columns, strip
from tests.app.ui.test_lit_code import LAYERS, POOLED, scene_of

TITLE = 20.0  # units above a grid
Box = tuple[float, float, float, float]


def box(grid: CellGrid) -> Box:
    """With its title, its scale and its cells."""
    height = grid.rows * (grid.width if grid.height is None else grid.height)
    below = LEGEND if grid.legend else 0.0
    right = grid.x + grid.columns * grid.width
    return grid.x, grid.y - TITLE * bool(grid.title), right, grid.y + height + below


def overlapping(grids: Sequence[CellGrid]) -> list[str]:
    boxes = [(grid.title, box(grid)) for grid in grids]
    return [
        f"{one} on {other}"
        for (one, a), (other, b) in combinations(boxes, 2)
        if a[0] < b[2] and b[0] < a[2] and a[1] < b[3] - 0.1 and b[1] < a[3] - 0.1
    ]


def pictures() -> dict[str, tuple[Scene, Scene]]:
    found = {name: (one := scene_of(layer, 0), narrow.steps(one)) for name, layer in LAYERS.items()}
    pooled, back = layer_steps.pooling(POOLED, alt=""), backward.pooling(POOLED, False, alt="")
    for name in ("plain", "padded"):
        unfolded = im2col.unfolded(LAYERS[name], 0, alt="")
        found[f"im2col {name}"] = unfolded, narrow.im2col(unfolded)
    return found | {
        "pooling": (pooled, narrow.steps(pooled)),
        "pooling backward": (back, narrow.pooling_backward(back)),
    }


PICTURES = pictures()


@pytest.mark.parametrize("name", PICTURES)
def test_nothing_lies_on_anything_else_or_outside(name):
    _, picture = PICTURES[name]
    assert overlapping(picture.grids) == []
    boxes = [box(grid) for grid in picture.grids]
    assert min(x for x, *_ in boxes) >= 0
    assert min(y for _, y, *_ in boxes) >= 0
    assert max(right for _, _, right, _ in boxes) <= picture.width + EDGE
    assert max(end for *_, end in boxes) <= picture.height + 0.1


@pytest.mark.parametrize("name", PICTURES)
def test_every_grid_keeps_its_number_its_shape_and_its_meaning(name):
    before, picture = PICTURES[name]
    told = [
        [(one.rows, one.columns, one.step, one.entries, one.channel) for one in scene.grids]
        for scene in (before, picture)
    ]
    assert told[0] == told[1]
    assert picture.marks == before.marks
    assert picture.sentences == before.sentences
    assert picture.data(theme="light")["least"] == LEAST
    assert "least" not in before.data(theme="light")


def test_what_belongs_together_stands_in_one_row():
    _, picture = PICTURES["padded"]
    for channel in range(3):
        row = [one for one in picture.grids if one.entries is not None and one.channel == channel]
        assert len({one.y for one in [picture.grids[channel], *row]}) == 1
    _, unfolded = PICTURES["im2col plain"]
    kernel, matrix = unfolded.grids[1:3]
    assert (kernel.y, kernel.height) == (matrix.y, matrix.height)


def test_a_grid_in_no_column_and_signs_are_refused():
    _, picture = PICTURES["pooling"]
    with pytest.raises(ValueError, match=r"Expected columns with each of 4 grids once .* \[0, 1\]"):
        in_columns(picture, [Column([0, 1], 100.0)])
    many = scene_of(LAYERS["padded"], 0)
    with pytest.raises(ValueError, match="without signs, got grids"):
        in_columns(many, [Column([*range(len(many.grids))], 100.0)])


def test_a_strip_gives_each_grid_as_much_room():
    grids = PICTURES["pooling"][1].grids[:2]
    left, right = strip(grids, 50.0, 400.0, 90.0)
    assert (left.x, right.x, left.y, right.y) == (0.0, 200.0, 50.0, 50.0)
    assert left.columns * left.width == 90.0
