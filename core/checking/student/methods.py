"""What a foreign file has in place of a plain function, as one: a method, which builds the object
too, so that what both take together are its parameters; a partial or a compiled function.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from inspect import Parameter, Signature
from types import FunctionType
from typing import Any

import torch

OPEN = (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)
CALL = "__call__"


def methods(value: type) -> Iterator[str]:
    """The names of the methods that others call: of a class and of its bases in the same file.

    Args:
        value: the class.
    """
    bases = [one for one in value.__mro__ if one.__module__ == value.__module__]
    own = {name: one for base in reversed(bases) for name, one in vars(base).items()}
    for name, one in own.items():
        if isinstance(one, FunctionType) and (name == CALL or not name.startswith("_")):
            yield name


def as_function(value: type, name: str) -> Callable[..., Any]:
    """A method as a function of what builds the object and of what the method takes.

    Args:
        value: the class.
        name: of its method.
    """
    method = getattr(value, name)
    build = _parameters(inspect.signature(value))
    own = _parameters(inspect.signature(method))[1:]  # without self

    @functools.wraps(method)
    def call(**given: Any) -> Any:  # noqa: ANN401 - of anybody
        first, second = (
            {one.name: given[one.name] for one in part if one.name in given}
            for part in (build, own)
        )
        return getattr(value(**first), name)(**second)

    call.__signature__ = _together([*build, *own])  # type: ignore[attr-defined]
    return call


def as_written(name: str, value: Any) -> Any:  # noqa: ANN401 - of anybody
    """A function with some of its arguments given, as ``functools.partial`` makes it, as a function
    of the others; and one that TorchScript has compiled, as it was written.

    Args:
        name: in the file.
        value: what has that name; anything else is given back.
    """
    if isinstance(value, torch.jit.ScriptFunction):
        return getattr(value, "_torchdynamo_inline", value)
    if not isinstance(value, functools.partial) or not isinstance(value.func, FunctionType):
        return value

    @functools.wraps(value.func)
    def call(*given: Any, **named: Any) -> Any:  # noqa: ANN401
        return value(*given, **named)

    call.__name__ = name
    call.__signature__ = inspect.signature(value)  # type: ignore[attr-defined]
    return call


def resolved(module: object, name: str) -> Any:  # noqa: ANN401 - of anybody
    """A function or class of a file, or a method as ``as_function`` makes it a function.

    Args:
        module: the file.
        name: as ``found`` tells it: "pool", "Cam", "Cam.generate".
    """
    owner, _, method = name.partition(".")
    value = getattr(module, owner)
    return as_function(value, method) if method else value


def _parameters(signature: Signature) -> list[Parameter]:
    return [one for one in signature.parameters.values() if one.kind not in OPEN]


def _together(parameters: list[Parameter]) -> Signature:
    """Each name once, those that have to be given first."""
    named = {one.name: one for one in reversed(parameters)}
    every = [named[name] for name in dict.fromkeys(one.name for one in parameters)]
    by_name = [one.replace(kind=Parameter.KEYWORD_ONLY) for one in every]
    return Signature(sorted(by_name, key=lambda one: one.default is not Parameter.empty))
