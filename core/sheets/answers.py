"""Is what a student wrote right, and if not, which known mistake gives it?"""

from __future__ import annotations

import re
from dataclasses import dataclass

from core.foreign_text import quoted
from core.sheets.exercise import DECIMALS, Blank

UNKNOWN = "no known mistake gives this number: go through the sum again"
_NUMBER = re.compile(r"-?(\d{1,9}([.,]\d{0,9})?|[.,]\d{1,9})", re.ASCII)
_MINUSES = str.maketrans(dict.fromkeys("−–—‐‑", "-"))


@dataclass(frozen=True)
class Checked:
    """One answer.

    Attributes:
        is_right: whether it is the right one.
        reasons: what somebody did who gives it; one sentence's end each, none of a right one.
    """

    is_right: bool
    reasons: tuple[str, ...] = ()


def number_of(text: str) -> float:
    """The number that a student typed, with a point or a comma.

    Raises:
        ValueError: it is none.
    """
    typed = "".join(text.translate(_MINUSES).split()).removeprefix("+")
    if not _NUMBER.fullmatch(typed):
        raise ValueError(f"Expected a number such as −3 or 0.25, got {quoted(text)}.")
    return float(typed.replace(",", "."))


def check(blank: Blank, text: str) -> Checked:
    """An answer to a blank, to two decimals.

    Raises:
        ValueError: it is no number.
    """
    value = round(number_of(text), DECIMALS)
    if value == blank.right:
        return Checked(True)
    found = [one.reason for one in blank.mistakes if one.value[0] == value]
    return Checked(False, tuple(found) or (UNKNOWN,))
