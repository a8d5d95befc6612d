"""A layer step by step: the window, its products or its winner, and the output so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from app.ui.arithmetic import maxima, shared_denominator, sums
from app.ui.charts import limit, number
from app.ui.grids import WIDTH, CellGrid, Mark, Scene, Sign
from app.ui.layer_layout import (
    LEGEND,
    TOP,
    bottom,
    cell_size,
    channel_names,
    every_step,
    input_title,
    kernel_title,
    outside,
    plus,
    short_names,
    window_marks,
)
from app.ui.palette import WEIGHTS
from core.explain.convolution import Convolution
from core.explain.geometry import Geometry
from core.explain.pooling import Pooling

FILTER = "filter "  # before the number of a filter in the picture
LETTER = 10.0  # mean width of a title's letters in a small picture, whose type does not shrink
MANY = 1040.0  # width of a scene with several channels, which is low


@dataclass
class Parts:
    """What a scene is put together from, in the order in which it is drawn."""

    grids: list[CellGrid] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    signs: list[Sign] = field(default_factory=list)


@dataclass(frozen=True)
class Sizes:
    """Where the grids of a convolution lie.

    Attributes:
        side: of the input, or of each of its channels.
        cell: (width, height) of a window's cell.
        corners: (x, y) of window, kernel and products, from the top of their channel.
        left: of the output.
    """

    side: float
    cell: tuple[float, float]
    corners: tuple[tuple[float, float], ...]
    left: float


def _sizes(geometry: Geometry, *, many: bool) -> Sizes:
    """Of several channels, each has a row; a large kernel of one channel gets more room."""
    kernel = geometry.kernel
    if many:
        row = ((130.0, 0.0), (288.0, 0.0), (446.0, 0.0))
        return Sizes(116.0, cell_size((144.0, 108.0), kernel), row, 708.0)
    if max(kernel) <= 3:
        column = tuple((394.0, line * (112.0 + TOP)) for line in range(3))
        return Sizes(350.0, cell_size((150.0, 112.0), kernel), column, 560.0)
    corner = ((306.0, 0.0), (492.0, 0.0), (399.0, 172.0 + LEGEND + TOP))
    return Sizes(280.0, cell_size((177.0, 172.0), kernel), corner, 692.0)


def convolution(
    explained: Convolution,
    index: int,
    *,
    name: str,
    alt: str,
    called: Sequence[str] | None = None,
    filters: Sequence[str] = (),
) -> Scene:
    """Step by step: input with its window, window times kernel, and the output so far.

    Args:
        explained: the layer.
        index: of the filter.
        name: of its kernel.
        alt: one sentence that says what the scene shows.
        called: names of the channels; None: colours.
        filters: names of all filters, where there are several; none: their numbers.
    """
    geometry, many = explained.geometry, len(explained.picture) > 1
    names = (called or channel_names(len(explained.picture))) if many else ("Input",)
    sizes, parts = _sizes(geometry, many=many), Parts()
    _add_input(parts, explained, index, names, sizes)
    _add_products(parts, explained, index, sizes)
    _add_output(parts, explained, index, sizes)
    height = bottom(parts.grids, parts.signs)
    width = MANY if many else WIDTH
    if len(explained.output) > 1:
        width = _add_filters(parts, explained, index, filters)
    return Scene(
        f"{name}, step by step",
        alt,
        height,
        geometry.steps,
        geometry.output[1],
        parts.grids,
        parts.marks,
        sums(explained, index, names),
        parts.signs,
        width=width,
    )


def _add_input(
    parts: Parts, explained: Convolution, index: int, names: Sequence[str], sizes: Sizes
) -> None:
    """Each channel with its window; those that the filter does not see say so."""
    geometry, many = explained.geometry, len(names) > 1
    seen, covered = explained.channels(index), explained.geometry.covered()
    for channel, name in enumerate(names):
        title = name if channel in seen else f"{name}, not seen"
        parts.grids.append(
            CellGrid(
                title if many else input_title(name, geometry),
                0,
                TOP + channel * (sizes.side + TOP),
                *geometry.padded,
                sizes.side / max(geometry.padded),
                values=explained.padded[channel],
                largest=limit(explained.picture),
                outside=outside(geometry),
                legend=channel == len(names) - 1,
                says=f"{name} cell",
                written=False if many else None,
            )
        )
        if channel in seen:
            parts.marks += window_marks(channel, geometry, covered)


def _add_products(parts: Parts, explained: Convolution, index: int, sizes: Sizes) -> None:
    """Window, kernel and their products, for each channel that the filter sees."""
    many = len(explained.picture) > 1
    products = explained.products(index)  # (C / groups, kh·kw, steps)
    partial = explained.partial_sums(index)
    for row, channel in enumerate(explained.channels(index)):
        top = TOP + many * channel * (sizes.side + TOP)
        corners = [(x, top + y) for x, y in sizes.corners]
        mark = next(at for at, one in enumerate(parts.marks) if one.grid == channel)
        window = CellGrid(
            "Window",
            *corners[0],
            *explained.geometry.kernel,
            *sizes.cell,
            source=mark,
            largest=limit(explained.picture),
            entries=mark,
            channel=channel,
        )
        kernel = _kernel(window, explained, explained.weight[index, row], corners[1], many=many)
        kernel = replace(kernel, largest=limit(explained.weight[index]))
        product = _products(window, products[row].T, corners[2])
        product = replace(
            product, largest=limit(explained.picture) * limit(explained.weight[index])
        )
        parts.grids += [window, kernel, product]
        if many:
            texts = [f"Σ {number(value)}" for value in partial[row].tolist()]
            middle = top + explained.geometry.kernel[0] * sizes.cell[1] / 2
            parts.signs.append(Sign(602, middle, texts, 18, align="left", secret=True))


def _kernel(
    window: CellGrid,
    explained: Convolution,
    weights: Tensor,
    corner: tuple[float, float],
    *,
    many: bool,
) -> CellGrid:
    denominator = shared_denominator(weights)
    return replace(
        window,
        title=f"× {kernel_title('Kernel', denominator, flipped=explained.flipped)}",
        denominator=denominator,
        x=corner[0],
        y=corner[1],
        source=None,
        values=weights,
        colours=WEIGHTS,
        feeds_all=True,
        legend=not many and max(explained.geometry.kernel) > 3,
    )


def _products(window: CellGrid, products: Tensor, corner: tuple[float, float]) -> CellGrid:
    return replace(
        window,
        title="= Products",
        x=corner[0],
        y=corner[1],
        source=None,
        each=products,
        secret=True,
    )


def _add_output(parts: Parts, explained: Convolution, index: int, sizes: Sizes) -> None:
    output, many = explained.geometry.output, len(explained.picture) > 1
    room = (MANY if many else WIDTH) - sizes.left
    title = f"Output {output[0]} × {output[1]}" + (", after ReLU" if explained.relu else "")
    parts.marks.append(Mark(len(parts.grids), every_step(explained.geometry), "current"))
    parts.grids.append(
        CellGrid(
            title,
            sizes.left,
            TOP,
            *output,
            min(60.0, min(room, 350.0) / max(output)),
            values=explained.output[index],
            visited=True,
            step="cell",
            legend=True,
            secret=True,
        )
    )
    if many:
        bias = float(explained.bias[index])
        added = f" {plus(bias)} (bias)" if bias else ""
        totals = explained.sums[index].flatten().tolist()
        texts = [f"Σ of all{added}: {number(value)}" for value in totals]
        below = TOP + 350 + LEGEND + 8
        parts.signs.append(Sign(sizes.left, below, texts, 17, bold=True, align="left", secret=True))


def _add_filters(parts: Parts, explained: Convolution, index: int, names: Sequence[str]) -> float:
    """All filters' outputs, small, at the right, each with its name; a click picks one. Returns the
    width of the scene.
    """
    output, largest = explained.geometry.output, limit(explained.output)
    side = min(90.0, 372.0 / len(explained.output) - TOP)
    x = (MANY if len(explained.picture) > 1 else WIDTH - 90) + 24
    numbered = [f"Filter {one + 1}" for one in range(len(explained.output))]
    titles = short_names(names or numbered)
    titles[index] = f"▸ {titles[index]}"
    for filter_, values in enumerate(explained.output):
        parts.marks.append(Mark(len(parts.grids), every_step(explained.geometry), "current"))
        parts.grids.append(
            CellGrid(
                titles[filter_],
                x,
                TOP + filter_ * (side + TOP),
                *output,
                side / max(output),
                values=values,
                largest=largest,
                pick=f"{FILTER}{filter_ + 1}",
                written=False,
                secret=True,
            )
        )
    return x + max(side, LETTER * max(map(len, titles))) + 6


def pooling(pooled: Pooling, *, alt: str) -> Scene:
    """Step by step: the window with its winner, the maxima and the averages so far."""
    geometry, largest = pooled.geometry, limit(pooled.picture)
    small = min(40.0, 128.0 / geometry.kernel[0])
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
        *_pooled(pooled, largest),
    ]
    currents = [Mark(grid, every_step(geometry), "current") for grid in range(2, len(grids))]
    return Scene(
        "Max pooling, step by step",
        alt,
        TOP + 350 + LEGEND,
        geometry.steps,
        geometry.output[1],
        grids,
        [*_winners(pooled), *currents],
        maxima(pooled),
    )


def _pooled(pooled: Pooling, largest: float) -> list[CellGrid]:
    """The maxima, and beside them the averages where there are any."""
    output = pooled.geometry.output
    size = f"{output[0]} × {output[1]}"
    side = 330.0 if pooled.average is None else 212.0
    maximum = CellGrid(
        f"Maximum {size}",
        550,
        TOP,
        *output,
        min(60.0, side / max(output)),
        values=pooled.output,
        visited=True,
        step="cell",
        legend=True,
        secret=True,
        largest=largest,
    )
    if pooled.average is None:
        return [maximum]
    return [maximum, replace(maximum, title=f"Average {size}", x=786, values=pooled.average)]


def _winners(pooled: Pooling) -> list[Mark]:
    """The window on the input, and in both the winner and what ties with it."""
    covered = pooled.geometry.covered()
    tied = covered.masked_fill(~pooled.ties, -1)
    entries = torch.arange(covered.shape[1]).expand(tied.shape).masked_fill(~pooled.ties, -1)
    return [
        *window_marks(0, pooled.geometry, covered),
        Mark(0, tied, "tie", secret=True),
        Mark(0, pooled.won, "winner", secret=True),
        Mark(1, entries, "tie", secret=True),
        Mark(1, pooled.winners[:, None], "winner", secret=True),
    ]
