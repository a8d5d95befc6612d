"""How many parameters a layer learns, and the numbers that somebody says who makes a mistake."""

from __future__ import annotations

from math import prod

from torch import nn

from core.explain.questions.asked import Asked
from core.explain.questions.question import Option
from core.models import parameter_count


def counts(layer: Asked) -> list[Option | None]:
    """The right number with its rule, then wrong ones with what was done to get them, the best
    first.

    Args:
        layer: that is asked about; a flatten has none to ask for.

    Raises:
        ValueError: it is a flatten.
    """
    module = layer.module
    if module is None:
        raise ValueError("Expected a layer that could have parameters, got a flatten.")
    if isinstance(module, nn.Linear):
        return _linear(layer, module)
    if isinstance(module, nn.BatchNorm2d):
        return _normalised(layer, module)
    return _convolved(layer, module) if hasattr(module, "out_channels") else _pooled(layer)


def _count(number: int, reason: str) -> Option:
    return Option((float(number),), reason)


def _linear(layer: Asked, module: nn.Linear) -> list[Option | None]:
    inputs, outputs = module.in_features, module.out_features
    return [
        _count(parameter_count(module), f"{inputs}·{outputs} weights + {outputs} biases"),
        _count(inputs * outputs, "forgot the bias"),
        _count(inputs * outputs + inputs, "gave each input a bias"),
        _count(inputs * outputs + 1, "took one bias for the whole layer"),
        _count(inputs + outputs, "added inputs and outputs up"),
    ]


def _normalised(layer: Asked, module: nn.BatchNorm2d) -> list[Option | None]:
    channels = module.num_features
    return [
        _count(parameter_count(module), f"a scale γ and a shift β for each of {channels} channels"),
        _count(channels, "forgot the shift β"),
        _count(4 * channels, "counted mean and variance: they are measured, not learned"),
        _count(2 * prod(layer.before), "gave each cell its own pair"),
    ]


def _convolved(layer: Asked, module: nn.Module) -> list[Option | None]:
    before, after, sides = layer.before[0], layer.after[0], layer.setting("kernel_size")
    window, has_bias = prod(sides), getattr(module, "bias", None) is not None
    weights, biases = after * before * window, after * has_bias
    kernel = "·".join(map(str, (after, before, *sides)))
    rule = f"{kernel} weights" + (f" + {after} biases" if has_bias else ", and no bias")
    return [
        _count(parameter_count(module), rule),
        _count(weights, "forgot the bias") if has_bias else None,
        _count(weights + after, "added a bias: this layer has none") if not has_bias else None,
        _count(after * window + biases, "forgot the channels that go in") if before > 1 else None,
        _count(before * window + has_bias, "counted one filter") if after > 1 else None,
        _count(weights + 1, "took one bias for the whole layer") if has_bias else None,
        _count(weights * prod(layer.after[1:]), "gave each place its own kernel: it is shared"),
        _count(after * before + biases, "forgot the window"),
    ]


def _pooled(layer: Asked) -> list[Option | None]:
    window, channels = prod(layer.setting("kernel_size")), layer.before[0]
    return [
        _count(0, "it has nothing to learn"),
        _count(window, "gave the window a weight for each cell"),
        _count(window * channels, "gave each channel weights for the window"),
        _count(channels, "gave each channel a number"),
        _count(window * channels * channels, "counted it as a convolution"),
    ]
