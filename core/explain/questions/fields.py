"""How much of the picture one cell sees after several layers, and what somebody says who is wrong.

field <- field + (kernel - 1) * jump,    jump <- jump * stride,    both 1 in the picture
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from core.explain.questions.question import Option

Layers = Sequence[tuple[int, int]]  # kernel and stride of each


def field_and_jump(layers: Layers) -> tuple[int, int]:
    """Side of the receptive field in cells of the picture, and how far the fields of two
    neighbouring cells lie apart.
    """
    field = jump = 1
    for kernel, stride in layers:
        field, jump = field + (kernel - 1) * jump, jump * stride
    return field, jump


def fields(layers: Layers) -> list[Option]:
    """The right side with its rule, then wrong ones with what was done to get them: best first.

    Args:
        layers: kernel and stride of each, from the picture on.
    """
    kernels = [kernel for kernel, _ in layers]
    terms = [
        f"{kernel - 1}·{field_and_jump(layers[:number])[1]}"
        for number, (kernel, _) in enumerate(layers)
    ]
    right, _ = field_and_jump(layers)
    before, jump = field_and_jump(layers[:-1])
    early = sum(
        (kernel - 1) * field_and_jump(layers[: number + 1])[1]
        for number, (kernel, _) in enumerate(layers)
    )
    return [
        _side(right, f"1 + {' + '.join(terms)} = {right}"),
        _side(1 + sum(kernel - 1 for kernel in kernels), "forgot the strides of earlier layers"),
        _side(before + kernels[-1] * jump, "added the whole kernel, not the kernel less one"),
        _side(1 + early, "counted a layer's own stride in its own field"),
        _side(sum(kernels), "added the kernels up"),
        _side(prod(kernels), "multiplied the kernels"),
        _side(kernels[-1], "looked at the last layer alone"),
    ]


def jumps(layers: Layers) -> list[Option]:
    """The right distance of two neighbours' fields, then wrong ones; arguments as of ``fields``."""
    strides = [stride for _, stride in layers]
    right = field_and_jump(layers)[1]
    return [
        _side(right, f"{' · '.join(map(str, strides))} = {right}"),
        _side(sum(strides), "added the strides up"),
        _side(strides[-1], "looked at the last layer alone"),
        _side(1, "forgot the strides"),
        _side(field_and_jump(layers)[0], "took the side of the field: neighbours' fields overlap"),
    ]


def _side(value: int, reason: str) -> Option:
    return Option((float(value),), reason)
