"""A time after which Python code is interrupted, so that its process can go on."""

from __future__ import annotations

import contextlib
import signal
import sys
import time
from collections.abc import Iterator
from types import FrameType

SOON = 0.001  # seconds until an outer alarm whose time is over


class TooSlowError(BaseException):
    """The time is over; no ``except Exception`` of a foreign file catches this."""


def _ring(number: int, frame: FrameType | None) -> None:
    raise TooSlowError


@contextlib.contextmanager
def alarm(seconds: float) -> Iterator[None]:
    """Raise TooSlowError in what takes longer, where the system has such an alarm; they nest.

    Code that no longer comes back to Python is not interrupted: the other process ends this one.
    """
    if sys.platform == "win32":
        yield
        return
    began = time.monotonic()
    signal.signal(signal.SIGALRM, _ring)
    outer, _ = signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        left = max(outer - (time.monotonic() - began), SOON) if outer else 0
        signal.setitimer(signal.ITIMER_REAL, left)
