"""Exercises about one convolution: an output cell, bias and ReLU, im2col, dilation."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from jaxtyping import Float
from torch import Tensor

from core.checking.cases import ConvSetting
from core.checking.links import link
from core.explain.questions import sums
from core.explain.questions.changed_size import size_mistakes
from core.explain.questions.question import Option, place
from core.explain.questions.sums import Asked, Layer, kernel, picture
from core.sheets.exercise import LETTERS, Blank, Exercise, Grid, added, blank, exercise, written

PICTURE, KERNEL = "Picture", "Kernel"
LARGEST_SUM = 30  # of an output cell
FEWEST_PRODUCTS = 2  # that are not zero
# side of the picture, side of the kernel, strides to choose from, padding, smallest number
CELLS = {1: (4, 2, (1,), 0, 0), 2: (5, 3, (2,), 1, 0), 3: (6, 3, (2, 3), 1, -4)}
UNFOLDED = {1: (3, 1, 0), 2: (4, 2, 0), 3: (4, 2, 1)}  # side, stride, padding
DILATED = {1: (4, 0, 0), 2: (5, 2, 0), 3: (5, 3, -4)}  # side, largest bias, smallest number
ACTIVATED = {1: (0, (-1.0, 1.0)), 2: (0, (-2.0, -1.0, 1.0, 2.0)), 3: (-3, (-3.0, -2.0, 2.0, 3.0))}


def cell(rng: Random, level: int) -> Exercise | None:
    """The size of an output and two of its cells."""
    side, window, strides, padding, low = CELLS[level]
    stride, bias = rng.choice(strides), rng.choice((-3.0, -2.0, -1.0, 1.0, 2.0, 3.0))
    weight = kernel(rng, window)
    layer = Layer(picture(rng, side, side, low=low), weight, bias, stride, padding)
    geometry = layer.explained().geometry
    rows, columns = geometry.output
    first = Asked(layer, 0, rng.randrange(columns))
    second = Asked(layer, rng.randrange(1, rows), rng.randrange(columns))
    size = blank(
        "side of the output",
        Option((float(rows),), geometry.written()),
        (Option((float(one),), reason) for (one, _), reason in size_mistakes(geometry, geometry)),
    )
    return exercise(
        "One output cell",
        f"Stride {stride}, padding {padding} (zeros), bias {written(bias)}. How large is the "
        "output, and what comes out at the two cells? Rows and columns are counted from 1.",
        _pictures(layer),
        [size, _cell(first), _cell(second)],
        _link(layer, first),
        exact=True,
    )


def relu(rng: Random, level: int) -> Exercise | None:
    """All four cells of a small output, after bias and ReLU."""
    low, weights = ACTIVATED[level]
    weight = kernel(rng, 2)
    weight = weight.sign() * weight.new_tensor([[rng.choice(weights)] * 2 for _ in range(2)]).abs()
    bias = rng.choice((-4.0, -3.0, -2.0, 2.0, 3.0))
    layer = Layer(picture(rng, 3, 3, low=low), weight, bias, relu=True)
    cells = [Asked(layer, row, column) for row in range(2) for column in range(2)]
    cut = [float(one.products().sum()) + bias < 0 for one in cells]
    if not 1 <= sum(cut) <= 2:
        return None
    return exercise(
        "Bias and ReLU",
        f"Stride 1, no padding, bias {written(bias)}, then a ReLU. Fill in the output.",
        [*_pictures(layer), Grid("Output", (("a", "b"), ("c", "d")))],
        [_cell(one) for one in cells],
        f"{_link(layer, cells[0])}&relu=true",
        exact=True,
    )


def dilation(rng: Random, level: int) -> Exercise | None:
    """Two cells of a dilated convolution."""
    side, most, low = DILATED[level]
    bias = float(rng.randint(1, most) * rng.choice((-1, 1))) if most else 0.0
    layer = Layer(picture(rng, side, side, low=low), kernel(rng, 2), bias, dilation=2)
    last = side - 3
    cells = [Asked(layer, 0, rng.randrange(last + 1)), Asked(layer, last, rng.randrange(last + 1))]
    if [bool(one.layer.weight.count_nonzero() < 3) for one in cells] != [False, False]:
        return None
    with_bias = f", bias {written(bias)}" if bias else ", no bias"
    return exercise(
        "Dilation",
        f"Dilation 2, stride 1, no padding{with_bias}. What comes out at the two cells? Rows and "
        "columns are counted from 1.",
        _pictures(layer),
        [_cell(one) for one in cells],
        f"{_link(layer, cells[0])}&dilation=2",
        exact=True,
    )


def im2col(rng: Random, level: int) -> Exercise | None:
    """One column of the matrix whose product with the kernel is the layer."""
    side, stride, padding = UNFOLDED[level]
    cells = picture(rng, side, side, low=1, high=9)
    layer = Layer(cells, kernel(rng, 2), 0.0, stride, padding)
    rows, columns = layer.explained().geometry.output
    asked = Asked(layer, rng.randrange(rows), rng.randrange(columns))
    right = [float(value) for value in asked.window()[0]]
    if asked.step == 0 or len(set(right)) < 3:
        return None
    wrong = _other_columns(asked)
    blanks = [
        blank(
            f"entry {index + 1}",
            Option((value,), "the window, row by row"),
            (Option((column[index],), reason) for reason, column in wrong.items()),
        )
        for index, value in enumerate(right)
    ]
    blanks.append(_count_of_columns(side, rows, columns))
    return exercise(
        "im2col",
        f"Kernel 2 × 2, stride {stride}, padding {padding}. Write the column of the matrix that "
        f"belongs to the output cell in {place(asked.row, asked.column)}; the window is read row "
        "by row.",
        [
            Grid(PICTURE, grid(layer.picture[0])),
            Grid("Column", tuple((letter,) for letter in LETTERS[:4])),
        ],
        blanks,
        f"{_link(layer, asked)}&view=im2col",
        exact=True,
    )


def _count_of_columns(side: int, rows: int, columns: int) -> Blank | None:
    count = rows * columns
    return blank(
        "columns of the matrix",
        Option((float(count),), f"one for each output cell: {rows}·{columns} = {count}"),
        [
            Option((float(side * side),), "gave each cell of the picture a column"),
            Option((4.0,), "took the rows: one for each cell of the kernel"),
            Option((float(rows),), "counted one row of the output"),
        ],
    )


def _other_columns(asked: Asked) -> dict[str, list[float]]:
    """What somebody writes as the column who makes a mistake."""
    window = asked.window()[0].reshape(2, 2)
    explained, step = asked.layer.explained(), asked.step
    windows = explained.windows[0]  # (window, steps)
    found = {
        "swapped rows and columns": window.T.flatten().tolist(),
        "moved the window too little": windows[:, step - 1].tolist(),
        "read the window backwards": window.flip(0, 1).flatten().tolist(),
    }
    if step + 1 < windows.shape[1]:
        found["moved the window too far"] = windows[:, step + 1].tolist()
    for reason, layer in (
        ("forgot the stride", replace(asked.layer, stride=1)),
        ("forgot the padding", replace(asked.layer, padding=0)),
    ):
        if layer.at(asked.row, asked.column) is not None:
            found[reason] = Asked(layer, asked.row, asked.column).window()[0].tolist()
    return found


def _cell(asked: Asked) -> Blank | None:
    """The blank of one output cell; None where it is no sum for a head."""
    layer = asked.layer
    value = layer.at(asked.row, asked.column)
    products = asked.products()
    if value is None or abs(value) > LARGEST_SUM or int(products.count_nonzero()) < FEWEST_PRODUCTS:
        return None
    mistakes = [
        *(sums.relu_mistakes(asked) if layer.relu else []),
        *(sums.dilation_mistakes(asked) if layer.dilation > 1 else []),
        *(sums.border_mistakes(asked) if layer.padding else []),
        *(sums.stride_mistakes(asked) if layer.stride > 1 else []),
        *(sums.bias_mistakes(asked) if layer.bias else []),
        asked.but("flipped the kernel", flipped=True),
        *(sums.sign_mistakes(asked) if not layer.relu else []),
    ]
    right = Option((value,), "")
    return blank(place(asked.row, asked.column), right, mistakes, _sum(asked, value))


def _sum(asked: Asked, value: float) -> str:
    """The products of one cell, written out."""
    layer = asked.layer
    weights, cells = layer.weight.flatten().tolist(), asked.window().flatten().tolist()
    terms = [f"{written(one)}·{_bracketed(two)}" for one, two in zip(cells, weights) if two]
    total = float(asked.products().sum()) + layer.bias
    bias = [written(layer.bias)] if layer.bias else []
    end = f", ReLU gives {written(value)}" if layer.relu and total < 0 else ""
    return f"{added(*terms, *bias)} = {written(total)}{end}"


def _bracketed(value: float) -> str:
    return f"({written(value)})" if value < 0 else written(value)


def grid(values: Float[Tensor, "h w"]) -> tuple[tuple[str, ...], ...]:
    """Numbers as the texts of cells."""
    return tuple(tuple(map(written, row)) for row in values.tolist())


def _pictures(layer: Layer) -> list[Grid]:
    return [Grid(PICTURE, grid(layer.picture[0])), Grid(KERNEL, grid(layer.weight[0]))]


def _link(layer: Layer, asked: Asked) -> str:
    """The state of the app with these numbers, at that cell."""
    setting = ConvSetting(
        layer.picture[None].double(),
        layer.weight[None].double(),
        layer.picture.new_tensor([layer.bias]).double(),
        layer.stride,
        layer.padding,
    )
    columns = layer.explained().geometry.output[1]
    return link(setting, (0, 0, asked.row, asked.column), columns)
