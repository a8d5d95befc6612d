"""A function that is tried with generated arguments, and what its docstring lets it raise."""

from __future__ import annotations

import builtins
import inspect
import random
import re
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis.strategies import SearchStrategy

RAISES = re.compile(r"^( *)Raises:\n((?:\1 +.*\n|\s*\n)+)", re.MULTILINE)
NAMES = re.compile(r"^((?:\w+, )*\w+): ", re.MULTILINE)


@dataclass(frozen=True)
class Target:
    """What is tried.

    Attributes:
        name: of the function, the file or the link.
        arguments: the keywords of one case.
        call: is given them.
        documented: exceptions with which it may refuse a case.
        weight: how many cases it gets, as a share of what the others get.
    """

    name: str
    arguments: SearchStrategy[dict[str, Any]]
    call: Callable[..., object]
    documented: tuple[type[Exception], ...] = ()
    weight: float = 1.0


@dataclass
class Count:
    """How the cases of one target ended."""

    taken: int = 0
    refused: Counter[str] = field(default_factory=Counter)

    @property
    def cases(self) -> int:
        """All of them."""
        return self.taken + self.refused.total()


def documented(function: Callable[..., object]) -> tuple[type[Exception], ...]:
    """The exceptions below "Raises:" in a function's docstring.

    Raises:
        ValueError: one of them is no exception of Python's or of the house.
    """
    section = RAISES.search(f"{inspect.getdoc(function) or ''}\n")
    if not section:
        return ()
    known = vars(builtins) | {error.__name__: error for error in _errors(Exception)}
    lines = inspect.cleandoc(section[2])
    names = [name for group in NAMES.findall(lines) for name in group.split(", ")]
    for name in names:
        if not inspect.isclass(known.get(name)):
            raise ValueError(f"{function.__module__} documents {name}, which there is not.")
    return tuple(known[name] for name in names)


def _errors(kind: type[Exception]) -> Iterator[type[Exception]]:
    """Every kind of exception of the house that was imported."""
    for error in kind.__subclasses__():
        if error.__module__.startswith("core."):
            yield error
        yield from _errors(error)


def try_out(target: Target, cases: int, seed: int) -> Count:
    """Try one target.

    Args:
        target: the target.
        cases: how many.
        seed: the same seed, the same cases.

    Returns:
        How they ended.

    Raises:
        Exception: the first that is not documented, with the smallest case that hypothesis found
            for it in the notes.
    """
    count = Count()

    @seeded(seed)
    @settings(
        max_examples=cases,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink),
    )
    @given(target.arguments)
    def one_case(arguments: Mapping[str, Any]) -> None:
        random.seed(seed)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                result = target.call(**arguments)
                if isinstance(result, Iterator):  # it begins when it is read
                    list(result)
            count.taken += 1
        except target.documented as error:
            if not str(error).strip():
                raise AssertionError(f"{type(error).__name__} without a sentence") from error
            count.refused[type(error).__name__] += 1
        except (RuntimeError, MemoryError) as error:  # torch's and numpy's word for too little
            if isinstance(error, RuntimeError) and "allocate memory" not in str(error):
                raise
            count.refused["no memory"] += 1

    with torch.random.fork_rng():
        one_case()
    return count
