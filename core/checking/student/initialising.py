"""The weights of a foreign network after its file's own functions have initialised it."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Mapping
from typing import Any

from torch import nn

from core.checking.student.actions import Facts, Tensors, action
from core.checking.student.defining import MODULE
from core.checking.student.networks import built, completed, described


@action("initialised")
def initialised(
    target: Callable[..., Any], settings: Mapping[str, Any], tensors: Tensors
) -> tuple[Tensors, Facts]:
    """Build a network and hand it to functions that may initialise it, a new one to each.

    Args:
        target: the class, or a function that builds the network.
        settings: ``functions``, names of functions or of the network's methods, "" for none;
            ``channels``.
        tensors: ``images``.

    Returns:
        ``parameters``: of each function that ran, what ``described`` says of every parameter.
    """
    found = {}
    for name in settings["functions"]:
        model = completed(built(target, settings), tensors["images"])
        try:
            if name:
                _hand_over(model, name, target)
        except Exception:  # noqa: S112 - a function that initialises no network
            continue
        found[name] = [described(each, one) for each, one in model.named_parameters()]
    return {}, {"parameters": found}


def _hand_over(model: nn.Module, name: str, target: Callable[..., Any]) -> None:
    """Call a method of the network, or apply a function to it and its modules."""
    method = getattr(model, name, None)
    function = method if callable(method) else _function(name, target)
    if inspect.signature(function).parameters:
        model.apply(function)
    else:
        function()


def _function(name: str, target: Callable[..., Any]) -> Callable[..., Any]:
    """A function of the file that was handed in, or of the one that the network stands in."""
    own = vars(target).get("__init__") if isinstance(target, type) else target
    module = vars(sys.modules[MODULE]) if MODULE in sys.modules else {}
    found: Callable[..., Any] = {**getattr(own, "__globals__", {}), **module}[name]
    return found
