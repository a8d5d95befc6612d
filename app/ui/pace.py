"""How often a visitor's page may run: nobody clicks faster, but a program can, or a stuck key.

Streamlit joins the messages that come while a run waits, so that a flood of them costs no more than
the runs that it is given.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

BURST = 6.0  # runs at once: a click may ask for two or three
EVERY = 0.1  # seconds for one more
MOST = 2000  # sessions that are remembered


@dataclass
class Pace:
    """What each session has left.

    Attributes:
        every: seconds for one more run; 0: as many as one wants.
        burst: runs at once.
    """

    every: float = 0.0
    burst: float = BURST
    _left: dict[str, tuple[float, float]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def seconds_until(self, session: str, now: float) -> float:
        """How long a session waits until it runs, which it does then.

        Args:
            session: its number.
            now: on any clock that only goes forward.
        """
        if not self.every:
            return 0.0
        with self._lock:
            left, at = self._left.pop(session, (self.burst, now))
            left = min(self.burst, left + (now - at) / self.every) - 1
            self._left[session] = left, now
            while len(self._left) > MOST:
                self._left.pop(next(iter(self._left)))
        return max(0.0, -left * self.every)

    def wait(self, session: str) -> None:
        """Wait until a session may run."""
        seconds = self.seconds_until(session, time.monotonic())
        if seconds:
            time.sleep(seconds)


PACE = Pace()  # a server sets it; tests run as fast as they can
