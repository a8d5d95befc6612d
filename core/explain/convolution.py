"""What a convolution does at each position: windows, products, sums, outputs and gradients."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import torch
from torch import Tensor, nn

from core.conv import conv2d
from core.explain.geometry import Border, Geometry, _pair, pad


@dataclass(frozen=True)
class Gradients:
    """What flows back through a layer from one output cell, or from the sum of all of one filter.

    Attributes:
        images: (C, H, W) gradient into the picture.
        weight: (C / groups, kernel height, kernel width) gradient into the shown filter's kernel.
        torch_difference: largest absolute difference to what torch's autograd gives with torch's
            own layer.
    """

    images: Tensor
    weight: Tensor
    torch_difference: float


@dataclass(frozen=True)
class Convolution:
    """A convolution applied to one picture, with all that goes into each output cell.

    Attributes:
        picture: (C, H, W) float.
        weight: (filters, C / groups, kernel height, kernel width) as it meets the window: flipped
            already where ``flipped``.
        bias: (filters).
        geometry: sizes, stride, padding, dilation.
        border: of the padding.
        groups: the channels and the filters are split into as many parts, each with its own.
        relu: whether negative sums become 0.
        flipped: whether the kernel was turned by 180 degrees: a convolution in the sense of
            mathematics, where the field's layers compute the cross-correlation.
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
        """(C, kernel height · kernel width, steps), what each window covers: the picture unfolded,
        channel by channel.

        With the first two axes joined this is the matrix of im2col, whose product with a flattened
        kernel is the layer.
        """
        return self._copied(
            torch.ones(self.picture.shape[0], *self.geometry.kernel, dtype=self.weight.dtype)
        )

    def channels(self, place: int) -> range:
        """The input channels that a filter sees."""
        self._check(place)
        seen, filters = self.weight.shape[1], self.weight.shape[0] // self.groups
        first = place // filters * seen
        return range(first, first + seen)

    def products(self, place: int) -> Tensor:
        """(C / groups, kernel height · kernel width, steps), each window times the kernel of filter
        ``place``.
        """
        channels = self.channels(place)
        weight = torch.zeros(self.picture.shape[0], *self.geometry.kernel, dtype=self.weight.dtype)
        weight[channels.start : channels.stop] = self.weight[place]
        return self._copied(weight)[channels.start : channels.stop]

    def partial_sums(self, place: int) -> Tensor:
        """(C / groups, steps), what each channel adds to filter ``place``; their sum plus the bias
        is its output.
        """
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
            picture, weight = (
                tensor.clone().requires_grad_() for tensor in (self.picture, self.weight)
            )
            with torch.enable_grad():
                output = _layer(picture[None], weight, self, own=own)[0, place].flatten()
                total = output.sum() if step is None else output[step]
                found.append(torch.autograd.grad(total, (picture, weight)))
        (images, weight), reference = found
        difference = max(
            float((one - other).abs().max()) for one, other in zip((images, weight), reference)
        )
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
            output = _layer(
                pictures, self.weight[place : place + 1], self, own=own, place=place
            )  # (steps, 1, H, W)
            (gradients,) = torch.autograd.grad(output.flatten(1).diagonal().sum(), pictures)
        return gradients

    def gradient_difference(self, place: int, every: Tensor) -> float:
        """Largest absolute difference between our gradients and those of torch's autograd with
        torch's own layer.

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
        one_hot = torch.eye(height * width, dtype=weight.dtype).reshape(
            -1, 1, height, width
        )  # (kh·kw, 1, kh, kw)
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

    output[f, i, j] = bias[f] + Σ_c Σ_u Σ_v weight[f, c, u, v] · padded[c, i·stride + u·dilation,
    j·stride + v·dilation]

    Args:
        picture: (C, H, W) float.
        weight: (filters, C / groups, kernel height, kernel width), same dtype.
        bias: (filters), added to every output cell; None: zeros.
        stride: cells from one window to the next.
        padding: rows and columns added on every side.
        dilation: cells from one kernel entry to the next.
        border: what the padding holds, see ``pad``.
        groups: each of so many parts of the filters sees its own part of the channels; C of them:
            depthwise.
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
    setting = Convolution(
        picture, weight, bias, geometry, border, groups, relu, flipped, blank, blank, 0.0
    )
    sums = _layer(picture[None], weight, setting, own=True, activated=False)[0]
    reference = _layer(picture[None], weight, setting, own=False)[0]
    output = sums.relu() if relu else sums
    difference = float((output - reference).abs().max())
    return replace(setting, sums=sums, output=output, torch_difference=difference)


def _layer(
    images: Tensor,
    weight: Tensor,
    setting: Convolution,
    *,
    own: bool,
    activated: bool = True,
    place: int | None = None,
) -> Tensor:
    """The layer of a setting, ours or torch's; with ``place``, one filter of it with the channels
    that it sees.
    """
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
        layer = nn.Conv2d(
            images.shape[1],
            len(weight),
            geometry.kernel,
            geometry.stride,
            geometry.padding,
            geometry.dilation,
            groups,
            padding_mode=setting.border,
        )
        sums = torch.func.functional_call(layer, {"weight": weight, "bias": bias}, (images,))
    return sums.relu() if setting.relu and activated else sums
