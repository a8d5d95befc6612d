"""Functions that take gradients wherever they are called."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import torch
from torch import Tensor, nn

P = ParamSpec("P")
R = TypeVar("R")


def takes_gradients(function: Callable[P, R]) -> Callable[P, R]:
    """Let a function take gradients where ``torch.inference_mode`` forbids them, too: it is left
    for the call, and tensors that were made there are copied. What comes out may be used anywhere.

    Args:
        function: that takes its tensors and its network as arguments.

    Returns:
        The same function; it also raises ValueError where the weights of a network were made under
        ``torch.inference_mode``, which torch takes no gradients through.
    """

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        if not torch.is_inference_mode_enabled():
            return function(*map(_usable, args), **_all_usable(kwargs))  # type: ignore[arg-type]
        with torch.inference_mode(False), torch.no_grad():
            return function(*map(_usable, args), **_all_usable(kwargs))  # type: ignore[arg-type]

    return call


def _all_usable(named: dict[str, object]) -> dict[str, object]:
    return {name: _usable(value) for name, value in named.items()}


def _usable(value: object) -> object:
    """An argument that a gradient can be taken through."""
    if isinstance(value, Tensor) and value.is_inference():
        return value.clone()
    if isinstance(value, nn.Module):
        for name, weight in [*value.named_parameters(), *value.named_buffers()]:
            if weight.is_inference():
                raise ValueError(
                    f"Expected a model that gradients can be taken through, got one whose {name} "
                    "was made under torch.inference_mode(): make or load it outside of that."
                )
    return value
