"""A time after which Python code is interrupted, so that its process can go on."""

from __future__ import annotations

import contextlib
import signal
import sys
import time
from collections.abc import Callable, Iterator
from types import FrameType

SOON = 0.001  # seconds until an outer alarm whose time is over
WAITING = 3.0  # times as long may pass while a busy machine computes something else


class TooSlowError(BaseException):
    """The time is over; no ``except Exception`` of a foreign file catches this."""


def _ring(number: int, frame: FrameType | None) -> None:
    raise TooSlowError


@contextlib.contextmanager
def alarm(seconds: float) -> Iterator[None]:
    """Raise TooSlowError in what takes longer, where the system has such an alarm; they nest.

    What is counted is the time that this process computes, so that a busy machine changes nothing;
    the time that passes counts too, for what only waits. Code that no longer comes back to Python
    is not interrupted: the other process ends this one.

    Args:
        seconds: of computing; 3 times as many may pass.
    """
    if sys.platform == "win32":
        yield
        return
    with (
        _timer(signal.ITIMER_PROF, signal.SIGPROF, seconds, time.process_time),
        _timer(signal.ITIMER_REAL, signal.SIGALRM, WAITING * seconds, time.monotonic),
    ):
        yield


@contextlib.contextmanager
def _timer(
    timer: int, number: signal.Signals, seconds: float, clock: Callable[[], float]
) -> Iterator[None]:
    began = clock()
    signal.signal(number, _ring)
    outer, _ = signal.setitimer(timer, seconds)
    try:
        yield
    finally:
        left = max(outer - (clock() - began), SOON) if outer else 0
        signal.setitimer(timer, left)
