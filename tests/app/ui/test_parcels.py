"""app.ui.parcels: what a page says reaches the loop together, in its order, and soon."""

import asyncio
import gc
import threading
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest
from streamlit.runtime.scriptrunner import ScriptRunnerEvent as Event

from app.ui import parcels


class Session:
    """A session's part in it: what its loop has heard, and how often it was woken."""

    _call_soon_on_event_loop = parcels._call_soon
    _on_scriptrunner_event = parcels._on_event

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.id = "one"
        self.woken = 0
        self.heard: list[str] = []
        self.loop = loop
        self._event_loop = SimpleNamespace(
            call_soon_threadsafe=self._wake, call_later=loop.call_later, is_closed=loop.is_closed
        )

    def _wake(self, callback: Callable[[], None]) -> None:
        self.woken += 1
        self.loop.call_soon_threadsafe(callback)

    def _handle_scriptrunner_event_on_event_loop(
        self, sender: None, event: Event, word: str | None, *more: None
    ) -> None:
        self.heard.append(word or event.name)

    def say(self, word: str) -> None:
        """As a page does."""
        self._on_scriptrunner_event(None, event=Event.ENQUEUE_FORWARD_MSG, forward_msg=word)

    def tell(self, event: Event) -> None:
        """As the runner of a page does."""
        self._on_scriptrunner_event(None, event=event)

    def hear(self, page: Callable[[], None]) -> list[str]:
        """What the loop has heard a while after a page has run in a thread of its own."""
        self.loop.run_until_complete(self.loop.run_in_executor(None, page))
        self.loop.run_until_complete(asyncio.sleep(0.2))
        return self.heard

    def wait(self) -> None:
        """In the page: until the loop has heard something, 5 s at most."""
        end = time.monotonic() + 5
        while not self.heard and time.monotonic() < end:
            time.sleep(0.01)


@pytest.fixture
def session() -> Iterator[Session]:
    loop = asyncio.new_event_loop()
    yield Session(loop)
    loop.close()


def test_what_a_run_says_wakes_the_loop_twice_and_keeps_its_order(session: Session) -> None:
    words = [f"element {number}" for number in range(50)]

    def page() -> None:
        session.tell(Event.SCRIPT_STARTED)
        for word in words:
            session.say(word)
        session.tell(Event.SCRIPT_STOPPED_WITH_SUCCESS)

    heard = session.hear(page)
    assert heard == ["SCRIPT_STARTED", *words, "SCRIPT_STOPPED_WITH_SUCCESS"]
    assert session.woken == 2  # the first word, and the run's end


def test_a_run_that_computes_on_shows_what_it_has(session: Session) -> None:
    def page() -> None:
        session.say("title")
        session.wait()
        session.say("heard" if session.heard else "unheard")

    assert session.hear(page) == ["title", "heard"]


def test_the_end_of_a_run_does_not_wait(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parcels, "SOON", 60.0)

    def page() -> None:
        session.say("all")
        session.tell(Event.FRAGMENT_STOPPED_WITH_SUCCESS)

    assert session.hear(page) == ["all", "FRAGMENT_STOPPED_WITH_SUCCESS"]


def test_another_thread_of_the_session_does_not_overtake(session: Session) -> None:
    def page() -> None:
        session.say("container")
        other = threading.Thread(target=session.say, args=["spinner inside"])
        other.start()
        other.join()
        session.say("empty")

    assert session.hear(page) == ["container", "spinner inside", "empty"]


def test_what_is_there_can_be_shown_before_the_rest(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = SimpleNamespace(session_id="one")
    monkeypatch.setattr(parcels, "get_script_run_ctx", lambda suppress_warning: context)
    monkeypatch.setattr(parcels, "SOON", 60.0)

    def page() -> None:
        session.say("picture")
        parcels.show_so_far()
        session.wait()
        session.say("heard" if session.heard else "unheard")
        session.tell(Event.SCRIPT_STOPPED_WITH_SUCCESS)

    assert session.hear(page)[:2] == ["picture", "heard"]


def test_a_loop_that_has_ended_hears_nothing_and_nobody_minds(session: Session) -> None:
    session.loop.close()
    session.say("title")
    session.tell(Event.SHUTDOWN)
    assert session.heard == []


def test_a_parcel_ends_with_its_session(session: Session) -> None:
    session.id = "another"
    session.hear(lambda: session.say("title"))
    assert "another" in parcels._parcels
    del vars(session)["parcel"]  # as when nobody has the session any more
    gc.collect()
    assert "another" not in parcels._parcels
