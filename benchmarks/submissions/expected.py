"""What each named bug computes, made with torch's ready-made layers.

The mutants are written into the students' sources by hand. These expectations say whether the name
that a mutant carries is the right one and the only one. They share no code with the checker.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

RIGHT = "right"


@dataclass(frozen=True)
class Case:
    """One call of a convolution: every tensor of float32."""

    images: Tensor
    weight: Tensor
    bias: Tensor | None
    stride: int
    padding: int

    @property
    def kernel(self) -> int:
        """How many rows the kernel has."""
        return int(self.weight.shape[-1])


Convolution = Callable[[Case], Tensor]
# Images, channels, height, width, filters, kernel, stride, padding, whether there is a bias.
SHAPES = (
    (2, 3, 5, 8, 3, 3, 2, 1, True),
    (2, 2, 7, 5, 2, 3, 3, 2, True),
    (3, 3, 4, 7, 2, 2, 2, 1, True),
    (1, 2, 4, 5, 3, 3, 1, 1, False),
)


def cases(seed: int) -> list[Case]:
    """Random calls of a convolution.

    Args:
        seed: of the random numbers.
    """
    made = []
    generator = torch.Generator().manual_seed(seed)
    for n, c, h, w, filters, k, stride, padding, has_bias in SHAPES:
        images = torch.randn(n, c, h, w, generator=generator) * 2
        weight = torch.randn(filters, c, k, k, generator=generator)
        bias = torch.randn(filters, generator=generator)
        made.append(Case(images, weight, bias if has_bias else None, stride, padding))
    return made


def correlate(
    case: Case,
    *,
    images: Tensor | None = None,
    weight: Tensor | None = None,
    bias: float | Tensor = 1.0,
    pad: Sequence[int] | None = None,
    stride: int | tuple[int, int] | None = None,
    mode: str = "constant",
) -> Tensor:
    """The right convolution, or one with something else in the place of a part of it.

    Args:
        case: the call.
        images: in the place of the call's.
        weight: in the place of the call's.
        bias: a factor of the call's bias, or another bias.
        pad: left, right, above, below, in the place of the padding on all sides.
        stride: in the place of the call's.
        mode: of the padding.
    """
    images = case.images if images is None else images
    padded = F.pad(images, list(pad) if pad is not None else [case.padding] * 4, mode=mode)
    offset = None if case.bias is None else bias * torch.ones_like(case.bias)
    if case.bias is not None and not isinstance(bias, Tensor):
        offset = bias * case.bias
    weight = case.weight if weight is None else weight
    return F.conv2d(padded, weight, offset, case.stride if stride is None else stride)


def sized(case: Case, wide: Tensor) -> Tensor:
    """The first cells of a result, as many as the right result has."""
    height, width = correlate(case).shape[2:]
    return wide[:, :, :height, :width]


def late(case: Case) -> Tensor:
    """Every window begins one cell late, over zeros beyond the end."""
    p = case.padding
    return correlate(case, pad=(p - 1, p + 1, p - 1, p + 1))


def rounded_up(case: Case) -> Tensor:
    """The size rounded up: the last window reaches beyond the end, over zeros."""
    size = [length + 2 * case.padding - case.kernel for length in case.images.shape[2:]]
    height, width = (-(-cells // case.stride) + 1 for cells in size)
    p = case.padding
    more = correlate(case, pad=(p, p + case.stride, p, p + case.stride))
    return more[:, :, :height, :width]


def summed(case: Case, bias: float) -> Tensor:
    """All images of the batch added up."""
    images = case.images.sum(0, keepdim=True)
    return correlate(case, images=images, bias=bias).expand(len(case.images), -1, -1, -1)


def without_edge(weight: Tensor) -> Tensor:
    """The kernels with zeros in their last row and column."""
    return F.pad(weight[:, :, :-1, :-1], (0, 1, 0, 1))


def whole(case: Case, cut: Callable[[Tensor], Tensor]) -> Tensor:
    """All numbers made whole before the sum."""
    bias = 0.0 if case.bias is None else cut(case.bias)
    return correlate(case, images=cut(case.images), weight=cut(case.weight), bias=bias)


def plus_bias(case: Case, values: Tensor) -> Tensor:
    """The values and the bias of each channel."""
    return values if case.bias is None else values + case.bias.view(-1, 1, 1)


def last_filter(case: Case, bias: Tensor | None) -> Tensor:
    """Every channel of the output shows the last filter."""
    shown = correlate(case, weight=case.weight[-1:].expand_as(case.weight), bias=0.0)
    return shown if bias is None else shown + bias.view(-1, 1, 1)


def mirrored(values: Tensor) -> list[Tensor]:
    """Rows and columns swapped: with the shape swapped, or in the old shape."""
    return [values.mT, values.mT.reshape(values.shape), values.reshape(values.mT.shape).mT]


def first_bias(case: Case) -> Tensor:
    """The first filter's bias for all of them."""
    return correlate(case, bias=1.0 if case.bias is None else case.bias[:1])


def padded(*factors: int) -> Convolution:
    """A convolution padded by other numbers: left, right, above, below, in paddings."""
    return lambda case: correlate(case, pad=[factor * case.padding for factor in factors])


CONVOLUTIONS: dict[str, Sequence[Convolution]] = {
    RIGHT: [correlate],
    "kernel-flipped": [lambda c: correlate(c, weight=c.weight.flip(2, 3))],
    "kernel-flipped-rows": [lambda c: correlate(c, weight=c.weight.flip(2))],
    "kernel-flipped-columns": [lambda c: correlate(c, weight=c.weight.flip(3))],
    "kernel-transposed": [lambda c: correlate(c, weight=c.weight.mT)],
    "stride-rows-only": [lambda c: correlate(c, stride=(c.stride, 1))],
    "stride-columns-only": [lambda c: correlate(c, stride=(1, c.stride))],
    "stride-ignored": [lambda c: correlate(c, stride=1)],
    "stride-in-size-only": [lambda c: sized(c, correlate(c, stride=1))],
    "padding-ignored": [padded(0, 0, 0, 0)],
    "padding-behind": [padded(0, 2, 0, 2)],
    "padding-before": [padded(2, 0, 2, 0)],
    "padding-once": [padded(0, 1, 0, 1), padded(1, 0, 1, 0)],
    "padding-rows-only": [padded(0, 0, 1, 1)],
    "padding-columns-only": [padded(1, 1, 0, 0)],
    "padding-replicated": [lambda c: correlate(c, mode="replicate")],
    "padding-of-ones": [
        lambda c: F.conv2d(F.pad(c.images, [c.padding] * 4, value=1.0), c.weight, c.bias, c.stride)
    ],
    "padding-doubled": [padded(2, 2, 2, 2)],
    "bias-forgotten": [lambda c: correlate(c, bias=0.0)],
    "bias-per-channel": [lambda c: correlate(c, bias=c.weight.shape[1])],
    "bias-per-cell": [lambda c: correlate(c, bias=c.weight[0].numel())],
    "bias-twice": [lambda c: correlate(c, bias=2.0)],
    "bias-subtracted": [lambda c: correlate(c, bias=-1.0)],
    "bias-first-only": [first_bias],
    "window-late": [late],
    "ceil-for-floor": [rounded_up],
    "one-too-few": [lambda c: correlate(c)[:, :, :-1, :-1]],
    "channels-averaged": [lambda c: correlate(c, weight=c.weight / c.weight.shape[1])],
    "first-channel-only": [
        lambda c: correlate(c, images=c.images[:, :1], weight=c.weight[:, :1]),
    ],
    "kernel-averaged": [
        lambda c: correlate(c, weight=c.weight / c.kernel**2),
        lambda c: correlate(c, weight=c.weight / c.weight[0].numel()),
    ],
    "reshape-order": [
        lambda c: correlate(c).flatten(2).mT.reshape(correlate(c).shape),
        lambda c: plus_bias(c, correlate(c, bias=0.0).flatten(2).mT.reshape(correlate(c).shape)),
    ],
    "weight-order": [
        lambda c: correlate(c, weight=c.weight.permute(0, 2, 3, 1).reshape(c.weight.shape)),
        lambda c: correlate(c, weight=c.weight.permute(0, 3, 2, 1).reshape(c.weight.shape)),
        lambda c: correlate(
            c,
            weight=c.weight.flatten(2)
            .reshape(len(c.weight), -1, c.weight.shape[1])
            .mT.reshape(c.weight.shape),
        ),
    ],
    "output-transposed": [
        lambda c, way=way: mirrored(correlate(c))[way]  # type: ignore[misc]
        for way in range(3)
    ],
    "last-filter-only": [
        lambda c: last_filter(c, c.bias),
        lambda c: last_filter(c, None if c.bias is None else c.bias[-1:]),
    ],
    "filters-reversed": [
        lambda c: correlate(c, weight=c.weight.flip(0)),
        lambda c: correlate(c).flip(1),
    ],
    "first-image-only": [lambda c: correlate(c)[:1].expand(len(c.images), -1, -1, -1)],
    "batch-summed": [lambda c: summed(c, 1.0), lambda c: summed(c, float(len(c.images)))],
    "relu-added": [lambda c: correlate(c).relu()],
    "absolute-products": [
        lambda c: correlate(c, images=c.images.abs(), weight=c.weight.abs()),
    ],
    "rounded": [
        lambda c: whole(c, torch.trunc),
        lambda c: whole(c, torch.round),
        lambda c: correlate(c).trunc(),
        lambda c: correlate(c).round(),
        lambda c: plus_bias(c, correlate(c, bias=0.0).trunc()),
        lambda c: plus_bias(
            c, correlate(c, images=c.images.trunc(), weight=c.weight.trunc(), bias=0.0)
        ),
        lambda c: (
            correlate(c, bias=0.0).trunc()
            + (0 if c.bias is None else c.bias.trunc().view(-1, 1, 1))
        ),
    ],
    "input-edge-skipped": [lambda c: correlate(c, weight=without_edge(c.weight))],
}
