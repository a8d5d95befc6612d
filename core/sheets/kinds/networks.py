"""Exercises about whole networks: shapes and parameters, the receptive field, a residual block."""

from __future__ import annotations

from random import Random
from urllib.parse import urlencode

import torch
from torch import nn

from core.conv import Conv2d
from core.explain.normalised import ChannelNorm
from core.explain.questions.block_cells import block_output, normalised
from core.explain.questions.counts import counts
from core.explain.questions.fields import fields, jumps
from core.explain.questions.network import layers_of
from core.explain.questions.question import Option
from core.explain.questions.shapes import shapes
from core.pool import MaxPool2d
from core.sheets.exercise import Blank, Exercise, Grid, added, blank, exercise, of_options, written

OUTPUTS = (2, 3, 4, 5, 10)  # of the linear layer
LARGEST_FLAT = 100  # numbers that enter the linear layer
# channels and side of the picture, side of the kernel, stride, padding: one of them
CHAINS = {
    1: ((1, 6, 3, 1, 1), (1, 8, 3, 1, 1), (1, 10, 3, 1, 1)),
    2: ((3, 8, 3, 1, 0), (3, 10, 3, 1, 0), (3, 8, 5, 1, 1), (3, 10, 5, 1, 0)),
    3: ((3, 11, 3, 2, 1), (3, 15, 3, 2, 1), (3, 13, 5, 2, 1), (3, 14, 4, 2, 0)),
}
STACKS = {  # kernel and stride of each layer
    1: (((3, 1), (2, 2), (3, 1)), ((3, 1), (3, 1), (2, 2)), ((5, 1), (2, 2), (3, 1))),
    2: (((3, 1), (2, 2), (3, 1), (2, 2)), ((5, 1), (2, 2), (5, 1)), ((3, 2), (3, 1), (2, 2))),
    3: (
        ((3, 2), (3, 2), (3, 1), (2, 2)),
        ((5, 2), (3, 1), (2, 2), (3, 1)),
        ((4, 2), (3, 2), (5, 1)),
    ),
}


def chain(rng: Random, level: int) -> Exercise | None:
    """The sides and parameters of a convolution, a pooling and a linear layer."""
    channels, side, window, stride, padding = rng.choice(CHAINS[level])
    filters, outputs = rng.randint(2, 6), rng.choice(OUTPUTS)
    pooled = ((side + 2 * padding - window) // stride + 1) // 2
    flat = filters * pooled**2
    if flat > LARGEST_FLAT:
        return None
    model = _network(channels, filters, (window, stride, padding), flat, outputs)
    conv, pool, flatten, linear = layers_of(model, (channels, side, side))
    return exercise(
        "Shapes and parameters",
        f"Picture {channels} × {side} × {side}. Layer 1: {filters} kernels of {window} × {window}, "
        f"stride {stride}, padding {padding}, with bias. Layer 2: max pooling 2 × 2, stride 2. "
        f"Layer 3: flatten. Layer 4: linear, {outputs} outputs, with bias.",
        [],
        [
            _side("side of the maps after layer 1", shapes(conv), 1),
            _side("parameters of layer 1", counts(conv), 0),
            _side("side of the maps after layer 2", shapes(pool), 1),
            _side("numbers after layer 3", shapes(flatten), 0),
            _side("parameters of layer 4", counts(linear), 0),
        ],
        "networks?" + urlencode({"view": "Shape by shape"}),
    )


def _network(
    channels: int, filters: int, window: tuple[int, int, int], flat: int, outputs: int
) -> nn.Sequential:
    """The layers, without a trace in torch's own random numbers."""
    with torch.random.fork_rng(devices=[]):
        return nn.Sequential(
            Conv2d(channels, filters, *window),
            MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(flat, outputs),
        )


def _side(text: str, options: list[Option | None], axis: int) -> Blank | None:
    """A blank for one number of each answer."""
    right, *mistakes = [
        None if one is None else Option((one.value[min(axis, len(one.value) - 1)],), one.reason)
        for one in options
    ]
    return None if right is None else blank(text, right, mistakes)


def field(rng: Random, level: int) -> Exercise | None:
    """How much of the picture a cell of a deep layer sees."""
    layers = rng.choice(STACKS[level])
    layers = ((rng.choice((3, 4, 5, 7)), layers[0][1]), *layers[1:])  # more of the same kind
    names = [_layer(number, one) for number, one in enumerate(layers, 1)]
    last = len(layers)
    asked = [
        of_options(f"receptive field after layer {number}", fields(layers[:number]))
        for number in (last - 1, last)
    ]
    return exercise(
        "Receptive field",
        " ".join(names) + " How many cells of the picture, in one direction, does one cell see? "
        "And how far apart are the fields of two neighbours?",
        [],
        [*asked, of_options(f"distance of neighbours after layer {last}", jumps(layers))],
        "networks?" + urlencode({"view": "One number"}),
    )


def _layer(number: int, layer: tuple[int, int]) -> str:
    kernel, stride = layer
    what = "max pooling" if kernel == 2 else "convolution"
    return f"Layer {number}: {what} {kernel} × {kernel}, stride {stride}."


def residual(rng: Random, level: int) -> Exercise | None:
    """Batch normalisation, the shortcut and the ReLU, for two cells."""
    root = rng.choice({1: (2,), 2: (2, 3, 4), 3: (2, 4, 5)}[level])
    gamma = rng.choice({1: (1.0, 2.0), 2: (2.0, 3.0, -1.0), 3: (0.5, -2.0, 1.5)}[level])
    mean, beta = float(rng.randint(1, 5)), float(rng.choice((-3, -2, -1, 1, 2, 3)))
    norm = ChannelNorm(mean, float(root**2), gamma, beta, 0.0)
    steps = rng.sample((-3, -2, -1, 1, 2, 3), 2)
    values = [mean + root * one for one in steps]
    shortcuts = [float(rng.choice((-4, -3, -2, -1, 1, 2, 3, 4))) for _ in steps]
    outputs = [block_output(norm, *pair)[0].value[0] for pair in zip(values, shortcuts)]
    if sorted(value > 0 for value in outputs) != [False, True]:  # the ReLU cuts one of them
        return None
    numbers = f"mean {written(mean)}, variance {root**2}, γ = {written(gamma)}, β = {written(beta)}"
    return exercise(
        "Residual block: batch norm, shortcut, ReLU",
        f"Two cells v leave the last convolution of a block. Its batch norm has {numbers} (its ε "
        "is left out). The shortcut is added, then a ReLU follows.",
        [
            Grid(
                "",
                (
                    tuple(map(written, values)),
                    ("a", "b"),
                    tuple(map(written, shortcuts)),
                    ("c", "d"),
                ),
                ("v", "F(x) after batch norm", "shortcut", "output"),
            )
        ],
        [
            *(_normalised(norm, value) for value in values),
            *(_output(norm, *pair) for pair in zip(values, shortcuts)),
        ],
        "networks?" + urlencode({"view": "ResNet", "layer": "block1.sum"}),
    )


def _normalised(norm: ChannelNorm, value: float) -> Blank | None:
    options = normalised(norm, value)
    (right,) = options[0].value
    centred = added(written(value), written(-norm.mean))
    scaled = f"{written(norm.gamma)}·({centred}) / {written(norm.variance**0.5)}"
    rule = f"{added(scaled, written(norm.beta))} = {written(right)}"
    return of_options("F(x) after batch norm", options, rule)


def _output(norm: ChannelNorm, value: float, shortcut: float) -> Blank | None:
    (main,) = normalised(norm, value)[0].value
    total = main + shortcut
    end = ", ReLU gives 0" if total < 0 else ""
    rule = f"{added(written(main), written(shortcut))} = {written(total)}{end}"
    return of_options("output", block_output(norm, value, shortcut), rule)
