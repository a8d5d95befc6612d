"""core.lecture.course: where a key leads."""

import pytest

from core.lecture.course import AGREED, Phase, Position, following, planned, preceding, voting

ASKED = [False, True, False]


def walk(start: Position, right: float | None) -> list[Position]:
    """Every position from one on to the end."""
    found = [start]
    while (on := following(found[-1], ASKED, right)) != found[-1]:
        found.append(on)
    return found


def test_a_room_that_is_divided_votes_twice() -> None:
    assert walk(Position(), 0.5) == [
        Position(0),
        Position(1),
        Position(1, Phase.VOTE),
        Position(1, Phase.RESULT),
        Position(1, Phase.AGAIN),
        Position(1, Phase.COMPARED),
        Position(1, Phase.ANSWER),
        Position(2),
    ]


@pytest.mark.parametrize("right", [AGREED, 1.0, None])
def test_one_that_agrees_or_is_silent_votes_once(right: float | None) -> None:
    phases = [position.phase for position in walk(Position(1), right)]
    assert phases == [Phase.STATE, Phase.VOTE, Phase.RESULT, Phase.ANSWER, Phase.STATE]


@pytest.mark.parametrize("phase", [one for one in Phase if one != Phase.STATE])
def test_back_and_the_key_of_votes_lead_out_of_a_vote(phase: Phase) -> None:
    assert preceding(Position(1, phase)) == voting(Position(1, phase)) == Position(1)


def test_back_ends_at_the_first_state() -> None:
    assert preceding(Position(2)) == Position(1)
    assert preceding(Position(0)) == Position(0)


def test_any_state_can_be_voted_on() -> None:
    assert voting(Position(0)) == Position(0, Phase.VOTE)
    assert following(Position(0, Phase.ANSWER), ASKED, 1.0) == Position(1)


def test_a_state_begins_when_those_before_it_end() -> None:
    assert [planned([1, 2.5, 4], index) for index in range(3)] == [0, 1, 3.5]
