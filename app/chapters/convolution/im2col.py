"""im2col: a convolution as one matrix product, laid out as linked grids."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from app.ui.arithmetic import shared_denominator, sums
from app.ui.charts import limit, rounded
from app.ui.grids import WIDTH, CellGrid, Mark, Scene
from app.ui.layer_layout import (
    LEGEND,
    TOP,
    channel_names,
    every_step,
    input_title,
    outside,
    window_marks,
)
from app.ui.palette import WEIGHTS
from core.explain.convolution import Convolution

LEFT, KERNEL = 330.0, 74.0  # of the matrix, and how far before it the kernel lies
OUTPUT_SIDE = 150.0
AROUND = 22.0  # rem that the page needs besides the picture


@dataclass(frozen=True)
class Sizes:
    """Where the matrix and what belongs to it lie.

    Attributes:
        rows: of the matrix.
        wide: width of its cells.
        tall: height of its cells.
        side: of each channel of the input.
    """

    rows: int
    wide: float
    tall: float
    side: float

    @property
    def below(self) -> float:
        """Where the matrix ends."""
        return TOP + self.rows * self.tall

    @property
    def lower(self) -> float:
        """Where the output begins, below the input."""
        return TOP + self.side + 30.0


def unfolded(explained: Convolution, index: int, *, alt: str) -> Scene:
    """Every window a column of one matrix; the flattened kernel times it is the output.

    Args:
        explained: the layer.
        index: of the filter.
        alt: one sentence that says what the scene shows.
    """
    geometry, channels = explained.geometry, list(explained.channels(index))
    rows = geometry.kernel[0] * geometry.kernel[1] * len(channels)
    sizes = Sizes(
        rows,
        min(34.0, (WIDTH - LEFT) / geometry.steps),
        min(27.0, 288.0 / rows),
        168.0 if len(channels) == 1 else 76.0,
    )
    grids, marks = _input(explained, channels, sizes)
    first, whole = len(grids), torch.empty(geometry.steps, 0)
    marks += [Mark(first, whole, "column"), Mark(first + 1, whole, "column")]
    marks += [Mark(first + 2 + one, every_step(geometry), "current") for one in range(2)]
    grids += [*_factors(explained, index, channels, sizes), *_results(explained, index, sizes)]
    lines = [
        f"Column {step + 1} is the window of {line[0].lower()}{line[1:]}"
        for step, line in enumerate(sums(explained, index))
    ]
    height = max(sizes.below + TOP + 34 + LEGEND, sizes.lower + OUTPUT_SIDE + LEGEND + 4)
    columns = geometry.output[1]
    return Scene("im2col", alt, height, geometry.steps, columns, grids, marks, lines, around=AROUND)


def _input(
    explained: Convolution, channels: Sequence[int], sizes: Sizes
) -> tuple[list[CellGrid], list[Mark]]:
    """The channels that the filter sees, side by side."""
    geometry, count = explained.geometry, len(explained.picture)
    names = channel_names(count) if count > 1 else ("Input",)
    covered = geometry.covered()
    grids: list[CellGrid] = []
    marks: list[Mark] = []
    for position, channel in enumerate(channels):
        title = names[channel] if len(channels) > 1 else input_title("Input", geometry)
        grids.append(
            CellGrid(
                title,
                position * (sizes.side + 10.0),
                TOP,
                *geometry.padded,
                sizes.side / max(geometry.padded),
                written=False,
                values=explained.padded[channel],
                largest=limit(explained.picture),
                outside=outside(geometry),
                says=f"{names[channel]} cell",
            )
        )
        marks += window_marks(position, geometry, covered)
    return grids, marks


def _factors(
    explained: Convolution, index: int, channels: Sequence[int], sizes: Sizes
) -> list[CellGrid]:
    """The flattened kernel and the matrix, (C / groups · kh · kw, steps)."""
    steps, denominator = explained.geometry.steps, shared_denominator(explained.weight[index])
    matrix = explained.windows[channels[0] : channels[-1] + 1].flatten(0, 1)
    return [
        CellGrid(
            ("Flipped" if explained.flipped else "Kernel")
            if denominator is None
            else f"× 1/{denominator}",
            LEFT - KERNEL,
            TOP,
            sizes.rows,
            1,
            42.0,
            sizes.tall,
            values=explained.weight[index].flatten(),
            colours=WEIGHTS,
            written=sizes.tall >= 12,
            denominator=denominator,
        ),
        CellGrid(
            f"Unfolded: {sizes.rows} × {steps}, a column for each output cell",
            LEFT,
            TOP,
            sizes.rows,
            steps,
            sizes.wide,
            sizes.tall,
            values=matrix,
            step="column",
            largest=limit(explained.picture),
            written=sizes.wide >= 17 and sizes.tall >= 12,
        ),
    ]


def _results(explained: Convolution, index: int, sizes: Sizes) -> list[CellGrid]:
    """The output, flattened under the matrix, and in its own shape."""
    geometry, output = explained.geometry, explained.output[index].flatten()
    product = f"Kernel × matrix{' + bias' if float(explained.bias[index]) else ''}"
    after = ", after ReLU" if explained.relu else ""
    flat = CellGrid(
        f"{f'ReLU({product})' if explained.relu else product} = output, flattened",
        LEFT,
        sizes.below + TOP + 4,
        1,
        geometry.steps,
        sizes.wide,
        30.0,
        values=output,
        step="cell",
        legend=True,
        written=sizes.wide >= 17,
    )
    shaped = CellGrid(
        f"Output {geometry.output[0]} × {geometry.output[1]}{after}",
        0,
        sizes.lower,
        *geometry.output,
        OUTPUT_SIDE / max(geometry.output),
        values=output,
        step="cell",
        legend=True,
        written=False,
    )
    return [flat, shaped]


def memory_line(explained: Convolution) -> str:
    """What unfolding costs, in numbers."""
    geometry, count = explained.geometry, len(explained.picture)
    cells, size = (
        count * geometry.size[0] * geometry.size[1],
        geometry.kernel[0] * geometry.kernel[1],
    )
    entries = count * size * geometry.steps
    whole = -(-geometry.padded[0] // geometry.stride) * geometry.stride  # rows, a stride each
    rows = count * geometry.kernel[1] * whole * geometry.output[1]
    return (
        f"Memory: the input has {cells:,} numbers, unfolded they are {entries:,}: "
        f"**{rounded(entries / cells)} ×**. "
        f"This project's fast layer unfolds along the width alone ({rounded(rows / cells)} ×) and "
        "adds up one matrix product for each kernel row."
    )
