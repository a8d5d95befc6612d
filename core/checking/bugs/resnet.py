"""What networks with a bug make of the ResNet's task: our own network with one step done otherwise,
with the parameters of the network that is looked at.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import pairwise, product

import torch.nn.functional as F
from torch import Tensor

from core.checking.bugs import shared  # noqa: F401 - enters its bugs
from core.checking.bugs.loops import NoOutputError
from core.checking.bugs.mnist import Affine
from core.checking.bugs.registry import add
from core.conv import conv2d

PART = "resnet"
EPSILON = 1e-5  # of batch normalisation


@dataclass(frozen=True, eq=False)
class Norm:
    """Batch normalisation in eval mode: (x - mean) / sqrt(variance + 1e-5) * scale + shift."""

    scale: Tensor
    shift: Tensor
    mean: Tensor
    variance: Tensor


@dataclass(frozen=True, eq=False)
class Unit:
    """A convolution and the normalisation that follows it, if one does."""

    convolution: Affine
    norm: Norm | None


@dataclass(frozen=True, eq=False)
class Block:
    """Two convolutions on the main path, and one on the shortcut, if it has one."""

    first: Unit
    second: Unit
    shortcut: Unit | None


@dataclass(frozen=True, eq=False)
class ResNetSetting:
    """A network and what it classifies.

    Attributes:
        images: (N, 3, 32, 32), as the first layer is given them.
        stem: in front of the blocks.
        blocks: in the order in which they are called.
        linear: the last layer.
    """

    images: Tensor
    stem: Unit
    blocks: tuple[Block, ...]
    linear: Affine


@dataclass(frozen=True)
class Change:
    """What is done otherwise; as it is here, nothing is.

    Attributes:
        stem_relu: whether one follows the stem.
        early: whether the ReLU of the stem, and those of a block's two convolutions, stand in
            front of the normalisation.
        strides: of the two convolutions of the main path.
        relu_main: whether one stands on the main path in front of the addition.
        relu_shortcut: whether one stands on the shortcut.
        relu_after: whether one follows the addition.
        largest: whether the pooling takes the largest number of a map instead of the mean.
        shortcut: "convolution", "none", or "cut": every second pixel, and zeros as new channels.
        normalised: whether the normalisations act.
        softmax: whether one stands at the end.
    """

    stem_relu: bool = True
    early: tuple[bool, bool, bool] = (False, False, False)
    strides: tuple[int, int] = (2, 1)
    relu_main: bool = False
    relu_shortcut: bool = False
    relu_after: bool = True
    largest: bool = False
    shortcut: str = "convolution"
    normalised: bool = True
    softmax: bool = False


RIGHT = Change()


def logits(setting: ResNetSetting, change: Change = RIGHT) -> Tensor:
    """What the network gives of the images.

    Args:
        setting: the parameters and the images.
        change: what is done otherwise.

    Raises:
        NoOutputError: the layers do not fit each other.
    """
    features = _unit(setting.images, setting.stem, 1, change, early=change.early[0])
    features = features.relu() if change.stem_relu and not change.early[0] else features
    for block in setting.blocks:
        features = _block(features, block, change)
    pooled = features.amax((2, 3)) if change.largest else features.mean((2, 3))
    if pooled.shape[1] != setting.linear.weight.shape[1]:
        raise NoOutputError("The features do not fit the linear layer.")
    found = F.linear(pooled, setting.linear.weight, setting.linear.bias)
    return found.softmax(1) if change.softmax else found


def _block(features: Tensor, block: Block, change: Change) -> Tensor:
    main = _unit(features, block.first, change.strides[0], change, early=change.early[1])
    main = main if change.early[1] else main.relu()
    main = _unit(main, block.second, change.strides[1], change, early=change.early[2])
    main = main.relu() if change.relu_main else main
    beside = _shortcut(features, main, block, change)
    beside = beside.relu() if change.relu_shortcut else beside
    return (main + beside).relu() if change.relu_after else main + beside


def _shortcut(features: Tensor, main: Tensor, block: Block, change: Change) -> Tensor:
    if change.shortcut == "none":
        return main.new_zeros(())
    if change.shortcut == "cut":
        small = features[:, :, ::2, ::2]
        missing = main.shape[1] - small.shape[1]
        if missing < 0 or small.shape[2:] != main.shape[2:]:
            raise NoOutputError("The shortcut does not fit the main path.")
        return F.pad(small, (0, 0, 0, 0, 0, missing))
    if block.shortcut is None:
        raise NoOutputError("There is no shortcut.")
    return _unit(features, block.shortcut, 2, change)


def _unit(
    features: Tensor, unit: Unit, stride: int, change: Change, *, early: bool = False
) -> Tensor:
    weight, bias = unit.convolution.weight, unit.convolution.bias
    if weight.shape[1] != features.shape[1]:
        raise NoOutputError("The channels do not fit.")
    features = conv2d(features, weight, bias, stride, padding=weight.shape[-1] // 2)
    features = features.relu() if early else features
    norm = unit.norm
    if norm is None or not change.normalised:
        return features
    numbers = (norm.mean, norm.variance, norm.scale, norm.shift)
    return F.batch_norm(features, *numbers, training=False, eps=EPSILON)


MODELS: dict[str, tuple[Callable[[ResNetSetting], Tensor], ...]] = {
    "softmax-at-end": (partial(logits, change=Change(softmax=True)),)
}


def _enter(name: str, *changes: Change, title: str, hint: str) -> None:
    MODELS[name] = tuple(partial(logits, change=change) for change in changes)
    add(name, *MODELS[name], part=PART, title=title, hint=hint)


_enter(
    "relu-before-addition",
    Change(relu_main=True, relu_after=False),
    Change(relu_main=True),
    Change(relu_main=True, relu_shortcut=True, relu_after=False),
    Change(relu_main=True, relu_shortcut=True),
    title="a ReLU stands in front of the addition",
    hint="Can the main path take something away from the shortcut?",
)
_enter(
    "relu-before-batchnorm",
    *(
        Change(early=(stem, first, second))
        for stem, first, second in product((True, False), repeat=3)
        if stem or first or second
    ),
    title="a ReLU stands in front of the batch normalisation, not behind it",
    hint="Can a number behind your normalisation and in front of the next layer be negative?",
)
_enter(
    "relu-missing-after-addition",
    Change(relu_after=False),
    title="no ReLU follows the addition",
    hint="Can a number behind a block of yours be negative?",
)
_enter(
    "stem-relu-missing",
    Change(stem_relu=False),
    title="no ReLU follows the first convolution",
    hint="Can a number behind your first convolution and its normalisation be negative?",
)
_enter(
    "stride-in-second-conv",
    Change(strides=(1, 2)),
    title="the second convolution of a block makes the picture smaller, not the first",
    hint="How large is the picture between the two convolutions of a block?",
)
_enter(
    "max-pool-for-average",
    Change(largest=True),
    title="the last pooling takes the largest number instead of the mean",
    hint="What does your last pooling make of a map with one large number and fifteen zeros?",
)
_enter(
    "shortcut-missing",
    Change(shortcut="none"),
    Change(shortcut="cut"),
    title="the shortcut has no convolution",
    hint="How does the input of a block reach the addition?",
)
_enter(
    "batchnorm-missing",
    Change(normalised=False),
    title="a convolution is followed by no batch normalisation",
    hint="How many convolutions has your network, and how many normalisations?",
)
add(
    "batchnorm-shared",
    part=PART,
    title="two convolutions share one batch normalisation",
    hint="Which mean and which deviation does a normalisation remember that is called twice?",
)
add(
    "shortcut-without-batchnorm",
    part=PART,
    title="the shortcut's convolution is followed by no batch normalisation",
    hint="Which two layers has the shortcut in the figure?",
)
add(
    "shortcut-three-by-three",
    part=PART,
    title="the shortcut's kernel is 3 x 3",
    hint="Has the shortcut to look at a pixel's neighbours in order to change the shape?",
)
add(
    "bias-true",
    part=PART,
    title="a convolution has a bias",
    hint="What is left of a convolution's bias once the mean is subtracted?",
)
add(
    "initialisation-default",
    part=PART,
    title="the convolutions are not initialised as He et al. do",
    hint="How large are the weights of a new network of yours, and how large does He want them?",
)

CHANNELS = (64, 128, 256, 512)
CONVOLUTIONS = 10


def parameters() -> int:
    """How many the homework's ResNet has."""
    weights = 9 * 3 * CHANNELS[0] + 2 * CHANNELS[0]
    for before, after in pairwise(CHANNELS):
        weights += 9 * before * after + 9 * after * after + before * after + 6 * after
    return weights + 10 * CHANNELS[-1] + 10


def he(shape: tuple[int, ...]) -> tuple[float, float]:
    """The two standard deviations that He et al. give weights (out, in, k, k): by what comes in and
    by what goes out.
    """
    area = math.prod(shape[2:])
    return math.sqrt(2 / (shape[1] * area)), math.sqrt(2 / (shape[0] * area))
