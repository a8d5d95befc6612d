"""No process outlives the one that started it, also where that is killed and can end nothing.

A small process beside it holds one end of a pipe. The pipe closes with the other end's process,
however that ends; then those that it was told of are ended.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from contextlib import suppress

GRACE = 5.0  # seconds from the first word to the last


class Watch:
    """The process beside this one."""

    def __init__(self) -> None:
        """Start it."""
        self._process = subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
            start_new_session=True,  # Ctrl-C is for the other one
        )

    def add(self, pid: int) -> None:
        """A process that must not outlive this one.

        Args:
            pid: of it.
        """
        self._tell(f"+{pid}")

    def remove(self, pid: int) -> None:
        """A process that has ended: its number may soon be another's.

        Args:
            pid: it had.
        """
        self._tell(f"-{pid}")

    def close(self) -> None:
        """End the watch, and whatever it still has."""
        if self._process.stdin:
            with suppress(OSError):
                self._process.stdin.close()
        self._process.wait()

    def _tell(self, line: str) -> None:
        if self._process.stdin:
            with suppress(OSError):  # somebody has ended it: then nobody watches
                self._process.stdin.write(f"{line}\n")
                self._process.stdin.flush()


def watch(lines: Iterable[str], grace: float = GRACE) -> None:
    """Keep the list until it ends, and then end those on it.

    Args:
        lines: "+" or "-" and the number of a process.
        grace: seconds that they have to end by themselves.
    """
    pids = set()
    for line in lines:
        pid = int(line[1:])
        if line.startswith("+"):
            pids.add(pid)
        else:
            pids.discard(pid)
    _signal(pids, signal.SIGTERM)
    if os.name == "nt":  # which ends them at once, and has no signal that only asks
        return
    end = time.monotonic() + grace
    while time.monotonic() < end and any(_signal([pid], 0) for pid in pids):
        time.sleep(0.1)
    _signal(pids, signal.SIGKILL)


def _signal(pids: Iterable[int], number: int) -> bool:
    """Whether any of them was there to be told."""
    told = False
    for pid in pids:
        with suppress(OSError):
            os.kill(pid, number)
            told = True
    return told


if __name__ == "__main__":
    watch(sys.stdin)
