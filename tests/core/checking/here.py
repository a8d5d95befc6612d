"""A foreign file that answers in this process, so that a test needs no other."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.checking.results import Found
from core.checking.source import Source
from core.checking.student import layers as layers  # enters its action
from core.checking.student.actions import ACTIONS, NotATensorError
from core.checking.student.methods import as_function, methods
from core.checking.worker import Answer, Problem


class Here:
    """Takes the place of a `Student`."""

    def __init__(self, code: str) -> None:
        """Run the code; what it defines is found."""
        self.defined: dict[str, Any] = {"torch": torch, "F": F, "nn": nn}
        exec(code, self.defined)
        self.source = Source("here.py", code)
        own = {
            name: one
            for name, one in self.defined.items()
            if inspect.isfunction(one) or (inspect.isclass(one) and one.__module__ == "builtins")
        }
        called = {
            f"{name}.{method}": as_function(one, method)
            for name, one in own.items()
            if inspect.isclass(one)
            for method in methods(one)
        }
        functions = [found(name, one) for name, one in own.items()]
        named = [replace(found(name, one), kind="method") for name, one in called.items()]
        self.found = (*functions, *named)
        self.defined |= called
        self.asked = 0

    def of(self, name: str) -> Found:
        """What is found under a name."""
        return next(one for one in self.found if one.name == name)

    def ask(
        self,
        action: str,
        target: str,
        settings: Mapping[str, Any] = {},
        tensors: Mapping[str, Tensor] = {},
        seconds: float = 5.0,
        seed: int = 0,
    ) -> Answer:
        """As `Student.ask`."""
        self.asked += 1
        torch.manual_seed(seed)
        own = {key: tensor.clone() for key, tensor in tensors.items()}  # as sent over a pipe
        try:
            answered, facts = ACTIONS[action](self.defined[target], settings, own)
        except NotATensorError as error:
            return Answer({}, {}, Problem("not a tensor", f"Your code {error}.", None), "")
        except Exception as error:
            words = f"Your code raised {type(error).__name__}: {error}."
            return Answer({}, {}, Problem("raised", words, 1), "")
        return Answer(answered, facts, None, "")


def found(name: str, one: Any) -> Found:
    """A function or class with its parameters."""
    is_class = inspect.isclass(one)
    every = list(inspect.signature(one.__init__ if is_class else one).parameters.values())
    named = [one for one in every if one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD)]
    parameters = named[1:] if is_class else named
    required = sum(parameter.default is parameter.empty for parameter in parameters)
    kind = "class" if is_class else "function"
    return Found(name, kind, 1, tuple(parameter.name for parameter in parameters), required)
