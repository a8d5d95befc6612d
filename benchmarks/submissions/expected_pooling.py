"""What each named bug of a pooling computes, made with torch's ready-made layers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from benchmarks.submissions.expected import RIGHT, mirrored


@dataclass(frozen=True)
class PoolCase:
    """One call of a pooling. A stride of None is the default."""

    images: Tensor
    kernel: int
    stride: int | None
    padding: int = 0

    @property
    def step(self) -> int:
        """The stride, which is the kernel size by default."""
        return self.stride or self.kernel


Pooling = Callable[[PoolCase], Tensor]
POOL_SHAPES = ((2, 3, 7, 9, 2, None), (2, 2, 8, 6, 3, 2), (1, 2, 6, 9, 3, None), (1, 2, 8, 7, 2, 3))


def pool_cases(seed: int, takes_padding: bool) -> list[PoolCase]:
    """Random calls of a pooling, most of them of negative numbers.

    Args:
        seed: of the random numbers.
        takes_padding: whether to pad, too.
    """
    made = []
    generator = torch.Generator().manual_seed(seed)
    for n, c, h, w, kernel, stride in POOL_SHAPES:
        images = torch.randn(n, c, h, w, generator=generator) * 2 - 0.5
        made.append(PoolCase(images, kernel, stride))
    if takes_padding:
        made.append(PoolCase(torch.randn(2, 2, 7, 8, generator=generator) - 3, 3, 2, 1))
    return made


def pooled(
    case: PoolCase,
    images: Tensor | None = None,
    *,
    kernel: int | None = None,
    stride: int | tuple[int, int] | None = None,
    padding: int | None = None,
    ceil_mode: bool = False,
) -> Tensor:
    """The right pooling, or one with something else in the place of a part of it."""
    return F.max_pool2d(
        case.images if images is None else images,
        kernel or case.kernel,
        stride or case.step,
        case.padding if padding is None else padding,
        ceil_mode=ceil_mode,
    )


def averaged(case: PoolCase) -> Tensor:
    """The mean of each window."""
    return F.avg_pool2d(case.images, case.kernel, case.step, case.padding)


def pooled_late(case: PoolCase, beyond: float) -> Tensor:
    """Every window begins one cell late; ``beyond`` stands behind the end."""
    edge = F.pad(case.images, [case.padding] * 4, value=float("-inf"))
    return pooled(case, F.pad(edge[:, :, 1:, 1:], (0, 1, 0, 1), value=beyond), padding=0)


def largest_magnitude(case: PoolCase) -> Tensor:
    """The number of each window that is furthest from zero."""
    highest, lowest = pooled(case), -pooled(case, -case.images)
    return torch.where(highest >= -lowest, highest, lowest)


def first_cell(case: PoolCase) -> Tensor:
    """The upper left cell of each window."""
    height, width = pooled(case).shape[2:]
    edge = F.pad(case.images, [case.padding] * 4, value=float("-inf"))
    return edge[:, :, :: case.step, :: case.step][:, :, :height, :width]


def short_window(case: PoolCase) -> Tensor:
    """The last row and column of each window left out; a window of one cell stays."""
    kernel = max(case.kernel - 1, 1)
    edge = F.pad(case.images, [case.padding] * 4, value=float("-inf"))
    height, width = pooled(case).shape[2:]
    return pooled(case, edge, kernel=kernel, padding=0)[:, :, :height, :width]


def mixed(case: PoolCase, dimension: int) -> Tensor:
    """The maximum over the channels or the batch, too, shown at each of them."""
    return pooled(case).amax(dimension, keepdim=True).expand_as(pooled(case))


POOLINGS: dict[str, Sequence[Pooling]] = {
    RIGHT: [pooled],
    "pool-stride-one-default": [lambda c: pooled(c, stride=c.stride or 1)],
    "pool-mean": [averaged],
    "pool-min": [lambda c: -pooled(c, -c.images)],
    "pool-starts-at-zero": [lambda c: pooled(c).clamp(min=0)],
    "pool-sum": [lambda c: averaged(c) * c.kernel**2],
    "pool-zeros-for-padding": [
        lambda c: pooled(c, F.pad(c.images, [c.padding] * 4), padding=0),
    ],
    "pool-ceil": [lambda c: pooled(c, ceil_mode=True)],
    "pool-one-too-few": [lambda c: pooled(c)[:, :, :-1, :-1]],
    "pool-window-late": [lambda c: pooled_late(c, float("-inf")), lambda c: pooled_late(c, 0.0)],
    "pool-stride-rows-only": [lambda c: pooled(c, stride=(c.step, 1))],
    "pool-stride-ignored": [lambda c: pooled(c, stride=c.kernel)],
    "pool-channels-mixed": [lambda c: mixed(c, 1)],
    "pool-absolute": [lambda c: pooled(c, c.images.abs()), largest_magnitude],
    "pool-first-cell": [first_cell],
    "pool-transposed": [
        lambda c, way=way: mirrored(pooled(c))[way]  # type: ignore[misc]
        for way in range(3)
    ],
    "pool-window-short": [short_window],
    "pool-batch-mixed": [lambda c: mixed(c, 0)],
}
