"""The pictures of the convolution chapter: a layer of core.explain laid out as linked grids."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from app.chapters.convolution.image import COLOURS
from app.chapters.convolution.memory import FILTER
from app.ui.charts import limit, number
from app.ui.grids import WIDTH, CellGrid, Mark, Puzzle, Scene, Sign
from app.ui.palette import WEIGHTS
from core.explain.convolution import Convolution
from core.explain.geometry import Geometry
from core.explain.pooling import Pooling

TOP = 26.0  # of the grids, below their titles
LEGEND = 28.0  # height of a printed scale
WRITTEN_TERMS = 9  # a sum of more is written without its zeros, or as a word
MOST_QUESTIONS = 10


def place_names(geometry: Geometry) -> list[str]:
    """The place of every output cell in words."""
    width = geometry.output[1]
    return [f"Row {step // width + 1}, column {step % width + 1}" for step in range(geometry.steps)]


def channel_names(count: int) -> tuple[str, ...]:
    """What the channels of a picture are called."""
    return (
        COLOURS
        if count == len(COLOURS)
        else tuple(f"Channel {place + 1}" for place in range(count))
    )


def _signed(text: str) -> str:
    return f"({text})" if text.startswith("−") else text


def _is_rounded(*tensors: Tensor) -> bool:
    """Whether two decimals do not show all of these numbers."""
    return any(bool((tensor.double() * 100 % 1).abs().gt(1e-9).any()) for tensor in tensors)


def sums(explained: Convolution, place: int, called: Sequence[str] | None = None) -> list[str]:
    """The arithmetic of every output cell of one filter: products or partial sums, bias, ReLU, the
    layer's output.
    """
    channels = list(explained.channels(place))
    names = place_names(explained.geometry)
    totals, outputs = (
        explained.sums[place].flatten().tolist(),
        explained.output[place].flatten().tolist(),
    )
    bias = float(explained.bias[place])
    added = f" {_plus(bias)} (bias)" if bias else ""
    weights = explained.weight[place].flatten(1)
    rounded = _is_rounded(explained.picture, weights, explained.bias[place], explained.sums[place])
    equals = "≈" if rounded else "="
    if len(channels) > 1:
        called = called or channel_names(len(explained.picture))
        partial = explained.partial_sums(place).T.tolist()  # (steps, C / groups)
        written = [
            " + ".join(
                f"{_signed(number(value))} from {called[channel].lower()}"
                for channel, value in zip(channels, row)
            )
            for row in partial
        ]
    else:
        windows = explained.windows[channels[0]].T  # (steps, kh · kw)
        written = [_terms(window, weights[0].tolist()) for window in windows.tolist()]
    lines = []
    for name, text, total, output in zip(names, written, totals, outputs):
        line = (
            f"{name}: {text}{added}{':' if text.startswith('all') else f' {equals}'} "
            f"{number(total)}"
        )
        if explained.relu:
            line += f", ReLU: max(0, {number(total)}) = {number(output)}"
        lines.append(line)
    return lines


def _terms(window: Sequence[float], weights: Sequence[float]) -> str:
    pairs = list(zip(window, weights))
    shown = pairs if len(pairs) <= WRITTEN_TERMS else [pair for pair in pairs if pair[0] * pair[1]]
    if len(shown) > WRITTEN_TERMS:
        return f"sum of the {len(pairs)} products"
    if not shown:
        return f"all {len(pairs)} products are 0" if len(pairs) > 1 else "0"
    terms = [f"{_signed(number(value))}·{_signed(number(weight))}" for value, weight in shown]
    if len(shown) < len(pairs):
        terms.append(f"{len(pairs) - len(shown)} terms that are 0")
    return " + ".join(terms)


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


def _filters(explained: Convolution, place: int, first: int) -> tuple[list[CellGrid], list[Mark]]:
    """All filters' outputs, small, at the right; a click picks one. None for a single filter."""
    count, output = len(explained.output), explained.geometry.output
    if count == 1:
        return [], []
    side = min(90.0, 372.0 / count - TOP)
    largest = limit(explained.output)
    x = (WIDTH if len(explained.picture) > 1 else WIDTH - 90) + 24
    grids = [
        CellGrid(
            f"{'▸ ' if at == place else ''}Filter {at + 1}",
            x,
            TOP + at * (side + TOP),
            *output,
            side / max(output),
            values=values,
            largest=largest,
            pick=f"{FILTER}{at + 1}",
            written=False,
            secret=True,
        )
        for at, values in enumerate(explained.output)
    ]
    marks = [Mark(first + at, every_step(explained.geometry), "current") for at in range(count)]
    return grids, marks


def convolution(
    explained: Convolution, place: int, *, name: str, alt: str, called: Sequence[str] | None = None
) -> Scene:
    """Step by step: input with its window, window times kernel for each channel, and the output so
    far.

    Args:
        explained: the layer.
        place: of the shown filter.
        name: of its kernel.
        alt: one sentence that says what the picture shows.
        called: names of the channels; None: colours.
    """
    geometry, channels = explained.geometry, list(explained.channels(place))
    many = len(explained.picture) > 1
    (kernel_h, kernel_w), steps = geometry.kernel, geometry.steps
    called = (called or channel_names(len(explained.picture))) if many else ("Input",)
    padded, largest = explained.padded, limit(explained.picture)
    weight_limit = limit(explained.weight[place])
    products = explained.products(place)  # (C / groups, kh·kw, steps)
    partial = explained.partial_sums(place)
    grids: list[CellGrid] = []
    marks: list[Mark] = []
    signs: list[Sign] = []
    side = 116.0 if many else (350.0 if max(geometry.kernel) <= 3 else 280.0)
    cell, covered = side / max(geometry.padded), geometry.covered()
    for channel, title in enumerate(called):
        grids.append(
            CellGrid(
                title if many else input_title(title, geometry),
                0,
                TOP + channel * (side + TOP),
                *geometry.padded,
                cell,
                values=padded[channel],
                largest=largest,
                outside=outside(geometry),
                legend=channel == len(called) - 1,
                faded=channel not in channels,
                says=f"{title} cell",
                written=False if many else None,
            )
        )
        if channel in channels:
            marks += window_marks(channel, geometry, covered)
    first = {grid: at for at, grid in reversed([(at, mark.grid) for at, mark in enumerate(marks)])}
    flipped = ", flipped" if explained.flipped else ""
    for row, channel in enumerate(channels):
        if many:
            small, y = min(36.0, 110.0 / max(geometry.kernel)), TOP + channel * (side + TOP)
            places = [(150.0, y), (296.0, y), (442.0, y)]
        elif max(geometry.kernel) <= 3:
            small = min(37.0, 112.0 / max(geometry.kernel))
            places = [(394.0, TOP + line * (112.0 + TOP)) for line in range(3)]
        else:
            small = 172.0 / max(geometry.kernel)
            places = [(306.0, TOP), (492.0, TOP), (399.0, TOP + 172.0 + LEGEND + TOP)]
        window = CellGrid(
            "Window",
            *places[0],
            kernel_h,
            kernel_w,
            small,
            source=first[channel],
            largest=largest,
            entries=first[channel],
            channel=channel,
        )
        grids += [
            window,
            replace(
                window,
                title=f"× Kernel{flipped}",
                x=places[1][0],
                y=places[1][1],
                source=None,
                values=explained.weight[place, row],
                largest=weight_limit,
                colours=WEIGHTS,
                feeds_all=True,
                legend=not many and max(geometry.kernel) > 3,
            ),
            replace(
                window,
                title="= Products",
                x=places[2][0],
                y=places[2][1],
                source=None,
                each=products[row].T,
                secret=True,
                largest=largest * weight_limit,
            ),
        ]
        if many:
            texts = [f"Σ {number(value)}" for value in partial[row].tolist()]
            signs.append(
                Sign(566, places[0][1] + kernel_h * small / 2, texts, 18, align="left", secret=True)
            )
    left = 690.0 if many else (560.0 if max(geometry.kernel) <= 3 else 692.0)
    room = min(WIDTH - left, 350.0)
    title = f"Output {geometry.output[0]} × {geometry.output[1]}" + (
        ", after ReLU" if explained.relu else ""
    )
    grids.append(
        CellGrid(
            title,
            left,
            TOP,
            *geometry.output,
            min(60.0, room / max(geometry.output)),
            values=explained.output[place],
            visited=True,
            step="cell",
            legend=True,
            secret=True,
        )
    )
    marks.append(Mark(len(grids) - 1, every_step(geometry), "current"))
    if many:
        bias = float(explained.bias[place])
        texts = [
            f"Σ of all{f' {_plus(bias)} (bias)' if bias else ''}: {number(value)}"
            for value in explained.sums[place].flatten().tolist()
        ]
        signs.append(
            Sign(left, TOP + 350 + LEGEND + 8, texts, 17, bold=True, align="left", secret=True)
        )
    more, at_more = _filters(explained, place, len(grids))
    return Scene(
        f"{name}, step by step",
        alt,
        bottom(grids, signs),
        steps,
        geometry.output[1],
        [*grids, *more],
        [*marks, *at_more],
        sums(explained, place, called),
        signs,
        width=WIDTH + ((120 if many else 30) if more else 0),
    )


def bottom(grids: Sequence[CellGrid], signs: Sequence[Sign] = ()) -> float:
    """Where a picture ends below."""
    ends = [
        grid.y + grid.rows * (grid.height or grid.width) + (LEGEND if grid.legend else 3.0)
        for grid in grids
    ]
    return max(ends + [sign.y + sign.size for sign in signs])


def _plus(value: float) -> str:
    return f"{'−' if value < 0 else '+'} {number(abs(value))}"


def maxima(pooled: Pooling) -> list[str]:
    """The arithmetic of every output cell of a pooling."""
    lines = []
    windows = pooled.windows.T.tolist()
    ties = pooled.ties.sum(1).tolist()
    averages = (
        pooled.average.flatten().tolist() if pooled.average is not None else [None] * len(windows)
    )
    for name, window, tie, output, average in zip(
        place_names(pooled.geometry), windows, ties, pooled.output.flatten().tolist(), averages
    ):
        inside = [number(value) for value in window if value != float("-inf")]
        line = f"{name}: max({', '.join(inside)}) = {number(output)}"
        if tie:
            line += f"; {tie + 1} cells tie, the first in reading order wins"
        if average is not None:
            counted = ", padding counted as 0" if len(inside) < len(window) else ""
            line += f"; average {number(average)}{counted}"
        lines.append(line)
    return lines


def pooling(pooled: Pooling, *, alt: str) -> Scene:
    """Step by step: input with its window, the window with its winner, the maxima and the averages
    so far.
    """
    geometry = pooled.geometry
    covered = geometry.covered()
    largest = limit(pooled.picture)
    won = covered.gather(1, pooled.winners[:, None])
    tied = covered.masked_fill(~pooled.ties, -1)
    small = min(40.0, 128.0 / geometry.kernel[0])
    both = pooled.average is not None
    side = 212.0 if both else 330.0
    wide = min(60.0, side / max(geometry.output))
    size = f"{geometry.output[0]} × {geometry.output[1]}"
    grids = [
        CellGrid(
            input_title("Input", geometry),
            0,
            TOP,
            *geometry.padded,
            350 / max(geometry.padded),
            values=pooled.padded,
            outside=outside(geometry),
            largest=largest,
            legend=True,
        ),
        CellGrid("Window", 386, TOP, *geometry.kernel, small, source=0, entries=0, largest=largest),
        CellGrid(
            f"Maximum {size}",
            550,
            TOP,
            *geometry.output,
            wide,
            values=pooled.output,
            visited=True,
            step="cell",
            legend=True,
            secret=True,
            largest=largest,
        ),
    ]
    marks = window_marks(0, geometry, covered)
    marks += [
        Mark(0, tied, "tie", secret=True),
        Mark(0, won, "winner", secret=True),
        Mark(
            1,
            torch.arange(covered.shape[1]).expand(tied.shape).masked_fill(~pooled.ties, -1),
            "tie",
            secret=True,
        ),
        Mark(1, pooled.winners[:, None], "winner", secret=True),
        Mark(2, every_step(geometry), "current"),
    ]
    if pooled.average is not None:
        grids.append(
            CellGrid(
                f"Average {size}",
                786,
                TOP,
                *geometry.output,
                wide,
                values=pooled.average,
                visited=True,
                step="cell",
                legend=True,
                secret=True,
                largest=largest,
            )
        )
        marks.append(Mark(3, every_step(geometry), "current"))
    return Scene(
        "Max pooling, step by step",
        alt,
        TOP + 350 + LEGEND,
        geometry.steps,
        geometry.output[1],
        grids,
        marks,
        maxima(pooled),
    )


def puzzle(picture: Scene, seed: int, tally: dict[str, int], *, what: str) -> Scene:
    """The same picture with its results hidden: the room guesses one output cell after the other.

    Args:
        picture: of a layer.
        seed: decides which cells are asked, and in which order; the same for the same seed.
        tally: how many were asked and right so far.
        what: is guessed, for the question.
    """
    order = random.Random(seed).sample(range(picture.steps), min(MOST_QUESTIONS, picture.steps))
    question = f"What comes out at PLACE: {what}?"
    return replace(picture, puzzle=Puzzle(order, question, tally, f"{seed}"))
