"""A question about what is on the screen now, as a room votes on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from core.explain.questions.question import OPTIONS


@dataclass(frozen=True)
class LiveQuestion:
    """Four answers, of which one is right.

    Attributes:
        name: what it is about, for the speaker who chooses among several.
        text: what is asked.
        choices: the answers, in the order in which they are offered.
        right: index of the right one.
        wrong: for each answer the mistake behind it; "" at the right one.
        answer: why the right one is right, with its numbers.
    """

    name: str
    text: str
    choices: tuple[str, ...]
    right: int
    wrong: tuple[str, ...]
    answer: str


def among(
    name: str, text: str, right: str, mistakes: Mapping[str, str], *, seed: object, answer: str
) -> LiveQuestion | None:
    """A question whose answers stand in a random order.

    Args:
        name: what it is about.
        text: what is asked.
        right: the right answer.
        mistakes: wrong answers with the mistake behind each, the best first; more than three are
            left out.
        seed: decides the order.
        answer: why the right one is right.

    Returns:
        None where too few are left.
    """
    wrong = [choice for choice in mistakes if choice != right][: OPTIONS - 1]
    if len(wrong) < OPTIONS - 1:
        return None
    choices = [right, *wrong]
    Random(str(seed)).shuffle(choices)
    return in_order(name, text, tuple(choices), right, mistakes, answer=answer)


def in_order(
    name: str,
    text: str,
    choices: tuple[str, ...],
    right: str,
    mistakes: Mapping[str, str],
    *,
    answer: str,
) -> LiveQuestion:
    """A question whose answers have an order of their own; arguments as of ``among``."""
    wrong = tuple("" if choice == right else mistakes[choice] for choice in choices)
    return LiveQuestion(name, text, choices, choices.index(right), wrong, answer)
