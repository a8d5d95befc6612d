"""Which map somebody's function gave: of what, how scaled and how stretched."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from core.checking.bugs import maps as bugs
from core.checking.bugs.maps import MapSetting

EXACT, BYTES = 1e-4, 0.008  # of the largest number: for floats, and for whole numbers 0..255
ALIKE = 0.97  # correlation of the cells' means with the map, where the way of stretching is unknown


@dataclass(frozen=True)
class Reading:
    """What a map is.

    Attributes:
        bug: of what is added up; "": none.
        scaling: in words; "": none.
        stretch: in words; "": none; None: one that is not known.
        aligned: whether each cell lies over the pixels that it stands for.
    """

    bug: str
    scaling: str
    stretch: str | None
    aligned: bool = True


def as_maps(array: Tensor, side: int, classes: int) -> Tensor | None:
    """An array as one map (H, W) or one for each class (K, H, W); None: it is neither."""
    values = array.double()
    if values.numel() == side * side:
        return values.reshape(side, side)
    while values.dim() > 2 and values.shape[0] == 1:
        values = values[0]
    while values.dim() > 2 and values.shape[-1] == 1:
        values = values[..., 0]
    is_map = values.dim() == 2 or (values.dim() == 3 and len(values) == classes)
    if not is_map or values.shape[-1] != values.shape[-2] or values.shape[-1] < side:
        return None
    return values


def read_map(setting: MapSetting, label: int, got: Tensor, *, whole: bool) -> Reading | None:
    """What gives this very map; None: nothing that is known.

    Args:
        setting: what maps are made of.
        label: the class that was asked for.
        got: (H, W) of that class, or (K, H, W) of all.
        whole: whether its numbers were rounded to 0..255.
    """
    limit = BYTES if whole else EXACT
    size = (int(got.shape[-2]), int(got.shape[-1]))
    for bug, model in _models():
        maps = model(setting)
        own = maps if got.dim() == 3 else maps[label : label + 1]
        for reading, expected in _handed_over(own, size):
            if reading[0] and bug in bugs.SCALES:
                continue
            if same(expected, got.reshape(expected.shape), limit):
                scaling, stretch, aligned = reading
                return Reading(bug, scaling, stretch, aligned)
    return _alike(setting, label, got) if size != tuple(setting.features.shape[1:]) else None


def same(expected: Tensor, got: Tensor, limit: float = EXACT) -> bool:
    """Whether all numbers are equal, but for a share of the largest one."""
    return bool(((expected - got).abs() <= limit * expected.abs().max() + 1e-12).all())


def _models() -> Iterator[tuple[str, Callable[[MapSetting], Tensor]]]:
    yield "", bugs.right
    for name, models in bugs.MODELS.items():
        yield from ((name, model) for model in models)


def _handed_over(
    maps: Tensor, size: tuple[int, int]
) -> Iterator[tuple[tuple[str, str, bool], Tensor]]:
    """Maps in every way to hand them over: (scaling, stretch, aligned) and the numbers."""
    if tuple(maps.shape[1:]) == size:
        yield from (((name, "", True), scale(maps)) for name, scale in bugs.SCALINGS.items())
        return
    ways = [(name, stretch, True) for name, stretch in bugs.STRETCHES.items()]
    ways += [(name, stretch, False) for name, stretch in bugs.UNALIGNED.items()]
    for name, stretch, aligned in ways:
        for scaling, scale in bugs.SCALINGS.items():
            yield (scaling, name, aligned), scale(stretch(maps, size))
            if scaling:
                yield (scaling, name, aligned), stretch(scale(maps), size)


def _alike(setting: MapSetting, label: int, got: Tensor) -> Reading | None:
    """The one map that a stretched one looks like, if only one does."""
    side = setting.features.shape[-1]
    cells = F.adaptive_avg_pool2d(got.reshape(1, -1, *got.shape[-2:]), side)[0]
    right = bugs.right(setting)
    own = right if got.dim() == 3 else right[label : label + 1]
    others = [own.transpose(1, 2)]
    if got.dim() == 2:
        others += [right[one : one + 1] for one in range(len(right)) if one != label]
    nearest = max(_correlation(cells, one) for one in others)
    found = _correlation(cells, own)
    return Reading("", "", None) if found > ALIKE and found > nearest else None


def _correlation(first: Tensor, second: Tensor) -> float:
    rows: Sequence[Tensor] = (first.reshape(-1), second.reshape(-1))
    return float(torch.corrcoef(torch.stack(list(rows)))[0, 1])
