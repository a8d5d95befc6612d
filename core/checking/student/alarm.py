"""A time after which Python code is interrupted, so that its process can go on."""

from __future__ import annotations

import contextlib
import signal
import sys
from collections.abc import Iterator
from types import FrameType


class TooSlowError(BaseException):
    """The time is over; no ``except Exception`` of a foreign file catches this."""


def _ring(number: int, frame: FrameType | None) -> None:
    raise TooSlowError


@contextlib.contextmanager
def alarm(seconds: float) -> Iterator[None]:
    """Raise TooSlowError in what takes longer, where the system has such an alarm.

    Code that no longer comes back to Python is not interrupted: the other process ends this one.
    """
    if sys.platform == "win32":
        yield
        return
    signal.signal(signal.SIGALRM, _ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
