"""The pictures of one number's way through the small CNN: all layers in a strip, and how one cell
came about.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import torch

from app.ui import layer_steps
from app.ui.charts import equals, limit, number
from app.ui.grids import WIDTH, CellGrid, Mark, Scene, Sign
from app.ui.layer_layout import LEGEND, TOP, plus
from app.ui.palette import VALUES, WEIGHTS
from core.explain.trace import Cell, Layer, Product, Trace

STRIP_TOP = 40.0
STRIP_HEIGHT = 160.0
GAP = 8.0
LOGIT_WIDTH = 1.6  # of its cell, in its height
PER_COLUMN = 3  # channels of a layer, one below the other
AROUND = 14.2  # rem that the page needs besides both pictures
UPPER, LOWER = 0.44, 0.56  # of what is left for each of the two
LARGE, SMALL = 255.0, 138.0  # sides of the lower picture's grids: of a layer, and of a window


def strip(
    traced: Trace, cell: Cell, *, alt: str, dead: Mapping[int, Sequence[int]] | None = None
) -> Scene:
    """All layers from left to right, on one scale.

    The cell is marked, and its receptive field on the input.

    Args:
        traced: all layers.
        cell: that is followed.
        alt: one sentence that says what the scene shows.
        dead: index of a layer to its channels or units that are hatched, as 0 on many digits.
    """
    grids: list[CellGrid] = []
    signs: list[Sign] = []
    marks: list[Mark] = []
    x = 2.0  # the mark of the open layer begins a little before its place
    largest = limit(*(layer.values for layer in traced.layers[1:5]))
    for index, layer in enumerate(traced.layers):
        signs += _headings(layer, x, open_=index == cell.layer)
        marks += _strip_marks(traced, cell, index, len(grids))
        grids += _layer_grids(layer, index, x, largest, (dead or {}).get(index, ()))
        wide = _width(layer)
        if layer.name == "Logits":
            signs += _logits(layer, x + wide - 54)
        x += max(92.0, wide) + 24
    rows, columns = traced.receptive_field(cell)
    seen = torch.tensor([[row * 28 + column for row in rows for column in columns]])
    marks.append(Mark(0, seen, "window"))
    return Scene(
        "All layers",
        alt,
        STRIP_TOP + STRIP_HEIGHT + 30,
        1,
        1,
        grids,
        marks,
        [alt],
        signs,
        player=False,
        around=AROUND,
        share=UPPER,
        width=max(x, 900.0),
    )


def _headings(layer: Layer, x: float, *, open_: bool) -> list[Sign]:
    """The layer's name and its size."""
    channels, height, width = layer.values.shape
    size = f"{channels} × {height} × {width}"
    if layer.kind == "linear":
        size = f"{height * width}"
    name = f"{'▸ ' if open_ else ''}{layer.name.removesuffix(' + ReLU')}"
    return [
        Sign(x, 12, name, 15, bold=open_, align="left"),
        Sign(x, 29, size, 13, align="left"),
    ]


def _cell_height(layer: Layer) -> float:
    channels, height, width = layer.values.shape
    if layer.kind == "linear":
        return STRIP_HEIGHT / max(height, 10)
    return _side(channels) / max(height, width)


def _cell_width(layer: Layer) -> float:
    factor = {"Logits": LOGIT_WIDTH, "Hidden": 0.5}.get(layer.name, 1)
    return _cell_height(layer) * factor


def _side(channels: int) -> float:
    """Of a channel: the only one is as high as the strip, of others three are."""
    return STRIP_HEIGHT if channels == 1 else (STRIP_HEIGHT - (PER_COLUMN - 1) * GAP) / PER_COLUMN


def _width(layer: Layer) -> float:
    """Of a layer in the strip."""
    channels, _, width = layer.values.shape
    if layer.name == "Hidden":
        return width * _cell_width(layer)
    if layer.name == "Logits":
        return _cell_width(layer) + 60
    return -(-channels // PER_COLUMN) * (_side(channels) + GAP) - GAP


def _layer_grids(
    layer: Layer, index: int, x: float, largest: float, dead: Sequence[int]
) -> Iterator[CellGrid]:
    """The channels of a layer, three one below the other."""
    channels, height, width = layer.values.shape
    side = _side(channels) + GAP
    for channel in range(channels):
        column, row = divmod(channel, PER_COLUMN)
        hatched = torch.tensor(dead, dtype=torch.long)  # of a linear layer units, else all cells
        if layer.kind != "linear":
            hatched = torch.arange(height * width if channel in dead else 0)
        yield CellGrid(
            "",
            x + column * side,
            STRIP_TOP + row * side,
            height,
            width,
            _cell_width(layer),
            _cell_height(layer),
            values=layer.values[channel],
            largest=largest,
            pick=f"{index} {channel} {width}",
            says=f"{layer.name}, channel {channel + 1}" if channels > 1 else layer.name,
            legend=index == 0,
            written=False,
            outside=hatched,
        )


def _strip_marks(traced: Trace, cell: Cell, index: int, first: int) -> Iterator[Mark]:
    """The cell in its layer, and in the layer before what it was computed from.

    Args:
        traced: all layers.
        cell: that is followed.
        index: of the layer.
        first: number of the layer's first grid.
    """
    layer = traced.layers[index]
    if index == cell.layer:
        width = layer.values.shape[2]
        yield Mark(first + cell.channel, torch.tensor([[cell.row * width + cell.column]]), "winner")
    if 0 < index == cell.layer - 1 and layer.kind != "linear":
        one_channel = traced.layers[cell.layer].kind == "pooling"
        for channel in [cell.channel] if one_channel else range(len(layer.values)):
            yield Mark(first + channel, traced.sources(cell)[None], "window")


def _logits(layer: Layer, x: float) -> list[Sign]:
    """Each logit as a number beside its cell."""
    tall = _cell_height(layer)
    return [
        Sign(x, STRIP_TOP + (label + 0.5) * tall, f"{label}: {number(value)}", 12, align="left")
        for label, value in enumerate(layer.values.flatten().tolist())
    ]


def sentence(traced: Trace, cell: Cell, label: int) -> str:
    """One sentence: where the cell is, what it sees, where it goes, and its share in a logit."""
    layer = traced.layers[cell.layer]
    rows, columns = traced.receptive_field(cell)
    value, share = (
        traced.value(cell),
        float(traced.shares[cell.layer][label, cell.channel, cell.row, cell.column]),
    )
    position = f"channel {cell.channel + 1}, row {cell.row + 1}, column {cell.column + 1}"
    if layer.kind == "input":
        position = f"row {cell.row + 1}, column {cell.column + 1}"
    if layer.kind == "linear":
        position = f"unit {cell.row * layer.values.shape[2] + cell.column + 1}"
    if layer.name == "Logits":
        return f"Logit of {cell.row}: {number(value)}. It depends on the whole digit."
    sees = " It sees the whole digit."
    if layer.kind != "linear":
        sees = (
            f" It sees rows {rows.start + 1}–{rows.stop} and columns "
            f"{columns.start + 1}–{columns.stop} of the digit."
        )
    if layer.kind == "input":
        sees = ""
    return (
        f"{layer.name}, {position}: {number(value)}.{sees} It adds {number(share)} to the logit of "
        f"{label}, which is "
        f"{number(float(traced.logits[label]))} with the biases.{_fate(traced, cell)}"
    )


def _fate(traced: Trace, cell: Cell) -> str:
    """Whether a cell wins the pooling window that it goes into."""
    following = traced.follows(cell)
    if following is None or traced.layers[following.layer].kind != "pooling":
        return ""
    won = traced.strongest(following) == cell
    return (
        " It wins its pooling window."
        if won
        else " It loses its pooling window, so it goes no further."
    )


def detail(traced: Trace, cell: Cell) -> Scene | None:
    """How the number in a cell came about: window times kernel, a winner, or inputs times weights;
    None for a pixel.
    """
    layer = traced.layers[cell.layer]
    if layer.kind == "input":
        return None
    if layer.kind == "linear":
        return _product(traced, cell)
    found = _summed(traced, cell) if layer.kind == "convolution" else _won(traced, cell)
    grids = [replace(grid, visited=False) for grid in found.grids]  # the whole layer is there
    height = found.height
    if layer.kind == "pooling" or len(traced.layers[cell.layer - 1].values) == 1:
        grids, height = _in_a_row(grids), TOP + LARGE + LEGEND
    title = f"How it came about: {_channel_of(traced, cell)}"
    return replace(
        found,
        grids=grids,
        height=height,
        player=False,
        around=AROUND,
        share=LOWER,
        title=title,
    )


def _channel_of(traced: Trace, cell: Cell) -> str:
    return f"{traced.layers[cell.layer].name}, channel {cell.channel + 1}"


def _summed(traced: Trace, cell: Cell) -> Scene:
    """A channel of a convolution, with no other to pick."""
    explained = traced.convolution(cell.layer)
    called = [f"Channel {channel + 1}" for channel in range(len(explained.picture))]
    name = _channel_of(traced, cell)
    alt = f"{name}: every window of the layer before times its kernel, summed, with bias and ReLU"
    found = layer_steps.convolution(explained, cell.channel, name=name, alt=alt, called=called)
    return replace(
        found,
        grids=[grid for grid in found.grids if grid.pick is None],
        marks=[mark for mark in found.marks if found.grids[mark.grid].pick is None],
        width=layer_steps.MANY if len(called) > 1 else WIDTH,
    )


def _won(traced: Trace, cell: Cell) -> Scene:
    """A channel of a pooling."""
    alt = f"{_channel_of(traced, cell)}: the largest number of every window"
    found = layer_steps.pooling(traced.pooling(cell.layer, cell.channel), alt=alt)
    before = f"{traced.layers[cell.layer - 1].name}, channel {cell.channel + 1}"
    return replace(found, grids=[replace(found.grids[0], title=before), *found.grids[1:]])


def _in_a_row(grids: Sequence[CellGrid]) -> list[CellGrid]:
    """The same grids side by side, as wide as the picture: under the strip it must be low."""
    sides = [LARGE if grid.entries is None else SMALL for grid in grids]
    gap = (WIDTH - sum(sides)) / (len(grids) - 1)
    return [
        replace(
            grid,
            x=sum(sides[:index]) + index * gap,
            y=TOP,
            width=side / max(grid.rows, grid.columns),
            height=None,
        )
        for index, (grid, side) in enumerate(zip(grids, sides))
    ]


def step_of(traced: Trace, cell: Cell) -> int:
    """The step of a layer's picture that shows a cell."""
    layer = traced.layers[cell.layer]
    return (
        0 if layer.kind in ("input", "linear") else cell.row * layer.values.shape[2] + cell.column
    )


def _product(traced: Trace, cell: Cell) -> Scene:
    """Inputs times weights, as three grids, or for every channel three one below the other."""
    found = traced.product(cell)
    channels = len(found.inputs)
    hidden = traced.layers[cell.layer].name == "Hidden"
    size = 96.0 if channels > 1 else 250.0
    sentence = _product_line(found, relu=hidden)
    return Scene(
        "How it came about",
        f"Inputs times weights, {sentence}",
        TOP + (3 * (size + TOP) if channels > 1 else size * 0.5 + 30),
        1,
        1,
        list(_product_grids(found, "Pool 2" if hidden else "Hidden", size)),
        [],
        [sentence[0].upper() + sentence[1:]],
        player=False,
        around=AROUND,
        share=LOWER,
    )


def _product_grids(found: Product, source: str, size: float) -> Iterator[CellGrid]:
    channels, height, width = found.inputs.shape
    for line, (title, values, colours) in enumerate(
        (
            (source, found.inputs, VALUES),
            ("× Weight", found.weight, WEIGHTS),
            ("= Products", found.products, VALUES),
        )
    ):
        for channel in range(channels):
            x, y = line * (size + 30), TOP
            if channels > 1:
                x, y = channel * (size + 18), TOP + line * (size + TOP)
            yield CellGrid(
                f"{channel + 1}" if channel else title,
                x,
                y,
                height,
                width,
                size / max(height, width),
                values=values[channel],
                largest=limit(values),
                written=False,
                colours=colours,
                legend=channels == 1,
            )


def _product_line(found: Product, *, relu: bool) -> str:
    """The sum in numbers."""
    products = f"sum of the {found.products.numel()} products {number(found.total - found.bias)}"
    line = f"{products} {plus(found.bias)} (bias) {equals(found.total)} {number(found.total)}"
    if relu:
        line += f", ReLU: max(0, {number(found.total)}) = {number(max(0.0, found.total))}"
    return line
