"""3 x 3 convolution as one matrix product, for training in 16 bits on a CPU with matrix
instructions.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from core.layers.exchange import exchange_convolutions

KERNEL = 3
SMALLEST = 128  # output channels and
LARGEST = 8  # side of the output with which it is faster than torch's own convolution


def conv2d_matrix(input: Tensor, weight: Tensor, stride: int = 1) -> Tensor:
    """Cross-correlation with 3 x 3 kernels and padding 1, as one matrix product (im2col).

    Each row of X holds what the kernel sees at one output position, each row of W one kernel:

        output = X Wᵀ          dL/dW = Gᵀ X          dL/dX = G W, added up where windows overlap

    with G the gradient of the output. The three products keep a processor's matrix instructions
    busy where maps are small and channels many; torch's own gradient of the kernels does not.

    Args:
        input: (N, C, H, W); channels_last is fastest.
        weight: (K, C, 3, 3), of the input's type.
        stride: pixels from window to window, both ways.

    Returns:
        (N, K, (H - 1) // stride + 1, (W - 1) // stride + 1), in channels_last order.

    Raises:
        ValueError: the shapes do not fit.

    Source: Chellapilla, Puri & Simard, "High Performance Convolutional Neural Networks for Document
        Processing", 2006.
    """
    shape = tuple(input.shape)
    if input.dim() != 4 or 0 in shape:
        raise ValueError(f"Expected input (N, C, H, W) with no side of 0, got {shape}.")
    if weight.dim() != 4 or weight.shape[1:] != (shape[1], KERNEL, KERNEL):
        raise ValueError(f"Expected weight (K, {shape[1]}, 3, 3), got {tuple(weight.shape)}.")
    if stride < 1:
        raise ValueError(f"Expected a stride of 1 or more, got {stride}.")
    return _Product.apply(input, weight, stride)  # type: ignore[no-any-return]


class MatrixConv2d(nn.Conv2d):
    """``nn.Conv2d`` that computes by ``conv2d_matrix`` where autocast has 16 bits and the map is
    small, else as torch does.
    """

    def forward(self, input: Tensor) -> Tensor:
        """Convolve (N, C, H, W)."""
        stride = self.stride[0]
        small = input.dim() == 4 and max(input.shape[2:]) <= LARGEST * stride
        if not (small and torch.is_autocast_enabled("cpu") and input.numel()):
            return super().forward(input)
        dtype = torch.get_autocast_dtype("cpu")
        return conv2d_matrix(input.to(dtype), self.weight.to(dtype), stride)


def use_matrix_products(model: nn.Module) -> int:
    """Let a network's suitable convolutions compute by one matrix product.

    Suitable are 3 x 3, padding 1, the same stride both ways, no bias, 128 output channels and more.
    Parameters, names and state dict stay as they are.

    Args:
        model: any network; changed in place.

    Returns:
        How many layers were changed.
    """
    return exchange_convolutions(model, MatrixConv2d, _is_suitable)


def _is_suitable(layer: nn.Conv2d) -> bool:
    return (
        (layer.kernel_size, layer.padding, layer.dilation) == ((3, 3), (1, 1), (1, 1))
        and layer.stride[0] == layer.stride[1]
        and layer.groups == 1
        and layer.bias is None
        and layer.padding_mode == "zeros"
        and layer.out_channels >= SMALLEST
    )


class _Product(torch.autograd.Function):
    """Channels stand last, so that a window is nine runs of C numbers."""

    @staticmethod
    def forward(
        ctx: Any,  # noqa: ANN401 - torch's own
        input: Tensor,
        weight: Tensor,
        stride: int,
    ) -> Tensor:
        n, _, h, w = input.shape
        rows, columns = ((side - 1) // stride + 1 for side in (h, w))
        padded = F.pad(input.permute(0, 2, 3, 1), (0, 0, 1, 1, 1, 1))  # (N, H+2, W+2, C)
        windows = torch.cat([padded[at] for at in _taps(rows, columns, stride)], dim=-1)
        windows = windows.flatten(0, 2)  # (N*rows*columns, 9C)
        kernels = weight.permute(0, 2, 3, 1).flatten(1)  # (K, 9C)
        ctx.save_for_backward(windows, kernels)
        ctx.size = n, h, w, stride
        return (windows @ kernels.T).view(n, rows, columns, -1).permute(0, 3, 1, 2)

    @staticmethod
    @once_differentiable
    def backward(
        ctx: Any,  # noqa: ANN401 - torch's own
        gradient: Tensor,
    ) -> tuple[Tensor | None, Tensor | None, None]:
        windows, kernels = ctx.saved_tensors
        n, h, w, stride = ctx.size
        rows, columns = gradient.shape[2:]
        k, c = len(kernels), kernels.shape[1] // KERNEL**2
        of_positions = gradient.permute(0, 2, 3, 1).reshape(-1, k)  # (N*rows*columns, K)
        for_input = for_weight = None
        if ctx.needs_input_grad[1]:
            for_weight = (of_positions.T @ windows).view(k, KERNEL, KERNEL, c).permute(0, 3, 1, 2)
        if ctx.needs_input_grad[0]:
            spread = (of_positions @ kernels).view(n, rows, columns, -1, c)
            # Nine numbers are added: in 32 bits, as torch does.
            wide = torch.promote_types(gradient.dtype, torch.float32)
            padded = torch.zeros(n, h + 2, w + 2, c, dtype=wide)
            for tap, at in enumerate(_taps(rows, columns, stride)):
                padded[at] += spread[:, :, :, tap]
            for_input = padded[:, 1:-1, 1:-1].to(gradient.dtype).permute(0, 3, 1, 2)
        return for_input, for_weight, None


def _taps(rows: int, columns: int, stride: int) -> Iterator[tuple[slice, slice, slice]]:
    """Where each of the kernel's nine numbers meets the padded input (N, H+2, W+2, C)."""
    for i in range(KERNEL):
        for j in range(KERNEL):
            down = slice(i, i + stride * (rows - 1) + 1, stride)
            across = slice(j, j + stride * (columns - 1) + 1, stride)
            yield slice(None), down, across
