"""Two-dimensional convolution written by hand, to be read from top to bottom.

`conv2d_loops` is the definition, one output position after the other. `conv2d_im2col` makes one
matrix product of it, and `conv2d_im2col_backward` goes the same steps back for the gradient.
`conv2d` is what networks call: it takes a faster body (core.layers.fast_conv) where nobody looks
into the computation. All give the same numbers. How many positions a window takes along one axis,
core.layers.settings says:

    output_size = floor((size + 2 padding - dilation (kernel - 1) - 1) / stride) + 1
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import SupportsIndex

import torch
from jaxtyping import Shaped
from torch import Tensor, nn

from core.layers.dispatch import is_plain_eager, overridable
from core.layers.fast_conv import conv2d_fast, follow_autocast
from core.layers.options import channel_count, check_padding_mode, pad_by_mode, parameter_memory
from core.layers.settings import (
    IntPair,
    check_grad_output,
    conv_windows,
    flag,
    padding_sides,
    pair,
    whole_number,
)
from core.layers.settings import output_size as output_size
from core.layers.windows import fold, unfold

__all__ = ["Conv2d", "conv2d", "conv2d_im2col", "conv2d_im2col_backward", "conv2d_loops"]


def conv2d_loops(
    input: Shaped[Tensor, "*batch c_in h w"],
    weight: Shaped[Tensor, "c_out c_group kh kw"],
    bias: Shaped[Tensor, " c_out"] | None = None,
    stride: IntPair = 1,
    padding: IntPair | str = 0,
    dilation: IntPair = 1,
    groups: SupportsIndex = 1,
) -> Shaped[Tensor, "*batch c_out h_out w_out"]:
    """The definition, one output position after the other: for reading, and for one small input.

        output[n, o, y, x] = bias[o] + sum over c, i, j of weight[o, c, i, j] * input[n, c, r, s]
        r = y * stride + i * dilation - padding, s = x * stride + j * dilation - padding

    Args:
        input: as in `conv2d`, and so are all others.
        weight: the kernels.
        bias: one number for each output channel, or None.
        stride: cells from one window to the next.
        padding: zeros added on each side, "valid" or "same".
        dilation: cells from one value of a window to the next.
        groups: number of groups the channels fall into.

    Returns:
        As `conv2d`.

    Raises:
        TypeError: as `conv2d`.
        ValueError: as `conv2d`.
        NotImplementedError: complex32, which torch knows too little of.
    """
    windows = conv_windows(input, weight, bias, stride, padding, dilation, groups)
    padded = windows.pad(input)
    (stride_h, stride_w), (dilation_h, dilation_w) = windows.stride, windows.dilation
    c_out, c_in, kernel_h, kernel_w = weight.shape
    groups = windows.groups
    kernels = weight.reshape(groups, c_out // groups, c_in, kernel_h, kernel_w)
    output = input.new_empty((*input.shape[:-3], c_out, *windows.output))
    for y in range(windows.output[0]):
        for x in range(windows.output[1]):
            top, left = y * stride_h, x * stride_w
            rows = slice(top, top + kernel_h * dilation_h, dilation_h)
            columns = slice(left, left + kernel_w * dilation_w, dilation_w)
            window = padded[..., rows, columns]  # (N, C_in, kh, kw)
            window = torch.unflatten(window, -3, (groups, 1, c_in))
            output[..., y, x] = (window * kernels).sum((-3, -2, -1)).flatten(-2)  # (N, C_out)
    return output if bias is None else output + bias[:, None, None]


def conv2d_im2col(
    input: Shaped[Tensor, "*batch c_in h w"],
    weight: Shaped[Tensor, "c_out c_group kh kw"],
    bias: Shaped[Tensor, " c_out"] | None = None,
    stride: IntPair = 1,
    padding: IntPair | str = 0,
    dilation: IntPair = 1,
    groups: SupportsIndex = 1,
) -> Shaped[Tensor, "*batch c_out h_out w_out"]:
    """Convolution as one matrix product: unfold the image, multiply, add the bias.

        columns[(c, i, j), (y, x)] = input[c, y * stride + i * dilation - padding, x * ...]
        output = kernels @ columns + bias,   kernels[o, (c, i, j)] = weight[o, c, i, j]

    Each window of the image becomes one column, each kernel one row. With groups, there is one such
    product for each group of channels.

    Args:
        input: as in `conv2d`, and so are all others.
        weight: the kernels.
        bias: one number for each output channel, or None.
        stride: cells from one window to the next.
        padding: zeros added on each side, "valid" or "same".
        dilation: cells from one value of a window to the next.
        groups: number of groups the channels fall into.

    Returns:
        As `conv2d`.

    Raises:
        TypeError: as `conv2d`.
        ValueError: as `conv2d`.
        NotImplementedError: complex32, which torch knows too little of.

    Source: Chellapilla, Puri, Simard, "High Performance Convolutional Neural Networks for Document
        Processing" (2006), section 3.
    """
    windows = conv_windows(input, weight, bias, stride, padding, dilation, groups)
    *batch, _, _, _ = input.shape
    c_out, *kernel = weight.shape
    groups = windows.groups
    size = math.prod(kernel)  # C_in / G * kh * kw
    positions = windows.output[0] * windows.output[1]

    columns = unfold(windows.pad(input), windows)  # (N, C_in * kh * kw, H_out * W_out)
    columns = columns.reshape(*batch, groups, size, positions)
    kernels = weight.reshape(groups, c_out // groups, size)
    output = kernels @ columns  # (N, G, C_out / G, H_out * W_out)
    output = output.reshape(*batch, c_out, *windows.output)
    return output if bias is None else output + bias[:, None, None]


def conv2d_im2col_backward(
    grad_output: Shaped[Tensor, "*batch c_out h_out w_out"],
    input: Shaped[Tensor, "*batch c_in h w"],
    weight: Shaped[Tensor, "c_out c_group kh kw"],
    stride: IntPair = 1,
    padding: IntPair | str = 0,
    dilation: IntPair = 1,
    groups: SupportsIndex = 1,
    needed: Sequence[bool] = (True, True, True),
) -> tuple[
    Shaped[Tensor, "*batch c_in h w"] | None,
    Shaped[Tensor, "c_out c_group kh kw"] | None,
    Shaped[Tensor, " c_out"] | None,
]:
    """The gradients of `conv2d_im2col`: the same two steps backwards.

        gradient of columns = kernels^H @ (gradient of output), added up where windows overlap
        gradient of kernels = (gradient of output) @ columns^H, summed over the images
        gradient of bias = (gradient of output), summed over images and positions

    ^H is the transpose, of complex numbers the conjugate one.

    Args:
        grad_output: the gradient of the output, as large as `conv2d`'s output.
        input: as in `conv2d`, and so are the following.
        weight: the kernels.
        stride: cells from one window to the next.
        padding: zeros added on each side, "valid" or "same".
        dilation: cells from one value of a window to the next.
        groups: number of groups the channels fall into.
        needed: which of the three gradients are wanted.

    Returns:
        The gradients of input, weight and bias, each None where it is not needed.

    Raises:
        TypeError: as `conv2d`, or a grad_output of another dtype than the input.
        ValueError: as `conv2d`, or a grad_output of another shape or device than the output.
    """
    windows = conv_windows(input, weight, None, stride, padding, dilation, groups)
    padded = windows.pad(input)
    check_grad_output(grad_output, input, (*input.shape[:-3], weight.shape[0], *windows.output))
    *batch, _, h, w = input.shape
    c_out, *kernel = weight.shape
    groups = windows.groups
    size = math.prod(kernel)  # C_in / G * kh * kw
    positions = windows.output[0] * windows.output[1]
    kernels = weight.reshape(groups, c_out // groups, size)
    grad = grad_output.reshape(*batch, groups, c_out // groups, positions)

    grad_input = grad_weight = grad_bias = None
    if needed[0]:
        grad_columns = kernels.mH @ grad  # (N, G, C_in / G * kh * kw, H_out * W_out)
        grad_columns = grad_columns.reshape(*batch, groups * size, positions)
        grad_input = windows.crop(fold(grad_columns, padded.shape[-2:], windows), (h, w))
    if needed[1]:
        columns = unfold(padded, windows).reshape(*batch, groups, size, positions)
        grad_weight = (grad @ columns.mH).sum_to_size(kernels.shape).reshape(weight.shape)
    if needed[2]:
        grad_bias = grad_output.sum((-2, -1)).sum_to_size(c_out)
    return grad_input, grad_weight, grad_bias


@overridable
def conv2d(
    input: Shaped[Tensor, "*batch c_in h w"],
    weight: Shaped[Tensor, "c_out c_group kh kw"],
    bias: Shaped[Tensor, " c_out"] | None = None,
    stride: IntPair = 1,
    padding: IntPair | str = 0,
    dilation: IntPair = 1,
    groups: SupportsIndex = 1,
) -> Shaped[Tensor, "*batch c_out h_out w_out"]:
    """Two-dimensional convolution (a cross-correlation: the kernel is not flipped).

        output[n, o, y, x] = bias[o] + sum over c, i, j of weight[o, c, i, j] * input[n, c, r, s]
        r = y * stride + i * dilation - padding, s = x * stride + j * dilation - padding

    Outside the image the input counts as zero. With groups, each output channel sees only its
    group's input channels. It composes as torch's own does: autocast, torch.func, torch.compile,
    torch.export.

    Args:
        input: (N, C_in, H, W) or (C_in, H, W), of any floating, complex or integer dtype.
        weight: (C_out, C_in / groups, kernel height, kernel width), of the input's dtype.
        bias: (C_out,) or None.
        stride: cells from one window to the next, as an int or (height, width). Here and below,
            numpy's integers count as ints, and (int,) stands for both axes.
        padding: zeros added on each side; "valid" adds none, "same" as many as keep the size
            (stride 1 only).
        dilation: cells from one value of a window to the next.
        groups: number of groups the channels fall into; divides C_in and C_out.

    Returns:
        (N, C_out, H_out, W_out) or (C_out, H_out, W_out), with H_out and W_out from `output_size`.

    Raises:
        TypeError: a setting of the wrong type, or tensors that differ in dtype (outside autocast).
        ValueError: shapes or settings that do not fit together, different devices, or no output
            left.

    Source: LeCun et al., "Gradient-based learning applied to document recognition" (1998), section
        II.A.
    """
    input, weight = follow_autocast(input), follow_autocast(weight)
    bias = follow_autocast(bias)
    settings = stride, padding, dilation, groups
    if not is_plain_eager(input, weight, bias):
        return conv2d_im2col(input, weight, bias, *settings)
    windows = conv_windows(input, weight, bias, *settings)

    backward = functools.partial(
        conv2d_im2col_backward, stride=stride, padding=padding, dilation=dilation, groups=groups
    )
    return conv2d_fast(input, weight, bias, windows, backward)


class Conv2d(nn.Module):
    """`conv2d` as a layer, with the parameters and the initialisation of `torch.nn.Conv2d`.

    The same seed gives the same weights as torch's layer, and state dicts load both ways. Weight
    and bias are drawn from U(-b, b), b = 1 / sqrt(C_in / groups * kernel height * kernel width).

    Args:
        in_channels: C_in.
        out_channels: C_out.
        kernel_size: the window, in cells, as an int or (height, width).
        stride: cells from one window to the next.
        padding: cells added on each side, "valid" or "same".
        dilation: cells from one value of a window to the next.
        groups: number of groups the channels fall into; divides both numbers of channels.
        bias: whether a learned number is added to each output channel.
        padding_mode: what is added: "zeros", or the image's own cells by "reflect", "replicate" or
            "circular".
        device: where the parameters lie; None means torch's default.
        dtype: the parameters' dtype, floating or complex; None means torch's default.

    Attributes:
        weight: (C_out, C_in / groups, kernel height, kernel width).
        bias: (C_out,) or None.

    Raises:
        TypeError: a setting of the wrong type.
        ValueError: a setting out of range.

    Source: He et al., "Delving deep into rectifiers" (2015), with a = sqrt(5) as torch sets it.
    """

    def __init__(
        self,
        in_channels: SupportsIndex,
        out_channels: SupportsIndex,
        kernel_size: IntPair,
        stride: IntPair = 1,
        padding: IntPair | str = 0,
        dilation: IntPair = 1,
        groups: SupportsIndex = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        device: torch.device | str | int | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        """Checks the settings and draws the parameters."""
        super().__init__()
        self.groups = whole_number("groups", groups, 1)
        self.in_channels = channel_count("in_channels", in_channels, self.groups)
        self.out_channels = channel_count("out_channels", out_channels, self.groups)
        self.kernel_size = pair("kernel_size", kernel_size, 1)
        self.stride, self.dilation = pair("stride", stride, 1), pair("dilation", dilation, 1)
        # Not needed here, but a wrong padding should show here and not in the first `forward`.
        padding_sides(padding, self.kernel_size, self.stride, self.dilation)
        self.padding = padding if isinstance(padding, str) else pair("padding", padding, 0)
        self.padding_mode = check_padding_mode(padding_mode)
        memory = parameter_memory(device, dtype)
        shape = (self.out_channels, self.in_channels // self.groups, *self.kernel_size)
        self.weight = nn.Parameter(torch.empty(shape, **memory))
        biases = torch.empty(self.out_channels, **memory) if flag("bias", bias) else None
        self.bias: nn.Parameter | None
        self.register_parameter("bias", None if biases is None else nn.Parameter(biases))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws weight and bias anew, with the very random numbers torch's layer would use."""
        nn.init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        if self.bias is not None:
            bound = 1 / math.sqrt(self.weight[0].numel())
            nn.init.uniform_(self.bias, -bound, bound)

    def forward(
        self, input: Shaped[Tensor, "*batch c_in h w"]
    ) -> Shaped[Tensor, "*batch c_out h_out w_out"]:
        """(N, C_in, H, W) -> (N, C_out, H_out, W_out)."""
        padding: IntPair | str = self.padding
        if self.padding_mode != "zeros":
            sides = padding_sides(padding, self.kernel_size, self.stride, self.dilation)
            input, padding = pad_by_mode(input, sides, self.padding_mode), 0
        settings = self.stride, padding, self.dilation, self.groups
        return conv2d(input, self.weight, self.bias, *settings)

    def extra_repr(self) -> str:
        """The settings, written as torch writes them."""
        parts = [f"{self.in_channels}, {self.out_channels}"]
        parts += [f"kernel_size={self.kernel_size}", f"stride={self.stride}"]
        settings = {"padding": self.padding, "dilation": self.dilation, "groups": self.groups}
        usual = {"padding": (0, 0), "dilation": (1, 1), "groups": 1}
        parts += [f"{name}={value}" for name, value in settings.items() if value != usual[name]]
        parts += ["bias=False"] * (self.bias is None)
        parts += [f"padding_mode={self.padding_mode}"] * (self.padding_mode != "zeros")
        return ", ".join(parts)
