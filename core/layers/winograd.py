"""3 x 3 convolution with a quarter of the multiplications, for training in float32 on a CPU."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from core.layers.exchange import exchange_convolutions

Matrix = Sequence[Sequence[int | float]]

TILE = 4  # output pixels along a tile's side
WINDOW = TILE + 2  # input pixels that a tile of a 3 x 3 convolution sees
SMALLEST = 64  # channels from which it is faster than torch's own convolution

# Bᵀ, G and Aᵀ of F(4 x 4, 3 x 3) in Lavin & Gray, "Fast Algorithms for Convolutional Neural
# Networks", 2016.
_B_T: Matrix = [
    [4, 0, -5, 0, 1, 0],
    [0, -4, -4, 1, 1, 0],
    [0, 4, -4, -1, 1, 0],
    [0, -2, -1, 2, 1, 0],
    [0, 2, -1, -2, 1, 0],
    [0, 4, 0, -5, 0, 1],
]
_G: Matrix = [
    [1 / 4, 0, 0],
    [-1 / 6, -1 / 6, -1 / 6],
    [-1 / 6, 1 / 6, -1 / 6],
    [1 / 24, 1 / 12, 1 / 6],
    [1 / 24, -1 / 12, 1 / 6],
    [0, 0, 1],
]
_A_T: Matrix = [
    [1, 1, 1, 1, 1, 0],
    [0, 1, -1, 2, -2, 0],
    [0, 1, 1, 4, 4, 0],
    [0, 1, -1, 8, -8, 1],
]


def conv2d_winograd(input: Tensor, weight: Tensor) -> Tensor:
    """Cross-correlation with 3 x 3 kernels, stride 1, padding 1, by Winograd's filtering.

    Every 4 x 4 tile of the output is Aᵀ [ Σ_c (G g Gᵀ) ⊙ (Bᵀ d B) ] A, with the 6 x 6 window d that
    the tile sees, the kernel g, and ⊙ the product element by element. The sum over the channels c
    is 36 matrix products for all tiles at once: 36 multiplications for 16 outputs instead of 144.
    Input, kernel and output are transformed by the same two steps as one product with the Kronecker
    square of Bᵀ, G or Aᵀ. The result differs from the direct sum by rounding, about ten times as
    much as that itself does.

    Source: Lavin & Gray, "Fast Algorithms for Convolutional Neural Networks", 2016.

    Args:
        input: (N, C, H, W), H and W multiples of 4; channels_last is fastest.
        weight: (K, C, 3, 3).

    Returns:
        (N, K, H, W), in channels_last order.

    Raises:
        ValueError: the shapes do not fit.
    """
    shape = tuple(input.shape)
    if input.dim() != 4 or shape[2] % TILE or shape[3] % TILE or 0 in shape:
        expected = f"input (N, C, H, W) with H and W multiples of {TILE}"
        raise ValueError(f"Expected {expected}, got {shape}.")
    if weight.dim() != 4 or weight.shape[1:] != (input.shape[1], 3, 3):
        raise ValueError(f"Expected weight (K, {input.shape[1]}, 3, 3), got {tuple(weight.shape)}.")
    return _Winograd.apply(input, weight)  # type: ignore[no-any-return]


class WinogradConv2d(nn.Conv2d):
    """``nn.Conv2d`` that computes by ``conv2d_winograd`` where it can, else as torch does."""

    def forward(self, input: Tensor) -> Tensor:
        """Convolve (N, C, H, W)."""
        fits = input.device.type == "cpu" and input.dtype == torch.float32 and input.dim() == 4
        fits = (
            fits
            and not torch.is_autocast_enabled("cpu")
            and not (input.shape[2] % TILE or input.shape[3] % TILE)
        )
        return (
            conv2d_winograd(input, self.weight)
            if fits and input.numel()
            else super().forward(input)
        )


def use_winograd(model: nn.Module) -> int:
    """Let a network's suitable convolutions compute by Winograd's filtering.

    Suitable are 3 x 3, stride 1, padding 1, no bias, 64 channels and more.

    Parameters, names and state dict stay as they are.

    Args:
        model: any network; changed in place.

    Returns:
        How many layers were changed.
    """
    return exchange_convolutions(model, WinogradConv2d, _is_suitable)


def _is_suitable(layer: nn.Conv2d) -> bool:
    return (
        (layer.kernel_size, layer.stride, layer.padding, layer.dilation)
        == ((3, 3), (1, 1), (1, 1), (1, 1))
        and layer.groups == 1
        and layer.bias is None
        and layer.padding_mode == "zeros"
        and min(layer.in_channels, layer.out_channels) >= SMALLEST
    )


class _Winograd(torch.autograd.Function):
    """All in (position in the tile, tile, channel) order: each step is one matrix product."""

    @staticmethod
    def forward(ctx: Any, input: Tensor, weight: Tensor) -> Tensor:  # noqa: ANN401 - torch's own
        n, c, h, w = input.shape
        k = weight.shape[0]
        # (36, 36), (36, 9), (16, 36)
        b_t, g, a_t = (_squared(matrix, input) for matrix in (_B_T, _G, _A_T))
        padded = F.pad(input.permute(0, 2, 3, 1), (0, 0, 1, 1, 1, 1))  # (N, H+2, W+2, C)
        windows = padded.unfold(1, WINDOW, TILE).unfold(2, WINDOW, TILE)  # (N, H/4, W/4, C, 6, 6)
        windows = windows.permute(4, 5, 0, 1, 2, 3).reshape(WINDOW**2, -1)  # (36, tiles*C)
        windows = (b_t @ windows).view(WINDOW**2, -1, c)  # (36, tiles, C)
        kernels = (g @ weight.permute(2, 3, 0, 1).reshape(9, k * c)).view(WINDOW**2, k, c)
        products = torch.bmm(windows, kernels.mT)  # (36, tiles, K)
        tiles = (a_t @ products.view(WINDOW**2, -1)).view(TILE, TILE, n, h // TILE, w // TILE, k)
        ctx.save_for_backward(windows, kernels)
        ctx.size = n, h, w
        images = tiles.permute(2, 3, 0, 4, 1, 5).reshape(n, h, w, k)
        return images.permute(0, 3, 1, 2)  # (N, K, H, W)

    @staticmethod
    @once_differentiable
    def backward(
        ctx: Any,  # noqa: ANN401 - torch's own
        gradient: Tensor,
    ) -> tuple[Tensor | None, Tensor | None]:
        windows, kernels = ctx.saved_tensors  # (36, tiles, C), (36, K, C)
        n, h, w = ctx.size
        rows, columns = h // TILE, w // TILE
        k, c = kernels.shape[1:]
        b_t, g, a_t = (_squared(matrix, gradient) for matrix in (_B_T, _G, _A_T))
        tiles = gradient.permute(0, 2, 3, 1).reshape(n, rows, TILE, columns, TILE, k)
        tiles = tiles.permute(2, 4, 0, 1, 3, 5).reshape(TILE**2, -1)  # (16, tiles*K)
        products = (a_t.T @ tiles).view(WINDOW**2, -1, k)  # (36, tiles, K)
        for_input = for_weight = None
        if ctx.needs_input_grad[1]:
            for_weight = g.T @ torch.bmm(products.mT, windows).view(WINDOW**2, -1)  # (9, K*C)
            for_weight = for_weight.view(3, 3, k, c).permute(2, 3, 0, 1)  # (K, C, 3, 3)
        if ctx.needs_input_grad[0]:
            spread = b_t.T @ torch.bmm(products, kernels).view(WINDOW**2, -1)  # (36, tiles*C)
            spread = spread.view(WINDOW, WINDOW, n, rows, columns, c)
            spread = spread.permute(2, 3, 0, 4, 1, 5)  # one window a tile
            padded = gradient.new_zeros(n, rows + 1, TILE, columns + 1, TILE, c)
            padded[:, :rows, :, :columns] = spread[:, :, :TILE, :, :TILE]
            # Windows overlap by two rows and by two columns.
            padded[:, 1:, :2, :columns] += spread[:, :, TILE:, :, :TILE]
            padded[:, :rows, :, 1:, :2] += spread[:, :, :TILE, :, TILE:]
            padded[:, 1:, :2, 1:, :2] += spread[:, :, TILE:, :, TILE:]
            padded = padded.view(n, h + TILE, w + TILE, c)[:, 1 : h + 1, 1 : w + 1]
            for_input = padded.permute(0, 3, 1, 2)  # (N, C, H, W)
        return for_input, for_weight


def _squared(matrix: Matrix, like: Tensor) -> Tensor:
    """The Kronecker square: the matrix along rows and columns of a flattened tile at once."""
    one = torch.tensor(matrix, dtype=torch.float64)
    return torch.kron(one, one).to(like)
