"""app.ui.turns: as many pages are drawn at once as make sense, in the order of coming."""

import threading
import time
from collections.abc import Callable
from types import SimpleNamespace

import pytest

from app.ui import turns
from app.ui.turns import Counter


@pytest.fixture(autouse=True)
def counter(monkeypatch: pytest.MonkeyPatch) -> Counter:
    """A counter of one's own, at which no page takes long."""
    found = Counter()
    monkeypatch.setattr(turns, "COUNTER", found)
    monkeypatch.setattr(turns, "LONG", 60.0)
    return found


def together(*works: Callable[[], None]) -> None:
    """Run each in a thread of its own, begun one after the other."""
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
        time.sleep(0.02)
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()


def three(drawn: list[int], may_end: threading.Event) -> list[Callable[[], None]]:
    """Light pages; when all three are drawn, something may end that waits for it."""

    def light() -> None:
        with turns.turn():
            drawn.append(1)
            if len(drawn) == 3:
                may_end.set()

    return [light] * 3


def test_a_stage_goes_before_all_who_wait_and_before_none_who_is_drawn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    order: list[str] = []
    own = threading.local()
    monkeypatch.setattr(turns, "get_script_run_ctx", lambda suppress_warning: own.context)

    def page(name: str, query: str) -> None:
        own.context = SimpleNamespace(session_id=name, query_string=query)
        with turns.turn():
            order.append(name)
            time.sleep(0.1)

    asked = (("first", ""), ("second", "view=Live"), ("stage", "view=Live&present=1"))
    together(*[lambda name=name, query=query: page(name, query) for name, query in asked])
    assert order == ["first", "stage", "second"]


@pytest.mark.parametrize("query", ["", "present=10", "xpresent=1", "a=present=1", "view=present"])
def test_no_other_page_is_a_stage(query: str) -> None:
    assert not turns.is_stage(query)


def test_no_more_are_drawn_at_once_and_whoever_comes_first_is_first() -> None:
    inside, most, order = 0, 0, []
    lock = threading.Lock()

    def page(number: int) -> None:
        nonlocal inside, most
        with turns.turn():
            with lock:
                inside += 1
                most = max(most, inside)
                order.append(number)
            time.sleep(0.05)
            with lock:
                inside -= 1

    together(*[lambda number=number: page(number) for number in range(6)])
    assert most == 1
    assert order == list(range(6))


def test_one_that_takes_long_is_passed_by(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "LONG", 0.05)
    may_end = threading.Event()
    passed: list[int] = []

    def long() -> None:
        with turns.turn():
            assert may_end.wait(5)

    together(long, long, *three(passed, may_end))
    assert len(passed) == 3


def test_a_part_of_a_page_inside_of_it_needs_no_place_of_its_own() -> None:
    def page() -> None:
        with turns.turn(), turns.turn(), turns.turn():
            pass

    together(page, page, page)


def test_while_a_page_waits_others_are_drawn() -> None:
    may_end = threading.Event()
    drawn: list[int] = []

    def waits() -> None:
        with turns.turn(), turns.aside():
            assert may_end.wait(5)

    together(waits, waits, waits, *three(drawn, may_end))
    assert len(drawn) == 3


@pytest.mark.parametrize("inside", [turns.turn, turns.aside])
def test_a_run_that_is_called_off_gives_its_place_back(inside: Callable, counter: Counter) -> None:
    class CalledOffError(BaseException):
        pass

    for _ in range(5):
        with pytest.raises(CalledOffError), turns.turn(), inside():
            raise CalledOffError
    assert not counter.is_busy


def test_what_is_done_beside_the_pages_waits_for_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "QUIET", 0.05)
    over = []

    def page() -> None:
        with turns.turn():
            time.sleep(0.2)
            over.append("page")

    def loading() -> None:
        turns.wait_until_quiet()
        over.append("loading")

    together(page, loading)
    assert over == ["page", "loading"]
    with turns.turn():
        turns.wait_until_quiet(most=0.1)  # not for ever
