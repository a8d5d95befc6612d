"""What a layer does at each place, as plain numbers: windows, products, sums, outputs, winners, gradients.

Nothing is computed beside the layers: every number on the screen comes out of ``core.conv`` and ``core.pool``. A
convolution with k·k one-hot kernels copies each window; the same kernels scaled by the weights give the products; and
the gradient of a max pooling's output is 1 at the winner.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, get_args

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.conv import conv2d, output_size
from core.pool import avg_pool2d, max_pool2d

Border = Literal["zeros", "reflect", "replicate", "circular"]
BORDERS: tuple[Border, ...] = get_args(Border)


@dataclass(frozen=True)
class Geometry:
    """How a window of one size slides over a picture of one size. All lengths in cells, all pairs (height, width)."""

    size: tuple[int, int]
    kernel: tuple[int, int]
    stride: int
    padding: int
    dilation: int

    @property
    def output(self) -> tuple[int, int]:
        """Output size, floor((size + 2·padding − dilation·(kernel − 1) − 1) / stride) + 1 per axis; below 1: none."""
        return (self._positions(0), self._positions(1))

    @property
    def padded(self) -> tuple[int, int]:
        """Size with the padding."""
        return (self.size[0] + 2 * self.padding, self.size[1] + 2 * self.padding)

    @property
    def steps(self) -> int:
        """Number of output cells, 0 when the window does not fit."""
        return max(0, self.output[0]) * max(0, self.output[1])

    def formula(self, axis: int = 0) -> str:
        """The output-size formula of one axis with its numbers, as LaTeX."""
        covered = rf"{self.dilation} \cdot ({self.kernel[axis]} - 1) - 1"
        fraction = rf"\frac{{{self.size[axis]} + 2 \cdot {self.padding} - {covered}}}{{{self.stride}}}"
        return rf"\left\lfloor {fraction} \right\rfloor + 1 = {self.output[axis]}"

    def borders(self) -> tuple[Border, ...]:
        """The borders that this padding can have: a mirror needs more cells than it adds, a ring at least as many."""
        least = min(self.size)
        fits = {"reflect": self.padding < least, "circular": self.padding <= least}
        return tuple(border for border in BORDERS if fits.get(border, True))

    def covered(self) -> Tensor:
        """Where each window lies: (steps, kernel height · kernel width) places in the padded picture, row by row."""
        rows, columns = (
            torch.arange(self.output[axis])[:, None] * self.stride + torch.arange(self.kernel[axis]) * self.dilation
            for axis in (0, 1)
        )  # (H_out, kh), (W_out, kw)
        places = rows[:, None, :, None] * self.padded[1] + columns[None, :, None, :]  # (H_out, W_out, kh, kw)
        return places.reshape(self.steps, -1)

    def origin(self, border: Border = "zeros") -> Tensor:
        """Which cell of the picture each padded cell repeats: (padded height · padded width) places, -1 for none."""
        places = torch.arange(self.size[0] * self.size[1], dtype=torch.float64).reshape(1, 1, *self.size)
        return pad(places, self.padding, border, fill=-1.0).flatten().long()

    def _positions(self, axis: int) -> int:
        return output_size(self.size[axis], self.kernel[axis], self.stride, self.padding, self.dilation)


def pad(images: Tensor, padding: int, border: Border, *, fill: float = 0.0) -> Tensor:
    """Images with rows and columns added on every side.

    Args:
        images: (N, C, H, W) float.
        padding: rows and columns on each side.
        border: what they hold: "zeros" (the fill), "reflect" (the picture mirrored at its edge cells), "replicate" (the
            edge cells again) or "circular" (the opposite side); torch's names of ``padding_mode``.
        fill: of "zeros".

    Returns:
        (N, C, H + 2 padding, W + 2 padding).

    Raises:
        ValueError: no such border, or a picture too small for it.
    """
    if border not in BORDERS:
        raise ValueError(f"Expected a border, one of {', '.join(BORDERS)}; got {border!r}.")
    height, width = images.shape[-2:]
    if border not in Geometry((height, width), (1, 1), 1, padding, 1).borders():
        raise ValueError(f"Expected a {border} padding that {height} x {width} cells can give, got {padding}.")
    sides = (padding,) * 4
    if border == "zeros":
        return F.pad(images, sides, value=fill)
    return F.pad(images, sides, mode=border)


@dataclass(frozen=True)
class Gradients:
    """What flows back through a layer from one output cell, or from the sum of all of one filter.

    Attributes:
        images: (C, H, W) gradient into the picture.
        weight: (C / groups, kernel height, kernel width) gradient into the shown filter's kernel.
        torch_difference: largest absolute difference to what torch's autograd gives with torch's own layer.
    """

    images: Tensor
    weight: Tensor
    torch_difference: float


@dataclass(frozen=True)
class Convolution:
    """A convolution applied to one picture, with all that goes into each output cell.

    Attributes:
        picture: (C, H, W) float.
        weight: (filters, C / groups, kernel height, kernel width) as it meets the window: flipped already where
            ``flipped``.
        bias: (filters).
        geometry: sizes, stride, padding, dilation.
        border: of the padding.
        groups: the channels and the filters are split into as many parts, each with its own.
        relu: whether negative sums become 0.
        flipped: whether the kernel was turned by 180 degrees: a convolution in the sense of mathematics, where the
            field's layers compute the cross-correlation.
        sums: (filters, H_out, W_out), with the bias, before the ReLU.
        output: (filters, H_out, W_out), what the layer gives.
        torch_difference: largest absolute difference to torch's own layer for exactly this setting.
    """

    picture: Tensor
    weight: Tensor
    bias: Tensor
    geometry: Geometry
    border: Border
    groups: int
    relu: bool
    flipped: bool
    sums: Tensor
    output: Tensor
    torch_difference: float

    @cached_property
    def padded(self) -> Tensor:
        """(C, padded height, padded width), what the window slides over."""
        return pad(self.picture[None], self.geometry.padding, self.border)[0]

    @cached_property
    def windows(self) -> Tensor:
        """(C, kernel height · kernel width, steps), what each window covers: the picture unfolded, channel by channel.

        With the first two axes joined this is the matrix of im2col, whose product with a flattened kernel is the layer.
        """
        return self._copied(torch.ones(self.picture.shape[0], *self.geometry.kernel, dtype=self.weight.dtype))

    def channels(self, place: int) -> range:
        """The input channels that a filter sees."""
        self._check(place)
        seen, filters = self.weight.shape[1], self.weight.shape[0] // self.groups
        first = place // filters * seen
        return range(first, first + seen)

    def products(self, place: int) -> Tensor:
        """(C / groups, kernel height · kernel width, steps), each window times the kernel of filter ``place``."""
        channels = self.channels(place)
        weight = torch.zeros(self.picture.shape[0], *self.geometry.kernel, dtype=self.weight.dtype)
        weight[channels.start : channels.stop] = self.weight[place]
        return self._copied(weight)[channels.start : channels.stop]

    def partial_sums(self, place: int) -> Tensor:
        """(C / groups, steps), what each channel adds to filter ``place``; their sum plus the bias is its output."""
        seen = self.padded[self.channels(place).start : self.channels(place).stop]
        weight = self.weight[place][:, None]  # (C / groups, 1, kh, kw)
        settings = (self.geometry.stride, 0, self.geometry.dilation, len(seen))
        return conv2d(seen[None], weight, None, *settings)[0].flatten(1)

    def gradients(self, place: int, step: int | None = None) -> Gradients:
        """The gradient of one output cell, or of the sum of them all, into picture and kernel.

        Args:
            place: of the filter.
            step: of the output cell, row by row; None for the sum of all cells.

        Raises:
            ValueError: there is no such filter or step.
        """
        self._check(place)
        if step is not None and not 0 <= step < self.geometry.steps:
            raise ValueError(f"Expected a step from 0 to {self.geometry.steps - 1}, got {step}.")
        found = []
        for own in (True, False):
            picture, weight = (tensor.clone().requires_grad_() for tensor in (self.picture, self.weight))
            with torch.enable_grad():
                output = _layer(picture[None], weight, self, own=own)[0, place].flatten()
                total = output.sum() if step is None else output[step]
                found.append(torch.autograd.grad(total, (picture, weight)))
        (images, weight), reference = found
        difference = max(float((one - other).abs().max()) for one, other in zip((images, weight), reference))
        return Gradients(images, weight[place], difference)

    def input_gradients(self, place: int, *, own: bool = True) -> Tensor:
        """The gradient of every output cell of one filter into the picture.

        Args:
            place: of the filter.
            own: by our layer, or else by torch's.

        Returns:
            (steps, C, H, W).

        Raises:
            ValueError: there is no such filter.
        """
        self._check(place)
        steps = self.geometry.steps
        pictures = self.picture.expand(steps, *self.picture.shape).clone().requires_grad_()
        with torch.enable_grad():
            output = _layer(pictures, self.weight[place : place + 1], self, own=own, place=place)  # (steps, 1, H, W)
            (gradients,) = torch.autograd.grad(output.flatten(1).diagonal().sum(), pictures)
        return gradients

    def gradient_difference(self, place: int, every: Tensor) -> float:
        """Largest absolute difference between our gradients and those of torch's autograd with torch's own layer.

        Into the picture, of every output cell and of their sum; into the kernel, of their sum.

        Args:
            place: of the filter.
            every: what ``input_gradients`` gives for it.

        Raises:
            ValueError: there is no such filter.
        """
        difference = (every - self.input_gradients(place, own=False)).abs().max()
        return max(float(difference), self.gradients(place).torch_difference)

    def _copied(self, weight: Tensor) -> Tensor:
        """Every cell under the window of every channel times its weight: (C, kh · kw, steps)."""
        count, (height, width) = len(weight), self.geometry.kernel
        one_hot = torch.eye(height * width, dtype=weight.dtype).reshape(-1, 1, height, width)  # (kh·kw, 1, kh, kw)
        kernels = (one_hot[None] * weight[:, None, None]).flatten(0, 1)  # (C·kh·kw, 1, kh, kw)
        settings = (self.geometry.stride, 0, self.geometry.dilation, count)
        copied = conv2d(self.padded[None], kernels, None, *settings)[0]  # (C·kh·kw, H_out, W_out)
        return copied.reshape(count, height * width, self.geometry.steps)

    def _check(self, place: int) -> None:
        if not 0 <= place < len(self.weight):
            raise ValueError(f"Expected a filter from 0 to {len(self.weight) - 1}, got {place}.")


def explain_convolution(
    picture: Tensor,
    weight: Tensor,
    *,
    bias: Tensor | None = None,
    stride: int = 1,
    padding: int = 0,
    dilation: int = 1,
    border: Border = "zeros",
    groups: int = 1,
    relu: bool = False,
    flipped: bool = False,
) -> Convolution:
    """Apply filters to a picture with ``core.conv.conv2d`` and keep what goes into each cell.

    output[f, i, j] = bias[f] + Σ_c Σ_u Σ_v weight[f, c, u, v] · padded[c, i·stride + u·dilation, j·stride + v·dilation]

    Args:
        picture: (C, H, W) float.
        weight: (filters, C / groups, kernel height, kernel width), same dtype.
        bias: (filters), added to every output cell; None: zeros.
        stride: cells from one window to the next.
        padding: rows and columns added on every side.
        dilation: cells from one kernel entry to the next.
        border: what the padding holds, see ``pad``.
        groups: each of so many parts of the filters sees its own part of the channels; C of them: depthwise.
        relu: replace negative sums by 0.
        flipped: turn the kernel by 180 degrees first (the convolution of mathematics).

    Returns:
        The output, and on demand windows, products, partial sums and gradients.

    Raises:
        TypeError: ``core.conv.conv2d`` refuses the dtypes or a setting's type.
        ValueError: picture or weight has not these axes, or a setting leaves no output.
    """
    for name, tensor, axes in (
        ("picture", picture, "(channels, height, width)"),
        ("weight", weight, "(filters, channels, height, width)"),
    ):
        if tensor.dim() != axes.count(",") + 1:
            raise ValueError(f"Expected the {name} as {axes}, got the shape {tuple(tensor.shape)}.")
    if flipped:
        weight = weight.flip(2, 3)
    if bias is None:
        bias = torch.zeros(len(weight), dtype=weight.dtype)
    geometry = Geometry(_pair(picture), _pair(weight), stride, padding, dilation)
    blank = torch.empty(0)
    setting = Convolution(picture, weight, bias, geometry, border, groups, relu, flipped, blank, blank, 0.0)
    sums = _layer(picture[None], weight, setting, own=True, activated=False)[0]
    reference = _layer(picture[None], weight, setting, own=False)[0]
    output = sums.relu() if relu else sums
    difference = float((output - reference).abs().max())
    return replace(setting, sums=sums, output=output, torch_difference=difference)


def _layer(
    images: Tensor, weight: Tensor, setting: Convolution, *, own: bool, activated: bool = True, place: int | None = None
) -> Tensor:
    """The layer of a setting, ours or torch's; with ``place``, one filter of it with the channels that it sees."""
    geometry, bias, groups = setting.geometry, setting.bias, setting.groups
    if place is not None:
        seen = setting.channels(place)
        images, bias, groups = images[:, seen.start : seen.stop], bias[place : place + 1], 1
    if own:
        padding = geometry.padding
        if setting.border != "zeros":
            images, padding = pad(images, padding, setting.border), 0
        sums = conv2d(images, weight, bias, geometry.stride, padding, geometry.dilation, groups)
    else:
        layer = nn.Conv2d(images.shape[1], len(weight), geometry.kernel, geometry.stride, geometry.padding,
                          geometry.dilation, groups, padding_mode=setting.border)  # fmt: skip
        sums = torch.func.functional_call(layer, {"weight": weight, "bias": bias}, (images,))
    return sums.relu() if setting.relu and activated else sums


@dataclass(frozen=True)
class Pooling:
    """Max and average pooling of one channel, with the winner of each window.

    Attributes:
        picture: (H, W) float.
        geometry: sizes, stride, padding, dilation.
        output: (H_out, W_out), the largest value of each window.
        average: (H_out, W_out), the mean of each window, its padding counted as zeros; None where the window is
            dilated, which torch's average pooling does not know.
        torch_difference: largest absolute difference to torch's own layers for exactly this setting.
        winners: (steps), the place of each window's winner within the window, row by row: where the gradient goes.
        ties: (steps, kernel · kernel), which cells of each window hold the largest value but are not the winner.
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
            (gradient,) = torch.autograd.grad(_max_pool(picture[None], self.geometry).sum(), picture)
        return gradient


def explain_pooling(picture: Tensor, *, kernel_size: int, stride: int, padding: int = 0, dilation: int = 1) -> Pooling:
    """Apply ``core.pool.max_pool2d`` and ``avg_pool2d`` to one channel and keep what goes into each cell.

    output[i, j] = max over u, v of padded[i·stride + u·dilation, j·stride + v·dilation], padded with -inf

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
        raise ValueError(f"Expected the picture as (height, width), got the shape {tuple(picture.shape)}.")
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
    """(steps), the padded picture's cell that each window passes on: where the layer's own gradient is 1."""
    pictures = picture.expand(geometry.steps, *picture.shape).clone().requires_grad_()
    with torch.enable_grad():
        pooled = _max_pool(pictures, geometry).flatten(1)  # (steps, steps)
        (gradients,) = torch.autograd.grad(pooled.diagonal().sum(), pictures)
    padded = F.pad(gradients, (geometry.padding,) * 4)  # (steps, H, W)
    return padded.flatten(1).argmax(1)


def _max_pool(pictures: Tensor, geometry: Geometry) -> Tensor:
    settings = (geometry.kernel, geometry.stride, geometry.padding, geometry.dilation)
    return max_pool2d(pictures[:, None], *settings)[:, 0]


def _pair(tensor: Tensor) -> tuple[int, int]:
    return (tensor.shape[-2], tensor.shape[-1])
