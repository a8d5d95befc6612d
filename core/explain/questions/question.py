"""What a question is: a layer, four answers of which one is right, and why somebody gives each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal

from core.explain.convolution import Convolution
from core.explain.geometry import Geometry
from core.explain.pooling import Pooling

Value = tuple[float, ...]
Unit = Literal["number", "size", "cell"]
OPTIONS = 4
PARTS = 4  # a number is a whole one or has quarters: a share of a gradient


@dataclass(frozen=True)
class Option:
    """One answer.

    Attributes:
        value: one number; a size ([channels,] height, width); or a cell (row, column) from 0.
        reason: of a wrong answer, what somebody did who gives it; of the right one, the rule.
    """

    value: Value
    reason: str


@dataclass(frozen=True)
class SizedLayers:
    """Layers one after the other, of which only the sizes count.

    Attributes:
        layers: the geometry of each; the output of one is the picture of the next.
        channels: of the picture.
        filters: of each layer; None: max pooling, which has none.
    """

    layers: tuple[Geometry, ...]
    channels: int = 1
    filters: int | None = 1


@dataclass(frozen=True)
class Question:
    """A question with four answers.

    Attributes:
        idea: what it is about, in a word or two.
        text: the question.
        subject: what it is asked about.
        options: the answers, in the order in which they are offered.
        right: index of the right one.
        unit: what the values of the answers are.
        step: the output cell that is asked for, row by row.
        shows_window: whether the question names the window; False where finding it is the question.
        pixel: (row, column) of the input cell whose gradient is asked for, from 0; None: none.
    """

    idea: str
    text: str
    subject: Convolution | Pooling | SizedLayers
    options: tuple[Option, ...]
    right: int
    unit: Unit = "number"
    step: int = 0
    shows_window: bool = True
    pixel: tuple[int, int] | None = None


def number(value: float | None, reason: str) -> Option | None:
    """A number as an answer; None where there is none, or where nobody would say it aloud."""
    if value is None or round(value * PARTS) != value * PARTS:
        return None
    return Option((float(value),), reason)


def offered(
    rng: Random, right: Option | None, mistakes: Sequence[Option | None]
) -> tuple[tuple[Option, ...], int] | None:
    """Four answers in a random order, and the index of the right one.

    Args:
        rng: decides the order.
        right: the right answer.
        mistakes: wrong ones, the best first. Those that happen to give the right number, or that of
            a better one, are left out.

    Returns:
        None where too few are left, or where the first mistake, which the question is about,
        does not show.
    """
    if right is None or mistakes[0] is None or mistakes[0].value == right.value:
        return None
    found = [right]
    for mistake in mistakes:
        if mistake is not None and mistake.value not in [option.value for option in found]:
            found.append(mistake)
    if len(found) < OPTIONS:
        return None
    found = found[:OPTIONS]
    rng.shuffle(found)
    return tuple(found), found.index(right)


def place(row: int, column: int) -> str:
    """A cell in words, counted from 1."""
    return f"row {row + 1}, column {column + 1}"
