"""Our loops with every step exchangeable: a bug is one step done otherwise, and two bugs are two.

    output[n, o, y, x] = bias[o] + sum over c, i, j of kernel[o, c, i, j] * padded[n, c, r, s]
    r = first_row + y * row_step + i,   s = first_column + x * column_step + j

All windows are gathered at once, since the cases are small. Cells beyond the padded picture count
as the padding's value.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import TypeVar

import torch
import torch.nn.functional as F
from jaxtyping import Float64
from torch import Tensor

from core.checking.cases import ConvSetting, PoolSetting

Output = Float64[Tensor, "n f h_out w_out"]
Windows = Float64[Tensor, "n c h_out w_out k k"]
Change = Callable[[Tensor], Tensor]
Pair = tuple[int, int]
Count = Callable[[int, int], int]  # of the cells that a window may begin at, and the stride


class NoOutputError(ValueError):
    """A bug leaves no output at this setting: code that has it raises, or gives nothing."""


def same(values: Tensor) -> Tensor:
    """The step that changes nothing."""
    return values


def both(stride: int) -> Pair:
    """The stride along rows and along columns."""
    return stride, stride


def around(padding: int) -> tuple[int, int, int, int]:
    """Cells of padding on the left, right, top and bottom."""
    return padding, padding, padding, padding


def floor_count(free: int, stride: int) -> int:
    """Windows along an axis, where a window may begin at ``free + 1`` cells."""
    return free // stride + 1


def ceil_count(free: int, stride: int) -> int:
    """The same rounded up: the last window may reach beyond the picture."""
    return -(-free // stride) + 1


def one_less(free: int, stride: int) -> int:
    """The same without the last window."""
    return free // stride


def without_the_end(free: int, stride: int) -> int:
    """As many as ``range(0, free, stride)`` has, which stops before the last window of all."""
    return -(-free // stride)


def each_axis(count: Count) -> tuple[tuple[Count, Count], ...]:
    """Along both axes, along rows alone, and along columns alone."""
    return (count, count), (count, floor_count), (floor_count, count)


def summed(products: Tensor) -> Tensor:
    """(N, O, C, H_out, W_out, k, k) -> (N, O, H_out, W_out)."""
    return products.sum((2, 5, 6))


def largest(windows: Tensor) -> Tensor:
    """(N, C, H_out, W_out, k, k) -> (N, C, H_out, W_out)."""
    return windows.amax((4, 5))


def plus_bias(output: Tensor, bias: Tensor, _kernel: Tensor) -> Tensor:
    """One number added to each output channel."""
    return output + bias[:, None, None]


def side_if_none(stride: int | None, side: int) -> int:
    """A pooling's stride."""
    return side if stride is None else stride


def zeros(image: Tensor, sides: tuple[int, int, int, int], value: float) -> Tensor:
    """The picture with one value around it."""
    return F.pad(image, sides, value=value)


@dataclass(frozen=True)
class Slide:
    """Where windows lie on a picture.

    Attributes:
        sides: padding to cells on the left, right, top and bottom.
        fill: puts them around the picture.
        size_stride: the stride that the output's size is computed with.
        step: from one window to the next, in rows and columns.
        count: windows along rows and along columns.
        first: cell that the first window begins at, in rows and columns.
    """

    sides: Callable[[int], tuple[int, int, int, int]] = around
    fill: Callable[[Tensor, tuple[int, int, int, int], float], Tensor] = zeros
    size_stride: Callable[[int], Pair] = both
    step: Callable[[int], Pair] = both
    count: tuple[Count, Count] = (floor_count, floor_count)
    first: Pair = (0, 0)

    def starts(self, size: Pair, side: int, stride: int) -> tuple[list[int], list[int]]:
        """The first row of each row of windows, and the first column of each column of them.

        Args:
            size: height and width of the padded picture.
            side: of the window.
            stride: that was asked for.

        Raises:
            NoOutputError: there is no window.
        """
        strides, steps = self.size_stride(stride), self.step(stride)
        if min(size) < side:
            raise NoOutputError(f"a window of {side} cells does not fit into {size[0]} × {size[1]}")
        counts = [self.count[axis](size[axis] - side, strides[axis]) for axis in (0, 1)]
        rows, columns = (
            [self.first[axis] + index * steps[axis] for index in range(counts[axis])]
            for axis in (0, 1)
        )
        return rows, columns

    def windows(
        self,
        image: Float64[Tensor, "n c h w"],
        side: int,
        stride: int,
        padding: int,
        value: float,
        beyond: float,
    ) -> Windows:
        """(N, C, H, W) -> (N, C, H_out, W_out, side, side).

        Args:
            image: the pictures.
            side: of the window.
            stride: that was asked for.
            padding: that was asked for.
            value: of the padding.
            beyond: what stands behind the padding.

        Raises:
            NoOutputError: there is no window.
        """
        padded = self.fill(image, self.sides(padding), value)
        rows, columns = self.starts((padded.shape[-2], padded.shape[-1]), side, stride)
        more_rows, more_columns = (
            max(0, starts[-1] + side - size) if starts else 0
            for starts, size in zip((rows, columns), padded.shape[-2:])
        )
        padded = F.pad(padded, (0, more_columns, 0, more_rows), value=beyond)
        inside = torch.arange(side)
        row = (torch.tensor(rows, dtype=torch.long)[:, None] + inside)[
            :, None, :, None
        ]  # (H_out, 1, k, 1)
        column = (torch.tensor(columns, dtype=torch.long)[:, None] + inside)[
            None, :, None, :
        ]  # (1, W_out, 1, k)
        return padded[..., row, column]


PLAIN = Slide()


@dataclass(frozen=True)
class Loops:
    """A convolution whose steps can be exchanged; as it stands it is right.

    Attributes:
        slide: where the windows lie.
        image: changes the pictures first.
        kernel: changes the kernels first.
        total: sums up the products of each window.
        arrange: changes the sums before the bias.
        add_bias: takes sums, bias and kernels.
        finish: changes the output.
    """

    slide: Slide = PLAIN
    image: Change = same
    kernel: Change = same
    total: Change = summed
    arrange: Change = same
    add_bias: Callable[[Tensor, Tensor, Tensor], Tensor] = plus_bias
    finish: Change = same

    def __call__(self, setting: ConvSetting) -> Output:
        """The output.

        Raises:
            NoOutputError: there is none.
        """
        windows = self.windows(setting)
        products = windows[:, None] * self.kernel(setting.weight)[:, :, None, None]
        output = self.arrange(self.total(products))
        if setting.bias is not None:
            output = self.add_bias(output, setting.bias, setting.weight)
        return self.finish(output)

    def windows(self, setting: ConvSetting) -> Windows:
        """(N, C, H_out, W_out, k, k): what each window covers.

        Raises:
            NoOutputError: there is none.
        """
        image, side = self.image(setting.input), setting.weight.shape[-1]
        return self.slide.windows(image, side, setting.stride, setting.padding, 0.0, 0.0)

    @property
    def sums_in_place(self) -> bool:
        """Whether an output cell is the plain sum of its own window's products, and a bias."""
        plain = Loops(self.slide, self.image, self.kernel, add_bias=self.add_bias)
        return self == plain


@dataclass(frozen=True)
class PoolLoops:
    """Max pooling whose steps can be exchanged; as it stands it is right.

    Attributes:
        slide: where the windows lie.
        stride: the one that is used, of the one that is asked for and the window's side.
        value: of the padding.
        beyond: what stands behind the padding.
        windows: changes the windows first.
        total: one number for each window.
        finish: changes the output.
    """

    slide: Slide = PLAIN
    stride: Callable[[int | None, int], int] = side_if_none
    value: float = -torch.inf
    beyond: float = -torch.inf
    windows: Change = same
    total: Change = largest
    finish: Change = same

    def __call__(self, setting: PoolSetting) -> Output:
        """The output.

        Raises:
            NoOutputError: there is none.
        """
        side = setting.kernel_size
        stride = self.stride(setting.stride, side)
        windows = self.slide.windows(
            setting.input, side, stride, setting.padding, self.value, self.beyond
        )
        return self.finish(self.total(self.windows(windows)))


Steps = TypeVar("Steps", Slide, Loops)


def joined(one: Loops, other: Loops) -> Loops | None:
    """Both bugs at once; None where they exchange the same step."""
    slide = _merged(one.slide, other.slide, PLAIN)
    if slide is None:
        return None
    return _merged(replace(one, slide=slide), replace(other, slide=slide), Loops(slide))


def _merged(one: Steps, other: Steps, plain: Steps) -> Steps | None:
    changed = {}
    for step in (each.name for each in fields(plain)):
        here, there, right = (getattr(steps, step) for steps in (one, other, plain))
        if right not in (here, there) and here != there:
            return None
        changed[step] = there if here == right else here
    return replace(plain, **changed)
