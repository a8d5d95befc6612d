"""What a pooling does at each position: windows, winners, ties and gradients."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch
import torch.nn.functional as F
from torch import Tensor

from core.explain.geometry import Geometry, _pair, pad
from core.pool import avg_pool2d, max_pool2d


@dataclass(frozen=True)
class Pooling:
    """Max and average pooling of one channel, with the winner of each window.

    Attributes:
        picture: (H, W) float.
        geometry: sizes, stride, padding, dilation.
        output: (H_out, W_out), the largest value of each window.
        average: (H_out, W_out), the mean of each window, its padding counted as zeros; None where
            the window is dilated, which torch's average pooling does not know.
        torch_difference: largest absolute difference to torch's own layers for exactly this
            setting.
        winners: (steps), the place of each window's winner within the window, row by row: where the
            gradient goes.
        ties: (steps, kernel · kernel), which cells of each window hold the largest value but are
            not the winner.
    """

    picture: Tensor
    geometry: Geometry
    output: Tensor
    average: Tensor | None
    torch_difference: float
    winners: Tensor
    ties: Tensor

    @cached_property
    def padded(self) -> Tensor:
        """(padded height, padded width), with -inf around: padding never wins."""
        return pad(self.picture[None, None], self.geometry.padding, "zeros", fill=-torch.inf)[0, 0]

    @cached_property
    def windows(self) -> Tensor:
        """(kernel · kernel, steps), what each window covers."""
        return self.padded.flatten()[self.geometry.covered()].T

    def gradients(self) -> Tensor:
        """(H, W), the gradient of the sum of all outputs: how often each cell won."""
        picture = self.picture.clone().requires_grad_()
        with torch.enable_grad():
            (gradient,) = torch.autograd.grad(
                _max_pool(picture[None], self.geometry).sum(), picture
            )
        return gradient


def explain_pooling(
    picture: Tensor, *, kernel_size: int, stride: int, padding: int = 0, dilation: int = 1
) -> Pooling:
    """Apply ``core.pool.max_pool2d`` and ``avg_pool2d`` to one channel and keep what goes into each
    cell.

    output[i, j] = max over u, v of padded[i·stride + u·dilation, j·stride + v·dilation], padded
    with -inf

    Args:
        picture: (H, W) float.
        kernel_size: side of the square window.
        stride: cells from one window to the next.
        padding: rows and columns on every side, at most half the kernel.
        dilation: cells from one window entry to the next.

    Returns:
        Both outputs with all windows, winners and ties.

    Raises:
        TypeError: ``core.pool.max_pool2d`` refuses the dtype or a setting's type.
        ValueError: the picture is not (H, W), or a setting leaves no output.
    """
    if picture.dim() != 2:
        raise ValueError(
            f"Expected the picture as (height, width), got the shape {tuple(picture.shape)}."
        )
    geometry = Geometry(_pair(picture), (kernel_size, kernel_size), stride, padding, dilation)
    output = _max_pool(picture[None], geometry)[0]
    reference = F.max_pool2d(picture[None, None], kernel_size, stride, padding, dilation)[0, 0]
    difference = float((output - reference).abs().max())
    average = None
    if dilation == 1:
        average = avg_pool2d(picture[None, None], kernel_size, stride, padding)[0, 0]
        mean = F.avg_pool2d(picture[None, None], kernel_size, stride, padding)[0, 0]
        difference = max(difference, float((average - mean).abs().max()))
    covered = geometry.covered()  # (steps, k·k)
    winners = (covered == _winning_places(picture, geometry)[:, None]).long().argmax(1)
    padded = pad(picture[None, None], padding, "zeros", fill=-torch.inf).flatten()
    ties = padded[covered] == output.flatten()[:, None]  # (steps, k·k)
    ties[torch.arange(len(ties)), winners] = False
    return Pooling(picture, geometry, output, average, difference, winners, ties)


def _winning_places(picture: Tensor, geometry: Geometry) -> Tensor:
    """(steps), the padded picture's cell that each window passes on: where the layer's own gradient
    is 1.
    """
    pictures = picture.expand(geometry.steps, *picture.shape).clone().requires_grad_()
    with torch.enable_grad():
        pooled = _max_pool(pictures, geometry).flatten(1)  # (steps, steps)
        (gradients,) = torch.autograd.grad(pooled.diagonal().sum(), pictures)
    padded = F.pad(gradients, (geometry.padding,) * 4)  # (steps, H, W)
    return padded.flatten(1).argmax(1)


def _max_pool(pictures: Tensor, geometry: Geometry) -> Tensor:
    settings = (geometry.kernel, geometry.stride, geometry.padding, geometry.dilation)
    return max_pool2d(pictures[:, None], *settings)[:, 0]
