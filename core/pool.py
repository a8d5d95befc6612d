"""Max pooling written by hand, to be read from top to bottom; and average pooling beside it.

`max_pool2d_loops` is the definition, one window after the other. `max_pool2d_with_indices` looks at
all windows at once, one cell of the kernel after the other, and remembers where each winner stood;
`max_pool2d_backward` sends the gradient there. `max_pool2d` is what networks call: it takes a
faster body (core.layers.fast_pool) where nobody looks into the computation. All give the same
numbers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal, SupportsIndex, overload

import torch
from jaxtyping import Int64, Shaped
from torch import Tensor, nn

from core.layers.dispatch import is_plain_eager, overridable
from core.layers.fast_pool import max_pool2d_fast
from core.layers.settings import (
    FLOATS,
    IntPair,
    check_indices,
    flag,
    pool_settings,
    pool_windows,
    window_divisor,
)
from core.layers.windows import lowest, unfold

Pooled = Shaped[Tensor, "*batch c h_out w_out"]
Indices = Int64[Tensor, "*batch c h_out w_out"]


def max_pool2d_loops(
    input: Shaped[Tensor, "*batch c h w"],
    kernel_size: IntPair,
    stride: IntPair | None = None,
    padding: IntPair = 0,
    dilation: IntPair = 1,
    ceil_mode: bool = False,
) -> Shaped[Tensor, "*batch c h_out w_out"]:
    """The definition, one output position after the other: for reading, and for one small input.

        output[n, c, y, x] = max over i, j of input[n, c, row, column]
        row = y * stride + i * dilation - padding, column = x * stride + j * dilation - padding

    Args:
        input: as in `max_pool2d`, and so are all others.
        kernel_size: the window, in cells.
        stride: None means kernel_size.
        padding: cells of minus infinity on each side.
        dilation: cells from one value of a window to the next.
        ceil_mode: round the number of windows up.

    Returns:
        As `max_pool2d`.

    Raises:
        TypeError: as `max_pool2d`.
        ValueError: as `max_pool2d`.
    """
    windows = pool_windows(input, kernel_size, stride, padding, dilation, ceil_mode)
    padded = windows.pad(input, lowest(input.dtype))
    (stride_h, stride_w), (dilation_h, dilation_w) = windows.stride, windows.dilation
    kernel_h, kernel_w = windows.kernel
    output = input.new_empty((*input.shape[:-2], *windows.output))
    for y in range(windows.output[0]):
        for x in range(windows.output[1]):
            top, left = y * stride_h, x * stride_w
            rows = slice(top, top + kernel_h * dilation_h, dilation_h)
            columns = slice(left, left + kernel_w * dilation_w, dilation_w)
            window = padded[..., rows, columns]  # (N, C, kh, kw)
            output[..., y, x] = window.flatten(-2).max(-1).values  # (N, C)
    return output


def max_pool2d_with_indices(
    input: Shaped[Tensor, "*batch c h w"],
    kernel_size: IntPair,
    stride: IntPair | None = None,
    padding: IntPair = 0,
    dilation: IntPair = 1,
    ceil_mode: bool = False,
) -> tuple[Pooled, Indices]:
    """The largest value of each window, and where it stood.

    All windows are looked at together, one cell of the kernel after the other: a larger value takes
    over. As in torch, the first of equal values wins, a NaN wins against all before it, the padding
    never.

    Args:
        input: as in `max_pool2d`, and so are all others.
        kernel_size: the window, in cells.
        stride: None means kernel_size.
        padding: cells around the image that never win.
        dilation: cells from one value of a window to the next.
        ceil_mode: round the number of windows up.

    Returns:
        The output as of `max_pool2d`, and for each of its cells the winner's index in the flat
        image, row * W + column; -1 where a window sees nothing but padding.

    Raises:
        TypeError: as `max_pool2d`.
        ValueError: as `max_pool2d`.
    """
    windows = pool_windows(input, kernel_size, stride, padding, dilation, ceil_mode)
    h, w = input.shape[-2:]
    positions = torch.arange(h * w, device=input.device).reshape(h, w)
    padded, positions = windows.pad(input, lowest(input.dtype)), windows.pad(positions, -1)

    shape = (*input.shape[:-2], *windows.output)  # (N, C, H_out, W_out)
    output = input.new_full(shape, lowest(input.dtype))
    indices = positions.new_full(shape, -1)
    for values, index in zip(windows.cells(padded), windows.cells(positions), strict=True):
        larger = (values > output) | values.isnan() | (indices == -1)
        larger = larger & (index != -1)
        output = torch.where(larger, values, output)
        indices = torch.where(larger, index, indices)
    return output, indices


def max_pool2d_backward(
    grad_output: Shaped[Tensor, "*batch c h_out w_out"],
    indices: Int64[Tensor, "*batch c h_out w_out"],
    size: Sequence[int],
) -> Shaped[Tensor, "*batch c h w"]:
    """The gradient of max pooling: each window's goes to the cell that won it, and nowhere else.

        gradient of input[n, c, index] = sum of grad_output[n, c, y, x] over the windows won at
        index

    Args:
        grad_output: the gradient of the output.
        indices: where the winners stood, from `max_pool2d_with_indices`; -1 for none.
        size: (H, W) of the input.

    Returns:
        The gradient of the input, (N, C, H, W) or (C, H, W).

    Raises:
        TypeError: indices that are no int64, or a size that is no pair of ints.
        ValueError: shapes that differ, or an index outside the image.
    """
    h, w = check_indices(grad_output, indices, size)
    *lead, h_out, w_out = grad_output.shape
    winners = indices.reshape(*lead, h_out * w_out)  # (N, C, H_out * W_out)
    gradients = grad_output.reshape(winners.shape).where(winners >= 0, 0)
    grad_input = grad_output.new_zeros((*lead, h * w))
    grad_input = grad_input.scatter_add(-1, winners.clamp(min=0), gradients)
    return grad_input.reshape(*lead, h, w)


@overload
def max_pool2d(
    input: Shaped[Tensor, "*batch c h w"],
    kernel_size: IntPair,
    stride: IntPair | None = None,
    padding: IntPair = 0,
    dilation: IntPair = 1,
    ceil_mode: bool = False,
    return_indices: Literal[False] = False,
) -> Pooled: ...


@overload
def max_pool2d(
    input: Shaped[Tensor, "*batch c h w"],
    kernel_size: IntPair,
    stride: IntPair | None = None,
    padding: IntPair = 0,
    dilation: IntPair = 1,
    ceil_mode: bool = False,
    *,
    return_indices: Literal[True],
) -> tuple[Pooled, Indices]: ...


@overload
def max_pool2d(
    input: Shaped[Tensor, "*batch c h w"],
    kernel_size: IntPair,
    stride: IntPair | None = None,
    padding: IntPair = 0,
    dilation: IntPair = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Pooled | tuple[Pooled, Indices]: ...


@overridable
def max_pool2d(
    input: Shaped[Tensor, "*batch c h w"],
    kernel_size: IntPair,
    stride: IntPair | None = None,
    padding: IntPair = 0,
    dilation: IntPair = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Pooled | tuple[Pooled, Indices]:
    """The largest value of each window.

        output[n, c, y, x] = max over i, j of input[n, c, row, column]
        row = y * stride + i * dilation - padding, column = x * stride + j * dilation - padding

    The padding counts as minus infinity and never wins. As in torch, a NaN wins its window, and
    among equal values the first in reading order receives the gradient. A window that sees nothing
    but padding gives minus infinity and has no gradient; in torch 2.14 its gradient lands outside
    the image's memory. It composes as torch's own does: torch.func, torch.compile, torch.export.

    Args:
        input: (N, C, H, W) or (C, H, W), floating or integer.
        kernel_size: the window, in cells, as an int or (height, width). Here and below, numpy's
            integers count as ints, and (int,) stands for both axes.
        stride: cells from one window to the next; None means kernel_size.
        padding: cells added on each side, at most half the kernel.
        dilation: cells from one value of a window to the next.
        ceil_mode: round the number of windows up; the last one must start in the image or before.
        return_indices: also return where each winner stood.

    Returns:
        (N, C, H_out, W_out) or (C, H_out, W_out), with
        H_out = floor((H + 2 padding - dilation (kernel - 1) - 1) / stride) + 1, and W_out alike;
        ceil_mode rounds up, and counts no window that would start behind the image.
        With return_indices a pair: the output, and the indices of `max_pool2d_with_indices`.

    Raises:
        TypeError: a setting of the wrong type, or a dtype without an order (bool, complex).
        ValueError: a shape or setting out of range, or one that leaves no output.

    Source: Goodfellow, Bengio, Courville, "Deep Learning" (2016), section 9.3.
    """
    settings = kernel_size, stride, padding, dilation, ceil_mode
    if flag("return_indices", return_indices):
        return max_pool2d_with_indices(input, *settings)
    if not is_plain_eager(input):
        return max_pool2d_with_indices(input, *settings)[0]
    windows = pool_windows(input, *settings)

    def readable(images: Tensor) -> tuple[Tensor, Tensor]:
        return max_pool2d_with_indices(images, *settings)

    return max_pool2d_fast(input, windows, readable, max_pool2d_backward)


@overridable
def avg_pool2d(
    input: Shaped[Tensor, "*batch c h w"],
    kernel_size: IntPair,
    stride: IntPair | None = None,
    padding: IntPair = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: SupportsIndex | None = None,
) -> Shaped[Tensor, "*batch c h_out w_out"]:
    """The mean of each window.

        output[n, c, y, x] = sum over i, j of padded[n, c, y * stride + i, x * stride + j] / divisor

    The divisor is the number of cells that the window covers, with the padding's zeros or without;
    what ceil_mode's last window covers beyond the padding never counts. Integers are divided
    towards zero.

    Args:
        input: (N, C, H, W) or (C, H, W), floating or int64.
        kernel_size: the window, in cells, as an int or (height, width). Here and below, numpy's
            integers count as ints, and (int,) stands for both axes.
        stride: cells from one window to the next; None means kernel_size.
        padding: cells of zeros on each side, at most half the kernel.
        ceil_mode: round the number of windows up; the last one must start in the image or before.
        count_include_pad: whether the padding's cells count in the divisor.
        divisor_override: the divisor for all windows instead, not 0.

    Returns:
        (N, C, H_out, W_out) or (C, H_out, W_out), sized as by `max_pool2d`.

    Raises:
        TypeError: a setting of the wrong type, or an input that is neither floating nor int64.
        ValueError: a shape or setting out of range, or one that leaves no output.

    Source: Goodfellow, Bengio, Courville, "Deep Learning" (2016), section 9.3.
    """
    dtypes = (*FLOATS, torch.int64)
    windows = pool_windows(input, kernel_size, stride, padding, 1, ceil_mode, dtypes)
    flag("count_include_pad", count_include_pad)
    divisor = window_divisor(windows, input, count_include_pad, divisor_override)
    # Half precision is summed in single precision, as torch does it.
    exact = input.float() if input.dtype in (torch.float16, torch.bfloat16) else input
    columns = unfold(windows.pad(exact), windows)  # (N, C * kh * kw, H_out * W_out)
    columns = columns.reshape(*input.shape[:-2], math.prod(windows.kernel), *windows.output)
    rounding = None if input.is_floating_point() else "trunc"
    mean = columns.sum(-3).div(divisor, rounding_mode=rounding)  # (N, C, H_out, W_out)
    return mean.to(input.dtype)


class MaxPool2d(nn.Module):
    """`max_pool2d` as a layer, with the settings of `torch.nn.MaxPool2d`; it has no parameters.

    Args:
        kernel_size: the window, in cells, as an int or (height, width).
        stride: cells from one window to the next; None means kernel_size.
        padding: cells of minus infinity on each side, at most half the kernel.
        dilation: cells from one value of a window to the next.
        return_indices: also return where each winner stood.
        ceil_mode: round the number of windows up.

    Raises:
        TypeError: a setting that is neither an int nor a pair of ints, or a switch that is no bool.
        ValueError: a setting out of range.
    """

    def __init__(
        self,
        kernel_size: IntPair,
        stride: IntPair | None = None,
        padding: IntPair = 0,
        dilation: IntPair = 1,
        return_indices: bool = False,
        ceil_mode: bool = False,
    ) -> None:
        """Checks the settings and keeps them."""
        super().__init__()
        pool_settings(kernel_size, stride, padding, dilation)
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.dilation = dilation
        self.return_indices = flag("return_indices", return_indices)
        self.ceil_mode = flag("ceil_mode", ceil_mode)

    def forward(self, input: Shaped[Tensor, "*batch c h w"]) -> Pooled | tuple[Pooled, Indices]:
        """(N, C, H, W) -> (N, C, H_out, W_out), and the winners' indices if they are asked for."""
        settings = self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode
        return max_pool2d(input, *settings, return_indices=self.return_indices)

    def extra_repr(self) -> str:
        """The settings, written as torch writes them."""
        return (
            f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, "
            f"dilation={self.dilation}, ceil_mode={self.ceil_mode}"
        )
