"""What class activation maps with a bug show, and the ways in which maps are handed over.

A map of class c is the sum over the channels k of weight[c, k] * features[k]. Bugs change what is
added up; scaling to 0..1 and stretching to the picture's size come after.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor

from core.checking.bugs import shared  # noqa: F401 - enters its bugs
from core.checking.bugs.registry import add
from core.environment import import_scipy

PART = "cam"


@dataclass(frozen=True, eq=False)
class MapSetting:
    """What maps are made of, in float64.

    Attributes:
        features: (C, h, w) that enter the average pooling.
        before: the same in front of the ReLU that made them.
        trained: the same with the network in training mode.
        weight: (K, C) of the linear layer.
        bias: (K,) of the linear layer.
    """

    features: Tensor
    before: Tensor
    trained: Tensor
    weight: Tensor
    bias: Tensor


def right(setting: MapSetting) -> Tensor:
    """(K, h, w): M_c = sum over k of weight[c, k] * features[k]."""
    return _sum(setting.weight, setting.features)


def _sum(weight: Tensor, features: Tensor) -> Tensor:
    return torch.einsum("kc,chw->khw", weight, features)


def _scaled(setting: MapSetting, power: int) -> Tensor:
    cells = setting.features[0].numel()
    return right(setting) * float(cells) ** power


Model = Callable[[MapSetting], Tensor]
MODELS: dict[str, tuple[Model, ...]] = {
    "evaluation-mode-forgotten": (lambda one: _sum(one.weight, one.trained),),
}
SCALES = ("bias-added", "sum-for-mean", "weights-averaged")  # which scaling to 0..1 hides


def _enter(name: str, *models: Model, title: str, hint: str) -> None:
    MODELS[name] = models
    add(name, *models, part=PART, title=title, hint=hint)


_enter(
    "map-transposed",
    lambda one: right(one).transpose(1, 2),
    title="rows and columns of the map are swapped",
    hint="Which corner of your map shows what is at the top right of the picture?",
)
_enter(
    "map-relu",
    lambda one: right(one).relu(),
    title="the map's negative numbers are gone",
    hint="What speaks against a class, and where would your map show it?",
)
_enter(
    "map-unweighted",
    lambda one: one.features.sum(0).expand(len(one.weight), -1, -1),
    lambda one: one.features.mean(0).expand(len(one.weight), -1, -1),
    title="the last maps are added up without the weights of the class",
    hint="What makes the map of one class differ from that of another?",
)
_enter(
    "map-sign-lost",
    lambda one: -right(one),
    title="the map has the opposite sign",
    hint="Is your map largest where the network sees the class?",
)
_enter(
    "map-absolute",
    lambda one: right(one).abs(),
    lambda one: _sum(one.weight.abs(), one.features),
    title="signs are dropped: what speaks against the class counts for it",
    hint="What does a negative weight of the class say about its map?",
)
_enter(
    "map-mirrored",
    lambda one: right(one).flip(2),
    lambda one: right(one).flip(1),
    lambda one: right(one).flip(1, 2),
    title="the map is mirrored",
    hint="Which corner of your map shows what is at the top left of the picture?",
)
_enter(
    "bias-added",
    lambda one: right(one) + one.bias[:, None, None],
    lambda one: right(one) + one.bias[:, None, None] / one.features[0].numel(),
    title="the bias is added to every cell of the map",
    hint="Does the bias come from any place of the picture?",
)
_enter(
    "weights-averaged",
    partial(_scaled, power=-1),
    lambda one: right(one) / len(one.features),
    title="the map is a mean where it should be a sum",
    hint="How do the numbers of your map add up to the logit?",
)
_enter(
    "sum-for-mean",
    partial(_scaled, power=1),
    title="the map is as many times too large as it has cells",
    hint="Does your network add up its last maps, or does it take their mean?",
)
_enter(
    "features-before-relu",
    lambda one: _sum(one.weight, one.before),
    title="the maps are taken in front of the last ReLU",
    hint="Which numbers enter the average pooling of your network?",
)
_enter(
    "map-of-other-class",
    *(partial(lambda one, shift: right(one).roll(shift, 0), shift=shift) for shift in range(1, 10)),
    title="the map is that of another class",
    hint="Which row of the linear layer's weights belongs to the class that was asked for?",
)
add(
    "map-normalised",
    part=PART,
    title="the map is scaled, so its numbers no longer add up to the logit",
    hint="What do the colours of two of your maps have in common?",
)
add(
    "upsampled-unaligned",
    part=PART,
    title="the map is stretched so that its cells lie elsewhere than the pixels they stand for",
    hint="Which pixels does the first cell of the map stand for, and which does it cover?",
)


add(
    "upsampled-in-blocks",
    part=PART,
    title="the map is stretched in blocks, without anything between two cells",
    hint="Does what the network sees end at the edges of sixteen squares?",
)


def _unit(values: Tensor) -> Tensor:
    low, high = values.amin((-2, -1), keepdim=True), values.amax((-2, -1), keepdim=True)
    return (values - low) / (high - low).clamp(min=1e-12)


def _by_largest(values: Tensor) -> Tensor:
    largest = values.amax((-2, -1), keepdim=True)  # below 0 where all speaks against the class
    return values / torch.where(largest.abs() < 1e-12, 1.0, largest)


def _by_magnitude(values: Tensor) -> Tensor:
    return values / values.abs().amax((-2, -1), keepdim=True).clamp(min=1e-12)


def _standard(values: Tensor) -> Tensor:
    mean = values.mean((-2, -1), keepdim=True)
    return (values - mean) / values.std((-2, -1), keepdim=True).clamp(min=1e-12)


SCALINGS: dict[str, Callable[[Tensor], Tensor]] = {  # in words: the map is ...
    "": lambda values: values,
    "scaled to 0..1": _unit,
    "divided by its largest number": _by_largest,
    "divided by its largest magnitude": _by_magnitude,
    "scaled to mean 0 and deviation 1": _standard,
    "scaled to 0..255": lambda values: 255 * _unit(values),
    "divided by its largest number, times 255": lambda values: 255 * _by_largest(values),
}


def _stretched(values: Tensor, size: tuple[int, int], mode: str, corners: bool | None) -> Tensor:
    return F.interpolate(values[None], size, mode=mode, align_corners=corners)[0]


def _zoomed(values: Tensor, size: tuple[int, int], order: int) -> Tensor:
    """As ``scipy.ndimage.zoom`` does, whose default is the order 3."""
    factors = (1, *(to / side for to, side in zip(size, values.shape[1:])))
    return torch.from_numpy(import_scipy().zoom(values.numpy(), factors, order=order))


Stretch = Callable[[Tensor, tuple[int, int]], Tensor]
BLOCKS = "in blocks"
STRETCHES: dict[str, Stretch] = {  # in words: it is stretched ...
    "bilinearly": partial(_stretched, mode="bilinear", corners=False),
    "bicubically": partial(_stretched, mode="bicubic", corners=False),
}
UNALIGNED: dict[str, Stretch] = {
    "with its corner cells on the corner pixels (align_corners)": partial(
        _stretched, mode="bilinear", corners=True
    ),
    "bicubically, with its corner cells on the corner pixels (align_corners)": partial(
        _stretched, mode="bicubic", corners=True
    ),
    "by splines, with its corner cells on the corner pixels (zoom)": partial(_zoomed, order=3),
    "by squares, with its corner cells on the corner pixels (zoom)": partial(_zoomed, order=2),
    f"{BLOCKS}, with its corner cells on the corner pixels (zoom)": partial(_zoomed, order=0),
    f"{BLOCKS} (nearest)": partial(_stretched, mode="nearest", corners=None),
}
