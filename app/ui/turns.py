"""How many pages are drawn at once: Python computes one at a time, and more of them than that only
wait for each other, each with the others' work on its back.

Whoever comes is served in the order of coming, as at a counter: what a page has begun is finished
before the next one begins, so that all are served sooner than if they took turns every 5 ms.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

AT_ONCE = 3  # one computes, one waits for torch or zlib, one for its pictures
_places = threading.BoundedSemaphore(AT_ONCE)
_mine = threading.local()  # whether a thread has a place


@contextmanager
def turn() -> Iterator[None]:
    """A run of a page, or of a part of it inside, which has its place already."""
    if getattr(_mine, "has_place", False):
        yield
        return
    with _places:
        _mine.has_place = True
        try:
            yield
        finally:
            _mine.has_place = False


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
