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
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import IO

from app.ui.beside.idle import Idle
from core.data.facts import ROOT
from core.training.parallel import cores

COMMAND = (sys.executable, "-m", "commands.waiting")
MOST = min(2, cores())  # each holds some 300 MB


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
                ours = os.getpriority(os.PRIO_PROCESS, 0)
                os.setpriority(os.PRIO_PROCESS, process.pid, ours + 10)  # pages go first
        return cls(process, errors)

    @property
    def is_alive(self) -> bool:
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


class Spares(Idle[Process]):
    """The processes that wait."""

    def _start(self) -> Process:
        return Process.start(COMMAND)

    def prepare(self, count: int) -> None:
        """See that so many wait, as far as this computer has cores.

        Args:
            count: of trainings that may be started next.
        """
        with suppress(OSError):  # said when the training itself cannot be started
            self.fill(min(count, MOST))


SPARES = Spares()
