"""What the process of a foreign file can be asked for: one function an action, and calling a
function or a layer.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

import torch
from torch import Tensor

from core.checking.student.ready_made import Watch

Tensors = dict[str, Tensor]
Facts = dict[str, Any]
Action = Callable[[Any, Mapping[str, Any], Tensors], tuple[Tensors, Facts]]
Key = TypeVar("Key")
ACTIONS: dict[str, Action] = {}
DTYPES = {"float64": torch.float64, "float32": torch.float32}


class NotATensorError(Exception):
    """Something else than one tensor came back; the message says what, as the end of a sentence."""


def action(name: str) -> Callable[[Action], Action]:
    """Make a function what answers to a name.

    Args:
        name: as the asking process says it.
    """

    def register(function: Action) -> Action:
        ACTIONS[name] = function
        return function

    return register


@action("call")
def call(
    target: Callable[..., Any], settings: Mapping[str, Any], tensors: Tensors
) -> tuple[Tensors, Facts]:
    """Call a function with named arguments.

    Args:
        target: the function.
        settings: ``arguments``, by name, and ``positional``; ``gradients``, ``dtype`` and
            ``watch``, as ``called`` takes them.
        tensors: what the arguments name, and ``upstream``, the gradient of the output.

    Returns:
        ``output`` and ``gradient.KEY``; ``dtype``, ``ready_made``, ``unlinked``, and ``changed``,
        the keys of tensors that it changed in place.
    """
    inputs = prepared(tensors, settings)
    arguments = filled(settings["arguments"], inputs)
    unnamed = filled(dict(enumerate(settings.get("positional", ()))), inputs).values()
    return called(lambda: target(*unnamed, **arguments), inputs, settings)


def prepared(tensors: Tensors, settings: Mapping[str, Any]) -> Tensors:
    """Tensors in the data type that is asked for; those whose gradients are, require them."""
    dtype = DTYPES[settings.get("dtype", "float64")]
    gradients = settings.get("gradients", ())
    return {
        key: tensor.to(dtype).requires_grad_(key in gradients)
        if tensor.is_floating_point()
        else tensor
        for key, tensor in tensors.items()
    }


def filled(arguments: Mapping[Key, Any], tensors: Tensors) -> dict[Key, Any]:
    """Arguments in which ``{"tensor": key}`` is that tensor."""
    return {
        name: tensors[value["tensor"]] if isinstance(value, dict) else value
        for name, value in arguments.items()
    }


def called(
    function: Callable[[], Any], inputs: Tensors, settings: Mapping[str, Any]
) -> tuple[Tensors, Facts]:
    """Call something, and go back through it where gradients are asked for.

    Args:
        function: what to call, without arguments.
        inputs: leaves of the gradients, by their keys, and ``upstream``.
        settings: ``gradients``, keys of ``inputs``; ``watch``: False looks for no ready-made
            layers, which takes time at every operation.

    Raises:
        NotATensorError: what came is no tensor.
    """
    watch = Watch()
    before = {key: one.detach().clone() for key, one in inputs.items()}
    with watch if settings.get("watch", True) else contextlib.nullcontext():
        output = one_tensor(function())
        gradients, unlinked = backward(output, inputs, settings.get("gradients", ()))
    found = {"output": output.detach(), **gradients}
    facts = {
        "dtype": str(output.dtype).removeprefix("torch."),
        "ready_made": watch.names(),
        "unlinked": unlinked,
        "changed": [key for key, one in before.items() if not _is_same(one, inputs[key])],
    }
    return found, facts


def _is_same(one: Tensor, other: Tensor) -> bool:
    return one.dtype == other.dtype and torch.equal(one, other)


def backward(output: Tensor, inputs: Tensors, keys: Iterable[str]) -> tuple[Tensors, list[str]]:
    """Gradients of an output with the upstream gradient, and the keys that none came to.

    Where the output has another shape than the upstream gradient there are neither.
    """
    wanted = list(keys)
    if not wanted or output.shape != inputs["upstream"].shape:
        return {}, []
    linked = [key for key in wanted if key in inputs and inputs[key].requires_grad]
    if not linked or not output.requires_grad:
        return {}, wanted
    # As a sum, since torch imports sympy to compare the shape of a gradient that it is given.
    total = (output * inputs["upstream"].to(output.dtype)).sum()
    found = torch.autograd.grad(total, [inputs[key] for key in linked], allow_unused=True)
    gradients = {f"gradient.{key}": one for key, one in zip(linked, found) if one is not None}
    return gradients, [key for key in wanted if f"gradient.{key}" not in gradients]


def one_tensor(value: object) -> Tensor:
    """The value, if it is a tensor.

    Raises:
        NotATensorError: it is something else.
    """
    if not isinstance(value, Tensor):
        raise NotATensorError(f"returned {described(value)} instead of a tensor")
    return value


def described(value: object) -> str:
    """A value that should have been a tensor, in words."""
    if value is None:
        return "nothing (None)"
    kind = type(value)
    module = "" if kind.__module__ == "builtins" else f"{kind.__module__}."
    length = f" of {len(value)}" if isinstance(value, list | tuple) else ""
    return f"a {module}{kind.__qualname__}{length}"
