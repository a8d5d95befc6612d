"""im2col: a convolution as one matrix product, laid out as linked grids."""

from __future__ import annotations

import torch

from app.chapters.convolution.steps import (
    LEGEND,
    TOP,
    channel_names,
    every_step,
    input_title,
    outside,
    sums,
    window_marks,
)
from app.ui.charts import limit
from app.ui.grids import WIDTH, CellGrid, Mark, Scene
from app.ui.palette import WEIGHTS
from core.explain.convolution import Convolution


def unfolded(explained: Convolution, place: int, *, alt: str) -> Scene:
    """Every window a column of one matrix; the flattened kernel times it is the output."""
    geometry, channels = explained.geometry, list(explained.channels(place))
    size, steps = geometry.kernel[0] * geometry.kernel[1], geometry.steps
    matrix = explained.windows[channels[0] : channels[-1] + 1].flatten(
        0, 1
    )  # (C / groups · kh · kw, steps)
    rows = size * len(channels)
    largest = limit(explained.picture)
    names = channel_names(len(explained.picture)) if len(explained.picture) > 1 else ("Input",)
    side = 168.0 if len(channels) == 1 else 76.0
    covered = geometry.covered()
    grids: list[CellGrid] = []
    marks: list[Mark] = []
    for at, channel in enumerate(channels):
        title = names[channel] if len(channels) > 1 else input_title("Input", geometry)
        grids.append(
            CellGrid(
                title,
                at * (side + 10.0),
                TOP,
                *geometry.padded,
                side / max(geometry.padded),
                written=False,
                values=explained.padded[channel],
                largest=largest,
                outside=outside(geometry),
                says=f"{names[channel]} cell",
            )
        )
        marks += window_marks(at, geometry, covered)
    left, room = 330.0, WIDTH - 330.0
    wide = min(34.0, room / steps)
    tall = min(27.0, 288.0 / rows)
    weights = explained.weight[place].flatten()
    output = explained.output[place].flatten()
    written = wide >= 17 and tall >= 12
    down = TOP + rows * tall
    output_side = 150.0
    lower = TOP + side + 30.0
    grids += [
        CellGrid(
            "Kernel",
            left - 62,
            TOP,
            rows,
            1,
            42.0,
            tall,
            values=weights,
            colours=WEIGHTS,
            written=tall >= 12,
        ),
        CellGrid(
            f"Unfolded: {rows} × {steps}, a column for each output cell",
            left,
            TOP,
            rows,
            steps,
            wide,
            tall,
            values=matrix,
            step="column",
            largest=largest,
            written=written,
        ),
        CellGrid(
            f"Kernel × matrix{' + bias' if float(explained.bias[place]) else ''} = output, "
            "flattened",
            left,
            down + TOP + 4,
            1,
            steps,
            wide,
            30.0,
            values=output,
            step="cell",
            legend=True,
            written=wide >= 17,
        ),
        CellGrid(
            f"Output {geometry.output[0]} × {geometry.output[1]}",
            0,
            lower,
            *geometry.output,
            output_side / max(geometry.output),
            values=output,
            step="cell",
            legend=True,
            written=False,
        ),
    ]
    at = len(channels)
    whole = torch.empty(steps, 0)
    marks += [
        Mark(at, whole, "column"),
        Mark(at + 1, whole, "column"),
        Mark(at + 2, every_step(geometry), "current"),
        Mark(at + 3, every_step(geometry), "current"),
    ]
    lines = [
        f"Column {step + 1} is the window of {line[0].lower()}{line[1:]}"
        for step, line in enumerate(sums(explained, place))
    ]
    return Scene(
        "im2col",
        alt,
        max(down + TOP + 34 + LEGEND, lower + output_side + LEGEND + 4),
        steps,
        geometry.output[1],
        grids,
        marks,
        lines,
    )


def memory_line(explained: Convolution) -> str:
    """What unfolding costs, in numbers."""
    geometry, count = explained.geometry, len(explained.picture)
    cells, size = (
        count * geometry.size[0] * geometry.size[1],
        geometry.kernel[0] * geometry.kernel[1],
    )
    entries = count * size * geometry.steps
    rows = count * geometry.kernel[1] * geometry.padded[0] * geometry.output[1]
    return (
        f"Memory: the input has {cells:,} numbers, unfolded they are {entries:,}: "
        f"**{entries / cells:.2f} ×**. "
        f"This project's fast layer unfolds along the width alone ({rows / cells:.2f} ×) and "
        "adds up one matrix "
        "product for each kernel row."
    )
