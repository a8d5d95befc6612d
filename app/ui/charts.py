"""Arrays to Vega-Lite specifications. No streamlit here: what comes out is a plain dict.

Colours are fixed: values run from orange (negative) over white (zero) to blue (positive), weights
from purple over white to green; both pairs stay apart for colour-blind readers. Limits are printed
at every scale.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from app.ui import palette
from app.ui.palette import WEIGHTS, Spec

INDEPENDENT = {"scale": {"color": "independent"}, "legend": {"color": "independent"}}
# Nominal pixels; a number that does not fit into its cell in this size is left to the colour.
SMALLEST_NUMBER = 8.9
LONG = 5  # characters; longer numbers go into cells briefly, see app/components/grids/numbers.js
SHORT = 4  # characters of three digits and a point
LARGEST_WITH_HALVES = 1e12
FLOAT32_ERROR = 1e-4  # of numbers up to 2,000; a larger float32 may be many decimal numbers
KERNEL = 112  # nominal pixels of a kernel's side
VOWELS = "aeiou8"  # before which it is "an": an 8


def rounded(value: float, decimals: int = 2) -> str:
    """A number with so many decimals, rounded as by hand: a half goes away from zero, 7.125 becomes
    7.13 and -7.125 −7.13.

    A float that is the nearest to a half is taken for it, so that 1.005 becomes 1.01, as a float32
    as well. ``rounded`` in app/components/grids/numbers.js does the same.

    Args:
        value: to be written.
        decimals: digits after the point.

    Returns:
        The digits, behind a true minus sign where they are not all 0.
    """
    size, parts = abs(value), 10**decimals
    if size < LARGEST_WITH_HALVES:
        below = math.floor(size * parts)
        half = (2 * below + 1) / (2 * parts)
        single = float(np.float32(half))
        if size == half or (size == single and abs(single - half) < FLOAT32_ERROR):
            size = (below + 1) / parts
    text = f"{size:.{decimals}f}"
    return f"−{text}" if value < 0 and float(text) else text


def number(value: float) -> str:
    """A number as the cells show it: whole numbers as they are, others with two decimals, a true
    minus sign.
    """
    if not math.isfinite(value):
        return "∞" if value > 0 else "−∞"
    return rounded(value, 0 if value == round(value) else 2)


def articled(name: str) -> str:
    """What a network sees, as a thing: "a 3", "an 8"."""
    return f"an {name}" if name[0] in VOWELS else f"a {name}"


def signed(value: float, decimals: int = 2) -> str:
    """A number with its sign, a true minus."""
    text = rounded(value, decimals)
    return text if text.startswith("−") else f"+{text}"


def brief(value: float) -> str:
    """A number in three digits, for a cell that has no room for more."""
    if not math.isfinite(value) or value == round(value):
        return number(value)
    texts = [rounded(value, decimals) for decimals in (2, 1, 0)]
    return next((text for text in texts if len(text.lstrip("−")) <= SHORT), texts[-1])


def shown_exactly(values: Tensor) -> Tensor:
    """Which numbers ``number`` shows without rounding: those with at most two decimals."""
    return ((values.double() * 100).round() / 100).to(values.dtype) == values


def equals(value: float) -> str:
    """The sign before a number as ``number`` shows it: "=", or "≈" where that is rounded."""
    return "=" if bool(shown_exactly(torch.tensor(value, dtype=torch.float32))) else "≈"


def limit(*values: Tensor | Sequence[float]) -> float:
    """The largest absolute value of all, 1 for nothing but zeros: the symmetric limit of a
    diverging scale.
    """
    every = torch.cat(
        [torch.as_tensor(each, dtype=torch.float64).flatten() for each in values]
    ).abs()
    finite = every[every.isfinite()]
    return float(finite.max()) if finite.any() else 1.0


def cells(rows: Sequence[Sequence[float]], name: str) -> list[dict[str, Any]]:
    """The data set of a grid's cells, counted from 1; their numbers are brief where one would be
    long.

    Args:
        rows: its numbers.
        name: of the grid, by which a file of several tells them apart.
    """
    written = [[number(value) for value in row] for row in rows]
    if any(len(text) > LONG for row in written for text in row):
        written = [[brief(value) for value in row] for row in rows]
    return [
        {
            "grid": name,
            "row": r,
            "column": c,
            "value": value if math.isfinite(value) else None,
            "shown": written[r - 1][c - 1],
        }
        for r, row in enumerate(rows, 1)
        for c, value in enumerate(row, 1)
    ]


@dataclass(frozen=True)
class HeatMap:
    """A grid of cells to draw.

    Attributes:
        title: above it.
        filled: data set of the cells coloured by value.
        colours: negative, zero, positive.
        largest: symmetric limit of the colours.
        cell: side of a cell in nominal pixels.
        rows: number of rows.
        columns: number of columns.
        longest: characters of the longest number that a cell may show.
        legend: whether the scale is printed below.
    """

    title: str
    filled: str
    colours: tuple[str, str, str]
    largest: float
    cell: float
    rows: int
    columns: int
    longest: int = 5
    legend: bool = False


def panel(grid: HeatMap) -> Spec:
    """One grid of cells, as a view for a specification whose named data sets hold its cells."""
    lines = {"stroke": "@faint", "strokeWidth": 0.5}
    filled = _rect(grid.filled, lines)
    filled["encoding"]["color"] = _colour(grid)
    layers = [filled]
    font = min(15.0, 0.42 * grid.cell, 0.92 * grid.cell / (0.56 * min(grid.longest, LONG)))
    if font >= SMALLEST_NUMBER:
        layers.append(_numbers(grid, font))
    across, down = [0, grid.columns], [0, grid.rows]
    filled["encoding"]["x"]["scale"] = {"domain": across, "nice": False}
    filled["encoding"]["y"]["scale"] = {"domain": down, "nice": False, "reverse": True}
    return {
        "title": {"text": grid.title, "anchor": "start"},
        "width": grid.cell * grid.columns,
        "height": grid.cell * grid.rows,
        "layer": layers,
    }


def _colour(grid: HeatMap) -> Spec:
    scale = {
        "type": "linear",
        "domain": [-grid.largest, 0, grid.largest],
        "range": list(grid.colours),
        "clamp": True,
        "interpolate": "rgb",
    }
    legend = _legend(grid.largest) if grid.legend else None
    return {"field": "value", "type": "quantitative", "scale": scale, "legend": legend}


def _legend(largest: float) -> Spec:
    """Three squares, no gradient.

    An SVG gradient is named by the page's address, and is lost when that changes.
    """
    return {
        "orient": "bottom",
        "direction": "horizontal",
        "title": None,
        "values": [-largest, 0, largest],
        "format": ".3~g",
        "type": "symbol",
        "symbolType": "square",
        "symbolSize": 150,
        "symbolStrokeColor": "@faint",
        "symbolStrokeWidth": 1,
        "columnPadding": 8,
        "labelOffset": 2,
        "offset": 8,
    }


def _rect(name: str, mark: Spec) -> Spec:
    return {
        "data": {"name": name},
        "transform": [
            {"calculate": "datum.column - 1", "as": "left"},
            {"calculate": "datum.row - 1", "as": "top"},
        ],
        "mark": {"type": "rect", "tooltip": None, **mark},
        "encoding": {
            "x": {"field": "left", "type": "quantitative", "axis": None},
            "x2": {"field": "column"},
            "y": {"field": "top", "type": "quantitative", "axis": None},
            "y2": {"field": "row"},
        },
    }


def longest(values: Tensor) -> int:
    """Characters of the longest of these numbers as a cell shows it, from the extremes alone."""
    extremes = (float(values.min()), float(values.max()))
    whole = bool((values == values.round()).all())
    return max(len(number(value) if whole else rounded(value)) for value in extremes)


def _numbers(grid: HeatMap, font: float) -> Spec:
    low, high = (grid.largest * palette.dark_from(grid.colours[end]) for end in (0, 2))
    dark = f"isValid(datum.value) && (datum.value < {-low} || datum.value > {high})"
    return {
        "data": {"name": grid.filled},
        "transform": [
            {"calculate": "datum.column - 0.5", "as": "x"},
            {"calculate": "datum.row - 0.5", "as": "y"},
        ],
        "mark": {"type": "text", "fontSize": font, "tooltip": None},
        "encoding": {
            "x": {"field": "x", "type": "quantitative", "axis": None},
            "y": {"field": "y", "type": "quantitative", "axis": None},
            "text": {"field": "shown"},
            "color": {
                "condition": {"test": dark, "value": palette.ON_DARK},
                "value": palette.ON_LIGHT,
            },
        },
    }


def kernels(groups: Mapping[str, Sequence[Sequence[Sequence[float]]]], largest: float) -> Spec:
    """Kernels on one fixed scale, with their numbers: a row a group, a column a kernel.

    Args:
        groups: title to (kernels, rows, columns).
        largest: the symmetric limit of the scale.

    Returns:
        A Vega-Lite specification; the numbers are in named data sets, so other numbers keep it as
        it is.
    """
    datasets: dict[str, list[dict[str, Any]]] = {}
    rows: list[Spec] = []
    for title, weights in groups.items():
        panels = []
        for index, kernel in enumerate(weights, 1):
            name = f"{title}: kernel {index}"
            datasets[name] = cells(kernel, name)
            lowest = index == 1 and len(rows) == len(groups) - 1
            grid = HeatMap(
                name,
                name,
                WEIGHTS,
                largest,
                KERNEL / len(kernel[0]),
                len(kernel),
                len(kernel[0]),
                legend=lowest,
            )
            panels.append(panel(grid))
        # The scale below a kernel is wider than it, and must not move the others.
        row: Spec = {"hconcat": panels, "spacing": 16, "bounds": "flush"}
        rows.append(row | {"resolve": INDEPENDENT})
    return palette.complete(
        {"datasets": datasets, "vconcat": rows, "spacing": 8, "resolve": INDEPENDENT}
    )
