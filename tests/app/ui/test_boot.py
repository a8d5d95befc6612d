"""What was loaded is frozen, so that no garbage collection walks it after every run."""

import itertools

import pytest

from app.ui import boot
from app.ui.cache import cached


@pytest.fixture
def frozen(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the garbage collector was told."""
    calls: list[str] = []
    monkeypatch.setattr(boot.gc, "collect", lambda: calls.append("collect"))
    monkeypatch.setattr(boot.gc, "freeze", lambda: calls.append("freeze"))
    monkeypatch.setattr(boot, "_times", itertools.count())
    monkeypatch.setattr(boot, "FREEZES", 2)
    boot.LOADED.clear()
    return calls


def test_a_run_that_loads_something_freezes_it_and_one_that_does_not_freezes_nothing(
    frozen: list[str],
) -> None:
    @cached()
    def load(number: int) -> int:
        return number

    boot.freeze_loaded()
    assert frozen == []
    load(1)
    boot.freeze_loaded()
    assert frozen == ["collect", "freeze"], "what can be given up is given up first"
    load(1)
    boot.freeze_loaded()
    assert len(frozen) == 2, "it was in the cache"


def test_it_freezes_a_bounded_number_of_times(frozen: list[str]) -> None:
    for _ in range(5):
        boot.LOADED.set()
        boot.freeze_loaded()
    assert frozen == ["collect", "freeze"] * 2
