"""What networks with a bug make of the small CNN's task: our own network with one step done
otherwise, in float64 and with the parameters of the network that is looked at.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import permutations

import torch.nn.functional as F
from torch import Tensor

from core.checking.bugs import shared  # noqa: F401 - enters its bugs
from core.checking.bugs.loops import NoOutputError
from core.checking.bugs.registry import add
from core.conv import conv2d
from core.pool import avg_pool2d, max_pool2d

PART = "mnist"


@dataclass(frozen=True, eq=False)
class Affine:
    """The parameters of a convolution or of a linear layer, in float64.

    Attributes:
        weight: (out, in, k, k) or (out, in).
        bias: (out,); None: there is none.
    """

    weight: Tensor
    bias: Tensor | None


@dataclass(frozen=True, eq=False)
class MnistSetting:
    """A network and what it classifies, in float64.

    Attributes:
        images: (N, 1, 28, 28), as the first layer is given them.
        convolutions: in the order in which they are called.
        linears: in that order.
    """

    images: Tensor
    convolutions: tuple[Affine, ...]
    linears: tuple[Affine, ...]


@dataclass(frozen=True)
class Change:
    """What is done otherwise; as it is here, nothing is.

    Attributes:
        padding: of every convolution.
        relu: whether one follows each convolution.
        average: whether each pooling takes the mean.
        order: of channels, rows and columns when the maps are flattened.
        hidden_relu: whether one follows the hidden layer.
        softmax: whether one stands at the end.
        sigmoid: whether one stands in place of the ReLUs behind the convolutions, and of that
            behind the hidden layer.
        last_relu: whether one stands at the end.
    """

    padding: tuple[int, ...] = (1, 1)
    relu: tuple[bool, ...] = (True, True)
    average: tuple[bool, ...] = (False, False)
    order: tuple[int, int, int] = (0, 1, 2)
    hidden_relu: bool = True
    softmax: bool = False
    sigmoid: tuple[bool, bool] = (False, False)
    last_relu: bool = False


RIGHT = Change()


def logits(setting: MnistSetting, change: Change = RIGHT) -> Tensor:
    """What the network gives of the images.

    Args:
        setting: the parameters and the images.
        change: what is done otherwise.

    Raises:
        NoOutputError: the layers do not fit each other.
    """
    features = setting.images
    for index, layer in enumerate(setting.convolutions):
        if layer.weight.dim() != 4 or layer.weight.shape[1] != features.shape[1]:
            raise NoOutputError("The channels do not fit.")
        step = min(index, 1)
        features = conv2d(features, layer.weight, layer.bias, padding=change.padding[step])
        bent = features.sigmoid() if change.sigmoid[0] else features.relu()
        features = bent if change.relu[step] else features
        if min(features.shape[2:]) < 2:
            raise NoOutputError("Nothing is left to pool.")
        pool = avg_pool2d if change.average[step] else max_pool2d
        features = pool(features, 2)
    hidden = features.permute(0, *(axis + 1 for axis in change.order)).flatten(1)
    for index, layer in enumerate(setting.linears):
        if layer.weight.shape[1] != hidden.shape[1]:
            raise NoOutputError("The features do not fit.")
        hidden = F.linear(hidden, layer.weight, layer.bias)
        is_last = index == len(setting.linears) - 1
        bent = hidden.sigmoid() if change.sigmoid[1] else hidden.relu()
        hidden = hidden if is_last or not change.hidden_relu else bent
    hidden = hidden.relu() if change.last_relu else hidden
    return hidden.softmax(1) if change.softmax else hidden


MODELS: dict[str, tuple[Callable[[MnistSetting], Tensor], ...]] = {
    "softmax-at-end": (partial(logits, change=Change(softmax=True)),)
}


def _enter(name: str, *changes: Change, title: str, hint: str) -> None:
    MODELS[name] = tuple(partial(logits, change=change) for change in changes)
    add(name, *MODELS[name], part=PART, title=title, hint=hint)


_enter(
    "hidden-relu-missing",
    Change(hidden_relu=False),
    title="no ReLU follows the hidden linear layer",
    hint="What are two linear layers together that have nothing in between?",
)
_enter(
    "relu-missing",
    Change(relu=(False, False)),
    Change(relu=(False, True)),
    Change(relu=(True, False)),
    title="a ReLU is missing after a convolution",
    hint="Can a number behind each of your poolings be negative?",
)
_enter(
    "sigmoid-for-relu",
    Change(sigmoid=(True, True)),
    Change(sigmoid=(True, False)),
    Change(sigmoid=(False, True)),
    title="a sigmoid stands where the figure has a ReLU",
    hint="Which function follows a layer in the figure, and what does it make of a large number?",
)
_enter(
    "relu-on-logits",
    Change(last_relu=True),
    title="a ReLU follows the last layer",
    hint="Can a logit of yours be negative?",
)
_enter(
    "average-pool-for-max",
    Change(average=(True, True)),
    Change(average=(True, False)),
    Change(average=(False, True)),
    title="a pooling takes the mean of its window instead of the largest number",
    hint="What does a pooling of yours make of a window with one large number and three zeros?",
)
_enter(
    "padding-missing",
    Change(padding=(0, 0)),
    Change(padding=(0, 1)),
    Change(padding=(1, 0)),
    title="a convolution has no padding",
    hint="How large is a picture of 28 x 28 behind your first convolution?",
)
_enter(
    "flatten-wrong-order",
    *(Change(order=(a, b, c)) for a, b, c in permutations(range(3)) if (a, b, c) != (0, 1, 2)),
    title="the maps are flattened in another order than channel, row, column",
    hint="Which number of the maps is the second one of your flattened vector?",
)
add(
    "extra-layer",
    part=PART,
    title="there is a layer too many",
    hint="How many layers with weights has the figure, and how many has your network?",
)
add(
    "bias-missing",
    part=PART,
    title="a layer has no bias",
    hint="What does a layer of yours give for a picture that is zero everywhere?",
)

SHAPES = {  # of the parameters, in the order of the network
    "convolutions": ((3, 1, 3, 3), (6, 3, 3, 3)),
    "linears": ((128, 294), (10, 128)),
}
PARAMETERS = sum(
    math.prod(shape) + shape[0] for shapes in SHAPES.values() for shape in shapes
)  # 39,248
