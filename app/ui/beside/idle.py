"""Processes that wait until something is asked of them, and end when nothing is for a while."""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from typing import Generic, Protocol, TypeVar

IDLE = 300.0  # seconds


class Waits(Protocol):
    """A process that waits."""

    @property
    def is_alive(self) -> bool:
        """Whether it can be asked."""

    def end(self) -> None:
        """End it now."""


P = TypeVar("P", bound=Waits)


class Idle(ABC, Generic[P]):
    """All that wait for the same.

    Attributes:
        waiting: the next one to take at the end.
        seconds: until they end, from the last time that one was wanted.
    """

    def __init__(self, seconds: float = IDLE) -> None:
        """None waits yet."""
        self.waiting: list[P] = []
        self.seconds = seconds
        self._wanted = 0.0  # when it was last, on the clock of ``time.monotonic``
        self._lock = threading.Lock()
        self._clock: threading.Timer | None = None

    @abstractmethod
    def _start(self) -> P:
        """A new one; OSError where the system starts none."""

    def take(self) -> P:
        """One that waits, or a new one.

        Raises:
            OSError: the system starts none.
        """
        with self._lock:
            while self.waiting:
                found = self.waiting.pop()
                if found.is_alive:
                    return found
                found.end()
        return self._start()

    def give(self, one: P) -> None:
        """Let one wait, to be taken next."""
        with self._lock:
            self.waiting.append(one)
            self._wind_up()

    def fill(self, count: int) -> None:
        """See that so many wait; those that have waited longest are taken first.

        Raises:
            OSError: the system starts no more.
        """
        with self._lock:
            self._wind_up()
            self.waiting = [one for one in self.waiting if one.is_alive]
            while len(self.waiting) < count:
                self.waiting.insert(0, self._start())

    def end(self) -> None:
        """End those that wait."""
        with self._lock:
            gone, self.waiting = self.waiting, []
        for one in gone:
            one.end()

    def _wind_up(self) -> None:
        self._wanted = time.monotonic()
        if self._clock is None:
            self._set_clock(self.seconds)

    def _set_clock(self, seconds: float) -> None:
        self._clock = threading.Timer(seconds, self._look)
        self._clock.daemon = True
        self._clock.start()

    def _look(self) -> None:
        with self._lock:
            self._clock = None
            rest = self._wanted + self.seconds - time.monotonic()
            if rest > 0 and self.waiting:
                return self._set_clock(rest)
        return self.end()
