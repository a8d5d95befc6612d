"""What a run of a page tells the browser goes to the server's event loop in few parcels.

Streamlit wakes the loop for each element, 30 to 70 times a run. Each time the page stops, as Python
computes one thing at a time, the loop goes through all sessions, and the browser draws its page
anew.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner import get_script_run_ctx

SOON = 0.04  # seconds that what a page has said may wait for what it says next

Callback = Callable[[], None]
_usual: Callable[[Any, Callback], None] = AppSession._call_soon_on_event_loop


@dataclass
class Parcel:
    """What a session has said and the loop has not heard. Threads add to it, the loop takes.

    Attributes:
        session: whose it is, once it has said anything.
        things: in their order.
        is_due: whether the loop will look for more.
    """

    session: Any = None
    things: deque[Callback] = field(default_factory=deque)
    is_due: bool = False

    def add(self, session: Any, callback: Callback) -> None:  # noqa: ANN401 - of any version
        """One thing more, to be delivered soon.

        Args:
            session: that says it.
            callback: what the loop is to do.
        """
        self.session = session
        self.things.append(callback)
        if not self.is_due:
            self.is_due = True
            loop = session._event_loop
            _usual(session, lambda: loop.call_later(SOON, self.deliver))

    def deliver(self) -> None:
        """In the loop: all that there is."""
        self.is_due = False
        while self.things:
            self.things.popleft()()

    def send(self) -> None:
        """What there is does not wait for more."""
        if self.things:
            _usual(self.session, self.deliver)


_open: dict[str, Parcel] = {}  # a session's id to what is packed for it


def _call_soon(session: Any, callback: Callback) -> None:  # noqa: ANN401 - of any version
    parcel = _open.get(session.id)
    if parcel is None:
        _usual(session, callback)
    else:
        parcel.add(session, callback)


AppSession._call_soon_on_event_loop = _call_soon  # type: ignore[assignment, method-assign]


@contextmanager
def parcels(session_id: str) -> Iterator[None]:
    """What a session says meanwhile, from whichever thread, is delivered in parcels.

    Args:
        session_id: of the session.
    """
    mine = _open[session_id] = Parcel()
    try:
        yield
    finally:
        if _open.get(session_id) is mine:  # another run of the session may have begun
            del _open[session_id]
        mine.send()


def show_so_far() -> None:
    """What the run has said is shown while it computes on."""
    context = get_script_run_ctx(suppress_warning=True)
    parcel = _open.get(context.session_id) if context else None
    if parcel is not None:
        parcel.send()
