"""How many pages are drawn at once: Python computes one at a time, and more of them only wait for
each other. Taking turns every 5 ms, as threads do, each costs twice the processor time.

Whoever comes is served in the order of coming, as at a counter: what a page has begun is finished
before the next one begins. One that takes long is passed by. A stage, which a whole room looks at,
goes first.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from streamlit.runtime.scriptrunner import get_script_run_ctx

from app.ui.pace import PACE

LONG = 0.15  # seconds after which a page is passed by
MOST = 8  # that are drawn at once, all but one of them for long
LOOK = 0.03  # seconds between two looks of the first in line at whether others take long
STAGE = "present=1"  # in the address of a page that a room looks at
QUIET = 0.5  # seconds without a page until what is done beside them goes on


@dataclass
class Counter:
    """Where pages are served.

    Attributes:
        left: when one had been served last, on the clock of ``time.monotonic``.
    """

    left: float = 0.0
    _waiting: deque[threading.Event] = field(default_factory=deque)
    _served: dict[int, float] = field(default_factory=dict)  # thread to when it began
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def is_busy(self) -> bool:
        """Whether a page is drawn, or waits to be."""
        return bool(self._served or self._waiting)

    def enter(self, *, goes_first: bool = False) -> None:
        """Wait until it is this thread's turn.

        Args:
            goes_first: before all who wait already.
        """
        mine = threading.Event()
        with self._lock:
            if goes_first:
                self._waiting.appendleft(mine)
            else:
                self._waiting.append(mine)
        while not self._is_served(mine):
            mine.wait(LOOK if self._waiting[0] is mine else None)
            mine.clear()

    def leave(self) -> None:
        """The next one may come."""
        with self._lock:
            del self._served[threading.get_ident()]
            self.left = time.monotonic()
            self._call_next()

    def _is_served(self, mine: threading.Event) -> bool:
        with self._lock:
            now = time.monotonic()
            is_new = any(now - began < LONG for began in self._served.values())
            if self._waiting[0] is not mine or is_new or len(self._served) >= MOST:
                return False
            self._waiting.popleft()
            self._served[threading.get_ident()] = now
            self._call_next()
            return True

    def _call_next(self) -> None:
        if self._waiting:
            self._waiting[0].set()


COUNTER = Counter()
_mine = threading.local()  # whether a thread is served, and goes first


@contextmanager
def turn() -> Iterator[None]:
    """A run of a page, or of a part of it inside, which is served already."""
    if getattr(_mine, "is_served", False):
        yield
        return
    context = get_script_run_ctx(suppress_warning=True)
    PACE.wait(context.session_id if context else "")
    _mine.goes_first = is_stage(context.query_string if context else "")
    COUNTER.enter(goes_first=_mine.goes_first)
    _mine.is_served = True
    try:
        yield
    finally:
        _mine.is_served = False
        COUNTER.leave()


def is_stage(query: str) -> bool:
    """Whether a page is in presenter mode, by what its address has behind the question mark."""
    return STAGE in query.split("&")


def goes_first() -> bool:
    """Whether this thread's page does; what it asks for beside itself does too."""
    return getattr(_mine, "goes_first", False)


@contextmanager
def aside() -> Iterator[None]:
    """While a run waits for something else, others are served."""
    if not getattr(_mine, "is_served", False):
        yield
        return
    COUNTER.leave()
    _mine.is_served = False
    try:
        yield
    finally:
        COUNTER.enter(goes_first=goes_first())
        _mine.is_served = True


def wait_until_quiet(most: float = 20.0) -> None:
    """Wait while visitors' pages are drawn.

    Args:
        most: seconds; then it goes on all the same.
    """
    end = time.monotonic() + most
    while time.monotonic() < end and (COUNTER.is_busy or time.monotonic() - COUNTER.left < QUIET):
        time.sleep(0.05)
