"""How a picture lies that has its code beside it: narrower, its grids in columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.ui.grids import CellGrid, Scene
from app.ui.layer_layout import TOP, bottom

GAP = 22.0  # between two columns
LARGEST = 60.0  # a cell
PROOF = 2.0  # rem of what stands below a picture's caption, and may then stand below the fold
LEAST = 0.45  # CSS pixels a unit, before such a picture is moved sideways


@dataclass(frozen=True)
class Column:
    """Grids of a picture below each other.

    Attributes:
        grids: their numbers in the picture.
        width: of each of them, in the picture's units; a cell is 60 wide at most.
        heights: of the cells of each; none: in their shape.
        room: least width of the column, for its titles.
    """

    grids: Sequence[int]
    width: float
    heights: Sequence[float] = ()
    room: float = 0.0


def strip(grids: Sequence[CellGrid], top: float, width: float, side: float) -> list[CellGrid]:
    """Grids beside each other, each with as much room for its title.

    Args:
        grids: as they were.
        top: where they begin.
        width: of all together.
        side: of each.
    """
    step = width / max(1, len(grids))
    return [
        replace(sized(one, min(side, step - GAP)), x=at * step, y=top)
        for at, one in enumerate(grids)
    ]


def in_columns(scene: Scene, columns: Sequence[Column]) -> Scene:
    """The same picture with its grids in columns from left to right, without signs.

    Args:
        scene: the picture.
        columns: that every grid of it is in one of.

    Raises:
        ValueError: a grid is in no column or in two, or the picture has signs.
    """
    placed = sorted(number for column in columns for number in column.grids)
    if placed != [*range(len(scene.grids))] or scene.signs:
        raise ValueError(
            f"Expected columns with each of {len(scene.grids)} grids once and a picture without "
            f"signs, got grids {placed} and {len(scene.signs)} signs."
        )
    grids, x = list(scene.grids), 0.0
    for column in columns:
        y, width = TOP, column.room
        for order, number in enumerate(column.grids):
            one = sized(grids[number], column.width, *column.heights[order : order + 1])
            grids[number] = replace(one, x=x, y=y)
            width = max(width, grids[number].columns * grids[number].width)
            y = bottom([grids[number]]) + TOP
        x += width + GAP
    return narrow(replace(scene, grids=grids, width=x - GAP, height=bottom(grids)))


def narrow(scene: Scene) -> Scene:
    """A picture beside its code; it is moved sideways only where it were hardly seen.

    Args:
        scene: the picture.
    """
    return replace(scene, least=LEAST, around=scene.around - PROOF)


def sized(grid: CellGrid, room: float, height: float | None = None) -> CellGrid:
    """A grid with cells of another size.

    Args:
        grid: as it was.
        room: its width; a cell is 60 wide at most.
        height: of a cell; None: in its shape.
    """
    width = min(LARGEST, room / grid.columns)
    before = grid.width if grid.height is None else grid.height
    return replace(grid, width=width, height=height or before / grid.width * width)
