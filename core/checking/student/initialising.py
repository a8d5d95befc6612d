"""The weights of a foreign network after its file's own functions have initialised it."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from torch import nn

from core.checking.student.actions import Facts, Tensors, action
from core.checking.student.defining import FILE, MODULE
from core.checking.student.networks import built, completed, described


@action("initialised")
def initialised(
    target: Callable[..., Any], settings: Mapping[str, Any], tensors: Tensors
) -> tuple[Tensors, Facts]:
    """Build a network and hand it to functions and statements that may initialise it, a new one to
    each.

    Args:
        target: the class, or a function that builds the network.
        settings: ``functions``, names of functions or of the network's methods, "" for none;
            ``statements``, which name the network as it says; ``channels``.
        tensors: ``images``.

    Returns:
        ``parameters``: of each of these that ran, what ``described`` says of every parameter.
    """
    ways = [partial(_hand_over, name=name, target=target) for name in settings["functions"]]
    ways += [
        partial(_executed, name=name, text=text, target=target)
        for name, text in settings["statements"]
    ]
    found = {}
    for number, way in enumerate(ways):
        model = completed(built(target, settings), tensors["images"])
        try:
            way(model)
        except Exception:  # noqa: S112 - what initialises no network
            continue
        found[str(number)] = [described(each, one) for each, one in model.named_parameters()]
    return {}, {"parameters": found}


def _hand_over(model: nn.Module, name: str, target: Callable[..., Any]) -> None:
    """Call a method of the network, or apply a function to it and its modules; "" does nothing."""
    method = getattr(model, name, None) if name else None
    if callable(method) and not inspect.signature(method).parameters:
        method()
    elif name:
        model.apply(method if callable(method) else _names(target)[name])


def _executed(model: nn.Module, name: str, text: str, target: Callable[..., Any]) -> None:
    """Execute statements of the file with another network under the name of theirs."""
    exec(compile(text, FILE, "exec"), {**_names(target), name: model})  # noqa: S102 - as defining


def _names(target: Callable[..., Any]) -> dict[str, Any]:
    """What is defined in the file that was handed in, and in the one that a network stands in."""
    own = vars(target).get("__init__") if isinstance(target, type) else target
    module = vars(sys.modules[MODULE]) if MODULE in sys.modules else {}
    return {**getattr(own, "__globals__", {}), **module}
