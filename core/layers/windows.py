"""Where the windows of a convolution or pooling lie, and the ways to look through them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from core.layers.dispatch import quiet_in_a_trace

Pair = tuple[int, int]

INTEGERS = (torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64)


class Windows(NamedTuple):
    """Where the windows lie on the image: every pair is (height, width)."""

    kernel: Pair
    stride: Pair
    dilation: Pair
    before: Pair  # cells of padding above and left
    after: Pair  # cells of padding below and right
    output: Pair  # windows along each axis
    groups: int = 1  # that a convolution's channels fall into

    def pad(self, images: Tensor, value: int | float = 0) -> Tensor:
        """Adds the padding: (..., H, W) -> (..., top + H + bottom, left + W + right)."""
        (top, left), (bottom, right) = self.before, self.after
        if not (top or left or bottom or right):
            return images
        return F.pad(images, (left, right, top, bottom), value=value)

    def crop(self, padded: Tensor, size: Sequence[int]) -> Tensor:
        """Takes the padding away again: the (..., H, W) that `pad` was given."""
        if not (any(self.before) or any(self.after)):
            return padded
        (top, left), (h, w) = self.before, size
        return padded.narrow(-2, top, h).narrow(-1, left, w)

    def cells(self, padded: Tensor) -> Iterator[Tensor]:
        """For each cell of the kernel, what all windows see there: (..., H_out, W_out)."""
        return (cell for row in self.along(padded, -2) for cell in self.along(row, -1))

    def along(self, images: Tensor, axis: int) -> list[Tensor]:
        """For each row (axis -2) or column (axis -1) of the kernel, what all windows see there.

        Returns:
            As many views as the kernel has steps, (..., H_out, W) or (..., H, W_out).
        """
        kernel, stride, dilation = self.kernel[axis], self.stride[axis], self.dilation[axis]
        span = (self.output[axis] - 1) * stride + 1
        starts = range(0, kernel * dilation, dilation)
        parts = [slice(start, start + span, stride) for start in starts]
        return [images[..., part, :] if axis == -2 else images[..., part] for part in parts]


@quiet_in_a_trace
def unfold(padded: Tensor, windows: Windows) -> Tensor:
    """Each window as a column: (N, C, H, W) -> (N, C * kh * kw, H_out * W_out), as `F.unfold`.

    Integers and images without a channel, which `F.unfold` does not take, are copied one cell of
    the kernel after the other.
    """
    if padded.dtype not in INTEGERS and padded.shape[-3] > 0:
        return F.unfold(padded, windows.kernel, windows.dilation, 0, windows.stride)
    columns = torch.stack([cell.flatten(-2) for cell in windows.cells(padded)], dim=-2)
    return columns.flatten(-3, -2)


@quiet_in_a_trace
def fold(columns: Tensor, size: Sequence[int], windows: Windows) -> Tensor:
    """Adds each column to the cells that its window covers: `unfold` backwards, (N, C, *size)."""
    if columns.shape[-2] == 0:  # without a channel there is nothing to add, and F.fold refuses it
        return columns.new_zeros((*columns.shape[:-2], 0, *size))
    return F.fold(columns, tuple(size), windows.kernel, windows.dilation, 0, windows.stride)


def lowest(dtype: torch.dtype) -> int | float:
    """What loses a comparison against every other value of this dtype, as the padding must."""
    return -torch.inf if dtype.is_floating_point else torch.iinfo(dtype).min
