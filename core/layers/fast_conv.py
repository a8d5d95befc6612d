"""Convolution as one matrix product per row of the kernel, and its gradient by hand."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, TypeVar, cast

import torch
from jaxtyping import Shaped
from torch import Tensor

from core.layers.dispatch import is_plain_eager
from core.layers.plans import kept_plans
from core.layers.windows import Windows

T = TypeVar("T")
# Asked once: older versions of torch.compile do not follow this question.
AUTOCAST_DEVICES = tuple(
    name for name in ("cpu", "cuda", "mps", "xpu") if torch.amp.is_autocast_available(name)
)
Gradients = tuple[Tensor | None, Tensor | None, Tensor | None]
# `core.conv.conv2d_im2col_backward` with its settings filled in.
Backward = Callable[..., Gradients]


def conv2d_fast(
    input: Shaped[Tensor, "*batch c_in h w"],
    weight: Shaped[Tensor, "c_out c_group kh kw"],
    bias: Shaped[Tensor, " c_out"] | None,
    windows: Windows,
    readable_backward: Backward,
) -> Shaped[Tensor, "*batch c_out h_out w_out"]:
    """The convolution of ordinary tensors (see `core.layers.dispatch.is_plain_eager`).

    Args:
        input: (N, C_in, H, W) or (C_in, H, W), checked before, and so are all others.
        weight: (C_out, C_in / groups, kh, kw).
        bias: (C_out,) or None.
        windows: where the windows lie, and the groups that the channels fall into.
        readable_backward: the gradient where this one would be wrong: where it is differentiated
            again, and for NaN and infinity.

    Returns:
        (N, C_out, H_out, W_out) or (C_out, H_out, W_out).
    """
    images = input if input.dim() == 4 else input.unsqueeze(0)  # (N, C_in, H, W)
    settings = windows, readable_backward
    if not input.is_complex():
        output = _apply(images, weight, bias, *settings)
        return output if input.dim() == 4 else output.squeeze(0)
    # (a + bi) * (c + di) = (ac - bd) + (ad + bc)i, with four real convolutions
    (a, b), (c, d) = (images.real, images.imag), (weight.real, weight.imag)
    real_bias, imaginary_bias = (None, None) if bias is None else (bias.real, bias.imag)
    real = _apply(a, c, real_bias, *settings) - _apply(b, d, None, *settings)
    imaginary = _apply(a, d, imaginary_bias, *settings) + _apply(b, c, None, *settings)
    output = torch.complex(real, imaginary)
    return output if input.dim() == 4 else output.squeeze(0)


def follow_autocast(tensor: T) -> T:
    """Casts to autocast's dtype where it is on, as for torch's own convolution (float64 stays)."""
    if not isinstance(tensor, Tensor):  # no bias, or refused later with the argument's name
        return tensor
    device = tensor.device.type
    if device not in AUTOCAST_DEVICES or not torch.is_autocast_enabled(device):
        return tensor
    if not tensor.is_floating_point() or tensor.dtype == torch.float64:
        return tensor
    return cast(T, tensor.to(torch.get_autocast_dtype(device)))


def _apply(*arguments: object) -> Tensor:
    """`_Conv2d` with a type."""
    return cast(Tensor, _Conv2d.apply(*arguments))


class _Conv2d(torch.autograd.Function):
    """Convolution as one matrix product per row of the kernel, and its gradient by hand.

    kernel_i is row i of the kernel as a (C_out, C_in * kw) matrix, and columns_i the part of the
    unrolled image that it meets, a (C_in * kw, H_out * W_out) matrix (see `Plan`). With groups,
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
        windows: Windows,
        readable_backward: Backward,
    ) -> Tensor:
        ctx.save_for_backward(images, weight)
        ctx.windows, ctx.readable_backward = windows, readable_backward
        plan = kept_plans.get(images, weight, windows)
        plan.load_kernels(weight)
        n, c_out, groups = images.shape[0], weight.shape[0], windows.groups
        if bias is not None:
            bias = bias.to(plan.dtype).view(groups, -1, 1)
            bias = bias.expand(plan.m, -1, -1, -1).flatten(0, 1)
        output = images.new_empty((n, c_out, *windows.output))
        for part in plan.parts(n):
            ctx.loaded = plan.load_images(images[part])
            result = output[part].view(-1, c_out // groups, plan.positions)
            plan.multiply(bias, result)
        return output

    @staticmethod
    def backward(ctx: Any, grad_output: Tensor) -> tuple[Tensor | None, ...]:  # noqa: ANN401
        images, weight = ctx.saved_tensors
        needed, unneeded = ctx.needs_input_grad[:3], (None, None)
        # With gradients on, somebody will differentiate the gradient in its turn.
        if torch.is_grad_enabled() or not is_plain_eager(grad_output):
            return *_readable_gradients(ctx, images, weight, grad_output, needed), *unneeded
        grad_bias = grad_output.sum(dim=(0, 2, 3)) if needed[2] else None
        # Here the gradient of the output is surrounded by zeros, and zero times NaN or infinity is
        # NaN.
        careful_images = needed[0] and not _is_finite(weight)
        fast = needed[0] and not careful_images, needed[1]
        grad_images, grad_weight = _fast_gradients(ctx, images, weight, grad_output, fast)
        careful_weight = grad_weight is not None and not _is_finite(grad_weight)
        if careful_images or careful_weight:
            careful = careful_images, careful_weight, False
            exact = _readable_gradients(ctx, images, weight, grad_output, careful)
            grad_images = exact[0] if careful_images else grad_images
            grad_weight = exact[1] if careful_weight else grad_weight
        return grad_images, grad_weight, grad_bias, *unneeded


def _readable_gradients(
    ctx: Any,  # noqa: ANN401
    images: Tensor,
    weight: Tensor,
    grad_output: Tensor,
    needed: Sequence[bool],
) -> Gradients:
    """The gradients by operations that autograd can differentiate again."""
    with torch.autocast(images.device.type, enabled=False):
        readable: Backward = ctx.readable_backward
        return readable(grad_output, images, weight, needed=needed)


def _fast_gradients(
    ctx: Any,  # noqa: ANN401
    images: Tensor,
    weight: Tensor,
    grad_output: Tensor,
    needed: Sequence[bool],
) -> tuple[Tensor | None, Tensor | None]:
    """The gradients of images and weight, a chunk of images at a time; None where not needed."""
    if not any(needed):
        return None, None
    plan = kept_plans.get(images, weight, ctx.windows)
    plan.load_kernels(weight)
    gradients = plan.for_gradients()
    grad_images = images.new_empty(images.shape) if needed[0] else None
    grad_kernels = weight.new_zeros(plan.kernels_shape, dtype=plan.dtype) if needed[1] else None
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
    return grad_images, grad_weight


def _is_finite(tensor: Tensor) -> bool:
    """Whether no NaN or infinity occurs, and no numbers so large that their sum overflows."""
    half = tensor.dtype in (torch.float16, torch.bfloat16)
    return math.isfinite((tensor.float() if half else tensor).sum().item())
