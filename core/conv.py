"""Two-dimensional convolution written by hand: the function, the layer, and the size of their
output.

Two bodies compute the same thing. `conv2d_loops` is the definition, one output position after the
other, as a lecture shows it. `conv2d` turns each row of the kernel into one matrix product, a few
images at a time, so that they stay in the cache.
"""

import math
import threading
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

IntPair = int | Sequence[int]

# What a few images may take when unrolled, per thread. Measured with 0.5 MB of second-level cache a
# core: below 0.5 MB the calls cost more than what they compute, above 2 MB the cache is lost.
_CHUNK_BYTES = 1 << 20
# What each thread keeps from call to call at most (see `_Plans`).
_KEPT_BYTES = 32 << 20
# An accelerator has no such cache to fit; fewer and larger products keep it busy.
_ACCELERATOR_CHUNK_BYTES = 256 << 20

_DTYPES = (
    *(torch.float16, torch.bfloat16, torch.float32, torch.float64),
    *(torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64),
    *(torch.complex32, torch.complex64, torch.complex128),
)


class _Settings(NamedTuple):
    """What the kernel does on its way over the image: every pair is (height, width)."""

    stride: tuple[int, int]
    dilation: tuple[int, int]
    # Zeros above and left, and below and right: for "same" with an even kernel one more.
    before: tuple[int, int]
    after: tuple[int, int]
    groups: int
    output: tuple[int, int]


def output_size(
    size: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1
) -> int:
    """How many positions a window takes along one axis.

        floor((size + 2 padding - dilation (kernel - 1) - 1) / stride) + 1

    Args:
        size: cells of the input along this axis.
        kernel: cells of the window.
        stride: cells from one position to the next.
        padding: cells added on each of the two sides.
        dilation: cells from one value of the window to the next.

    Returns:
        The number of positions; below 1 the window fits nowhere.

    Raises:
        TypeError: an argument that is no int.
        ValueError: a negative size or padding, or a kernel, stride or dilation below 1.

    Source: Dumoulin and Visin, "A guide to convolution arithmetic for deep learning" (2016),
        relationship 15.
    """
    least = {
        "size": (size, 0),
        "kernel": (kernel, 1),
        "stride": (stride, 1),
        "padding": (padding, 0),
    }
    for name, (value, minimum) in (least | {"dilation": (dilation, 1)}).items():
        if type(value) is not int:
            raise TypeError(f"{name}: expected an int, got {value!r}")
        if value < minimum:
            raise ValueError(f"{name}: expected at least {minimum}, got {value}")
    return (size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1


def conv2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: IntPair = 1,
    padding: IntPair | str = 0,
    dilation: IntPair = 1,
    groups: int = 1,
) -> Tensor:
    """Two-dimensional convolution (a cross-correlation: the kernel is not flipped).

        output[n, o, y, x] = bias[o] + sum over c, i, j of weight[o, c, i, j] * input[n, c, row,
        column] row = y * stride + i * dilation - padding, column = x * stride + j * dilation -
        padding

    Outside the image the input counts as zero. With groups, each output channel sees only its
    group's input channels.

    Args:
        input: (N, C_in, H, W) or (C_in, H, W), of any floating, complex or integer dtype.
        weight: (C_out, C_in / groups, kernel height, kernel width), of the input's dtype.
        bias: (C_out,) or None.
        stride: cells from one window to the next, as an int or (height, width).
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
    _check_tensors(input, weight, bias)
    input, weight = _follow_autocast(input), _follow_autocast(weight)
    bias = None if bias is None else _follow_autocast(bias)
    settings = _check_settings(input, weight, bias, stride, padding, dilation, groups)
    images = input if input.dim() == 4 else input.unsqueeze(0)  # (N, C_in, H, W)
    convolve = _conv2d_complex if input.is_complex() else _conv2d
    output = convolve(images, weight, bias, settings)
    return output if input.dim() == 4 else output.squeeze(0)


def conv2d_loops(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: IntPair = 1,
    padding: IntPair | str = 0,
    dilation: IntPair = 1,
    groups: int = 1,
) -> Tensor:
    """The same as `conv2d`, one output position after the other: for reading, and for one small
    input.

    Args:
        input: (N, C_in, H, W) or (C_in, H, W).
        weight: (C_out, C_in / groups, kernel height, kernel width).
        bias: (C_out,) or None.
        stride: as in `conv2d`, and so are all others.
        padding: zeros added on each side, "valid" or "same".
        dilation: cells from one value of a window to the next.
        groups: number of groups the channels fall into.

    Returns:
        (N, C_out, H_out, W_out) or (C_out, H_out, W_out).

    Raises:
        TypeError: as `conv2d`.
        ValueError: as `conv2d`.
    """
    _check_tensors(input, weight, bias)
    settings = _check_settings(input, weight, bias, stride, padding, dilation, groups)
    padded = _pad(input, settings)
    c_out, c_in, kernel_h, kernel_w = weight.shape
    kernels = weight.reshape(groups, c_out // groups, c_in, kernel_h, kernel_w)
    window_shape = (*input.shape[:-3], groups, 1, c_in, kernel_h, kernel_w)
    output = input.new_empty(
        (*input.shape[:-3], c_out, *settings.output)
    )  # (N, C_out, H_out, W_out)
    for y in range(settings.output[0]):
        for x in range(settings.output[1]):
            top, left = y * settings.stride[0], x * settings.stride[1]
            rows = slice(top, top + kernel_h * settings.dilation[0], settings.dilation[0])
            columns = slice(left, left + kernel_w * settings.dilation[1], settings.dilation[1])
            window = padded[..., rows, columns].reshape(window_shape)
            output[..., y, x] = (window * kernels).sum(dim=(-3, -2, -1)).flatten(-2)  # (N, C_out)
    return output if bias is None else output + bias[:, None, None]


class Conv2d(nn.Module):
    """`conv2d` as a layer, with the parameters and the initialisation of `torch.nn.Conv2d`.

    The same seed gives the same weights as torch's layer, and state dicts load both ways. Weight
    and bias are drawn from U(-b, b), b = 1 / sqrt(C_in / groups * kernel height * kernel width).

    Args:
        in_channels: C_in.
        out_channels: C_out.
        kernel_size: the window, in cells, as an int or (height, width).
        stride: cells from one window to the next.
        padding: zeros added on each side, "valid" or "same".
        dilation: cells from one value of a window to the next.
        groups: number of groups the channels fall into; divides both numbers of channels.
        bias: whether a learned number is added to each output channel.

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
        in_channels: int,
        out_channels: int,
        kernel_size: IntPair,
        stride: IntPair = 1,
        padding: IntPair | str = 0,
        dilation: IntPair = 1,
        groups: int = 1,
        bias: bool = True,
    ) -> None:
        """Checks the settings and draws the parameters."""
        super().__init__()
        for name, value in (
            ("groups", groups),
            ("in_channels", in_channels),
            ("out_channels", out_channels),
        ):
            _check_count(name, value)
            if value % groups:
                raise ValueError(f"{name}: expected a multiple of groups {groups}, got {value}")
        if not isinstance(bias, bool):
            raise TypeError(f"bias: expected a bool, got {bias!r}")
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = _pair("kernel_size", kernel_size, 1)
        self.stride = _pair("stride", stride, 1)
        self.dilation = _pair("dilation", dilation, 1)
        # Not needed here, but a wrong padding should show here and not in the first forward pass.
        _padding_sides(padding, self.kernel_size, self.stride, self.dilation)
        self.padding = padding if isinstance(padding, str) else _pair("padding", padding, 0)
        self.groups = groups
        self.weight = nn.Parameter(
            torch.empty(out_channels, in_channels // groups, *self.kernel_size)
        )
        self.bias: nn.Parameter | None
        self.register_parameter("bias", nn.Parameter(torch.empty(out_channels)) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws weight and bias anew, with the very random numbers torch's layer would use."""
        nn.init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        if self.bias is not None:
            bound = 1 / math.sqrt(self.weight[0].numel())
            nn.init.uniform_(self.bias, -bound, bound)

    def forward(self, input: Tensor) -> Tensor:
        """(N, C_in, H, W) -> (N, C_out, H_out, W_out)."""
        return conv2d(
            input, self.weight, self.bias, self.stride, self.padding, self.dilation, self.groups
        )

    def extra_repr(self) -> str:
        """The settings, written as torch writes them."""
        parts = [f"{self.in_channels}, {self.out_channels}"]
        parts += [f"kernel_size={self.kernel_size}", f"stride={self.stride}"]
        if self.padding != (0, 0):
            parts.append(f"padding={self.padding}")
        if self.dilation != (1, 1):
            parts.append(f"dilation={self.dilation}")
        if self.groups != 1:
            parts.append(f"groups={self.groups}")
        if self.bias is None:
            parts.append("bias=False")
        return ", ".join(parts)


class _Conv2d(torch.autograd.Function):
    """Convolution as one matrix product per row of the kernel, and its gradient by hand.

    kernel_i is row i of the kernel as a (C_out, C_in * kw) matrix, and columns_i the part of the
    unrolled image that it meets, a (C_in * kw, H_out * W_out) matrix (see `_Plan`). With groups,
    this happens once per group.

        output = bias + sum over i of kernel_i @ columns_i
        gradient of kernel_i = sum over the images of (gradient of output) @ columns_i^T
        gradient of columns_i = kernel_i^T @ (gradient of output), added up where windows overlap
    """

    @staticmethod
    def forward(
        ctx: Any,  # noqa: ANN401
        images: Tensor,
        weight: Tensor,
        bias: Tensor | None,
        settings: _Settings,
    ) -> Tensor:
        ctx.save_for_backward(images, weight)
        ctx.settings = settings
        plan = _plans.get(images, weight, settings)
        plan.load_kernels(weight)
        n, c_out, groups = images.shape[0], weight.shape[0], settings.groups
        if bias is not None:
            bias = bias.to(plan.dtype).view(groups, -1, 1).expand(plan.m, -1, -1, -1).flatten(0, 1)
        output = images.new_empty((n, c_out, *settings.output))
        for part in plan.parts(n):
            ctx.loaded = plan.load_images(images[part])
            result = output[part].view(
                -1, c_out // groups, plan.positions
            )  # (m * G, C_out / G, positions)
            total = (
                result if result.dtype == plan.dtype else torch.empty_like(result, dtype=plan.dtype)
            )
            products = len(total)
            for i, (kernels, columns) in enumerate(zip(plan.kernels, plan.columns, strict=True)):
                factors = _first(kernels, products), _first(columns, products)
                if i > 0:
                    total.baddbmm_(*factors)
                elif bias is not None:
                    torch.baddbmm(_first(bias, products), *factors, out=total)
                else:
                    torch.bmm(*factors, out=total)
            if total is not result:
                result.copy_(total)
        return output

    @staticmethod
    def backward(ctx: Any, grad_output: Tensor) -> tuple[Tensor | None, ...]:  # noqa: ANN401
        images, weight = ctx.saved_tensors
        settings, (needs_images, needs_weight, needs_bias, _) = ctx.settings, ctx.needs_input_grad
        if torch.is_grad_enabled():  # somebody will differentiate the gradient in its turn
            needed = ctx.needs_input_grad[:3]
            return *_differentiable_gradients(images, weight, grad_output, settings, needed), None
        grad_bias = grad_output.sum(dim=(0, 2, 3)) if needs_bias else None
        if not (needs_images or needs_weight):
            return None, None, grad_bias, None
        plan = _plans.get(images, weight, settings)
        plan.load_kernels(weight)
        gradients = plan.for_gradients()
        grad_images = images.new_empty(images.shape) if needs_images else None
        grad_kernels = (
            weight.new_zeros(plan.kernels_shape, dtype=plan.dtype) if needs_weight else None
        )
        for part in plan.parts(images.shape[0]):
            m = part.stop - part.start
            gradients.load(grad_output[part])
            if grad_kernels is not None:
                # If they are the whole batch, the images may still be there from the forward pass.
                if m < len(images) or plan.loaded is not ctx.loaded:
                    plan.load_images(images[part])
                gradients.add_grad_kernels(grad_kernels, m)
            if grad_images is not None:
                grad_images[part].copy_(gradients.grad_images(m))
        grad_weight = None if grad_kernels is None else plan.as_weight(grad_kernels, weight)
        return grad_images, grad_weight, grad_bias, None


class _Plan:
    """Memory for m images unrolled along the width, and the views of it that the matrix products
    need.

        unrolled[c, j, r, x] = padded[c, r, x * stride + j * dilation]

    To unroll the height as well would cost kh times the copying and the memory. There is no need:
    kernel row i meets the rows r = y * stride + i * dilation, which lie one behind the other once
    sorted by phase, r mod stride.
    """

    def __init__(self, images: Tensor, weight: Tensor, settings: _Settings) -> None:
        n, c, h, w = images.shape
        (c_out, c_in, kernel_h, kernel_w), groups = weight.shape, settings.groups
        (top, left), (bottom, right), (h_out, w_out) = (
            settings.before,
            settings.after,
            settings.output,
        )
        (stride_h, stride_w), (dilation_h, dilation_w) = settings.stride, settings.dilation
        # Sums of half precision numbers are kept in single precision, as torch's own convolution
        # keeps them.
        self.dtype = (
            torch.float32 if images.dtype in (torch.float16, torch.bfloat16) else images.dtype
        )
        self.device, self.bytes, self.loaded = images.device, 0, object()
        self.settings, self.groups, self.positions = settings, groups, h_out * w_out
        self.rows = -(-(top + h + bottom) // stride_h)  # of one phase
        shape = (c, kernel_w, stride_h, self.rows, w_out)
        self.m = _images_per_chunk(n, math.prod(shape) * self.dtype.itemsize, self.device)

        self.padded_shape = (self.m, c, stride_h * self.rows, left + w + right)
        padded = self.new_zeros(*self.padded_shape)
        self.inside = (..., slice(top, top + h), slice(left, left + w))
        self._image = padded[self.inside]
        by_phase = torch.unflatten(padded, 2, (self.rows, stride_h)).transpose(
            2, 3
        )  # (m, C, phase, row, W)
        seen = by_phase.unfold(4, (w_out - 1) * stride_w + 1, dilation_w)[
            ..., :kernel_w, ::stride_w
        ]
        self._seen = seen.permute(0, 1, 4, 2, 3, 5)  # (m, C, kw, phase, row, W_out)
        self.unrolled = self.new_zeros(self.m, *shape)
        flat = self.unrolled.view(self.m * groups, c_in * kernel_w, stride_h * self.rows * w_out)

        # Kernel row i meets phase (i * dilation) mod stride, there from row (i * dilation) div
        # stride on.
        reached = [divmod(i * dilation_h, stride_h) for i in range(kernel_h)]
        self.meets = sorted((phase, first, i) for i, (first, phase) in enumerate(reached))
        starts = [(phase * self.rows + first) * w_out for phase, first, _ in self.meets]
        self.columns = [flat[:, :, start : start + self.positions] for start in starts]

        # The kernel's rows as matrices, in the same order. Several groups need a copy for each
        # image.
        self.order = [i for _, _, i in self.meets]
        self.kernels_shape = (groups, kernel_h, c_out // groups, c_in, kernel_w)
        self._kernels = self.new_zeros(1 if groups == 1 else self.m, *self.kernels_shape)
        self.all_kernels = (
            self._kernels.expand(self.m, *self.kernels_shape).flatten(0, 1).flatten(3)
        )
        self.kernels = self.all_kernels.unbind(1)  # kh * (m * G, C_out / G, C_in / G * kw)
        self._for_gradients: _GradientPlan | None = None

    def new_zeros(self, *shape: int) -> Tensor:
        """A piece of memory; made in inference mode, it could never be written to outside."""
        with torch.inference_mode(False):
            memory = torch.zeros(shape, dtype=self.dtype, device=self.device)
        self.bytes += memory.nbytes
        return memory

    def parts(self, n: int) -> Iterator[slice]:
        """Cuts n images into pieces of at most m."""
        return (slice(start, min(start + self.m, n)) for start in range(0, n, self.m))

    def for_gradients(self) -> "_GradientPlan":
        """The rest of the plan, made when it is needed for the first time."""
        if self._for_gradients is None:
            self._for_gradients = _GradientPlan(self)
        return self._for_gradients

    def load_images(self, images: Tensor) -> object:
        """Unrolls at most m images; `columns` then has what each kernel row meets.

        Returns:
            A token that `loaded` is for as long as these images are there.
        """
        m = len(images)
        _first(self._image, m).copy_(images)
        _first(self.unrolled, m).copy_(_first(self._seen, m))
        self.loaded = object()
        return self.loaded

    def load_kernels(self, weight: Tensor) -> None:
        """Sorts the weight into `kernels`."""
        groups, kernel_h, c_out, c_in, kernel_w = self.kernels_shape
        by_row = weight.reshape(groups, c_out, c_in, kernel_h, kernel_w).permute(0, 3, 1, 2, 4)
        self._kernels.copy_(by_row if self.settings.stride[0] == 1 else by_row[:, self.order])

    def as_weight(self, kernels: Tensor, weight: Tensor) -> Tensor:
        """Undoes the sorting: (C_out, C_in / G, kh, kw) with the weight's dtype."""
        if self.settings.stride[0] > 1:
            kernels = kernels[:, sorted(range(len(self.order)), key=self.order.__getitem__)]
        by_row = kernels.permute(0, 2, 3, 1, 4)  # (G, C_out / G, C_in / G, kh, kw)
        return by_row.reshape(weight.shape).to(weight.dtype)


class _GradientPlan:
    """What a `_Plan` needs besides for the gradients.

    The kernel rows that meet one phase see the same rows of it, each shifted. Shifting the gradient
    of the output instead, once per kernel row, makes one product of them all:

        gradient of kernels  = shifted @ unrolled^T
        gradient of unrolled = kernels^T @ shifted
    """

    def __init__(self, plan: _Plan) -> None:
        groups, _, c_out, c_in, kernel_w = plan.kernels_shape
        (stride_h, stride_w), dilation_w = plan.settings.stride, plan.settings.dilation[1]
        h_out, w_out = plan.settings.output
        products, cells = plan.m * groups, plan.rows * w_out
        self.groups, self.c_out = groups, c_out
        self.padded = plan.new_zeros(*plan.padded_shape)
        self.image = self.padded[plan.inside]
        self.unrolled = plan.new_zeros(products, c_in * kernel_w, cells)
        by_column = self.unrolled.view(plan.m, groups * c_in, kernel_w, plan.rows, w_out).unbind(2)
        columns_by_phase = plan.unrolled.view(products, c_in * kernel_w, stride_h, cells).unbind(2)
        self.phases = []
        for phase in sorted({phase for phase, _, _ in plan.meets}):
            places = [place for place, met in enumerate(plan.meets) if met[0] == phase]
            rows = slice(places[0], places[-1] + 1)
            shifted = plan.new_zeros(plan.m, groups, len(places), c_out, plan.rows, w_out)
            # One kernel row's copy starts at its first row, as far below the copy before as the
            # kernel rows lie apart. Nothing else is ever written to: what lies around the copies
            # stays zero.
            firsts = [plan.meets[place][1] for place in places]
            apart = firsts[1] - firsts[0] if len(firsts) > 1 else 0
            n_stride, group_stride, copy_stride, channel_stride, _, _ = shifted.stride()
            copies = shifted.as_strided(
                (plan.m, groups, len(places), c_out, h_out, w_out),
                (n_stride, group_stride, copy_stride + apart * w_out, channel_stride, w_out, 1),
                shifted.storage_offset() + firsts[0] * w_out,
            )
            padded = self.padded[:, :, phase::stride_h]
            span = (w_out - 1) * stride_w + 1
            starts = range(0, kernel_w * dilation_w, dilation_w)
            places_of_columns = [padded[..., left : left + span : stride_w] for left in starts]
            sums = list(zip(places_of_columns, by_column, strict=True))
            flat = shifted.view(products, len(places) * c_out, cells)
            kernels = plan.all_kernels[:, rows].flatten(1, 2).mT
            self.phases.append(
                _Phase(rows, copies, flat, columns_by_phase[phase].mT, kernels, sums)
            )

    def load(self, grad_output: Tensor) -> None:
        """Takes in the gradient of the output for at most m images."""
        by_group = (self.groups, 1, self.c_out)
        grad_output = torch.unflatten(
            grad_output, 1, by_group
        )  # (m, G, 1, C_out / G, H_out, W_out)
        for phase in self.phases:
            _first(phase.copies, len(grad_output)).copy_(grad_output)

    def add_grad_kernels(self, grad_kernels: Tensor, m: int) -> None:
        """Adds what m images contribute to the gradient of the kernels: (G, kh, C_out / G, C_in /
        G, kw).
        """
        for phase in self.phases:
            products = m * self.groups
            grad = torch.bmm(_first(phase.shifted, products), _first(phase.columns, products))
            rows = grad_kernels[:, phase.rows]
            rows.add_(grad.view(m, *rows.shape).sum(0))

    def grad_images(self, m: int) -> Tensor:
        """The gradient of m images, valid until the next call: (m, C_in, H, W)."""
        self.padded.zero_()
        products = m * self.groups
        for phase in self.phases:
            factors = _first(phase.kernels, products), _first(phase.shifted, products)
            torch.bmm(*factors, out=_first(self.unrolled, products))
            for place, column in phase.sums:
                _first(place, m).add_(_first(column, m))
        return _first(self.image, m)


class _Phase(NamedTuple):
    """The views that one phase of the rows needs for its part of the gradients."""

    # Which kernel rows meet this phase, in the plan's order.
    rows: slice
    # Where the gradient of the output goes, once for each: (m, G, kernel rows, C_out / G, H_out,
    # W_out).
    copies: Tensor
    # All copies as a matrix: (m * G, kernel rows * C_out / G, rows * W_out).
    shifted: Tensor
    # The unrolled images, transposed: (m * G, rows * W_out, C_in / G * kw).
    columns: Tensor
    # The kernel rows, transposed: (m * G, C_in / G * kw, kernel rows * C_out / G).
    kernels: Tensor
    # For each column of the kernel, where in the padded images to add what of the unrolled
    # gradient.
    sums: list[tuple[Tensor, Tensor]]


class _Plans(threading.local):
    """The plans of each thread's last convolutions: a training step needs the same ones over and
    over.

    To make a plan anew for each call, and to touch fresh memory for the first time, can cost as
    much as what a small layer computes in it. Only on the CPU: elsewhere the work may still run
    when the next call comes.
    """

    def __init__(self) -> None:
        self._plans: dict[Any, _Plan] = {}

    def get(self, images: Tensor, weight: Tensor, settings: _Settings) -> _Plan:
        """The kept plan for these shapes, or a new one."""
        # A subclass of Tensor may be a stand-in without memory, as torch.compile uses it: no plan
        # to keep.
        if images.device.type != "cpu" or type(images) not in (Tensor, nn.Parameter):
            return _Plan(images, weight, settings)
        key = (
            images.shape,
            weight.shape,
            settings,
            images.dtype,
            torch.get_num_threads(),
            _CHUNK_BYTES,
        )
        plan = self._plans.pop(key, None) or _Plan(images, weight, settings)
        self._plans[key] = plan  # the last used comes last
        while sum(kept.bytes for kept in self._plans.values()) > _KEPT_BYTES:
            del self._plans[next(iter(self._plans))]
        return plan


_plans = _Plans()


def _first(tensor: Tensor, count: int) -> Tensor:
    """tensor[:count], but at no cost if that is all of it: small layers consist of many such small
    steps.
    """
    return tensor if tensor.shape[0] == count else tensor[:count]


def _images_per_chunk(n: int, bytes_per_image: int, device: torch.device) -> int:
    """How many images a chunk has: all chunks about the same, and each thread's share of one as
    well.
    """
    on_cpu = device.type == "cpu"
    threads = torch.get_num_threads() if on_cpu else 1
    budget = threads * _CHUNK_BYTES if on_cpu else _ACCELERATOR_CHUNK_BYTES
    chunks = math.ceil(n / max(1, budget // max(1, bytes_per_image)))
    per_thread = math.ceil(n / (max(1, chunks) * threads))
    return max(1, min(n, per_thread * threads))


def _differentiable_gradients(
    images: Tensor, weight: Tensor, grad_output: Tensor, settings: _Settings, needed: Sequence[bool]
) -> tuple[Tensor | None, Tensor | None, Tensor | None]:
    """The gradients of `_Conv2d`, slower, but made of operations that autograd differentiates
    again.

    gradient of weight = sum over the images of (gradient of output) @ windows^T
    gradient of windows = weight^T @ (gradient of output), which F.fold adds up where windows
    overlap
    """
    groups, kernel, h, w = settings.groups, tuple(weight.shape[2:]), *images.shape[2:]
    padded = _pad(images, settings)
    size = tuple(padded.shape[2:])
    flat_grad = torch.unflatten(
        grad_output.flatten(2), 1, (groups, -1)
    )  # (N, G, C_out / G, H_out * W_out)
    grad_images = grad_weight = None
    with torch.autocast(images.device.type, enabled=False):
        if needed[0]:
            kernels = torch.unflatten(
                weight.flatten(1), 0, (groups, -1)
            )  # (G, C_out / G, C_in / G * kernel)
            grad_windows = (kernels.mT @ flat_grad).flatten(
                1, 2
            )  # (N, C_in * kh * kw, H_out * W_out)
            grad_padded = F.fold(grad_windows, size, kernel, settings.dilation, 0, settings.stride)
            top, left = settings.before
            grad_images = grad_padded[:, :, top : top + h, left : left + w]
        if needed[1]:
            windows = F.unfold(padded, kernel, settings.dilation, 0, settings.stride)
            windows = torch.unflatten(
                windows, 1, (groups, -1)
            )  # (N, G, C_in / G * kh * kw, H_out * W_out)
            grad_weight = (flat_grad @ windows.mT).sum(0).view(weight.shape)
    return grad_images, grad_weight, grad_output.sum(dim=(0, 2, 3)) if needed[2] else None


def _conv2d(images: Tensor, weight: Tensor, bias: Tensor | None, settings: _Settings) -> Tensor:
    """`_Conv2d` with types."""
    return cast(Tensor, _Conv2d.apply(images, weight, bias, settings))


def _conv2d_complex(
    images: Tensor, weight: Tensor, bias: Tensor | None, settings: _Settings
) -> Tensor:
    """(a + bi) * (c + di) = (ac - bd) + (ad + bc)i, with four real convolutions."""
    (a, b), (c, d) = (images.real, images.imag), (weight.real, weight.imag)
    real_bias, imaginary_bias = (None, None) if bias is None else (bias.real, bias.imag)
    real = _conv2d(a, c, real_bias, settings) - _conv2d(b, d, None, settings)
    imaginary = _conv2d(a, d, imaginary_bias, settings) + _conv2d(b, c, None, settings)
    return torch.complex(real, imaginary)


def _pad(images: Tensor, settings: _Settings) -> Tensor:
    """Adds the zeros around the image: (N, C, top + H + bottom, left + W + right)."""
    (top, left), (bottom, right) = settings.before, settings.after
    return F.pad(images, (left, right, top, bottom))


def _follow_autocast(tensor: Tensor) -> Tensor:
    """Casts to autocast's dtype where autocast is on, as for torch's own convolution (float64
    stays).
    """
    device = tensor.device.type
    if not torch.amp.is_autocast_available(device) or not torch.is_autocast_enabled(device):
        return tensor
    if not tensor.is_floating_point() or tensor.dtype == torch.float64:
        return tensor
    return tensor.to(torch.get_autocast_dtype(device))


def _check_tensors(input: Tensor, weight: Tensor, bias: Tensor | None) -> None:
    """Raises what `conv2d` promises for tensors that are none, or lie on different devices."""
    for name, tensor in (("input", input), ("weight", weight), ("bias", bias)):
        if not isinstance(tensor, Tensor) and not (name == "bias" and tensor is None):
            raise TypeError(f"{name}: expected a Tensor, got {type(tensor).__name__}")
        if tensor is not None and tensor.device != input.device:
            raise ValueError(
                f"{name}: expected device {input.device} as the input has, got {tensor.device}"
            )


def _check_settings(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    stride: IntPair,
    padding: IntPair | str,
    dilation: IntPair,
    groups: int,
) -> _Settings:
    """Checks shapes, dtypes and settings against each other; returns what the computation needs to
    know.
    """
    if input.dim() not in (3, 4):
        raise ValueError(
            f"input: expected shape (N, C, H, W) or (C, H, W), got {tuple(input.shape)}"
        )
    if weight.dim() != 4 or 0 in (weight.shape[0], *weight.shape[2:]):
        shape = tuple(weight.shape)
        raise ValueError(
            f"weight: expected shape (C_out, C_in / groups, kh, kw), none of 0, got {shape}"
        )
    if input.dtype not in _DTYPES:
        raise TypeError(f"input: expected a floating, complex or integer dtype, got {input.dtype}")
    if weight.dtype != input.dtype:
        raise TypeError(
            f"weight: expected dtype {input.dtype} as the input has, got {weight.dtype}"
        )
    strides, dilations = _pair("stride", stride, 1), _pair("dilation", dilation, 1)
    _check_count("groups", groups)
    c_out, c_in, *kernel = weight.shape
    if c_out % groups:
        raise ValueError(
            f"weight: expected output channels that groups {groups} divides, got {c_out}"
        )
    if input.shape[-3] != c_in * groups:
        raise ValueError(
            f"input: expected {c_in * groups} channels for weight {tuple(weight.shape)} and "
            f"groups {groups}, "
            f"got {input.shape[-3]} in shape {tuple(input.shape)}"
        )
    if bias is not None and bias.dtype != input.dtype:
        raise TypeError(f"bias: expected dtype {input.dtype} as the input has, got {bias.dtype}")
    if bias is not None and bias.shape != (c_out,):
        raise ValueError(f"bias: expected shape ({c_out},), got {tuple(bias.shape)}")
    before, after = _padding_sides(padding, kernel, strides, dilations)
    h, w = input.shape[-2:]
    h_out = (h + before[0] + after[0] - dilations[0] * (kernel[0] - 1) - 1) // strides[0] + 1
    w_out = (w + before[1] + after[1] - dilations[1] * (kernel[1] - 1) - 1) // strides[1] + 1
    if min(h, w, h_out, w_out) < 1:
        raise ValueError(
            f"no output left: kernel {tuple(kernel)} with dilation {dilations} on an input of "
            f"{(h, w)} "
            f"with padding {padding!r}"
        )
    return _Settings(strides, dilations, before, after, groups, (h_out, w_out))


def _padding_sides(
    padding: IntPair | str,
    kernel: Sequence[int],
    strides: tuple[int, int],
    dilations: tuple[int, int],
) -> tuple[tuple[int, int], tuple[int, int]]:
    """Zeros (above, left) and (below, right). For "same" with an even kernel the odd one goes
    behind.
    """
    if not isinstance(padding, str):
        pair = _pair("padding", padding, 0)
        return pair, pair
    if padding == "valid":
        return (0, 0), (0, 0)
    if padding != "same":
        raise ValueError(
            f"padding: expected an int, a pair of ints, 'valid' or 'same', got {padding!r}"
        )
    if strides != (1, 1):
        raise ValueError(f"padding 'same': expected stride (1, 1), got {strides}")
    total = [d * (k - 1) for d, k in zip(dilations, kernel, strict=True)]
    before = (total[0] // 2, total[1] // 2)
    return before, (total[0] - before[0], total[1] - before[1])


def _check_count(name: str, value: int) -> None:
    """Raises unless the value is an int of at least 1."""
    if type(value) is not int:
        raise TypeError(f"{name}: expected an int, got {value!r}")
    if value < 1:
        raise ValueError(f"{name}: expected at least 1, got {value}")


def _pair(name: str, value: IntPair, least: int) -> tuple[int, int]:
    """Turns an int or (height, width) into a pair, and refuses all else. (Also in core.pool.)"""
    pair = (value, value) if isinstance(value, int) else value
    ints = isinstance(pair, tuple | list) and all(type(number) is int for number in pair)
    if not ints or len(pair) != 2:
        raise TypeError(f"{name}: expected an int or a pair of ints (height, width), got {value!r}")
    if min(pair) < least:
        raise ValueError(f"{name}: expected at least {least}, got {value!r}")
    return pair[0], pair[1]
