"""A question as a picture: what the room needs to answer it, and what appears with the answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from app.ui.arithmetic import maxima, sums
from app.ui.charts import limit, number
from app.ui.grids import CellGrid, Mark, Scene, Sign
from app.ui.layer_layout import (
    bottom,
    channel_names,
    every_step,
    input_title,
    outside,
    plus,
    window_marks,
)
from app.ui.palette import WEIGHTS
from core.explain.convolution import Convolution
from core.explain.geometry import Geometry
from core.explain.pooling import Pooling
from core.explain.questions.question import Question, SizedLayers

TITLE, DIGITS, WORDS = 19.0, 34.0, 24.0  # sizes of type: larger than where every cell is looked at
TOP = 30.0
GAP = 56.0  # between two grids
WIDEST, HIGHEST = 66.0, 330.0  # a cell, a grid
TITLED = 150.0  # the room of a title, and of words below a grid
PALE = 5.0  # times the number of a cell that has none: its colour
CARDS = 14.0  # from one channel of a stack to the next


@dataclass
class Board:
    """What is put on the picture from left to right.

    Attributes:
        grids: so far.
        marks: on them.
        signs: beside them.
        x: where the next one begins.
    """

    grids: list[CellGrid] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    signs: list[Sign] = field(default_factory=list)
    x: float = 0.0

    def add(self, grid: CellGrid, *, y: float = TOP, appears: bool = False) -> int:
        """Put a grid at the present place, in large type; returns its number."""
        placed = replace(
            grid, x=self.x, y=y, digits=DIGITS, titled=TITLE, appears=appears, legend=False
        )
        self.grids.append(placed)
        return len(self.grids) - 1

    def advance(self) -> None:
        """Go on to the right of everything, and of the title of what was put there last."""
        ends = [grid.x + grid.columns * grid.width for grid in self.grids]
        self.x = max([self.x + TITLED, *ends]) + GAP

    def scene(self, question: Question, columns: int, sentences: Sequence[str]) -> Scene:
        """All of it."""
        width = max(grid.x + grid.columns * grid.width for grid in self.grids)
        return Scene(
            question.idea,
            f"{question.text} The answer is hidden until one of four is chosen.",
            bottom(self.grids, self.signs) + 6,
            len(sentences),
            columns,
            self.grids,
            self.marks,
            sentences,
            self.signs,
            width=max(width, self.x - GAP),
        )


def scene(question: Question) -> Scene:
    """The picture of a question, without its answers."""
    if isinstance(question.subject, Convolution):
        return _convolution(question, question.subject)
    if isinstance(question.subject, Pooling):
        return _pooling(question, question.subject)
    return _sizes(question, question.subject)


def said(question: Question) -> str:
    """The sum, or the formula, with its numbers."""
    subject = question.subject
    if isinstance(subject, SizedLayers):
        return ", then ".join(layer.written() for layer in subject.layers)
    if question.pixel is not None and isinstance(subject, Pooling):
        gradient = float(subject.gradients()[question.pixel])
        return f"The framed cell gets {number(gradient)}."
    lines = maxima(subject) if isinstance(subject, Pooling) else _sums(subject)
    return lines[question.step].split(";")[0]


def _sums(explained: Convolution) -> list[str]:
    return sums(explained, 0, brief=True)


def _cell(rows: int, columns: int, room: float = HIGHEST) -> float:
    return min(WIDEST, room / max(rows, columns))


def _add_input(board: Board, name: str, values: Tensor, padded: Tensor, geometry: Geometry) -> int:
    """The picture, and with the answer its padding around it; returns the number of the grid that
    windows lie on.

    Args:
        board: to put it on.
        name: of the picture.
        values: (h, w).
        padded: (h, w) with the padding.
        geometry: of the layer.
    """
    cell = _cell(*geometry.padded)
    largest = limit(values)
    plain = CellGrid(name, 0, 0, *geometry.size, cell, values=values, largest=largest)
    if not geometry.padding:
        return board.add(plain)
    board.signs.append(Sign(board.x, TOP - 0.7 * TITLE, name, TITLE, bold=True, align="left"))
    plain = replace(plain, title="")
    left, shift = board.x, cell * geometry.padding
    board.x += shift
    board.add(plain, y=TOP + shift)
    board.x = left
    whole = replace(
        plain,
        rows=geometry.padded[0],
        columns=geometry.padded[1],
        values=padded,
        outside=outside(geometry),
    )
    return board.add(whole, appears=True)


def _windows(grid: int, geometry: Geometry, *, secret: bool) -> list[Mark]:
    marks = window_marks(grid, geometry, geometry.covered())
    return [replace(mark, secret=secret) for mark in marks]


def _output(title: str, values: Tensor) -> CellGrid:
    """An output that is seen where it was asked for."""
    shape = (values.shape[0], values.shape[1])
    return CellGrid(
        title,
        0,
        0,
        *shape,
        _cell(*shape),
        values=values,
        visited=True,
        step="cell",
        secret=True,
    )


def _convolution(question: Question, explained: Convolution) -> Scene:
    board, geometry = Board(), explained.geometry
    names = channel_names(len(explained.picture)) if len(explained.picture) > 1 else ("Input",)
    rows = len(names)
    secret = not question.shows_window
    height = HIGHEST / rows if rows > 1 else HIGHEST
    cell = min(WIDEST, (height - TOP) / geometry.kernel[0]) if rows > 1 else 0.0
    for row, name in enumerate(names):
        board.x = 0.0
        y = TOP + row * height
        if rows == 1:
            size = input_title(name, replace(geometry, padding=0))
            picture, padded = explained.picture[row], explained.padded[row]
            grid = _add_input(board, size, picture, padded, geometry)
            board.marks += _windows(grid, geometry, secret=secret)
        else:
            values = explained.picture[row]
            grid = board.add(
                CellGrid(name, 0, 0, *geometry.size, cell, values=values, largest=limit(values)),
                y=y,
            )
            board.marks += [Mark(grid, geometry.covered(), "none")]
        board.x = max(one.x + one.columns * one.width for one in board.grids if one.y >= y) + GAP
        _add_kernel(board, explained, row, y, cell)
    if rows == 1:  # else the sums of the channels stand between
        board.advance()
    _add_output(board, explained)
    return board.scene(question, geometry.output[1], _sums(explained))


def _add_kernel(board: Board, explained: Convolution, row: int, y: float, cell: float) -> None:
    """The kernel as it is given, and with the answer the products; of several channels beside one
    another, of one below one another.
    """
    many = len(explained.picture) > 1
    kernel, weight = explained.geometry.kernel, explained.weight[0, row]
    parts = 3 if explained.flipped else 2
    side = cell or _cell(*kernel, room=HIGHEST / parts - TOP)
    products = explained.products(0)[row]
    grid = CellGrid(
        "× Kernel", 0, 0, *kernel, side, values=weight, colours=WEIGHTS, largest=limit(weight)
    )
    shown = [(replace(grid, values=weight.flip(0, 1), title="Kernel"), False)]
    shown = (
        [*shown, (replace(grid, title="× Flipped"), True)] if explained.flipped else [(grid, False)]
    )
    each = replace(grid, title="= Products", values=None, each=products.T, secret=True)
    each = replace(each, colours=CellGrid.colours, largest=limit(products))
    for index, (one, appears) in enumerate([*shown, (each, True)]):
        if many:
            board.add(one, y=y, appears=appears)
            board.x += kernel[1] * side + GAP
        else:
            board.add(one, y=y + index * (kernel[0] * side + TOP), appears=appears)
    if many:
        texts = [f"Σ {number(value)}" for value in explained.partial_sums(0)[row].tolist()]
        middle = y + kernel[0] * side / 2
        board.signs.append(Sign(board.x - GAP / 2, middle, texts, WORDS, align="left", secret=True))
        board.x += 2 * GAP


def _add_output(board: Board, explained: Convolution) -> None:
    output = explained.geometry.output
    grid = board.add(_output(f"Output {output[0]} × {output[1]}", explained.output[0]))
    board.marks.append(Mark(grid, every_step(explained.geometry), "current"))
    bias = float(explained.bias[0])
    below = TOP + output[0] * board.grids[grid].width + WORDS
    words = [f"{plus(bias)} (bias)"] * bool(bias) + ["then ReLU"] * explained.relu
    for index, text in enumerate(words):
        y = below + index * 1.3 * WORDS
        board.signs.append(Sign(board.x, y, text, WORDS, bold=True, align="left"))
    board.advance()


def _pooling(question: Question, pooled: Pooling) -> Scene:
    board, geometry = Board(), pooled.geometry
    title = input_title("Input", replace(geometry, padding=0))
    grid = _add_input(board, title, pooled.picture, pooled.padded, geometry)
    if question.pixel is None:
        board.marks += _windows(grid, geometry, secret=not question.shows_window)
        board.marks.append(Mark(grid, pooled.won, "winner", secret=True))
    else:
        row, column = question.pixel
        cell = torch.full((geometry.steps, 1), row * geometry.size[1] + column)
        board.marks += _windows(grid, geometry, secret=not question.shows_window)
        board.marks.append(Mark(grid, cell, "winner"))
    board.advance()
    output = _output(f"Maximum {geometry.output[0]} × {geometry.output[1]}", pooled.output)
    if question.pixel is None and question.unit == "number":
        place = board.add(output)
        board.marks.append(Mark(place, every_step(geometry), "current"))
    else:  # the maxima are known, the question is what they come from
        place = board.add(replace(output, visited=False, step=None, secret=False))
        if question.unit == "cell":
            board.marks.append(Mark(place, every_step(geometry), "current"))
    board.advance()
    if question.pixel is not None:
        _add_gradient(board, pooled)
    return board.scene(question, geometry.output[1], maxima(pooled))


def _add_gradient(board: Board, pooled: Pooling) -> None:
    """What reaches the picture, with the answer."""
    rows, columns = pooled.geometry.size
    gradients = pooled.gradients()
    board.add(
        CellGrid("Gradient", 0, 0, rows, columns, _cell(rows, columns), values=gradients),
        appears=True,
    )
    board.advance()


def _sizes(question: Question, sized: SizedLayers) -> Scene:
    """Cells without numbers: only how many there are counts."""
    board, first = Board(), sized.layers[0]
    cell = _cell(*first.padded, room=HIGHEST - CARDS * (sized.channels - 1))
    _add_cards(
        board, f"Input {_shape(sized.channels, *first.size)}", sized.channels, first.size, cell
    )
    board.advance()
    for layer in sized.layers:
        name = "Window" if sized.filters is None else "Kernel"
        title = f"{name} {layer.kernel[0]} × {layer.kernel[1]}"
        weights = sized.filters is not None
        _add_cards(board, title, 1, layer.kernel, cell, weights=weights)
        board.advance()
    last = sized.layers[-1].output
    channels = sized.channels if sized.filters is None else sized.filters
    _add_cards(board, f"Output {_shape(channels, *last)}", channels, last, cell, appears=True)
    board.advance()
    return board.scene(question, 1, [""])


def _shape(channels: int, height: int, width: int) -> str:
    size = f"{height} × {width}"
    return f"{channels} × {size}" if channels > 1 else size


def _add_cards(
    board: Board,
    title: str,
    count: int,
    size: tuple[int, int],
    cell: float,
    *,
    weights: bool = False,
    appears: bool = False,
) -> None:
    """Grids without numbers, one behind the other; the last one, the highest, has the title."""
    empty = CellGrid(title, 0, 0, *size, cell, values=torch.ones(size), written=False)
    empty = replace(empty, colours=WEIGHTS if weights else empty.colours, largest=PALE)
    left = board.x
    for index in reversed(range(count)):
        board.x = left + index * CARDS
        board.add(
            replace(empty, title=title if index == count - 1 else ""),
            y=TOP + (count - 1 - index) * CARDS,
            appears=appears,
        )
    board.x = left
