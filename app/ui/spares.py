"""Processes that wait for the settings of a training: what they need is imported, so that the first
step is made at once and not after the seconds that Python and torch take to start.

They are started while a page shows that offers a training, and end when none has shown for a while.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import IO

from core.data.facts import ROOT
from core.training.parallel import cores

COMMAND = (sys.executable, "-m", "commands.waiting")
MOST = min(2, cores())  # each holds some 300 MB
IDLE = 300.0  # seconds after the last page that offered a training


@dataclass(frozen=True)
class Process:
    """A command that runs behind the pages.

    Attributes:
        process: its standard output has its events.
        errors: what it writes to its standard error.
    """

    process: subprocess.Popen[str]
    errors: IO[str]

    @classmethod
    def start(cls, command: Sequence[str]) -> Process:
        """Start one.

        Args:
            command: to run.

        Raises:
            OSError: it cannot be started.
        """
        path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
        own = {"OMP_NUM_THREADS": "1", "PYTHONIOENCODING": "utf-8", "PYTHONPATH": path}
        errors = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 - closed by end
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                encoding="utf-8",
                env=os.environ | own,
                start_new_session=True,
            )
        except OSError:
            errors.close()
            raise
        if hasattr(os, "setpriority"):
            with suppress(OSError):  # it may have ended already
                os.setpriority(os.PRIO_PROCESS, process.pid, 10)  # pages go first
        return cls(process, errors)

    @property
    def is_waiting(self) -> bool:
        """Whether it has not ended by itself."""
        return self.process.poll() is None

    def go(self, arguments: Sequence[str]) -> None:
        """Let one that waits do what it is told; one that has ended hears nothing.

        Args:
            arguments: the command line after ``train_all.py``.
        """
        line = self.process.stdin
        with suppress(OSError):
            if line is not None:
                line.write(json.dumps(list(arguments)) + "\n")
                line.close()

    def last_line(self) -> str:
        """What it wrote last to its standard error; "" where it wrote nothing."""
        self.errors.seek(0)
        lines = self.errors.read().strip().splitlines()
        return lines[-1] if lines else ""

    def end(self) -> None:
        """End it now, and forget what it wrote."""
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.errors):
            if stream is not None:
                with suppress(OSError):
                    stream.close()


@dataclass
class Spares:
    """The processes that wait.

    Attributes:
        waiting: those that nobody has taken.
        asked: when a page asked for them last, on the clock of ``time.monotonic``.
    """

    waiting: list[Process] = field(default_factory=list)
    asked: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _clock: threading.Timer | None = None

    def prepare(self, count: int) -> None:
        """See that so many wait, as far as this computer has cores.

        Args:
            count: of trainings that may be started next.
        """
        with self._lock:
            self.asked = time.monotonic()
            self.waiting = [spare for spare in self.waiting if spare.is_waiting]
            with suppress(OSError):  # said when the training itself cannot be started
                while len(self.waiting) < min(count, MOST):
                    self.waiting.append(Process.start(COMMAND))
            if self.waiting and self._clock is None:
                self._set_clock(IDLE)

    def take(self) -> Process:
        """One that waits, or a new one.

        Raises:
            OSError: it cannot be started.
        """
        with self._lock:
            while self.waiting:
                spare = self.waiting.pop(0)
                if spare.is_waiting:
                    return spare
                spare.end()
        return Process.start(COMMAND)

    def _set_clock(self, seconds: float) -> None:
        self._clock = threading.Timer(seconds, self._look)
        self._clock.daemon = True
        self._clock.start()

    def _look(self) -> None:
        """End those that wait when no page has asked for a while."""
        with self._lock:
            self._clock = None
            rest = self.asked + IDLE - time.monotonic()
            if rest > 0 and self.waiting:
                return self._set_clock(rest)
            gone, self.waiting = self.waiting, []
        for spare in gone:
            spare.end()
        return None


SPARES = Spares()
