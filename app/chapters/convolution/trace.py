"""The pictures of one number's way through the small CNN: all layers in a strip, and how one cell
came about.
"""

from __future__ import annotations

from dataclasses import replace

import torch

from app.chapters.convolution import steps
from app.chapters.convolution.layout import TOP
from app.ui.charts import limit, number
from app.ui.grids import WIDTH, CellGrid, Mark, Scene, Sign
from app.ui.palette import VALUES, WEIGHTS
from core.explain.trace import Cell, Trace

STRIP_TOP = 40.0
STRIP_HEIGHT = 176.0
GAP = 8.0
LOGIT_WIDTH = 1.6  # of its cell, in its height
PER_COLUMN = 3  # channels of a layer, one below the other
DETAIL_AROUND = 34.5  # rem that the page needs besides the lower picture


def strip(traced: Trace, cell: Cell, *, alt: str) -> Scene:
    """All layers from left to right, on one scale, with the cell marked and its receptive field on
    the input.
    """
    grids: list[CellGrid] = []
    signs: list[Sign] = []
    marks: list[Mark] = []
    x = 0.0
    largest = limit(*(layer.values for layer in traced.layers[1:5]))
    side = (STRIP_HEIGHT - (PER_COLUMN - 1) * GAP) / PER_COLUMN
    for at, layer in enumerate(traced.layers):
        channels, height, width = layer.values.shape
        size = STRIP_HEIGHT if channels == 1 else side
        name = layer.name.removesuffix(" + ReLU")
        signs += [
            Sign(
                x,
                12,
                f"{'▸ ' if at == cell.layer else ''}{name}",
                15,
                bold=at == cell.layer,
                align="left",
            ),
            Sign(
                x,
                29,
                f"{channels} × {height} × {width}"
                if layer.kind != "linear"
                else f"{height * width}",
                13,
                align="left",
            ),
        ]
        here = size / max(height, width)
        if layer.kind == "linear":
            here = STRIP_HEIGHT / max(height, 10)
        for channel in range(channels):
            column, row = divmod(channel, PER_COLUMN)
            grids.append(
                CellGrid(
                    "",
                    x + column * (size + GAP),
                    STRIP_TOP + row * (size + GAP),
                    height,
                    width,
                    here * (LOGIT_WIDTH if layer.name == "Logits" else 0.5 if at == 5 else 1),
                    here,
                    values=layer.values[channel],
                    largest=largest,
                    pick=f"{at} {channel} {width}",
                    says=layer.name,
                    legend=at == 0,
                    written=False,
                )
            )
            if (at, channel) == (cell.layer, cell.channel):
                place = torch.tensor([[cell.row * width + cell.column]])
                marks.append(Mark(len(grids) - 1, place, "winner"))
            one_channel = at + 1 < len(traced.layers) and traced.layers[at + 1].kind == "pooling"
            if (
                at
                and layer.kind != "linear"
                and at == cell.layer - 1
                and (channel == cell.channel or not one_channel)
            ):
                marks.append(Mark(len(grids) - 1, traced.sources(cell)[None], "window"))
        wide = -(-channels // PER_COLUMN) * (size + GAP) - GAP
        if layer.name == "Hidden":
            wide = width * here * 0.5
        if layer.name == "Logits":
            wide = here * LOGIT_WIDTH + 60
            signs += [
                Sign(
                    x + wide - 54,
                    STRIP_TOP + (digit + 0.5) * here,
                    f"{digit}: {number(value)}",
                    12,
                    align="left",
                )
                for digit, value in enumerate(layer.values.flatten().tolist())
            ]
        x += max(92.0, wide) + 24
    across, along = traced.receptive_field(cell)
    seen = torch.tensor([[row * 28 + column for row in across for column in along]])
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
        around=30.0,
        width=max(x, 900.0),
    )


def words(traced: Trace, cell: Cell, label: int) -> str:
    """One sentence: where the cell is, what it sees, where it goes, and its share in a logit."""
    layer = traced.layers[cell.layer]
    rows, columns = traced.receptive_field(cell)
    value, share = (
        traced.value(cell),
        float(traced.shares[cell.layer][label, cell.channel, cell.row, cell.column]),
    )
    place = f"channel {cell.channel + 1}, row {cell.row + 1}, column {cell.column + 1}"
    if layer.kind == "input":
        place = f"row {cell.row + 1}, column {cell.column + 1}"
    if layer.kind == "linear":
        place = f"unit {cell.row * layer.values.shape[2] + cell.column + 1}"
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
        f"{layer.name}, {place}: {number(value)}.{sees} It adds {number(share)} to the logit of "
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
    name = f"{layer.name}, channel {cell.channel + 1}"
    if layer.kind == "convolution":
        alt = (
            f"{name}: every window of the layer before times its kernel, summed, with bias and ReLU"
        )
        explained = traced.convolution(cell.layer)
        called = [f"Channel {place + 1}" for place in range(len(explained.picture))]
        found = steps.convolution(explained, cell.channel, name=name, alt=alt, called=called)
        marks = [
            mark for mark in found.marks if found.grids[mark.grid].pick is None
        ]  # one channel, no others to pick
        found = replace(
            found,
            grids=[grid for grid in found.grids if grid.pick is None],
            marks=marks,
            width=WIDTH,
        )
    else:
        alt = f"{name}: the largest number of every window"
        found = steps.pooling(traced.pooling(cell.layer, cell.channel), alt=alt)
        before = f"{traced.layers[cell.layer - 1].name}, channel {cell.channel + 1}"
        found = replace(found, grids=[replace(found.grids[0], title=before), *found.grids[1:]])
    grids = [replace(grid, visited=False) for grid in found.grids]  # the whole layer is there
    return replace(
        found, grids=grids, player=False, around=DETAIL_AROUND, title=f"How it came about: {name}"
    )


def step_of(traced: Trace, cell: Cell) -> int:
    """The step of a layer's picture that shows a cell."""
    layer = traced.layers[cell.layer]
    return (
        0 if layer.kind in ("input", "linear") else cell.row * layer.values.shape[2] + cell.column
    )


def _product(traced: Trace, cell: Cell) -> Scene:
    found = traced.product(cell)
    channels, height, width = found.inputs.shape
    hidden = traced.layers[cell.layer].name == "Hidden"
    grids = []
    size = 96.0 if channels > 1 else 250.0
    here = size / max(height, width)
    for line, (title, values, colours) in enumerate(
        (
            ("Pool 2" if hidden else "Hidden", found.inputs, VALUES),
            ("× Weight", found.weight, WEIGHTS),
            ("= Products", found.products, VALUES),
        )
    ):
        largest = limit(values)
        for channel in range(channels):
            x, y = (
                (channel * (size + 18), TOP + line * (size + TOP))
                if channels > 1
                else (line * (size + 30), TOP)
            )
            name = f"{channel + 1}" if channel else title
            grid = CellGrid(
                name,
                x,
                y,
                height,
                width,
                here,
                values=values[channel],
                largest=largest,
                written=False,
                colours=colours,
                legend=channels == 1,
            )
            grids.append(grid)
    total = f"sum of the {found.products.numel()} products {number(found.total - found.bias)}"
    words_ = (
        f"{total} {'−' if found.bias < 0 else '+'} {number(abs(found.bias))} (bias) ≈ "
        f"{number(found.total)}"
    )
    if hidden:
        words_ += f", ReLU: max(0, {number(found.total)}) = {number(max(0.0, found.total))}"
    sentence = words_[0].upper() + words_[1:]
    tall = TOP + (3 * (size + TOP) if channels > 1 else size * 0.5 + 30)
    return Scene(
        "How it came about",
        f"Inputs times weights, {words_}",
        tall,
        1,
        1,
        grids,
        [],
        [sentence],
        player=False,
        around=DETAIL_AROUND,
    )
