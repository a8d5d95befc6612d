"""The bugs of max pooling."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from core.checking.bugs.loops import (
    Pair,
    PoolLoops,
    Slide,
    ceil_count,
    each_axis,
    one_less,
    without_the_end,
)
from core.checking.bugs.registry import add
from core.checking.bugs.transposed import TRANSPOSITIONS
from core.checking.cases import PoolSetting


def _bug(name: str, title: str, hint: str, *models: Callable[[PoolSetting], Tensor]) -> None:
    add(name, *models, part="pool", title=title, hint=hint)


def _one_if_none(stride: int | None, _side: int) -> int:
    return 1 if stride is None else stride


def _side_always(_stride: int | None, side: int) -> int:
    return side


def _rows_alone(stride: int) -> Pair:
    return stride, 1


def _columns_by_side(setting: PoolSetting) -> Tensor:
    """Windows that move down by the stride and to the right by their own size."""

    def step(stride: int) -> Pair:
        return stride, setting.kernel_size

    return PoolLoops(Slide(size_stride=step, step=step))(setting)


_bug(
    "pool-stride-one-default",
    "Without a stride the window moves by 1 in place of its own size",
    "How far does the window move when no stride is given?",
    PoolLoops(stride=_one_if_none),
)
_bug(
    "pool-stride-ignored",
    "The window always moves by its own size, whatever the stride says",
    "Where in your code is the stride used?",
    PoolLoops(stride=_side_always),
)
_bug(
    "pool-stride-rows-only",
    "The stride is used along the rows of the picture alone",
    "How far does the window move down, and how far to the right?",
    PoolLoops(Slide(size_stride=_rows_alone, step=_rows_alone)),
    PoolLoops(Slide(step=_rows_alone)),
    _columns_by_side,
)


def _mean(windows: Tensor) -> Tensor:
    return windows.mean((4, 5))


def _smallest(windows: Tensor) -> Tensor:
    return windows.amin((4, 5))


def _sum(windows: Tensor) -> Tensor:
    return windows.sum((4, 5))


def _farthest_from_zero(windows: Tensor) -> Tensor:
    flat = windows.flatten(4)
    return flat.gather(4, flat.abs().argmax(4, keepdim=True)).squeeze(4)


def _at_least_zero(windows: Tensor) -> Tensor:
    return windows.amax((4, 5)).clamp(min=0)


def _first_cell(windows: Tensor) -> Tensor:
    return windows[..., 0, 0]


_bug(
    "pool-mean",
    "The mean of each window is taken",
    "What does a window with 1, 2, 3 and 6 give?",
    PoolLoops(total=_mean),
    PoolLoops(total=_mean, value=0.0),
)
_bug(
    "pool-min",
    "The smallest number of each window is taken",
    "Which number of a window should stay?",
    PoolLoops(total=_smallest),
    PoolLoops(total=_smallest, value=torch.inf),
    PoolLoops(total=_smallest, value=0.0),
)
_bug(
    "pool-sum",
    "The numbers of each window are summed up",
    "What does a window with 1, 2, 3 and 6 give?",
    PoolLoops(total=_sum),
    PoolLoops(total=_sum, value=0.0),
)
_bug(
    "pool-absolute",
    "The number farthest from zero is taken",
    "Which is larger, 2 or -3?",
    PoolLoops(total=_farthest_from_zero),
    PoolLoops(total=_farthest_from_zero, value=0.0),
    PoolLoops(windows=torch.abs),
    PoolLoops(windows=torch.abs, value=0.0),
)
_bug(
    "pool-starts-at-zero",
    "The largest number is looked for from 0 on, so no output is ever negative",
    "What does a window with -3 and -5 give?",
    PoolLoops(total=_at_least_zero),
)
_bug(
    "pool-first-cell",
    "The first cell of each window is taken",
    "With how many cells of its window is the largest one compared?",
    PoolLoops(total=_first_cell),
    PoolLoops(total=_first_cell, value=0.0),
)
_bug(
    "pool-zeros-for-padding",
    "The padding holds zeros, which win where a window has negative numbers alone",
    "What does a window with -3 and -5 at the edge of a padded picture give?",
    PoolLoops(value=0.0),
)


_bug(
    "pool-ceil",
    "The output's size is rounded up: its last windows reach beyond the picture",
    "What becomes of a window that no longer fits?",
    *(
        PoolLoops(Slide(count=count), beyond=beyond)
        for count in each_axis(ceil_count)
        for beyond in (-torch.inf, 0.0)
    ),
)
_bug(
    "pool-one-too-few",
    "The output lacks its last row and its last column, or one of them",
    "In how many places does a window of 2 cells fit into 4 cells when it moves by 2?",
    *(PoolLoops(Slide(count=count)) for count in each_axis(one_less)),
    *(PoolLoops(Slide(count=count)) for count in each_axis(without_the_end)),
)
_bug(
    "pool-window-late",
    "Windows begin one cell late",
    "At which row and column does your first window begin?",
    *(
        PoolLoops(Slide(first=first), beyond=beyond)
        for first in ((1, 1), (1, 0), (0, 1))
        for beyond in (-torch.inf, 0.0)
    ),
)


def _all_channels(output: Tensor) -> Tensor:
    return output.amax(1, keepdim=True)


def _for_all_channels(output: Tensor) -> Tensor:
    return _all_channels(output).expand_as(output)


def _all_images(output: Tensor) -> Tensor:
    return output.amax(0, keepdim=True)


def _for_all_images(output: Tensor) -> Tensor:
    return _all_images(output).expand_as(output)


_bug(
    "pool-channels-mixed",
    "The largest number is taken over all channels",
    "How many channels does the output of a pooling have?",
    PoolLoops(finish=_all_channels),
    PoolLoops(finish=_for_all_channels),
)
_bug(
    "pool-batch-mixed",
    "The largest number is taken over all images of the batch",
    "Does the second image of a batch change the output of the first?",
    PoolLoops(finish=_all_images),
    PoolLoops(finish=_for_all_images),
)


def _without_edge(windows: Tensor) -> Tensor:
    return windows[..., :-1, :-1]


def _without_row(windows: Tensor) -> Tensor:
    return windows[..., :-1, :]


def _without_column(windows: Tensor) -> Tensor:
    return windows[..., :-1]


_bug(
    "pool-transposed",
    "Rows and columns of the output are swapped",
    "Which of your loop variables is the row of the output?",
    *(PoolLoops(finish=transposed) for transposed in TRANSPOSITIONS),
)
_bug(
    "pool-window-short",
    "The last row and the last column of each window are left out, or one of them",
    "Which numbers do your loops over the window count to?",
    PoolLoops(windows=_without_edge),
    PoolLoops(windows=_without_row),
    PoolLoops(windows=_without_column),
)
