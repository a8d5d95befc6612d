"""Functions that take gradients wherever they are called."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import torch
from jaxtyping import Float
from torch import Tensor, nn

from core.evaluation import UncomputableError

P = ParamSpec("P")
R = TypeVar("R")


def takes_gradients(function: Callable[P, R]) -> Callable[P, R]:
    """Let a function take gradients where ``torch.inference_mode`` forbids them, too: it is left
    for the call, and tensors that were made there are copied. All others come without their graph,
    so that what comes out may be used anywhere, and hangs on nothing that the caller computed.

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
    if isinstance(value, Tensor):
        return value.clone() if value.is_inference() else value.detach()
    if isinstance(value, nn.Module):
        for name, weight in [*value.named_parameters(), *value.named_buffers()]:
            if weight.is_inference():
                raise ValueError(
                    f"Expected a model that gradients can be taken through, got one whose {name} "
                    "was made under torch.inference_mode(): make or load it outside of that."
                )
    return value


def gradient_into(
    inputs: Float[Tensor, "*shape"], total: Float[Tensor, ""], name: str = "images"
) -> Float[Tensor, "*shape"]:
    """∂total / ∂inputs, by one backward pass.

    Args:
        inputs: what the total was computed from, with ``requires_grad``.
        total: one number.
        name: of the inputs, for the message.

    Raises:
        UncomputableError: the model passes no gradient on to them.
    """
    if total.requires_grad:
        (gradient,) = torch.autograd.grad(total, inputs, allow_unused=True)
        if gradient is not None:
            return gradient
    raise UncomputableError(
        f"Expected a model that passes a gradient on to its {name}, got one that passes none: see "
        "where it detaches them, rounds them to whole numbers or leaves autograd by no_grad()."
    )
