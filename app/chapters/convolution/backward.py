"""The way back: gradients of a convolution, and of a max pooling, laid out as linked grids."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from app.ui.arithmetic import shared_denominator
from app.ui.charts import limit, number
from app.ui.grids import CellGrid, Mark, Scene, Style
from app.ui.layer_layout import (
    LEGEND,
    TOP,
    bottom,
    cell_names,
    cell_size,
    channel_names,
    every_step,
    kernel_title,
)
from app.ui.palette import VALUES, WEIGHTS
from core.explain.convolution import Convolution, Gradients
from core.explain.geometry import Geometry
from core.explain.pooling import Pooling

AROUND = 20.5  # rem that the page needs besides the picture
SUM = (
    "The sum of all output cells: each input cell collects the weights of all windows that it is "
    "in, each weight the inputs of all places."
)
SUM_PAST_RELU = (
    "The sum of all output cells, of which the ReLU lets those through whose sum is above 0: each "
    "input cell collects the weights of these windows alone, each weight their inputs."
)


def convolution(
    explained: Convolution, index: int, gradients: Tensor | Gradients, *, alt: str
) -> Scene:
    """The gradient of each output cell, or of the sum of them all, into input and kernel.

    Args:
        explained: the layer.
        index: of the filter.
        gradients: (steps, C, H, W) of each output cell into the input, or those of the sum of them
            all.
        alt: one sentence that says what the scene shows.
    """
    geometry, channels = explained.geometry, list(explained.channels(index))
    steps = geometry.steps
    gate = (explained.sums[index].flatten() > 0).float() if explained.relu else torch.ones(steps)
    total = gradients if isinstance(gradients, Gradients) else None
    grids, marks = _into_input(explained, index, gradients)
    for row in range(len(channels)):
        grids += _into_kernel(explained, index, row, gate, total)
    marks.append(Mark(len(grids), every_step(geometry), "none" if total else "current"))
    gated = gate if explained.relu else None
    left = 640.0 if len(channels) > 1 else 620.0
    grids.append(_output(geometry, left, None if total else len(marks) - 1, gated))
    lines = [SUM if gated is None else SUM_PAST_RELU] * steps
    if total is None:
        kernel = "flipped kernel" if explained.flipped else "kernel"
        named = zip(cell_names(geometry), gate.tolist())
        lines = [_line(name, open_, kernel) for name, open_ in named]
    names = [name.lower() for name in channel_names(len(explained.picture))]
    through = f" through {', '.join(names[channel] for channel in channels)}"
    return Scene(
        f"Backward{through * (len(channels) > 1)}",
        alt,
        bottom(grids),
        steps,
        geometry.output[1],
        grids,
        marks,
        lines,
        player=total is None,
        around=AROUND,
    )


def _output(geometry: Geometry, left: float, source: int | None, gate: Tensor | None) -> CellGrid:
    """Where the gradient comes from: 1 in the cell of the mark ``source``, or in all that a ReLU
    with this ``gate`` lets through.
    """
    grid = CellGrid(
        f"Gradient from the output {geometry.output[0]} × {geometry.output[1]}",
        left,
        TOP,
        *geometry.output,
        min(60.0, 350.0 / max(geometry.output)),
        step="cell",
        largest=1.0,
        legend=True,
    )
    if source is None and gate is None:
        return replace(grid, values=torch.ones(geometry.steps))
    if source is None:
        title = f"Gradient past the ReLU {geometry.output[0]} × {geometry.output[1]}"
        return replace(grid, title=title, values=gate)
    return replace(grid, source=source, spread=torch.ones(geometry.steps, 1))


def _into_kernel(
    explained: Convolution, index: int, row: int, gate: Tensor, total: Gradients | None
) -> list[CellGrid]:
    """Kernel, window and gradient of one channel: side by side, or one below the other."""
    channels = list(explained.channels(index))
    many, shape = len(channels) > 1, explained.geometry.kernel
    x, right, down = (164.0, 140.0, 0.0) if many else (394.0, 0.0, 112.0 + TOP)
    denominator = shared_denominator(explained.weight[index])
    kernel = CellGrid(
        kernel_title("Kernel", denominator, flipped=explained.flipped),
        x,
        TOP + row * (112.0 + TOP),
        *shape,
        *cell_size((132.0 if many else 150.0, 112.0), shape),
        colours=WEIGHTS,
        values=explained.weight[index, row],
        largest=limit(explained.weight[index]),
        denominator=denominator,
    )
    plain = replace(kernel, colours=VALUES, values=None, largest=None, denominator=None)
    name = "Gradient, flipped kernel" if explained.flipped else "Gradient into the kernel"
    into = replace(plain, title=name, legend=not many)
    if total is not None:  # sums of many inputs are long numbers, and here is the room for them
        width, height = (300.0, 112.0) if many else (206.0, 206.0)
        into = replace(into, x=x + right, y=kernel.y + down, values=total.weight[row])
        sides = min(60.0, width / shape[1]), min(60.0, height / shape[0])
        return [kernel, replace(into, width=sides[0], height=sides[1])]
    values = explained.windows[channels[row]].T  # (steps, kh · kw)
    window = replace(plain, title="Window", x=x + right, y=kernel.y + down, each=values)
    into = replace(into, x=x + 2 * right, y=kernel.y + 2 * down, each=values * gate[:, None])
    return [window, kernel, into]


def _into_input(
    explained: Convolution, index: int, gradients: Tensor | Gradients
) -> tuple[list[CellGrid], list[Mark]]:
    """The gradient into each channel of the input."""
    geometry, channels = explained.geometry, list(explained.channels(index))
    side = 112.0 if len(channels) > 1 else 350.0
    # (steps, kh · kw) indices in the picture
    origin = geometry.origin(explained.border)[geometry.covered()]
    style: Style = "window" if explained.border == "zeros" else "cells"
    names = [f", {name.lower()}" for name in channel_names(len(explained.picture))]
    denominator = shared_denominator(explained.weight[index])
    grids, marks = [], []
    for row, channel in enumerate(channels):
        name = f"Gradient{names[channel] if len(names) > 1 else ' into the input'}"
        grid = CellGrid(
            kernel_title(name, denominator),
            0.0,
            TOP + row * (side + TOP),
            *geometry.size,
            side / max(geometry.size),
            legend=row == len(channels) - 1,
            says="Input cell with gradient",
            denominator=denominator,
        )
        if isinstance(gradients, Gradients):
            largest = limit(gradients.images[channels])  # one scale, whose numbers stand below
            grids.append(replace(grid, values=gradients.images[channel], largest=largest))
            marks.append(Mark(row, origin, "none", feeds=True))
            continue
        spread = gradients[:, channel].flatten(1).gather(1, origin.clamp(min=0))
        largest = limit(explained.weight[index], spread)
        grids.append(replace(grid, source=row, spread=spread, largest=largest))
        marks.append(Mark(row, origin, style, feeds=True))
    return grids, marks


def _line(name: str, gate: float, kernel: str) -> str:
    if gate:
        return (
            f"{name}: into the input goes the {kernel}, at the place of the window; into the "
            f"{kernel} goes the window, "
            "since ∂(weight · input)/∂weight = input."
        )
    return f"{name}: the sum is not above 0, so the ReLU lets no gradient through."


def pooling(pooled: Pooling, everything: bool, *, alt: str) -> Scene:
    """Where the gradient of a max pooling goes back: to the winner of the window, or of every one.

    Args:
        pooled: the layer.
        everything: the gradient of the sum of all output cells in place of one.
        alt: one sentence that says what the scene shows.
    """
    geometry, covered = pooled.geometry, pooled.geometry.covered()
    origin = geometry.origin()
    won = origin[pooled.won].masked_fill(pooled.won < 0, -1)  # (steps, 1) in the picture
    return Scene(
        "Where the gradient goes back",
        alt,
        TOP + 300 + LEGEND,
        geometry.steps,
        geometry.output[1],
        _pooling_grids(pooled, everything),
        [
            Mark(0, origin[covered], "window", feeds=True),
            Mark(0, won, "winner"),
            Mark(1, won, "none" if everything else "winner", feeds=True),
            Mark(2, every_step(geometry), "current"),
        ],
        _pooling_lines(pooled, everything),
        around=AROUND,
    )


def _pooling_grids(pooled: Pooling, everything: bool) -> list[CellGrid]:
    geometry = pooled.geometry
    image = CellGrid(
        "Input",
        0.0,
        TOP,
        *geometry.size,
        300.0 / max(geometry.size),
        values=pooled.picture,
        legend=True,
    )
    gradient = replace(image, title="Gradient into the input", x=340.0, values=None)
    if everything:
        gradient = replace(gradient, values=pooled.gradients())
    else:
        spread = (pooled.won >= 0).float()
        gradient = replace(gradient, source=2, spread=spread, largest=1.0)
    output = CellGrid(
        "Maximum, gradient 1 from here",
        690.0,
        TOP,
        *geometry.output,
        min(60.0, 300 / max(geometry.output)),
        values=pooled.output,
        step="cell",
        legend=True,
    )
    return [image, gradient, output]


def _pooling_lines(pooled: Pooling, everything: bool) -> list[str]:
    names = cell_names(pooled.geometry)
    if everything:
        return [
            "The sum of all output cells: each number counts how often its cell won; "
            f"{name.lower()} is lit."
            for name in names
        ]
    return [
        f"{name}: the whole gradient goes to the winner, {number(value)}; the other cells get 0."
        if winner >= 0
        else f"{name}: the window sees padding alone, so no gradient goes back."
        for name, value, winner in zip(
            names, pooled.output.flatten().tolist(), pooled.winners.tolist()
        )
    ]
