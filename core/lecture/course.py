"""Where a lecture stands, and where a key leads from there.

A state whose question the room votes on has steps of its own, as in Mazur's peer instruction: the
vote, its result, a second vote after neighbours have talked to each other, both results beside each
other, the answer. Where nearly all were right, or nobody voted, there is nothing to talk about.

Source: Crouch & Mazur, Peer instruction: ten years of experience and results, 2001.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

AGREED = 0.8  # share of right answers from which a second vote changes little


class Phase(StrEnum):
    """The steps of a state."""

    STATE = "state"
    VOTE = "vote"
    RESULT = "result"
    AGAIN = "again"
    COMPARED = "compared"
    ANSWER = "answer"


OPEN = (Phase.VOTE, Phase.AGAIN)  # in which the room votes


@dataclass(frozen=True)
class Position:
    """Where a lecture stands.

    Attributes:
        index: of the state, from 0.
        phase: its step.
    """

    index: int = 0
    phase: Phase = Phase.STATE


def following(position: Position, asked: Sequence[bool], right: float | None) -> Position:
    """Where the key for the next state leads.

    Args:
        position: where the lecture stands.
        asked: for each state, whether its course opens a vote by itself.
        right: share of right answers in the vote that stands, from 0 to 1; None: nobody voted.

    Returns:
        The same position at the end of the last state.
    """
    index, phase = position.index, position.phase
    if phase == Phase.VOTE:
        return Position(index, Phase.RESULT)
    if phase == Phase.RESULT:
        is_clear = right is None or right >= AGREED
        return Position(index, Phase.ANSWER if is_clear else Phase.AGAIN)
    if phase == Phase.AGAIN:
        return Position(index, Phase.COMPARED)
    if phase == Phase.COMPARED:
        return Position(index, Phase.ANSWER)
    if phase == Phase.STATE and asked[index]:
        return Position(index, Phase.VOTE)
    return Position(index + 1) if index + 1 < len(asked) else position


def preceding(position: Position) -> Position:
    """Where the key for the state before leads: out of a vote, or to the picture before.

    Args:
        position: where the lecture stands.

    Returns:
        The same position at the first state.
    """
    if position.phase != Phase.STATE:
        return Position(position.index)
    return Position(max(0, position.index - 1))


def voting(position: Position) -> Position:
    """Where the key for a vote leads: into one, or out of it.

    Args:
        position: where the lecture stands.
    """
    into = position.phase == Phase.STATE
    return Position(position.index, Phase.VOTE if into else Phase.STATE)


def planned(minutes: Sequence[float], index: int) -> float:
    """When a state is to begin.

    Args:
        minutes: of each state.
        index: of the state, from 0.

    Returns:
        Minutes from the start of the lecture.
    """
    return float(sum(minutes[:index]))
