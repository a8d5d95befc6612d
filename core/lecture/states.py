"""What a lecture is: states of the app one after the other, with what is said and asked at each."""

from __future__ import annotations

from dataclasses import dataclass

CHOICES = 4  # answers that a room chooses from


@dataclass(frozen=True)
class Vote:
    """A question's answers to choose from.

    Attributes:
        choices: the four answers.
        right: which of them is right, from 0.
        wrong: what whoever chooses an answer takes for true, one text an answer; "" for the right
            one.
        asked: whether the course of the lecture opens the vote; else it waits for a key.
    """

    choices: tuple[str, ...]
    right: int
    wrong: tuple[str, ...]
    asked: bool = False


@dataclass(frozen=True)
class State:
    """One picture of a lecture.

    Attributes:
        title: a few words.
        link: to the picture, as the address bar has it, without the leading slash.
        say: one sentence.
        ask: one question about the picture.
        answer: to the question.
        minutes: that are planned for it, above 0.
        misconception: that the question meets.
        controls: names of settings in the link whose controls stay visible on the stage.
        vote: the answers that a room chooses from; None: the question is asked aloud.
    """

    title: str
    link: str
    say: str
    ask: str
    answer: str
    minutes: float
    misconception: str
    controls: tuple[str, ...] = ()
    vote: Vote | None = None


@dataclass(frozen=True)
class Lecture:
    """A whole lecture.

    Attributes:
        title: of the lecture.
        minutes: that it is planned to take, above 0.
        states: its pictures, in their order; at least one.
    """

    title: str
    minutes: float
    states: tuple[State, ...]
