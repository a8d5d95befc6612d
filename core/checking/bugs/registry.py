"""The catalogue of bugs: each has a name, a title, a hint that asks, and what acts like it.

A bug has one model or several: `kernel.flip(2, 3)` before the sum is one way to turn a kernel, and
there may be others whose numbers differ. A bug without a model is told from facts, such as a
parameter that is not there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar

Model = TypeVar("Model", bound=Callable[..., Any])
_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")


@dataclass(frozen=True)
class Bug:
    """One entry of the catalogue.

    Attributes:
        name: in reports.
        part: of the parts it is found in: "conv" for function and layer, "pool", ...
        title: what is wrong, a sentence without its period.
        hint: a question that does not give the answer away.
        models: each computes what code with this bug computes.
    """

    name: str
    part: str
    title: str
    hint: str
    models: list[Callable[..., Any]] = field(default_factory=list)


BUGS: dict[str, Bug] = {}


def bug(name: str, *, part: str, title: str, hint: str) -> Callable[[Model], Model]:
    """Enters a function into the catalogue as the first model of a bug.

    Args:
        name: of the bug.
        part: as in `Bug`.
        title: as in `Bug`.
        hint: as in `Bug`.

    Raises:
        ValueError: the name is taken or no name, or the hint is no question.
    """
    entry = add(name, part=part, title=title, hint=hint)

    def enter(model: Model) -> Model:
        entry.models.append(model)
        return model

    return enter


def add(name: str, *models: Callable[..., Any], part: str, title: str, hint: str) -> Bug:
    """Enters a bug with these models, or with none.

    Args:
        name: of the bug.
        models: as in `Bug`.
        part: as in `Bug`.
        title: as in `Bug`.
        hint: as in `Bug`.

    Raises:
        ValueError: the name is taken or no name, or the hint is no question.
    """
    if not _NAME.fullmatch(name) or name in BUGS:
        raise ValueError(f"Expected a new name in small letters, such as one-two; got {name!r}.")
    if not hint.endswith("?"):
        raise ValueError(f"Expected a question as the hint of {name}, got {hint!r}.")
    BUGS[name] = Bug(name, part, title, hint, list(models))
    return BUGS[name]


def of_part(part: str) -> tuple[Bug, ...]:
    """The bugs of a part, in the order in which they were entered."""
    return tuple(entry for entry in BUGS.values() if entry.part == part)


def titles(names: Iterable[str]) -> str:
    """What bugs are, in one sentence each.

    Raises:
        KeyError: there is no such bug.
    """
    return " ".join(f"{BUGS[name].title}." for name in names)
