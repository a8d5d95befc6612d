"""What scenes of layers share: sizes, names of cells and channels, marks."""

from __future__ import annotations

import re
from collections.abc import Sequence

import torch
from torch import Tensor

from app.ui.charts import number
from app.ui.grids import CellGrid, Mark, Sign
from core.explain.geometry import Geometry

COLOURS = ("Red", "Green", "Blue")
TOP = 26.0  # of the grids, below their titles
SHORT = 12  # letters of a name
LEGEND = 28.0  # height of a printed scale
WIDEST, TALLEST = 60.0, 56.0  # a cell


def cell_size(room: tuple[float, float], shape: Sequence[int]) -> tuple[float, float]:
    """(width, height) of the cells of a grid that fills a room of (width, height), as large as they
    may be: numbers are wider than tall.

    Args:
        room: of the grid.
        shape: its rows and columns.
    """
    return min(WIDEST, room[0] / shape[1]), min(TALLEST, room[1] / shape[0])


def cell_names(geometry: Geometry) -> list[str]:
    """The place of every output cell in words."""
    width = geometry.output[1]
    return [f"Row {step // width + 1}, column {step % width + 1}" for step in range(geometry.steps)]


def channel_names(count: int) -> tuple[str, ...]:
    """What the channels of a picture are called."""
    return (
        COLOURS
        if count == len(COLOURS)
        else tuple(f"Channel {index + 1}" for index in range(count))
    )


def short_names(names: Sequence[str]) -> list[str]:
    """Filters' names without what stands in brackets, unless they are short anyway, and without the
    kernel where all have the same one on a channel each.
    """
    kernels, ons, channels = zip(*(name.partition(" on ") for name in names))
    if all(ons) and len(set(kernels)) == 1:
        return [f"on {channel}" for channel in channels]
    return [name if len(name) <= SHORT else re.sub(r" \(.*?\)", "", name) for name in names]


def outside(geometry: Geometry) -> Tensor | None:
    """Places of the padding in the padded picture."""
    return (geometry.origin() < 0).nonzero()[:, 0] if geometry.padding else None


def every_step(geometry: Geometry) -> Tensor:
    """(steps, 1), each step's own number: the output cell that it lights."""
    return torch.arange(geometry.steps)[:, None]


def input_title(name: str, geometry: Geometry) -> str:
    """A name with the size and the padding."""
    size = f"{name} {geometry.size[0]} × {geometry.size[1]}"
    return size + (f", padding {geometry.padding}" if geometry.padding else "")


def window_marks(grid: int, geometry: Geometry, covered: Tensor) -> list[Mark]:
    """The window on a padded input; its cells too where they lie apart."""
    marks = [Mark(grid, covered, "window", feeds=True)]
    return [*marks, Mark(grid, covered, "cells")] if geometry.dilation > 1 else marks


def bottom(grids: Sequence[CellGrid], signs: Sequence[Sign] = ()) -> float:
    """Where a scene ends below."""
    ends = [
        grid.y + grid.rows * (grid.height or grid.width) + (LEGEND if grid.legend else 3.0)
        for grid in grids
    ]
    return max(ends + [sign.y + sign.size for sign in signs])


def kernel_title(name: str, denominator: int | None, *, flipped: bool = False) -> str:
    """Above a kernel: with what its whole numbers are divided by, where they are fractions."""
    if denominator is None:
        return f"{name}, flipped" if flipped else name
    return f"{'Flipped kernel' if flipped else name} / {denominator}"


def plus(value: float) -> str:
    """A number that is added: its sign, a space, its size."""
    return f"{'−' if value < 0 else '+'} {number(abs(value))}"
