"""How the process of a foreign file is started and ended: as a copy of one that has imported torch
already, or anew where the system has no such copies.
"""

from __future__ import annotations

import ast
import atexit
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Protocol, cast

from core.checking.limits import ROOT, command, environment

SECONDS = 120.0  # until torch is imported, on a machine that is busy


class Running(Protocol):
    """A process that runs.

    Attributes:
        pid: its number.
        requests: to write questions to.
        replies: to read answers from.
        output: what it prints.
    """

    pid: int
    requests: IO[bytes]
    replies: IO[bytes]
    output: IO[bytes]

    def end(self, patience: float) -> int | None:
        """End it with all that it has started, and say what it returned; None: that is not known.

        Args:
            patience: seconds in which it may end itself.
        """


class Anew:
    """A process of its own from the beginning."""

    def __init__(self, settings: Mapping[str, Any], work: Path) -> None:
        """Start it.

        Args:
            settings: what `core.checking.student` takes.
            work: the folder to begin in.
        """
        self.process = subprocess.Popen(
            command(settings),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=work,
            env=environment(work),
            start_new_session=True,
            bufsize=0,
        )
        pipes = (self.process.stdin, self.process.stdout, self.process.stderr)
        self.requests, self.replies, self.output = (pipe for pipe in pipes if pipe is not None)
        self.pid = self.process.pid

    def end(self, patience: float) -> int | None:
        """As `Running` says."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self.process.wait(patience)
        with contextlib.suppress(OSError):
            if sys.platform == "win32":
                self.process.kill()
            else:
                os.killpg(self.pid, signal.SIGKILL)
        return self.process.wait()


class Copied:
    """A copy of the nursery."""

    def __init__(self, nursery: Nursery, settings: Mapping[str, Any]) -> None:
        """Start it.

        Args:
            nursery: what it is a copy of.
            settings: what `core.checking.student` takes.

        Raises:
            OSError: the nursery does not answer.
        """
        self.nursery = nursery
        (theirs_in, ours_in), (ours_out, theirs_out), (ours_printed, theirs_printed) = (
            os.pipe() for _ in range(3)
        )
        self.requests = cast(IO[bytes], os.fdopen(ours_in, "wb", 0))
        self.replies = cast(IO[bytes], os.fdopen(ours_out, "rb", 0))
        self.output = cast(IO[bytes], os.fdopen(ours_printed, "rb", 0))
        theirs = [theirs_in, theirs_out, theirs_printed]
        try:
            self.pid = nursery.ask({"do": "start", "settings": dict(settings)}, theirs)
        except OSError:
            for pipe in (self.requests, self.replies, self.output):
                pipe.close()
            raise
        finally:
            for one in theirs:
                os.close(one)

    def end(self, patience: float) -> int | None:
        """As `Running` says."""
        try:
            return self.nursery.ask({"do": "end", "process": self.pid, "patience": patience})
        except OSError:
            with contextlib.suppress(OSError):
                os.killpg(self.pid, signal.SIGKILL)
            return None


class Nursery:
    """A process that copies itself for each foreign file; it ends with this one."""

    def __init__(self) -> None:
        """Start it; torch is imported meanwhile."""
        self.owner, self.lock = os.getpid(), threading.Lock()
        self.folder = Path(tempfile.mkdtemp(prefix="check-"))
        self.connection, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.connection.settimeout(SECONDS)
        settings = {"nursery": theirs.fileno(), "project": str(ROOT)}
        self.process = subprocess.Popen(
            command(settings),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment(self.folder),
            cwd=self.folder,
            pass_fds=[theirs.fileno()],
            start_new_session=True,
        )
        theirs.close()

    def ask(self, message: Mapping[str, Any], descriptors: Sequence[int] = ()) -> int:
        """Send a message with file descriptors and wait for the number that is its answer.

        Raises:
            OSError: nothing answers.
        """
        content = b""
        with self.lock:
            try:
                socket.send_fds(self.connection, [repr(dict(message)).encode()], list(descriptors))
                content = self.connection.recv(1000)
            finally:
                if not content:  # an answer that comes later would be taken for the next one
                    self.connection.close()
        if not content:
            raise OSError("the nursery has ended")
        return int(ast.literal_eval(content.decode()))

    def is_usable(self) -> bool:
        """Whether it belongs to this process, not to one that this is a copy of, and answers."""
        return self.owner == os.getpid() and self.connection.fileno() >= 0

    def close(self) -> None:
        """End it, and what is left of its copies."""
        if self.owner != os.getpid():
            return
        self.connection.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(5.0)
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


_nurseries: list[Nursery] = []
_lock = threading.Lock()


def _nursery() -> Nursery:
    """The nursery of this process; a copy of this process has none yet."""
    with _lock:
        if not _nurseries or not _nurseries[0].is_usable():
            _nurseries[:] = [Nursery()]
            atexit.register(_nurseries[0].close)
        return _nurseries[0]


def warm() -> None:
    """Begin to import torch for files to come, while this process imports it too."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            _nursery()


def start(settings: Mapping[str, Any], work: Path) -> Running:
    """Start the process of a foreign file.

    Args:
        settings: what `core.checking.student` takes.
        work: the folder that it may write into.
    """
    if sys.platform == "linux":  # elsewhere a copy of what has imported torch may not work
        with contextlib.suppress(OSError):
            return Copied(_nursery(), {**settings, "environment": environment(work)})
    return Anew(settings, work)
