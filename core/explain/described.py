"""A layer and a shape in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import nn


def described(module: nn.Module) -> str:
    """A layer with the settings that decide what it does, as ``Linear(294 → 128)``."""
    kind, window = type(module).__name__, _window(module)
    if hasattr(module, "in_channels"):
        return f"{kind}({module.in_channels} → {module.out_channels}, {window})"
    if isinstance(module, nn.Linear):
        return f"{kind}({module.in_features} → {module.out_features})"
    if isinstance(module, nn.BatchNorm2d):
        return f"{kind}({module.num_features})"
    if isinstance(module, nn.Dropout | nn.Dropout2d):
        return f"{kind}({module.p:g})"
    return f"{kind}({window})" if window else kind


def _window(module: nn.Module) -> str:
    settings = {
        name: _one(getattr(module, field))
        for name, field in (("kernel", "kernel_size"), ("stride", "stride"), ("padding", "padding"))
        if hasattr(module, field)
    }
    return ", ".join(
        f"{name} {value}" for name, value in settings.items() if (name, value) != ("padding", 0)
    )


def _one(size: Any) -> Any:  # noqa: ANN401 - a number, a name or a pair
    return size[0] if isinstance(size, tuple) and size[0] == size[1] else size


def shape_text(shape: Sequence[int]) -> str:
    """A shape such as ``3 × 28 × 28``."""
    return " × ".join(map(str, shape))
