"""app.ui.parcels: what a page says reaches the loop together, in its order, and soon."""

import asyncio
import threading
import time
from types import SimpleNamespace

import pytest
from streamlit.runtime.app_session import AppSession

from app.ui import parcels


class Session:
    """What a session has for them, and what its loop has heard, each with how often it was woken
    until then.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.id = "one"
        self.woken = 0
        self.heard: list[tuple[str, int]] = []
        self._loop = loop
        self._event_loop = SimpleNamespace(
            call_soon_threadsafe=self._wake, call_later=loop.call_later, is_closed=loop.is_closed
        )

    def _wake(self, callback: parcels.Callback) -> None:
        self.woken += 1
        self._loop.call_soon_threadsafe(callback)

    def say(self, word: str) -> None:
        """As a script thread does."""
        AppSession._call_soon_on_event_loop(  # type: ignore[arg-type]
            self, lambda: self.heard.append((word, self.woken))
        )


def spoken(page: parcels.Callback | object, session: Session) -> list[str]:
    """What the loop has heard when a page has run in a thread of its own."""
    loop = session._loop
    loop.run_until_complete(loop.run_in_executor(None, page))  # type: ignore[arg-type]
    loop.run_until_complete(asyncio.sleep(0.1))
    return [word for word, _ in session.heard]


@pytest.fixture
def session():
    loop = asyncio.new_event_loop()
    yield Session(loop)
    loop.close()


def test_what_a_page_says_wakes_the_loop_twice_and_keeps_its_order(session: Session) -> None:
    words = [f"element {number}" for number in range(50)]

    def page() -> None:
        with parcels.parcels("one"):
            for word in words:
                session.say(word)
        session.say("finished")

    assert spoken(page, session) == [*words, "finished"]
    assert session.woken == 3  # a first one, the page's end, and what is said after it


def test_a_page_that_computes_on_shows_what_it_has(session: Session) -> None:
    may_end = threading.Event()

    def page() -> None:
        with parcels.parcels("one"):
            session.say("title")
            end = time.monotonic() + 5
            while not session.heard and time.monotonic() < end:
                time.sleep(0.01)
            session.say("heard" if session.heard else "unheard")
            may_end.set()

    assert spoken(page, session) == ["title", "heard"]


def test_another_thread_of_the_session_does_not_overtake(session: Session) -> None:
    def page() -> None:
        with parcels.parcels("one"):
            session.say("container")
            other = threading.Thread(target=session.say, args=["spinner inside"])
            other.start()
            other.join()
            session.say("empty")

    assert spoken(page, session) == ["container", "spinner inside", "empty"]


def test_other_sessions_and_what_is_said_outside_go_at_once(session: Session) -> None:
    def page() -> None:
        with parcels.parcels("two"):
            session.say("at once")

    assert spoken(page, session) == ["at once"]
    assert session.woken == 1


def test_a_run_that_another_one_of_the_session_replaced_loses_nothing(session: Session) -> None:
    def page() -> None:
        old, new = parcels.parcels("one"), parcels.parcels("one")
        old.__enter__()
        session.say("old")
        new.__enter__()
        session.say("new")
        old.__exit__(None, None, None)
        session.say("newer")
        new.__exit__(None, None, None)
        session.say("last")

    assert spoken(page, session) == ["old", "new", "newer", "last"]


def test_what_is_there_can_be_shown_before_the_rest(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = SimpleNamespace(session_id="one")
    monkeypatch.setattr(parcels, "get_script_run_ctx", lambda suppress_warning: context)
    monkeypatch.setattr(parcels, "SOON", 60.0)
    heard = []

    def page() -> None:
        with parcels.parcels("one"):
            session.say("picture")
            parcels.show_so_far()
            end = time.monotonic() + 5
            while not session.heard and time.monotonic() < end:
                time.sleep(0.01)
            heard.extend(word for word, _ in session.heard)

    spoken(page, session)
    assert heard == ["picture"]
