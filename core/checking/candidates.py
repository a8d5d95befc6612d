"""What may be a part of a homework, and the words of its name."""

from __future__ import annotations

import re
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


def words(name: str) -> set[str]:
    """The words of a name, however they are joined."""
    return {one.lower() for one in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name)}
