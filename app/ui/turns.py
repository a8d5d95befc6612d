"""How many pages are drawn at once: Python computes one at a time, and more of them than that only
wait for each other, each with the others' work on its back.

Whoever comes is served in the order of coming, as at a counter: what a page has begun is finished
before the next one begins, so that all are served sooner than if they took turns every 5 ms.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from streamlit.runtime.scriptrunner import get_script_run_ctx

from app.ui.pace import PACE

AT_ONCE = 3  # one computes, one waits for torch or zlib, one for its pictures
QUIET = 0.5  # seconds without a page until what is done beside them goes on
_places = threading.BoundedSemaphore(AT_ONCE)
_drawn: set[int] = set()  # threads that draw a page
_last = 0.0  # when one was drawn last, on the clock of time.monotonic
_mine = threading.local()  # whether a thread has a place


@contextmanager
def turn() -> Iterator[None]:
    """A run of a page, or of a part of it inside, which has its place already."""
    if getattr(_mine, "has_place", False):
        yield
        return
    context = get_script_run_ctx(suppress_warning=True)
    PACE.wait(context.session_id if context else "")
    with _places:
        _mine.has_place = True
        _drawn.add(threading.get_ident())
        try:
            yield
        finally:
            _mine.has_place = False
            _left()


def _left() -> None:
    global _last
    _drawn.discard(threading.get_ident())
    _last = time.monotonic()


def wait_until_quiet(most: float = 20.0) -> None:
    """Wait while visitors' pages are drawn.

    Args:
        most: seconds; then it goes on all the same.
    """
    end = time.monotonic() + most
    while time.monotonic() < end and (_drawn or time.monotonic() - _last < QUIET):
        time.sleep(0.05)


@contextmanager
def aside() -> Iterator[None]:
    """While a run waits for something else, others have its place."""
    if not getattr(_mine, "has_place", False):
        yield
        return
    _places.release()
    _mine.has_place = False
    try:
        yield
    finally:
        _places.acquire()
        _mine.has_place = True
