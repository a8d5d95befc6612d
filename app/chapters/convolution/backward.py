"""The way back: gradients of a convolution, and of a max pooling, laid out as linked grids."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from app.chapters.convolution.layout import (
    LEGEND,
    TOP,
    bottom,
    cell_names,
    channel_names,
    every_step,
)
from app.ui.charts import limit, number
from app.ui.grids import CellGrid, Mark, Scene
from app.ui.palette import WEIGHTS
from core.explain.convolution import Convolution, Gradients
from core.explain.pooling import Pooling


def convolution(
    explained: Convolution, place: int, gradients: Tensor | Gradients, *, alt: str
) -> Scene:
    """The gradient of each output cell, step by step, or of the sum of them all, into input and
    kernel.

    Args:
        explained: the layer.
        place: of the filter.
        gradients: (steps, C, H, W) of each output cell into the input, or those of the sum of them
            all.
        alt: one sentence that says what the picture shows.
    """
    geometry, channels = explained.geometry, list(explained.channels(place))
    steps, many = geometry.steps, len(channels) > 1
    names = channel_names(len(explained.picture))
    gate = (explained.sums[place].flatten() > 0).float() if explained.relu else torch.ones(steps)
    total = gradients if isinstance(gradients, Gradients) else None
    grids, marks = _into_input(explained, place, gradients)
    small = min(37.0, 112.0 / max(geometry.kernel))
    x, right, down = (150.0, 134.0, 0.0) if many else (394.0, 0.0, 112.0 + TOP)
    weight_limit = limit(explained.weight[place])
    for row, channel in enumerate(channels):
        kernel = CellGrid(
            "Kernel",
            x,
            TOP + row * (112.0 + TOP),
            *geometry.kernel,
            small,
            colours=WEIGHTS,
            values=explained.weight[place, row],
            largest=weight_limit,
        )
        into = CellGrid(
            "Gradient into the kernel",
            x + 2 * right,
            kernel.y + 2 * down,
            *geometry.kernel,
            small,
            legend=not many,
        )
        if total is None:
            window = explained.windows[channel].T  # (steps, kh · kw)
            grids.append(
                CellGrid("Window", x + right, kernel.y + down, *geometry.kernel, small, each=window)
            )
            into = replace(into, each=window * gate[:, None])
        else:
            into = replace(into, x=x + right, y=kernel.y + down, values=total.weight[row])
        grids += [kernel, into]
    output = CellGrid(
        f"Gradient from the output {geometry.output[0]} × {geometry.output[1]}",
        620.0,
        TOP,
        *geometry.output,
        min(60.0, 350.0 / max(geometry.output)),
        step="cell",
        largest=1.0,
        legend=True,
    )
    marks.append(Mark(len(grids), every_step(geometry), "current" if total is None else "none"))
    if total is None:
        grids.append(replace(output, source=len(marks) - 1, spread=torch.ones(steps, 1)))
        lines = [_line(name, open_) for name, open_ in zip(cell_names(geometry), gate.tolist())]
    else:
        grids.append(replace(output, values=torch.ones(steps)))
        line = (
            "The sum of all output cells: each input cell collects the weights of all windows "
            "that it is in, each "
        )
        lines = [f"{line}weight the inputs of all places."] * steps
    title = (
        f"Backward through {', '.join(names[channel].lower() for channel in channels)}"
        if many
        else "Backward"
    )
    return Scene(
        title,
        alt,
        bottom(grids),
        steps,
        geometry.output[1],
        grids,
        marks,
        lines,
        player=total is None,
    )


def _into_input(
    explained: Convolution, place: int, gradients: Tensor | Gradients
) -> tuple[list[CellGrid], list[Mark]]:
    """The gradient into each channel of the input."""
    geometry, channels = explained.geometry, list(explained.channels(place))
    many = len(channels) > 1
    names = channel_names(len(explained.picture)) if len(explained.picture) > 1 else ("Input",)
    side = 112.0 if many else 350.0
    origin = geometry.origin(explained.border)[
        geometry.covered()
    ]  # (steps, kh · kw) places in the picture
    grids, marks = [], []
    for row, channel in enumerate(channels):
        title = (
            f"Gradient, {names[channel].lower()}"
            if len(explained.picture) > 1
            else "Gradient into the input"
        )
        grid = CellGrid(
            title,
            0.0,
            TOP + row * (side + TOP),
            *geometry.size,
            side / max(geometry.size),
            legend=row == len(channels) - 1,
            says="Input cell with gradient",
        )
        if isinstance(gradients, Gradients):
            grids.append(replace(grid, values=gradients.images[channel]))
            marks.append(Mark(row, origin, "none", feeds=True))
        else:
            spread = (
                gradients[:, channel].flatten(1).gather(1, origin.clamp(min=0))
            )  # (steps, kh · kw)
            largest = limit(explained.weight[place], spread)
            grids.append(replace(grid, source=row, spread=spread, largest=largest))
            marks.append(
                Mark(row, origin, "window" if explained.border == "zeros" else "cells", feeds=True)
            )
    return grids, marks


def _line(name: str, gate: float) -> str:
    if gate:
        return (
            f"{name}: into the input goes the kernel, at the place of the window; into the "
            "kernel goes the window, "
            "since ∂(weight · input)/∂weight = input."
        )
    return f"{name}: the sum is not above 0, so the ReLU lets no gradient through."


def pooling(pooled: Pooling, everything: bool, *, alt: str) -> Scene:
    """Where the gradient of a max pooling goes back: to the winner of the window, or of every
    window.

    Args:
        pooled: the layer.
        everything: the gradient of the sum of all output cells in place of one.
        alt: one sentence that says what the picture shows.
    """
    geometry, steps = pooled.geometry, pooled.geometry.steps
    covered, origin = geometry.covered(), geometry.origin()
    won = origin[covered.gather(1, pooled.winners[:, None])]  # (steps, 1) places in the picture
    names = cell_names(geometry)
    picture = CellGrid(
        "Input",
        0.0,
        TOP,
        *geometry.size,
        300.0 / max(geometry.size),
        values=pooled.picture,
        legend=True,
    )
    gradient = replace(picture, title="Gradient into the input", x=340.0, values=None)
    marks = [Mark(0, origin[covered], "window", feeds=True), Mark(0, won, "winner")]
    if everything:
        gradient = replace(gradient, values=pooled.gradients())
        marks.append(Mark(1, won, "none", feeds=True))
        lines = [
            "The sum of all output cells: each number counts how often its cell won; "
            f"{name.lower()} is lit."
            for name in names
        ]
    else:
        gradient = replace(gradient, source=2, spread=torch.ones(steps, 1), largest=1.0)
        marks.append(Mark(1, won, "winner", feeds=True))
        lines = [
            f"{name}: the whole gradient goes to the winner, {number(value)}; the other cells "
            "get 0."
            for name, value in zip(names, pooled.output.flatten().tolist())
        ]
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
    marks.append(Mark(2, every_step(geometry), "current"))
    return Scene(
        "Where the gradient goes back",
        alt,
        TOP + 300 + LEGEND,
        steps,
        geometry.output[1],
        [picture, gradient, output],
        marks,
        lines,
    )
