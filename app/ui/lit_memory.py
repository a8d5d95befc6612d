"""The memory that variables of a recorded function lie in, and the cells of a picture that draw its
numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain, groupby
from typing import Any

import torch
from torch import Tensor

from app.ui.grids import Scene
from app.ui.packing import floats

ONCE = 4_000  # numbers from which on those that the picture has are not sent once more


@dataclass(frozen=True, eq=False)
class DrawnIn:
    """Where a picture draws a variable.

    Attributes:
        grid: its number in the scene.
        elements: for each cell the index of its number in the flattened variable; -1: none of it.
    """

    grid: int
    elements: Tensor


@dataclass(eq=False)
class Memory:
    """One piece of memory that several variables look at.

    Attributes:
        values: the numbers in it, as they were seen last.
        drawn: where they are drawn, by their places in it.
        used: which of them a page needs.
    """

    values: Tensor
    drawn: list[DrawnIn] = field(default_factory=list)
    used: Tensor = field(init=False)

    def __post_init__(self) -> None:
        """Nothing is needed before somebody asks."""
        self.used = torch.zeros(len(self.values), dtype=torch.bool)

    def is_drawn(self, places: Tensor) -> Tensor:
        """Which places have a cell."""
        found = torch.zeros(len(self.values), dtype=torch.bool)
        for one in self.drawn:
            found[one.elements[one.elements >= 0]] = True
        return found[places]

    def in_order(self) -> Tensor:
        """(1, any) the places that have a cell, grid after grid."""
        places = [one.elements[one.elements >= 0].tolist() for one in self.drawn]
        return torch.tensor([[*dict.fromkeys(chain.from_iterable(places))]], dtype=torch.long)

    def part(self, scene: Scene) -> Tensor | None:
        """(steps, any) the places that belong to each step of a picture; -1: none. None: it draws
        all of them at every step.
        """
        found: list[Tensor] = []
        for one in self.drawn:
            cells = _cells_at(scene, one.grid)
            if cells is None:
                return None
            places = one.elements[cells.clamp(min=0)].masked_fill(cells < 0, -1)
            if not any(torch.equal(places, other) for other in found):
                found.append(places)
        return torch.cat(found, 1) if found else None

    @property
    def packed(self) -> str:
        """The numbers in use."""
        return floats(self.values[self.used])

    def data(self, scene: Scene) -> dict[str, Any]:
        """As the component reads it: the numbers in use, and the cells of each as (grid, first
        number, first cell, how many). Many numbers that the picture has, each in its cells, it
        takes from there.

        Args:
            scene: the picture.
        """
        numbers, cells = self.values[self.used], self._cells()
        is_there = len(numbers) > ONCE and torch.equal(_in_cells(scene, cells, numbers), numbers)
        return {"values": None if is_there else self.packed, "cells": cells}

    def _cells(self) -> list[list[int]]:
        place = self.used.nonzero()[:, 0]
        cells: list[list[int]] = []
        for one in self.drawn:
            cell_of = torch.full((len(self.values),), -1)
            inside = one.elements >= 0
            cell_of[one.elements[inside]] = inside.nonzero()[:, 0]
            numbered = [(at, cell) for at, cell in enumerate(cell_of[place].tolist()) if cell >= 0]
            for _, group in groupby(numbered, lambda pair: pair[1] - pair[0]):
                together = list(group)
                cells += _unbroken(one.grid, together)
        return cells


def _in_cells(scene: Scene, cells: Sequence[Sequence[int]], numbers: Tensor) -> Tensor:
    """The numbers that the picture has in the cells of others; NaN where there is none."""
    found = torch.full_like(numbers, torch.nan)
    for grid, at, cell, count in reversed(cells):  # of several cells the first counts
        values = scene.grids[grid].values
        inside = torch.nan if values is None else values.float().flatten()[cell : cell + count]
        found[at : at + count] = inside
    return found


def _unbroken(grid: int, numbered: Sequence[tuple[int, int]]) -> list[list[int]]:
    """Cells whose numbers follow each other, as one part."""
    parts: list[list[int]] = []
    for at, cell in numbered:
        if parts and parts[-1][1] + parts[-1][3] == at:
            parts[-1][3] += 1
        else:
            parts.append([grid, at, cell, 1])
    return parts


def _cells_at(scene: Scene, grid: int) -> Tensor | None:
    """(steps, any) the cells of a grid that belong to each step; None: all at every step."""
    about = scene.grids[grid]
    each = torch.arange(scene.steps)[:, None]
    if about.step == "cell":
        return each
    if about.step == "column":
        return each + torch.arange(about.rows) * about.columns
    marks = [mark for mark in scene.marks if mark.grid == grid and mark.cells.numel()]
    return marks[0].cells if marks else None
