"""What may be a part of a homework, and the words of its name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from core.checking.worker import Found

NO_PART = {  # words in the names of helpers
    *("plot", "show", "evaluate", "eval", "test", "rate", "run", "main", "visualize", "visualise"),
    *("train", "compare", "accuracy", "print", "save", "load", "check", "success", "loss", "draw"),
    *("overlay", "blend", "display", "upsample", "resize", "interpolate", "imshow", "normalize"),
    *("denormalize", "clip", "project", "curve", "curves", "demo", "example", "figure", "grid"),
}


@dataclass(frozen=True)
class Candidate:
    """What may be a part: the smaller its rank the surer."""

    found: Found
    rank: int
    fitting: int = 0  # parameters whose names say what they are


CALLED = ("__call__", "forward")  # what calling an object does


def methods(found: Sequence[Found], owner: Found) -> list[Found]:
    """The methods of a class; calling its object alone where that does something.

    Args:
        found: what a file defines.
        owner: the class.
    """
    own = {
        one.name.rpartition(".")[2]: one
        for one in found
        if one.kind == "method" and one.name.startswith(f"{owner.name}.")
    }
    called = [own[name] for name in CALLED if name in own]
    return called[:1] or list(own.values())


def uncalled(found: Sequence[Found], owner: Found) -> int:
    """What puts a class whose objects cannot be called, such as one of settings, behind all others.

    Args:
        found: what a file defines.
        owner: the class; of a function it is 0.
    """
    names = {f"{owner.name}.{method}" for method in CALLED}
    is_called = owner.kind != "class" or any(one.name in names for one in found)
    return 0 if is_called else 100


def words(name: str) -> set[str]:
    """The words of a name, however they are joined."""
    return {one.lower() for one in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name)}
