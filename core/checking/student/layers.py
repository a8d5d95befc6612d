"""Building a foreign layer, giving it parameters, and calling it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from core.checking.student.actions import Facts, Tensors, action, called, prepared

FIRST_NAMES = {"weight": ("weight", "w", "kernel", "filter"), "bias": ("bias", "b")}


@action("layer")
def layer(
    target: Callable[..., Any], settings: Mapping[str, Any], tensors: Tensors
) -> tuple[Tensors, Facts]:
    """Build a layer, set its parameters, call it.

    Args:
        target: the class.
        settings: ``build``, its arguments by name, and ``positional``, those without one;
            ``arguments``, names of tensors to call it with, by default ``["input"]``;
            ``gradients``, ``dtype`` and ``watch``, as for ``call``, where ``weight`` and ``bias``
            are the layer's own parameters.
        tensors: ``input``, ``upstream``; ``weight`` and ``bias``, which are set by their shapes.

    Returns:
        As ``call``, and ``initial.NAME``, the tensors of the new layer; ``parameters``, a row for
        each of them, ``set``, to what names the given parameters went, and ``unmatched``.
    """
    built = target(*settings.get("positional", ()), **settings["build"])
    own = own_tensors(built)
    initial = {f"initial.{name}": one.detach().clone() for name, one in own.items()}
    rows = [row(built, name, one) for name, one in own.items()]
    inputs = prepared(tensors, settings)
    placed = place(built, own, {key: inputs[key] for key in FIRST_NAMES if key in inputs})
    leaves = inputs | {key: own_tensors(built)[name] for key, name in placed.items()}
    arguments = [inputs[key] for key in settings.get("arguments", ["input"])]
    outcome, facts = called(lambda: built(*arguments), leaves, settings)
    unmatched = [key for key in FIRST_NAMES if key in tensors and key not in placed]
    return outcome | initial, facts | {"parameters": rows, "set": placed, "unmatched": unmatched}


def own_tensors(built: object) -> dict[str, Tensor]:
    """All tensors of a layer: parameters, buffers, and attributes that are neither."""
    found: dict[str, Tensor] = {}
    if isinstance(built, nn.Module):
        found = dict(built.named_parameters()) | dict(built.named_buffers())
    others = {name: one for name, one in vars(built).items() if isinstance(one, Tensor)}
    return found | others


def row(built: object, name: str, tensor: Tensor) -> dict[str, Any]:
    """What is told of one tensor of a layer."""
    registered = isinstance(built, nn.Module) and name in dict(built.named_parameters())
    return {
        "name": name,
        "shape": list(tensor.shape),
        "requires_grad": tensor.requires_grad,
        "registered": registered,
    }


def place(built: object, own: Mapping[str, Tensor], given: Tensors) -> dict[str, str]:
    """Write given tensors into those of the layer that have their shapes, or as many numbers.

    Returns:
        For each given one that had a place, the name that it has in the layer.
    """
    left = dict(own)
    placed: dict[str, str] = {}
    if isinstance(built, nn.Module):
        built.to(next(iter(given.values())).dtype if given else torch.float64)
    for key, value in given.items():
        name = best(left, key, value)
        if name is not None:
            write(built, name, left.pop(name), value.detach())
            placed[key] = name
    return placed


def best(own: Mapping[str, Tensor], key: str, value: Tensor) -> str | None:
    """The name of the tensor that another one is meant for: by its shape, then by its name."""
    fitting = [name for name, one in own.items() if one.shape == value.shape]
    fitting = fitting or [name for name, one in own.items() if one.numel() == value.numel()]
    words = FIRST_NAMES[key]
    ranked = sorted(fitting, key=lambda name: not name.rsplit(".")[-1].lower().startswith(words))
    return ranked[0] if ranked else None


def write(built: object, name: str, old: Tensor, value: Tensor) -> None:
    """Give one tensor of a layer the numbers of another."""
    if isinstance(built, nn.Module) and name in own_names(built):
        held = dict(built.named_parameters()) | dict(built.named_buffers())
        held[name].data = value.reshape(old.shape).clone()
    else:
        new = value.reshape(old.shape).clone().requires_grad_(old.requires_grad)
        setattr(built, name, new)


def own_names(built: nn.Module) -> set[str]:
    """Names of the tensors that a module has registered."""
    return {name for name, _ in (*built.named_parameters(), *built.named_buffers())}
