"""What a pooling does at each position: windows, winners, ties and gradients."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from core.checks import check_tensor
from core.explain.geometry import Geometry, image_size, pad
from core.gradients import takes_gradients
from core.pool import avg_pool2d, max_pool2d


@dataclass(frozen=True)
class Pooling:
    """Max and average pooling of one channel, with the winner of each window.

    Attributes:
        picture: the input.
        geometry: sizes, stride, padding, dilation.
        output: the largest value of each window.
        average: the mean of each window, its padding counted as zeros; None where the window is
            dilated, which torch's average pooling does not know.
        torch_difference: largest absolute difference to torch's own layers for exactly this
            setting.
        winners: index of each window's winner within the window, row by row: where the gradient
            goes; -1 where the window sees padding alone.
        ties: which cells of each window hold the largest value but are not the winner.
    """

    picture: Float[Tensor, "h w"]
    geometry: Geometry
    output: Float[Tensor, "h_out w_out"]
    average: Float[Tensor, "h_out w_out"] | None
    torch_difference: float
    winners: Int64[Tensor, " steps"]
    ties: Bool[Tensor, "steps window"]

    @cached_property
    def padded(self) -> Float[Tensor, "h_padded w_padded"]:
        """The picture with -inf around: padding never wins."""
        return _padded(self.picture, self.geometry.padding)

    @cached_property
    def windows(self) -> Float[Tensor, "window steps"]:
        """What each window covers."""
        return self.padded.flatten()[self.geometry.covered()].T

    @cached_property
    def won(self) -> Int64[Tensor, "steps 1"]:
        """Each window's winner as an index into the flattened padded picture, -1 for none."""
        index = self.winners[:, None]
        won = self.geometry.covered().gather(1, index.clamp(min=0))
        return won.masked_fill(index < 0, -1)

    @takes_gradients
    def gradients(self) -> Float[Tensor, "h w"]:
        """The gradient of the sum of all outputs: how often each cell won."""
        picture = self.picture.clone().requires_grad_()
        with torch.enable_grad():
            total = _max_pool(picture[None], self.geometry).sum()
            (gradient,) = torch.autograd.grad(total, picture)
        return gradient


@takes_gradients
def explain_pooling(
    picture: Float[Tensor, "h w"],
    *,
    kernel_size: int,
    stride: int,
    padding: int = 0,
    dilation: int = 1,
) -> Pooling:
    """Apply ``core.pool``'s max and average pooling to one channel, with what goes into each cell.

        output[y, x] = max over i, j of padded[y · stride + i · dilation, x · stride + j · dilation]
        average[y, x] = mean over i, j of the same, dilation 1

    where max pooling pads with -inf and average pooling with 0.

    Args:
        picture: the input.
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
    check_tensor("the picture", picture, "(height, width)")
    geometry = Geometry(image_size(picture), (kernel_size, kernel_size), stride, padding, dilation)
    output = _max_pool(picture[None], geometry)[0]
    images = picture[None, None]
    torchs = F.max_pool2d(images, kernel_size, stride, padding, dilation)[0, 0]
    difference = _largest_difference(output, torchs)
    average = None
    if dilation == 1:
        average = avg_pool2d(images, kernel_size, stride, padding)[0, 0]
        torchs = F.avg_pool2d(images, kernel_size, stride, padding)[0, 0]
        difference = max(difference, _largest_difference(average, torchs))
    covered = geometry.covered()  # (steps, k·k)
    empty = (geometry.origin()[covered] < 0).all(1)  # padding alone
    winners = (covered == _winning_cells(picture, geometry)[:, None]).long().argmax(1)
    ties = _padded(picture, padding).flatten()[covered] == output.flatten()[:, None]
    ties[torch.arange(len(ties)), winners] = False
    winners, ties = winners.masked_fill(empty, -1), ties & ~empty[:, None]
    return Pooling(picture, geometry, output, average, difference, winners, ties)


def _largest_difference(ours: Float[Tensor, "*shape"], torchs: Float[Tensor, "*shape"]) -> float:
    """0 between equal infinities, too: both are -inf where a window sees padding alone."""
    return float((ours - torchs).masked_fill(ours == torchs, 0).abs().max())


def _winning_cells(picture: Float[Tensor, "h w"], geometry: Geometry) -> Int64[Tensor, " steps"]:
    """Index of the padded picture's cell that each window passes on: where its gradient is 1."""
    pictures = picture.expand(geometry.steps, *picture.shape).clone().requires_grad_()
    with torch.enable_grad():
        pooled = _max_pool(pictures, geometry).flatten(1)  # (steps, steps)
        (gradients,) = torch.autograd.grad(pooled.diagonal().sum(), pictures)
    padded = F.pad(gradients, (geometry.padding,) * 4)  # (steps, H, W)
    return padded.flatten(1).argmax(1)


def _max_pool(
    pictures: Float[Tensor, "n h w"], geometry: Geometry
) -> Float[Tensor, "n h_out w_out"]:
    settings = (geometry.kernel, geometry.stride, geometry.padding, geometry.dilation)
    return max_pool2d(pictures[:, None], *settings)[:, 0]


def _padded(picture: Float[Tensor, "h w"], padding: int) -> Float[Tensor, "h_padded w_padded"]:
    return pad(picture[None, None], padding, "zeros", fill=-torch.inf)[0, 0]
