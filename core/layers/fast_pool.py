"""Max pooling along one axis and then along the other, and its gradient by hand."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any, cast

import torch
from jaxtyping import Shaped
from torch import Tensor

from core.layers.dispatch import is_plain_eager
from core.layers.windows import Windows, lowest

WithIndices = Callable[[Tensor], tuple[Tensor, Tensor]]
Backward = Callable[[Tensor, Tensor, Sequence[int]], Tensor]


def max_pool2d_fast(
    input: Shaped[Tensor, "*batch c h w"],
    windows: Windows,
    readable: WithIndices,
    readable_backward: Backward,
) -> Shaped[Tensor, "*batch c h_out w_out"]:
    """The largest value of each window, for ordinary tensors (see `core.layers.dispatch`).

    Args:
        input: (N, C, H, W) or (C, H, W), checked before.
        windows: where the windows lie.
        readable: output and indices where this body would be wrong: for NaN and infinity.
        readable_backward: the gradient for these indices.

    Returns:
        (N, C, H_out, W_out) or (C, H_out, W_out).
    """
    images = input if input.dim() == 4 else input.unsqueeze(0)  # (N, C, H, W)
    if images.requires_grad and torch.is_grad_enabled():
        output = cast(Tensor, _MaxPool2d.apply(images, windows, readable, readable_backward))
    else:
        output = _maxima(_pad(images, windows), windows)
    return output if input.dim() == 4 else output.squeeze(0)


class _MaxPool2d(torch.autograd.Function):
    """Max pooling that keeps where each window's winner stood: the gradient goes there alone."""

    @staticmethod
    def forward(
        ctx: Any,  # noqa: ANN401
        images: Tensor,
        windows: Windows,
        readable: WithIndices,
        readable_backward: Backward,
    ) -> Tensor:
        padded = _pad(images, windows)
        output, winners = _maxima_and_winners(padded, windows)
        ctx.windows, ctx.padded_shape, ctx.shape = windows, padded.shape, images.shape
        # NaN wins without being larger, and minus infinity ties with the padding. Both are rare and
        # show in the sum.
        ctx.backward_by_index = None
        total = output.sum(dtype=torch.promote_types(output.dtype, torch.float32))
        if not math.isfinite(total.item()):
            winners = readable(images)[1]
            ctx.backward_by_index = readable_backward
        ctx.save_for_backward(winners)
        return output

    @staticmethod
    def backward(ctx: Any, grad_output: Tensor) -> tuple[Tensor | None, ...]:  # noqa: ANN401
        (winners,) = ctx.saved_tensors
        windows, (n, c, padded_h, padded_w), (_, _, h, w) = ctx.windows, ctx.padded_shape, ctx.shape
        if ctx.backward_by_index is not None:
            return ctx.backward_by_index(grad_output, winners, (h, w)), None, None, None
        # What a mode or a transform sees being made here must not be kept.
        plain = is_plain_eager(grad_output)
        window_starts = _window_starts if plain else _window_starts.__wrapped__
        starts = window_starts(windows, padded_w, winners.device)  # (H_out, W_out)
        # Every operation here has rules for autograd, which may differentiate the gradient again,
        # and for the vectorised Jacobian, where `flatten` has none.
        index = winners.long().add_(starts).reshape(n, c, starts.numel())  # (N, C, H_out * W_out)
        grad = grad_output.new_zeros((n, c, padded_h * padded_w))
        # Windows may share a winner, so add.
        grad = grad.scatter_add(2, index, grad_output.reshape(index.shape))
        grad = grad.reshape(n, c, padded_h, padded_w)
        return windows.crop(grad, (h, w)), None, None, None


def _pad(images: Tensor, windows: Windows) -> Tensor:
    return windows.pad(images, lowest(images.dtype))


def _maxima(padded: Tensor, windows: Windows) -> Tensor:
    """The largest value of each window."""
    best = padded
    for axis in (-2, -1):  # down the columns first: whole rows compare fast
        best = functools.reduce(torch.maximum, windows.along(best, axis))
    # A window of one column leaves a view, maybe of the input itself.
    return best.clone(memory_format=torch.contiguous_format) if windows.kernel[1] == 1 else best


def _maxima_and_winners(padded: Tensor, windows: Windows) -> tuple[Tensor, Tensor]:
    """The largest value of each window, and the cells from the window's first cell to it.

    Both cells are counted in the flat padded image.

    Along the rows first, then down the columns: with a strict comparison the first in reading order
    wins a tie. Each step's offset is larger than all before, so that a new winner takes over by
    `maximum`, faster than by a selection.
    """
    row_step, column_step = windows.dilation[0] * padded.shape[3], windows.dilation[1]
    farthest = (windows.kernel[0] - 1) * row_step + (windows.kernel[1] - 1) * column_step
    dtype = _smallest_integer(farthest)
    best, *others = windows.along(padded, -1)
    offsets = None  # (N, C, H, W_out)
    for j, step in enumerate(others, start=1):
        larger = (step > best).view(torch.uint8).to(dtype)
        if j * column_step > 1:
            larger.mul_(j * column_step)
        offsets = larger if offsets is None else torch.maximum(offsets, larger)
        best = torch.maximum(best, step)
    if offsets is None:
        offsets = torch.zeros(best.shape, dtype=dtype, device=best.device)
    best, *others = windows.along(best, -2)
    offsets, *other_offsets = windows.along(offsets, -2)  # (N, C, H_out, W_out)
    for i, (step, step_offsets) in enumerate(zip(others, other_offsets, strict=True), start=1):
        larger = (step > best).view(torch.uint8)
        offsets = torch.maximum(offsets, (step_offsets + i * row_step).mul_(larger))
        best = torch.maximum(best, step)
    output = best.clone(memory_format=torch.contiguous_format) if windows.kernel[0] == 1 else best
    return output, offsets


@functools.lru_cache(maxsize=64)
def _window_starts(windows: Windows, padded_w: int, device: torch.device) -> Tensor:
    """The index of each window's first cell in a flat padded image: (H_out, W_out)."""
    rows = torch.arange(windows.output[0], device=device) * (windows.stride[0] * padded_w)
    columns = torch.arange(windows.output[1], device=device) * windows.stride[1]
    return rows[:, None] + columns


def _smallest_integer(largest: int) -> torch.dtype:
    """The smallest integer dtype that holds 0..largest: mostly one byte, not eight."""
    dtypes = (torch.uint8, torch.int16, torch.int32, torch.int64)
    return next(dtype for dtype in dtypes if largest <= torch.iinfo(dtype).max)
