"""Layers of a network that compute in another way than torch's, under their old names."""

from __future__ import annotations

from collections.abc import Callable

from torch import nn


def exchange_convolutions(
    model: nn.Module, kind: type[nn.Conv2d], is_suitable: Callable[[nn.Conv2d], bool]
) -> int:
    """Let a network's suitable convolutions compute as another kind does.

    Parameters, names and state dict stay as they are.

    Args:
        model: any network; changed in place.
        kind: of layer, which has the attributes of ``nn.Conv2d`` and no more.
        is_suitable: whether a convolution is changed; one of another kind never is.

    Returns:
        How many layers were changed.
    """
    changed = 0
    for module in model.modules():
        if type(module) is nn.Conv2d and is_suitable(module):
            module.__class__ = kind
            changed += 1
    return changed
