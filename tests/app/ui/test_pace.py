"""app.ui.pace: a flood of one visitor is joined, and others do not notice."""

import pytest

from app.ui.pace import BURST, MOST, Pace


def test_a_person_never_waits() -> None:
    pace, now = Pace(0.1), 0.0
    for _ in range(50):
        assert pace.seconds_until("a", now) == 0
        assert pace.seconds_until("a", now) == 0, "a click may run the page twice"
        now += 0.25


def test_a_flood_runs_so_often_and_others_at_once() -> None:
    pace, now, runs = Pace(0.1), 0.0, 0
    while now < 10:
        now += 0.001 + pace.seconds_until("flood", now)  # its messages meanwhile are joined
        runs += 1
        assert pace.seconds_until(f"other {runs}", now) == 0
    assert runs == pytest.approx(10 / 0.1 + BURST, rel=0.05)


def test_tests_run_as_fast_as_they_can() -> None:
    assert all(Pace().seconds_until("a", 0.0) == 0 for _ in range(100))


def test_what_is_remembered_is_bounded() -> None:
    pace = Pace(0.1)
    for number in range(MOST + 100):
        pace.seconds_until(f"{number}", 0.0)
    assert len(pace._left) == MOST
