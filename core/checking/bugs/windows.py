"""The bugs of where windows lie: stride, padding, the size of the output."""

from __future__ import annotations

from collections.abc import Callable

import torch.nn.functional as F
from torch import Tensor

from core.checking.bugs.loops import (
    Loops,
    Pair,
    Slide,
    ceil_count,
    each_axis,
    one_less,
    without_the_end,
)
from core.checking.bugs.registry import add


def _bug(name: str, title: str, hint: str, *models: Loops) -> None:
    add(name, *models, part="conv", title=title, hint=hint)


def _rows_alone(stride: int) -> Pair:
    return stride, 1


def _columns_alone(stride: int) -> Pair:
    return 1, stride


def _one(_stride: int) -> Pair:
    return 1, 1


def _slide(**steps: object) -> Loops:
    return Loops(Slide(**steps))  # type: ignore[arg-type]


def _sides(sides: Callable[[int], tuple[int, int, int, int]]) -> Loops:
    return _slide(sides=sides)


_bug(
    "stride-rows-only",
    "The stride is used along the rows of the picture alone: windows move by 1 to the right",
    "How far does the window move down, and how far to the right?",
    _slide(size_stride=_rows_alone, step=_rows_alone),
    _slide(step=_rows_alone),
)
_bug(
    "stride-columns-only",
    "The stride is used along the columns of the picture alone: windows move by 1 down",
    "How far does the window move to the right, and how far down?",
    _slide(size_stride=_columns_alone, step=_columns_alone),
    _slide(step=_columns_alone),
)
_bug(
    "stride-ignored",
    "The stride is not used: the output is that of stride 1",
    "How large is your output with stride 2, and how large should it be?",
    _slide(size_stride=_one, step=_one),
)
_bug(
    "stride-in-size-only",
    "The stride makes the output smaller, but the windows still move by 1",
    "At which cell of the picture does your second window begin when the stride is 2?",
    _slide(step=_one),
)
_bug(
    "padding-ignored",
    "The padding is not used",
    "How large is your picture after the padding?",
    _sides(lambda _: (0, 0, 0, 0)),
)
_bug(
    "padding-behind",
    "All zeros of the padding stand behind the picture: below it and to its right",
    "What does your first window see in the top left corner when the padding is 1?",
    _sides(lambda padding: (0, 2 * padding, 0, 2 * padding)),
)
_bug(
    "padding-before",
    "All zeros of the padding stand before the picture: above it and to its left",
    "What does your last window see in the bottom right corner when the padding is 1?",
    _sides(lambda padding: (2 * padding, 0, 2 * padding, 0)),
)
_bug(
    "padding-once",
    "There is padding on one side of each axis alone",
    "On how many sides of the picture are zeros added, and on how many should there be some?",
    _sides(lambda padding: (0, padding, 0, padding)),
    _sides(lambda padding: (padding, 0, padding, 0)),
)
_bug(
    "padding-rows-only",
    "Rows of zeros are added above and below, but no columns left and right",
    "How wide is your picture after the padding, and how high?",
    _sides(lambda padding: (0, 0, padding, padding)),
)
_bug(
    "padding-columns-only",
    "Columns of zeros are added left and right, but no rows above and below",
    "How high is your picture after the padding, and how wide?",
    _sides(lambda padding: (padding, padding, 0, 0)),
)


def _replicated(image: Tensor, sides: tuple[int, int, int, int], _value: float) -> Tensor:
    return F.pad(image, sides, mode="replicate")


_bug(
    "padding-replicated",
    "The padding repeats the edge of the picture in place of zeros",
    "What number stands in the padding?",
    _slide(fill=_replicated),
)


def _ones(image: Tensor, sides: tuple[int, int, int, int], _value: float) -> Tensor:
    return F.pad(image, sides, value=1.0)


_bug(
    "padding-of-ones",
    "The padding holds ones in place of zeros",
    "What does the padding add to the sum of a window in your code?",
    _slide(fill=_ones),
)
_bug(
    "padding-doubled",
    "Twice the padding is added on each side",
    "How many rows of zeros stand above the picture when the padding is 1?",
    _sides(lambda padding: (2 * padding,) * 4),
)


_bug(
    "window-late",
    "Windows begin one cell late",
    "At which row and column does your first window begin?",
    _slide(first=(1, 1)),
    _slide(first=(1, 0)),
    _slide(first=(0, 1)),
)


_bug(
    "ceil-for-floor",
    "The output's size is rounded up: its last windows reach beyond the padded picture",
    "What becomes of a window that no longer fits?",
    *(_slide(count=count) for count in each_axis(ceil_count)),
)
_bug(
    "one-too-few",
    "The output lacks its last row and its last column, or one of them",
    "In how many places does a window of 3 cells fit into 5 cells?",
    *(_slide(count=count) for count in each_axis(one_less)),
    *(_slide(count=count) for count in each_axis(without_the_end)),
)
