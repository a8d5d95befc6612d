"""What a run of a page tells the browser goes out in few parcels.

Streamlit sends each element by itself, 30 to 70 a run. Each time it wakes the server's event loop,
for which the page stops, as Python computes one thing at a time; the loop goes through all
sessions; and the browser draws its page anew, which takes it 10 to 30 ms.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakValueDictionary

from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner import ScriptRunnerEvent, get_script_run_ctx

SOON = 0.08  # seconds that what a page has said may wait for what it says next
GOES_ON = (ScriptRunnerEvent.SCRIPT_STARTED, ScriptRunnerEvent.ENQUEUE_FORWARD_MSG)

Callback = Callable[[], None]
_usual_event = AppSession._on_scriptrunner_event


@dataclass(eq=False)
class Parcel:
    """What a session has said and the loop has not heard. Threads add to it, the loop takes.

    Attributes:
        loop: the server's.
        things: what the loop is to do, in its order.
        is_due: whether the loop will look for more.
        timer: by which it will.
    """

    loop: asyncio.AbstractEventLoop
    things: deque[Callback] = field(default_factory=deque)
    is_due: bool = False
    timer: asyncio.TimerHandle | None = None

    def add(self, callback: Callback) -> None:
        """One thing more, to be done soon.

        Args:
            callback: what the loop is to do.
        """
        self.things.append(callback)
        if not self.is_due:
            self.is_due = True
            self._wake(self._deliver_soon)

    def deliver(self) -> None:
        """In the loop: all that there is."""
        if self.timer is not None:
            self.timer.cancel()
        self.is_due, self.timer = False, None
        while self.things:
            self.things.popleft()()

    def send(self) -> None:
        """What there is does not wait for more."""
        if self.things:
            self._wake(self.deliver)

    def _deliver_soon(self) -> None:
        if self.is_due:  # it may have been sent meanwhile
            self.timer = self.loop.call_later(SOON, self.deliver)

    def _wake(self, callback: Callback) -> None:
        try:
            self.loop.call_soon_threadsafe(callback)
        except RuntimeError:
            if not self.loop.is_closed():  # the server ends, and nobody listens
                raise


_parcels: WeakValueDictionary[str, Parcel] = WeakValueDictionary()  # by the session's id


def _parcel_of(session: Any) -> Parcel:  # noqa: ANN401 - of any version
    """A session's own, which ends with it."""
    parcel: Parcel | None = vars(session).get("parcel")
    if parcel is None:
        parcel = vars(session).setdefault("parcel", Parcel(session._event_loop))
        _parcels[session.id] = parcel
    return parcel


def _call_soon(session: Any, callback: Callback) -> None:  # noqa: ANN401
    _parcel_of(session).add(callback)


def _on_event(
    session: Any,  # noqa: ANN401
    sender: Any,  # noqa: ANN401
    event: ScriptRunnerEvent,
    **more: Any,  # noqa: ANN401
) -> None:
    _usual_event(session, sender, event, **more)
    if event not in GOES_ON:
        _parcel_of(session).send()


def bundle() -> None:
    """Before the first visitor comes: from now on what pages say goes out in few parcels."""
    AppSession._call_soon_on_event_loop = _call_soon  # type: ignore[assignment, method-assign]
    AppSession._on_scriptrunner_event = _on_event  # type: ignore[assignment, method-assign]


def show_so_far() -> None:
    """What the run has said is shown while it computes on."""
    context = get_script_run_ctx(suppress_warning=True)
    parcel = _parcels.get(context.session_id) if context else None
    if parcel is not None:
        parcel.send()
