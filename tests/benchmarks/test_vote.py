"""benchmarks.vote: what it takes, and how it reads the screen."""

import sys

import pytest

from benchmarks import vote
from benchmarks.vote import Screen


@pytest.mark.parametrize("users", ["0", "501", "-3"])
def test_it_is_bounded(users: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["vote", "--users", users])
    with pytest.raises(SystemExit, match=f"expected 1 to 500 users, got {users}"):
        vote.main()


def test_a_vote_is_on_the_screen_with_the_first_count_that_has_it() -> None:
    screen = Screen(None, [(1.0, 0), (2.0, 3), (3.0, 4)])  # type: ignore[arg-type]
    assert [screen.at(votes) for votes in (1, 3, 4, 5)] == [2.0, 2.0, 3.0, float("inf")]
