"""Links between the grids of a picture; see app/components/grids/links.js."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from app.ui.packing import floats
from app.ui.palette import WEIGHTS


@dataclass(frozen=True, eq=False)
class Link:
    """Of which other grids a grid is made, drawn as curves; lit while somebody looks at it.

    Attributes:
        grid: its number in the picture.
        sources: the numbers of the others, at its left.
        text: what is said of it, with PLACE and VALUE for the cell that is looked at.
        kernels: (sources, rows, columns) weights that each of them is multiplied by, drawn on the
            curves; None: no curve has one.
        largest: symmetric limit of their colours.
        side: of a drawn kernel.
        names: what its cells are called where each stands for itself, like a unit; else none.
    """

    grid: int
    sources: Sequence[int]
    text: str
    kernels: Tensor | None = None
    largest: float = 1.0
    side: float = 27.0
    names: Sequence[str] = ()

    def data(self) -> dict[str, Any]:
        """As the component reads it."""
        rows, columns = (1, 1) if self.kernels is None else self.kernels.shape[1:]
        return {
            "grid": self.grid,
            "sources": list(self.sources),
            "text": self.text,
            "kernels": None if self.kernels is None else floats(self.kernels),
            "rows": rows,
            "columns": columns,
            "largest": self.largest,
            "colours": WEIGHTS,
            "side": self.side,
            "cells": bool(self.names),
            "names": list(self.names),
        }
