"""What a convolution does at each position: windows, products, sums, outputs and gradients."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch
from jaxtyping import Float
from torch import Tensor

from core.checks import check_tensor
from core.conv import conv2d
from core.explain.geometry import Border, Geometry, image_size, pad
from core.explain.layer import LayerSettings
from core.gradients import takes_gradients


@dataclass(frozen=True)
class Gradients:
    """What flows back through a layer from one output cell, or from the sum of all of one filter.

    Attributes:
        images: into the picture.
        weight: into the filter's kernel.
        torch_difference: largest absolute difference to what torch's autograd gives with torch's
            own layer.
    """

    images: Float[Tensor, "c h w"]
    weight: Float[Tensor, "c_group kh kw"]
    torch_difference: float


@dataclass(frozen=True, kw_only=True)
class Convolution(LayerSettings):
    """A convolution applied to one picture, with all that goes into each output cell.

    Attributes:
        picture: the input.
        weight: as it meets the window: flipped already where ``flipped``.
        bias: one number for each filter.
        flipped: whether the kernel was turned by 180 degrees: a convolution in the sense of
            mathematics, where the field's layers compute the cross-correlation.
        sums: with the bias, before the ReLU.
        output: what the layer gives.
        torch_difference: largest absolute difference to torch's own layer for exactly this setting.
    """

    picture: Float[Tensor, "c h w"]
    weight: Float[Tensor, "filters c_group kh kw"]
    bias: Float[Tensor, " filters"]
    flipped: bool
    sums: Float[Tensor, "filters h_out w_out"]
    output: Float[Tensor, "filters h_out w_out"]
    torch_difference: float

    @cached_property
    def padded(self) -> Float[Tensor, "c h_padded w_padded"]:
        """What the window slides over."""
        return pad(self.picture[None], self.geometry.padding, self.border)[0]

    @cached_property
    def windows(self) -> Float[Tensor, "c window steps"]:
        """What each window covers: the picture unfolded, channel by channel.

        With the first two axes joined this is the matrix of im2col, whose product with a flattened
        kernel is the layer.
        """
        channels, kernel = len(self.picture), self.geometry.kernel
        return self._windows_times(torch.ones(channels, *kernel, dtype=self.weight.dtype))

    def channels(self, filter_index: int) -> range:
        """The input channels that a filter sees.

        Raises:
            ValueError: there is no such filter.
        """
        self._check_filter(filter_index)
        filters, c_group = self.weight.shape[:2]
        first = filter_index // (filters // self.groups) * c_group
        return range(first, first + c_group)

    def products(self, filter_index: int) -> Float[Tensor, "c_group window steps"]:
        """Each window times the kernel of a filter.

        Raises:
            ValueError: there is no such filter.
        """
        group = self._channel_slice(filter_index)
        channels, kernel = len(self.picture), self.geometry.kernel
        weight = torch.zeros(channels, *kernel, dtype=self.weight.dtype)
        weight[group] = self.weight[filter_index]
        return self._windows_times(weight)[group]

    def partial_sums(self, filter_index: int) -> Float[Tensor, "c_group steps"]:
        """What each channel adds to a filter; their sum plus the bias is its output.

        Raises:
            ValueError: there is no such filter.
        """
        images = self.padded[self._channel_slice(filter_index)]
        weight = self.weight[filter_index][:, None]  # (C / groups, 1, kh, kw)
        settings = (self.geometry.stride, 0, self.geometry.dilation, len(images))
        return conv2d(images[None], weight, None, *settings)[0].flatten(1)

    @takes_gradients
    def gradients(self, filter_index: int, step: int | None = None) -> Gradients:
        """The gradient of one output cell, or of the sum of them all, into picture and kernel.

        Args:
            filter_index: of the filter.
            step: of the output cell, row by row; None for the sum of all cells.

        Raises:
            ValueError: there is no such filter or step.
        """
        self._check_filter(filter_index)
        if step is not None and not 0 <= step < self.geometry.steps:
            raise ValueError(f"Expected a step from 0 to {self.geometry.steps - 1}, got {step}.")
        ours, torchs = (
            self._gradients_of(filter_index, step, own=own) for own in (True, False)
        )  # (picture, weight) each
        gaps = [float((one - other).abs().max()) for one, other in zip(ours, torchs)]
        images, weight = ours
        return Gradients(images, weight[filter_index], max(gaps))

    @takes_gradients
    def input_gradients(
        self, filter_index: int, *, own: bool = True
    ) -> Float[Tensor, "steps c h w"]:
        """The gradient of every output cell of one filter into the picture.

        Args:
            filter_index: of the filter.
            own: by our layer, or else by torch's.

        Returns:
            One gradient for each output cell, row by row.

        Raises:
            ValueError: there is no such filter.
        """
        group = self._channel_slice(filter_index)
        one = slice(filter_index, filter_index + 1)
        weight, bias = self.weight[one], self.bias[one]
        settings = LayerSettings(self.geometry, self.border, groups=1, relu=self.relu)
        copies = self.picture.expand(self.geometry.steps, *self.picture.shape)
        pictures = copies.clone().requires_grad_()
        with torch.enable_grad():
            sums = settings.sum_up(pictures[:, group], weight, bias, own=own)
            output = settings.activate(sums).flatten(1)  # (steps, steps)
            (gradients,) = torch.autograd.grad(output.diagonal().sum(), pictures)
        return gradients

    def gradient_difference(
        self, filter_index: int, gradients: Float[Tensor, "steps c h w"]
    ) -> float:
        """Largest absolute difference between our gradients and torch's, by torch's own layer.

        Into the picture, of every output cell and of their sum; into the kernel, of their sum.

        Args:
            filter_index: of the filter.
            gradients: what ``input_gradients`` gives for it.

        Raises:
            ValueError: there is no such filter.
        """
        torchs = self.input_gradients(filter_index, own=False)
        difference = float((gradients - torchs).abs().max())
        return max(difference, self.gradients(filter_index).torch_difference)

    def _gradients_of(
        self, filter_index: int, step: int | None, *, own: bool
    ) -> tuple[Tensor, Tensor]:
        """The gradients of one output cell, or of all, into the picture and into all kernels."""
        picture = self.picture.clone().requires_grad_()
        weight = self.weight.clone().requires_grad_()
        with torch.enable_grad():
            sums = self.sum_up(picture[None], weight, self.bias, own=own)
            output = self.activate(sums)[0, filter_index].flatten()
            total = output.sum() if step is None else output[step]
            into_picture, into_weight = torch.autograd.grad(total, (picture, weight))
        return into_picture, into_weight

    def _windows_times(self, weight: Float[Tensor, "c kh kw"]) -> Float[Tensor, "c window steps"]:
        """Every cell under the window, of every channel, times its weight.

        A convolution with one kernel for each entry of the window, 0 but for that entry, gives the
        cells under it.
        """
        channels, (height, width) = len(weight), self.geometry.kernel
        one_hot = torch.eye(height * width, dtype=weight.dtype)
        one_hot = one_hot.reshape(1, -1, 1, height, width)  # (1, kh·kw, 1, kh, kw)
        kernels = (one_hot * weight[:, None, None]).flatten(0, 1)  # (C·kh·kw, 1, kh, kw)
        settings = (self.geometry.stride, 0, self.geometry.dilation, channels)
        products = conv2d(self.padded[None], kernels, None, *settings)[0]  # (C·kh·kw, H, W)
        return products.reshape(channels, height * width, self.geometry.steps)

    def _channel_slice(self, filter_index: int) -> slice:
        channels = self.channels(filter_index)
        return slice(channels.start, channels.stop)

    def _check_filter(self, filter_index: int) -> None:
        last = len(self.weight) - 1
        if not 0 <= filter_index <= last:
            raise ValueError(f"Expected a filter from 0 to {last}, got {filter_index}.")


@takes_gradients
def explain_convolution(
    picture: Float[Tensor, "c h w"],
    weight: Float[Tensor, "filters c_group kh kw"],
    *,
    bias: Float[Tensor, " filters"] | None = None,
    stride: int = 1,
    padding: int = 0,
    dilation: int = 1,
    border: Border = "zeros",
    groups: int = 1,
    relu: bool = False,
    flipped: bool = False,
) -> Convolution:
    """Apply filters to a picture with ``core.conv.conv2d``, with what goes into each cell.

        output[f, y, x] = bias[f] + Σ_c Σ_i Σ_j weight[f, c, i, j] · padded[c, r, s]
        r = y · stride + i · dilation,   s = x · stride + j · dilation

    Args:
        picture: the input, any number of channels.
        weight: the kernels, of the same dtype.
        bias: added to every output cell of a filter; None: zeros.
        stride: cells from one window to the next.
        padding: rows and columns added on every side.
        dilation: cells from one kernel entry to the next.
        border: what the padding holds, see ``pad``.
        groups: each of so many parts of the filters sees its own part of the channels; as many as
            channels: depthwise.
        relu: replace negative sums by 0.
        flipped: turn the kernel by 180 degrees first (the convolution of mathematics).

    Returns:
        The output, and on demand windows, products, partial sums and gradients.

    Raises:
        TypeError: no tensors, or ``core.conv.conv2d`` refuses the dtypes or a setting's type.
        ValueError: picture or weight has not these axes, or a setting leaves no output.
    """
    check_tensor("picture", picture, "(channels, height, width)", None)
    check_tensor("weight", weight, "(filters, channels, height, width)", None)
    if flipped:
        weight = weight.flip(2, 3)
    if bias is None:
        bias = torch.zeros(len(weight), dtype=weight.dtype)
    geometry = Geometry(image_size(picture), image_size(weight), stride, padding, dilation)
    settings = LayerSettings(geometry, border, groups, relu)
    sums = settings.sum_up(picture[None], weight, bias)[0]
    torchs = settings.sum_up(picture[None], weight, bias, own=False)[0]
    output = settings.activate(sums)
    return Convolution(
        geometry=geometry,
        border=border,
        groups=groups,
        relu=relu,
        picture=picture,
        weight=weight,
        bias=bias,
        flipped=flipped,
        sums=sums,
        output=output,
        torch_difference=float((output - settings.activate(torchs)).abs().max()),
    )
