"""What an exercise is: a few sentences, grids of numbers, and blanks with their right answers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from core.explain.questions.question import Option

MOST = 6  # exercises that fit on a page
DECIMALS = 2  # of every number on a sheet
LEAST_MISTAKES = 2  # behind each blank: a right answer must not come by chance
LARGEST = 2000  # what is added up without a calculator
LETTERS = "abcdefgh"
MINUS = "\N{MINUS SIGN}"
_SIGNS = re.compile(" ([×=]) ")
OWN = ("source", "numbers", "kernel", "weights", "step")  # names of a link that tell an answer


@dataclass(frozen=True)
class Blank:
    """Where a student writes a number.

    Attributes:
        text: what is asked for, in a few words.
        right: the answer.
        rule: how it comes out, with its numbers where there is room.
        mistakes: wrong answers with what somebody did who gives them, the best first.
    """

    text: str
    right: float
    rule: str
    mistakes: tuple[Option, ...]


@dataclass(frozen=True)
class Grid:
    """Cells with numbers.

    Attributes:
        title: above it.
        rows: the texts of the cells; a letter is the blank of that letter.
        names: of the rows; () where they need none.
        marked: cells with a thick frame, (row, column) from 0.
    """

    title: str
    rows: tuple[tuple[str, ...], ...]
    names: tuple[str, ...] = ()
    marked: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Exercise:
    """One exercise.

    Attributes:
        title: what it is about.
        text: the task, in short sentences.
        grids: its pictures.
        blanks: what is to be written, in the order of the letters a, b, ...
        link: the state of the app that shows the way, without the app's own address.
        exact: whether that state has these very numbers; else it shows the same step.
    """

    title: str
    text: str
    grids: tuple[Grid, ...]
    blanks: tuple[Blank, ...]
    link: str
    exact: bool = False

    @property
    def hint(self) -> str:
        """The link to the same step without the exercise's own numbers: it tells no answer."""
        chapter, _, settings = self.link.partition("?")
        kept = [one for one in parse_qsl(settings) if one[0] not in OWN]
        return f"{chapter}?{urlencode(kept)}" if self.exact else self.link

    @property
    def drawn(self) -> set[str]:
        """The letters of the blanks that are cells of a grid."""
        cells = {cell for grid in self.grids for row in grid.rows for cell in row}
        return cells & set(LETTERS)


def blank(
    text: str, right: Option, mistakes: Iterable[Option | None], rule: str = ""
) -> Blank | None:
    """A blank that can be filled in without a calculator.

    Args:
        text: what is asked for.
        right: the answer with its rule.
        mistakes: wrong answers, the best first; those that give the right one, or that of a better
            one, are left out.
        rule: in place of the answer's own.

    Returns:
        None where the answer has more than two decimals or is too large, or where hardly any
        mistake shows.
    """
    (value,) = right.value
    if round(value, DECIMALS) != round(value, 9) or abs(value) > LARGEST:
        return None
    found: dict[float, Option] = {}
    for mistake in (one for one in mistakes if one is not None):
        key = round(mistake.value[0], DECIMALS) + 0.0
        if key != round(value, DECIMALS):
            found.setdefault(key, Option((key,), mistake.reason))
    if len(found) < LEAST_MISTAKES:
        return None
    return Blank(text, round(value, DECIMALS) + 0.0, rule or right.reason, tuple(found.values()))


def of_options(text: str, options: list[Option], rule: str = "") -> Blank | None:
    """A blank of the right answer and, behind it, the wrong ones."""
    right, *mistakes = options
    return blank(text, right, mistakes, rule)


def exercise(
    title: str,
    text: str,
    grids: Iterable[Grid],
    blanks: Iterable[Blank | None],
    link: str,
    *,
    exact: bool = False,
) -> Exercise | None:
    """An exercise of these blanks; None where one of them is none."""
    found = tuple(blanks)
    kept = tuple(one for one in found if one is not None)
    return Exercise(title, text, tuple(grids), kept, link, exact) if kept == found else None


def added(*terms: str) -> str:
    """A sum as it is written by hand: a term that begins with a minus is taken away."""
    first, *others = terms
    signed = (f"{MINUS} {one[1:]}" if one.startswith(MINUS) else f"+ {one}" for one in others)
    return " ".join((first, *signed))


def unbroken(text: str) -> str:
    """A text whose products and equations do not break over two lines: 3 × 3 stays together."""
    return _SIGNS.sub("\N{NO-BREAK SPACE}\\1\N{NO-BREAK SPACE}", text)


def written(value: float) -> str:
    """A number as a sheet shows it: whole, or with up to two decimals."""
    text = f"{value:.{DECIMALS}f}".rstrip("0").rstrip(".")
    return text.replace("-", MINUS) if text != "-0" else "0"
