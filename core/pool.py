"""Max pooling written by hand: the function and the layer; and average pooling beside it.

Two bodies compute the same thing. `max_pool2d_loops` is the definition, one window after the other,
as a lecture shows it. `max_pool2d` looks at all windows at once, along one axis and then along the
other, and remembers where each winner stood.
"""

import functools
import math
from collections.abc import Sequence
from typing import Any, NamedTuple, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

IntPair = int | Sequence[int]

_INTEGER_DTYPES = (torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64)
_FLOAT_DTYPES = (torch.float16, torch.bfloat16, torch.float32, torch.float64)


class _Windows(NamedTuple):
    """Where the windows lie: every pair is (height, width)."""

    kernel: tuple[int, int]
    stride: tuple[int, int]
    padding: tuple[int, int]
    dilation: tuple[int, int]
    output: tuple[int, int]
    behind: tuple[int, int]  # cells that the last window needs behind the image


def max_pool2d(
    input: Tensor,
    kernel_size: IntPair,
    stride: IntPair | None = None,
    padding: IntPair = 0,
    dilation: IntPair = 1,
    ceil_mode: bool = False,
) -> Tensor:
    """The largest value of each window.

        output[n, c, y, x] = max over i, j of input[n, c, row, column]
        row = y * stride + i * dilation - padding, column = x * stride + j * dilation - padding

    The padding counts as minus infinity and never wins. As in torch, a NaN wins its window, and
    among equal values the first in reading order receives the gradient.

    Args:
        input: (N, C, H, W) or (C, H, W), floating or integer.
        kernel_size: the window, in cells, as an int or (height, width).
        stride: cells from one window to the next; None means kernel_size.
        padding: cells added on each side, at most half the kernel.
        dilation: cells from one value of a window to the next.
        ceil_mode: round the number of windows up; the last one must still start in the image or
            before it.

    Returns:
        (N, C, H_out, W_out) or (C, H_out, W_out), with
        H_out = floor((H + 2 padding - dilation (kernel - 1) - 1) / stride) + 1, and W_out alike.

    Raises:
        TypeError: a setting of the wrong type, or a dtype without an order (bool, complex).
        ValueError: a shape or setting out of range, or one that leaves no output.

    Source: Goodfellow, Bengio, Courville, "Deep Learning" (2016), section 9.3.
    """
    windows = _place_windows(input, kernel_size, stride, padding, dilation, ceil_mode)
    images = input if input.dim() == 4 else input.unsqueeze(0)  # (N, C, H, W)
    if images.requires_grad and torch.is_grad_enabled():
        output = cast(Tensor, _MaxPool2d.apply(images, windows))
    else:
        output = _maxima(_pad(images, windows), windows)
    return output if input.dim() == 4 else output.squeeze(0)


def max_pool2d_loops(
    input: Tensor,
    kernel_size: IntPair,
    stride: IntPair | None = None,
    padding: IntPair = 0,
    dilation: IntPair = 1,
    ceil_mode: bool = False,
) -> Tensor:
    """The same as `max_pool2d`, one output position after the other: for reading, and for one small
    input.

    Args:
        input: (N, C, H, W) or (C, H, W).
        kernel_size: as in `max_pool2d`, and so are all others.
        stride: None means kernel_size.
        padding: cells of minus infinity on each side.
        dilation: cells from one value of a window to the next.
        ceil_mode: round the number of windows up.

    Returns:
        (N, C, H_out, W_out) or (C, H_out, W_out).

    Raises:
        TypeError: as `max_pool2d`.
        ValueError: as `max_pool2d`.
    """
    windows = _place_windows(input, kernel_size, stride, padding, dilation, ceil_mode)
    padded = _pad(input, windows)
    output = input.new_empty((*input.shape[:-2], *windows.output))  # (N, C, H_out, W_out)
    (kernel_h, kernel_w), (dilation_h, dilation_w) = windows.kernel, windows.dilation
    for y in range(windows.output[0]):
        for x in range(windows.output[1]):
            top, left = y * windows.stride[0], x * windows.stride[1]
            rows = slice(top, top + kernel_h * dilation_h, dilation_h)
            columns = slice(left, left + kernel_w * dilation_w, dilation_w)
            output[..., y, x] = padded[..., rows, columns].amax(dim=(-2, -1))  # (N, C)
    return output


def avg_pool2d(
    input: Tensor, kernel_size: IntPair, stride: IntPair | None = None, padding: IntPair = 0
) -> Tensor:
    """The mean of each window.

        output[n, c, y, x] = sum over i, j of padded[n, c, y * stride + i, x * stride + j] / (kh kw)

    The padding counts as zeros and is counted, as in torch by default.

    Args:
        input: (N, C, H, W) or (C, H, W), floating.
        kernel_size: the window, in cells, as an int or (height, width).
        stride: cells from one window to the next; None means kernel_size.
        padding: cells of zeros on each side, at most half the kernel.

    Returns:
        (N, C, H_out, W_out) or (C, H_out, W_out), sized as by `max_pool2d`.

    Raises:
        TypeError: a setting of the wrong type, or an input that is not floating.
        ValueError: a shape or setting out of range, or one that leaves no output.

    Source: Goodfellow, Bengio, Courville, "Deep Learning" (2016), section 9.3.
    """
    windows = _place_windows(input, kernel_size, stride, padding, 1, False)
    if not input.is_floating_point():
        raise TypeError(f"input: expected a floating dtype, got {input.dtype}")
    images = input if input.dim() == 4 else input.unsqueeze(0)  # (N, C, H, W)
    n, c = images.shape[:2]
    unfolded = F.unfold(
        images, windows.kernel, 1, windows.padding, windows.stride
    )  # (N, C * kh * kw, H_out * W_out)
    output = unfolded.reshape(n, c, math.prod(windows.kernel), *windows.output).mean(
        2
    )  # (N, C, H_out, W_out)
    return output if input.dim() == 4 else output.squeeze(0)


class MaxPool2d(nn.Module):
    """`max_pool2d` as a layer, with the settings of `torch.nn.MaxPool2d`; it has no parameters.

    Args:
        kernel_size: the window, in cells, as an int or (height, width).
        stride: cells from one window to the next; None means kernel_size.
        padding: cells of minus infinity on each side, at most half the kernel.
        dilation: cells from one value of a window to the next.
        ceil_mode: round the number of windows up.

    Raises:
        TypeError: a setting that is neither an int nor a pair of ints, or a ceil_mode that is no
            bool.
        ValueError: a setting out of range.
    """

    def __init__(
        self,
        kernel_size: IntPair,
        stride: IntPair | None = None,
        padding: IntPair = 0,
        dilation: IntPair = 1,
        ceil_mode: bool = False,
    ) -> None:
        """Checks the settings and keeps them."""
        super().__init__()
        _check_settings(kernel_size, stride, padding, dilation, ceil_mode)
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.dilation = dilation
        self.ceil_mode = ceil_mode

    def forward(self, input: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, C, H_out, W_out)."""
        return max_pool2d(
            input, self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode
        )

    def extra_repr(self) -> str:
        """The settings, written as torch writes them."""
        return (
            f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, "
            f"dilation={self.dilation}, ceil_mode={self.ceil_mode}"
        )


class _MaxPool2d(torch.autograd.Function):
    """Max pooling that keeps where each window's winner stood: the gradient goes there and nowhere
    else.
    """

    @staticmethod
    def forward(ctx: Any, images: Tensor, windows: _Windows) -> Tensor:  # noqa: ANN401
        padded = _pad(images, windows)
        output, offsets = _maxima_and_winners(padded, windows)
        # NaN wins without being larger, and minus infinity ties with the padding. Both are rare and
        # show in the sum.
        if not math.isfinite(
            output.sum(dtype=torch.promote_types(output.dtype, torch.float32)).item()
        ):
            offsets = _winners_with_care(padded, windows)
        ctx.save_for_backward(offsets)
        ctx.windows, ctx.padded_shape, ctx.shape = windows, padded.shape, images.shape
        return output

    @staticmethod
    def backward(ctx: Any, grad_output: Tensor) -> tuple[Tensor, None]:  # noqa: ANN401
        (offsets,) = ctx.saved_tensors
        windows, (n, c, padded_h, padded_w), (_, _, h, w) = ctx.windows, ctx.padded_shape, ctx.shape
        starts = _window_starts(windows, padded_w, offsets.device)  # (H_out, W_out)
        index = offsets.long().add_(starts).flatten(2)  # (N, C, H_out * W_out)
        # Windows may share a winner, so add. Autograd can differentiate this, so the gradient has
        # one of its own.
        grad = grad_output.new_zeros((n, c, padded_h * padded_w))
        grad = grad.scatter_add_(2, index, grad_output.flatten(2)).view(n, c, padded_h, padded_w)
        if (padded_h, padded_w) == (h, w):
            return grad, None
        top, left = windows.padding
        return grad[:, :, top : top + h, left : left + w], None


def _maxima(padded: Tensor, windows: _Windows) -> Tensor:
    """The largest value of each window: down the columns first (whole rows compare fast), then
    along rows.
    """
    best = padded
    for axis in (0, 1):
        first, *others = _steps(best, axis, windows)
        best = first
        for step in others:
            best = torch.maximum(best, step)
    # A window of one column leaves a view, maybe of the input itself.
    return best.clone(memory_format=torch.contiguous_format) if windows.kernel[1] == 1 else best


def _maxima_and_winners(padded: Tensor, windows: _Windows) -> tuple[Tensor, Tensor]:
    """The largest value of each window, and its offset: cells from the window's first cell in the
    flat image.

    Along the rows first, then down the columns: with a strict comparison the first in reading order
    wins a tie. Each step's offset is larger than all before, so that a new winner takes over by
    `maximum`, faster than by a selection.
    """
    row_step, column_step = windows.dilation[0] * padded.shape[3], windows.dilation[1]
    dtype = _smallest_integer(
        (windows.kernel[0] - 1) * row_step + (windows.kernel[1] - 1) * column_step
    )
    best, *others = _steps(padded, 1, windows)
    offsets = None  # (N, C, H, W_out)
    for j, step in enumerate(others, start=1):
        larger = (step > best).view(torch.uint8).to(dtype)
        if j * column_step > 1:
            larger.mul_(j * column_step)
        offsets = larger if offsets is None else torch.maximum(offsets, larger)
        best = torch.maximum(best, step)
    if offsets is None:
        offsets = torch.zeros(best.shape, dtype=dtype, device=best.device)
    best, *others = _steps(best, 0, windows)
    offsets, *other_offsets = _steps(offsets, 0, windows)  # (N, C, H_out, W_out)
    for i, (step, step_offsets) in enumerate(zip(others, other_offsets, strict=True), start=1):
        larger = (step > best).view(torch.uint8)
        offsets = torch.maximum(offsets, (step_offsets + i * row_step).mul_(larger))
        best = torch.maximum(best, step)
    output = best.clone(memory_format=torch.contiguous_format) if windows.kernel[0] == 1 else best
    return output, offsets


def _winners_with_care(padded: Tensor, windows: _Windows) -> Tensor:
    """The winners' offsets where NaN or infinity occur: position by position, never a cell of the
    padding.
    """
    row_step, column_step = windows.dilation[0] * padded.shape[3], windows.dilation[1]
    rows, columns = _first_inside(windows, 0), _first_inside(windows, 1)
    starting = rows[:, None] * row_step + columns * column_step  # (H_out, W_out)
    farthest = (windows.kernel[0] - 1) * row_step + (windows.kernel[1] - 1) * column_step
    shape = (*padded.shape[:2], *windows.output)
    offsets = starting.to(padded.device, _smallest_integer(farthest)).expand(shape)
    best = torch.full(shape, -torch.inf, dtype=padded.dtype, device=padded.device)
    for i, row in enumerate(_steps(padded, 0, windows)):
        for j, step in enumerate(_steps(row, 1, windows)):
            larger = (step > best) | step.isnan()
            best = torch.where(larger, step, best)
            offsets = torch.where(larger, i * row_step + j * column_step, offsets)
    return offsets


def _first_inside(windows: _Windows, axis: int) -> Tensor:
    """Along one axis, each window's first step that lies on the image: (output,)."""
    before = windows.padding[axis] - torch.arange(windows.output[axis]) * windows.stride[axis]
    return (before.clamp(min=0) + windows.dilation[axis] - 1) // windows.dilation[axis]


@functools.lru_cache(maxsize=64)
def _window_starts(windows: _Windows, padded_w: int, device: torch.device) -> Tensor:
    """The flat index of each window's first cell in a padded image: (H_out, W_out)."""
    rows = torch.arange(windows.output[0], device=device) * (windows.stride[0] * padded_w)
    columns = torch.arange(windows.output[1], device=device) * windows.stride[1]
    return rows[:, None] + columns


def _steps(images: Tensor, axis: int, windows: _Windows) -> list[Tensor]:
    """One view per row (axis 0) or column (axis 1) of the kernel: what every window sees there.

    Args:
        images: (N, C, H, W).
        axis: 0 for the height, 1 for the width.
        windows: where the windows lie.

    Returns:
        As many views as the kernel has steps, (N, C, H_out, W) or (N, C, H, W_out).
    """
    span = (windows.output[axis] - 1) * windows.stride[axis] + 1
    starts = range(0, windows.kernel[axis] * windows.dilation[axis], windows.dilation[axis])
    slices = [slice(start, start + span, windows.stride[axis]) for start in starts]
    return [images[:, :, part] if axis == 0 else images[:, :, :, part] for part in slices]


def _pad(images: Tensor, windows: _Windows) -> Tensor:
    """Adds the padding, and what ceil_mode's last window needs, as values that lose against every
    other.
    """
    (top, left), (bottom, right) = windows.padding, windows.behind
    if not (top or left or bottom or right):
        return images
    lowest = -torch.inf if images.is_floating_point() else torch.iinfo(images.dtype).min
    # (N, C, top + H + bottom, left + W + right)
    return F.pad(images, (left, right, top, bottom), value=lowest)


def _smallest_integer(largest: int) -> torch.dtype:
    """The smallest integer dtype that holds 0..largest: a kept offset usually costs one byte, not
    eight.
    """
    dtypes = (torch.uint8, torch.int16, torch.int32, torch.int64)
    return next(dtype for dtype in dtypes if largest <= torch.iinfo(dtype).max)


def _check_settings(
    kernel_size: IntPair,
    stride: IntPair | None,
    padding: IntPair,
    dilation: IntPair,
    ceil_mode: bool,
) -> tuple[tuple[int, int], tuple[int, int], tuple[int, int], tuple[int, int]]:
    """Kernel, stride, padding, dilation as pairs; raises what `max_pool2d` promises."""
    kernel = _pair("kernel_size", kernel_size, 1)
    strides = kernel if stride is None else _pair("stride", stride, 1)
    paddings = _pair("padding", padding, 0)
    dilations = _pair("dilation", dilation, 1)
    if not isinstance(ceil_mode, bool):
        raise TypeError(f"ceil_mode: expected a bool, got {ceil_mode!r}")
    if any(p > k // 2 for p, k in zip(paddings, kernel, strict=True)):
        raise ValueError(f"padding: expected at most half of kernel_size {kernel}, got {paddings}")
    return kernel, strides, paddings, dilations


def _place_windows(
    input: Tensor,
    kernel_size: IntPair,
    stride: IntPair | None,
    padding: IntPair,
    dilation: IntPair,
    ceil_mode: bool,
) -> _Windows:
    """Checks what the user gave and computes where the windows lie."""
    if not isinstance(input, Tensor):
        raise TypeError(f"input: expected a Tensor, got {type(input).__name__}")
    kernel, strides, paddings, dilations = _check_settings(
        kernel_size, stride, padding, dilation, ceil_mode
    )
    if input.dim() not in (3, 4):
        raise ValueError(
            f"input: expected shape (N, C, H, W) or (C, H, W), got {tuple(input.shape)}"
        )
    if input.dtype not in _FLOAT_DTYPES and input.dtype not in _INTEGER_DTYPES:
        raise TypeError(f"input: expected a floating or integer dtype, got {input.dtype}")
    if 0 in input.shape[-3:]:
        raise ValueError(f"input: only the batch may be empty, got shape {tuple(input.shape)}")
    output, behind = [], []
    for size, k, s, p, d in zip(
        input.shape[-2:], kernel, strides, paddings, dilations, strict=True
    ):
        reach = d * (k - 1) + 1
        room = size + 2 * p - reach
        count = (-(-room // s) if ceil_mode else room // s) + 1
        if (
            ceil_mode and (count - 1) * s >= size + p
        ):  # the last window would start behind the image
            count -= 1
        output.append(count)
        behind.append(max(0, (count - 1) * s + reach - size - p))
    if min(output) < 1:
        raise ValueError(
            f"no window fits: kernel_size {kernel} with dilation {dilations} on an input of "
            f"{tuple(input.shape[-2:])} with padding {paddings}"
        )
    return _Windows(
        kernel, strides, paddings, dilations, (output[0], output[1]), (behind[0], behind[1])
    )


def _pair(name: str, value: IntPair, least: int) -> tuple[int, int]:
    """Turns an int or (height, width) into a pair, and refuses all else. (Also in core.conv.)"""
    pair = (value, value) if isinstance(value, int) else value
    ints = isinstance(pair, tuple | list) and all(type(number) is int for number in pair)
    if not ints or len(pair) != 2:
        raise TypeError(f"{name}: expected an int or a pair of ints (height, width), got {value!r}")
    if min(pair) < least:
        raise ValueError(f"{name}: expected at least {least}, got {value!r}")
    return pair[0], pair[1]
