"""A question with four answers to choose from, for the component in app/components/grids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Answers = Mapping[str, Mapping[str, Any]]  # number of a question, from 0, to {option, right}


@dataclass(frozen=True)
class Quiz:
    """One question of a set.

    Attributes:
        name: of the set; another one starts anew.
        question: its number in the set, from 0.
        count: of questions in the set.
        text: what is asked.
        options: text and reason of each answer.
        right: index of the right one.
        step: the cell that is asked for.
        said: the sum with its numbers, once an answer was given.
    """

    name: str
    question: int
    count: int
    text: str
    options: Sequence[tuple[str, str]]
    right: int
    step: int
    said: str

    def data(self) -> dict[str, Any]:
        """As the component reads it, without what the room has answered."""
        return {
            "name": self.name,
            "question": self.question,
            "count": self.count,
            "text": self.text,
            "options": [{"text": text, "reason": reason} for text, reason in self.options],
            "right": self.right,
            "step": self.step,
            "said": self.said,
        }
