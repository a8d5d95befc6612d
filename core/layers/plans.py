"""Memory that the fast convolution keeps from call to call, and views of it for its products."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from typing import Any, NamedTuple

import torch
from torch import Tensor

from core.layers.windows import Windows

# What a few images may take when unrolled, per thread. Measured with 0.5 MB of second-level cache a
# core: below 0.5 MB the calls cost more than what they compute, above 2 MB the cache is lost.
CHUNK_BYTES = 1 << 20
# What each thread keeps from call to call (see `Plans`): older plans are given up once another one
# is asked for. What the last one needs for its gradients comes on top until then.
KEPT_BYTES = 32 << 20
# An accelerator has no such cache to fit; fewer and larger products keep it busy.
ACCELERATOR_CHUNK_BYTES = 256 << 20


class Plan:
    """Memory for m images unrolled along the width, and the views that the products need.

        unrolled[c, j, r, x] = padded[c, r, x * stride + j * dilation]

    To unroll the height as well would cost kh times the copying and the memory. There is no need:
    kernel row i meets the rows r = y * stride + i * dilation, which lie one behind the other once
    sorted by phase, r mod stride.
    """

    def __init__(self, images: Tensor, weight: Tensor, windows: Windows) -> None:
        """Takes the memory and lays the views over it."""
        n, c, h, w = images.shape
        c_out, c_in, kernel_h, kernel_w = weight.shape
        (top, left), (bottom, right), (h_out, w_out) = windows.before, windows.after, windows.output
        (stride_h, stride_w), (_, dilation_w) = windows.stride, windows.dilation
        # Sums of half precision numbers are kept in single precision, as torch's own convolution
        # keeps them.
        half = images.dtype in (torch.float16, torch.bfloat16)
        self.dtype = torch.float32 if half else images.dtype
        self.device, self.bytes, self.loaded = images.device, 0, object()
        self.windows, self.groups, self.positions = windows, windows.groups, h_out * w_out
        self.rows = -(-(top + h + bottom) // stride_h)  # of one phase
        shape = (c, kernel_w, stride_h, self.rows, w_out)
        self.m = _images_per_chunk(n, math.prod(shape) * self.dtype.itemsize, self.device)

        self.padded_shape = (self.m, c, stride_h * self.rows, left + w + right)
        padded = self.new_zeros(*self.padded_shape)
        self.inside = (..., slice(top, top + h), slice(left, left + w))
        self._image = padded[self.inside]
        by_phase = torch.unflatten(padded, 2, (self.rows, stride_h))
        by_phase = by_phase.transpose(2, 3)  # (m, C, phase, row, W)
        seen = by_phase.unfold(4, (w_out - 1) * stride_w + 1, dilation_w)
        seen = seen[..., :kernel_w, ::stride_w]
        self._seen = seen.permute(0, 1, 4, 2, 3, 5)  # (m, C, kw, phase, row, W_out)
        self.unrolled = self.new_zeros(self.m, *shape)
        groups = windows.groups
        flat = self.unrolled.view(self.m * groups, c_in * kernel_w, stride_h * self.rows * w_out)

        self._lay_columns(flat, kernel_h)
        self.kernels_shape = (groups, kernel_h, c_out // groups, c_in, kernel_w)
        self._lay_kernels()
        self._for_gradients: GradientPlan | None = None

    def _lay_columns(self, unrolled: Tensor, kernel_h: int) -> None:
        """What each row of the kernel meets, sorted by phase."""
        stride, dilation = self.windows.stride[0], self.windows.dilation[0]
        w_out = self.windows.output[1]
        # Kernel row i meets phase (i * dilation) mod stride, there from row (i * dilation) div
        # stride on.
        reached = [divmod(i * dilation, stride) for i in range(kernel_h)]
        self.meets = sorted((phase, first, i) for i, (first, phase) in enumerate(reached))
        self.order = [i for _, _, i in self.meets]
        starts = [(phase * self.rows + first) * w_out for phase, first, _ in self.meets]
        self.columns = [unrolled[:, :, start : start + self.positions] for start in starts]

    def _lay_kernels(self) -> None:
        """The kernel's rows as matrices, in the plan's order."""
        # Several groups need a copy for each image.
        copies = 1 if self.groups == 1 else self.m
        self._kernels = self.new_zeros(copies, *self.kernels_shape)
        self.all_kernels = (
            self._kernels.expand(self.m, *self.kernels_shape).flatten(0, 1).flatten(3)
        )
        self.kernels = self.all_kernels.unbind(1)  # kh * (m * G, C_out / G, C_in / G * kw)

    def new_zeros(self, *shape: int) -> Tensor:
        """A piece of memory; made in inference mode, it could never be written to outside."""
        with torch.inference_mode(False):
            memory = torch.zeros(shape, dtype=self.dtype, device=self.device)
        self.bytes += memory.nbytes
        return memory

    def parts(self, n: int) -> Iterator[slice]:
        """Cuts n images into pieces of at most m."""
        return (slice(start, min(start + self.m, n)) for start in range(0, n, self.m))

    def for_gradients(self) -> GradientPlan:
        """The rest of the plan, made when it is needed for the first time."""
        if self._for_gradients is None:
            self._for_gradients = GradientPlan(self)
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
        self._kernels.copy_(by_row if self.windows.stride[0] == 1 else by_row[:, self.order])

    def multiply(self, bias: Tensor | None, result: Tensor) -> None:
        """Writes the products of kernels and loaded images, plus the bias, into `result`.

        Args:
            bias: (m * G, C_out / G, 1) or None.
            result: (images * G, C_out / G, positions).
        """
        products = len(result)
        own = result.dtype == self.dtype
        total = result if own else torch.empty_like(result, dtype=self.dtype)
        for i, (kernels, columns) in enumerate(zip(self.kernels, self.columns, strict=True)):
            factors = _first(kernels, products), _first(columns, products)
            if i > 0:
                total.baddbmm_(*factors)
            elif bias is not None:
                torch.baddbmm(_first(bias, products), *factors, out=total)
            else:
                torch.bmm(*factors, out=total)
        if total is not result:
            result.copy_(total)

    def as_weight(self, kernels: Tensor, weight: Tensor) -> Tensor:
        """Undoes the sorting: (C_out, C_in / G, kh, kw) with the weight's dtype."""
        if self.windows.stride[0] > 1:
            kernels = kernels[:, sorted(range(len(self.order)), key=self.order.__getitem__)]
        by_row = kernels.permute(0, 2, 3, 1, 4)  # (G, C_out / G, C_in / G, kh, kw)
        return by_row.reshape(weight.shape).to(weight.dtype)


class GradientPlan:
    """What a `Plan` needs besides for the gradients.

    The kernel rows that meet one phase see the same rows of it, each shifted. Shifting the gradient
    of the output instead, once per kernel row, makes one product of them all:

        gradient of kernels  = shifted @ unrolled^T
        gradient of unrolled = kernels^T @ shifted
    """

    def __init__(self, plan: Plan) -> None:
        """Takes the memory and lays the views over it."""
        groups, _, c_out, c_in, kernel_w = plan.kernels_shape
        (stride_h, stride_w), dilation_w = plan.windows.stride, plan.windows.dilation[1]
        h_out, w_out = plan.windows.output
        products, cells = plan.m * groups, plan.rows * w_out
        self.groups, self.c_out = groups, c_out
        self.padded = plan.new_zeros(*plan.padded_shape)
        self.image = self.padded[plan.inside]
        self.unrolled = plan.new_zeros(products, c_in * kernel_w, cells)
        by_column = self.unrolled.view(plan.m, groups * c_in, kernel_w, plan.rows, w_out).unbind(2)
        columns_by_phase = plan.unrolled.view(products, c_in * kernel_w, stride_h, cells).unbind(2)
        self.phases = []
        for phase in sorted({phase for phase, _, _ in plan.meets}):
            met = [i for i, (met_phase, _, _) in enumerate(plan.meets) if met_phase == phase]
            rows = slice(met[0], met[-1] + 1)
            shifted = plan.new_zeros(plan.m, groups, len(met), c_out, plan.rows, w_out)
            # One kernel row's copy starts at its first row, as far below the copy before as the
            # kernel rows lie apart. Nothing else is ever written to: what lies around the copies
            # stays zero.
            firsts = [plan.meets[i][1] for i in met]
            apart = firsts[1] - firsts[0] if len(firsts) > 1 else 0
            n_stride, group_stride, copy_stride, channel_stride, _, _ = shifted.stride()
            copies = shifted.as_strided(
                (plan.m, groups, len(met), c_out, h_out, w_out),
                (n_stride, group_stride, copy_stride + apart * w_out, channel_stride, w_out, 1),
                shifted.storage_offset() + firsts[0] * w_out,
            )
            padded = self.padded[:, :, phase::stride_h]
            span = (w_out - 1) * stride_w + 1
            starts = range(0, kernel_w * dilation_w, dilation_w)
            targets = [padded[..., left : left + span : stride_w] for left in starts]
            sums = list(zip(targets, by_column, strict=True))
            flat = shifted.view(products, len(met) * c_out, cells)
            kernels = plan.all_kernels[:, rows].flatten(1, 2).mT
            self.phases.append(Phase(rows, copies, flat, columns_by_phase[phase].mT, kernels, sums))

    def load(self, grad_output: Tensor) -> None:
        """Takes in the gradient of the output for at most m images."""
        by_group = (self.groups, 1, self.c_out)
        grad_output = torch.unflatten(
            grad_output, 1, by_group
        )  # (m, G, 1, C_out / G, H_out, W_out)
        for phase in self.phases:
            _first(phase.copies, len(grad_output)).copy_(grad_output)

    def add_grad_kernels(self, grad_kernels: Tensor, m: int) -> None:
        """Adds what m images give the kernels' gradient: (G, kh, C_out / G, C_in / G, kw)."""
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
            for target, column in phase.sums:
                _first(target, m).add_(_first(column, m))
        return _first(self.image, m)


class Phase(NamedTuple):
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


class Plans(threading.local):
    """The plans of each thread's last convolutions: a training step needs the same ones again.

    To make a plan anew for each call, and to touch fresh memory for the first time, can cost as
    much as what a small layer computes in it. Only on the CPU: elsewhere the work may still run
    when the next call comes.
    """

    def __init__(self) -> None:
        """Starts without a plan, in each thread anew."""
        self._plans: dict[Any, Plan] = {}

    def get(self, images: Tensor, weight: Tensor, windows: Windows) -> Plan:
        """The kept plan for these shapes, or a new one."""
        if images.device.type != "cpu":
            return Plan(images, weight, windows)
        settings = windows, images.dtype, torch.get_num_threads(), CHUNK_BYTES
        key = images.shape, weight.shape, settings
        plan = self._plans.pop(key, None) or Plan(images, weight, windows)
        self._plans[key] = plan  # the last used comes last
        while sum(each.bytes for each in self._plans.values()) > KEPT_BYTES:
            del self._plans[next(iter(self._plans))]
        return plan


kept_plans = Plans()


def _first(tensor: Tensor, count: int) -> Tensor:
    """tensor[:count], but at no cost if that is all of it: small layers do this often."""
    return tensor if tensor.shape[0] == count else tensor[:count]


def _images_per_chunk(n: int, bytes_per_image: int, device: torch.device) -> int:
    """How many images a chunk has: all chunks, and the threads' shares, about the same."""
    on_cpu = device.type == "cpu"
    threads = torch.get_num_threads() if on_cpu else 1
    budget = threads * CHUNK_BYTES if on_cpu else ACCELERATOR_CHUNK_BYTES
    chunks = math.ceil(n / max(1, budget // max(1, bytes_per_image)))
    per_thread = math.ceil(n / (max(1, chunks) * threads))
    return max(1, min(n, per_thread * threads))
