"""The process of a foreign file, seen from outside: started, asked, watched and ended."""

from __future__ import annotations

import contextlib
import os
import queue
import re
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from torch import Tensor

from core.checking.limits import ROOT, Limits
from core.checking.starting import start
from core.checking.student.alarm import WAITING
from core.checking.student.defining import FILE, STATEMENT
from core.checking.student.frames import BrokenFrameError, ClosedError, packed, read_frame
from core.json_files import parse_json

GRACE = 1.5  # seconds after the process's own alarm until it is ended
SOON = 0.02  # seconds between two looks at a file that is being written
PATIENCE = 1.0  # seconds until a process whose pipe is closed has ended
LOOK = 0.1  # seconds between two looks at what it uses


@dataclass(frozen=True)
class Reply:
    """One frame that came back.

    Attributes:
        header: ``facts`` and ``problem``.
        tensors: by name.
        printed: what came on the process's standard output and error meanwhile.
    """

    header: Mapping[str, Any]
    tensors: Mapping[str, Tensor]
    printed: str


class Ended(Exception):  # noqa: N818 - an event, told to whoever asks
    """The process is gone.

    Attributes:
        kind: why.
        reason: as a part of a sentence.
        trace: what faulthandler wrote.
        printed: what the process printed.
    """

    def __init__(
        self, kind: Literal["too slow", "too large", "died"], reason: str, trace: str, printed: str
    ) -> None:
        """Keep what is known of it."""
        super().__init__(reason)
        self.kind, self.reason, self.trace, self.printed = kind, reason, trace, printed


class Process:
    """One process, with threads of this one that read what it says and prints."""

    def __init__(self, limits: Limits, folder: Path, libraries: Iterable[str] = ()) -> None:
        """Start it.

        Args:
            limits: what it may use.
            folder: what it may write into.
            libraries: packages that the file imports.
        """
        self.limits, self.asked = limits, 0
        self.work = Path(tempfile.mkdtemp(dir=folder))
        descriptor, self.trace = tempfile.mkstemp(dir=folder)
        os.close(descriptor)
        settings = {
            "trace": self.trace,
            "work": str(self.work),
            "project": str(ROOT),
            "memory": limits.memory,
            "file": limits.file,
            "libraries": sorted(libraries),
        }
        self.running = start(settings, self.work)
        self.replies: queue.Queue[tuple[bytes, dict[str, Tensor]] | BrokenFrameError] = (
            queue.Queue()
        )
        self.lock, self.output = threading.Lock(), bytearray()
        reading = (self._read_replies, self._read_output)
        self.readers = [threading.Thread(target=one, daemon=True) for one in reading]
        for one in self.readers:
            one.start()

    def ask(
        self, question: Mapping[str, Any], tensors: Mapping[str, Tensor], seconds: float
    ) -> Reply:
        """Send a question and wait for its answer.

        Args:
            question: what a Python literal holds.
            tensors: that belong to it.
            seconds: that it may take.

        Raises:
            Ended: the process has ended, or was ended because it took too long or too much.
        """
        self.asked += 1
        content = {**question, "seconds": seconds, "number": self.asked}
        frame = packed(repr(content).encode(), tensors)
        threading.Thread(target=self._send, args=(frame,), daemon=True).start()
        deadline = time.monotonic() + WAITING * seconds + GRACE
        most = computed(self.running.pid) + seconds + GRACE
        while True:
            try:
                found = self.replies.get(timeout=LOOK)
                break
            except queue.Empty:
                self._check(deadline, most)
        if isinstance(found, ClosedError):
            raise self._end_of("died", "")
        if isinstance(found, BrokenFrameError):
            raise self._end_of("died", f"it sent what is no answer: {found}")
        try:
            header = parse_json(found[0])
            if header["number"] != self.asked:
                raise ValueError("the answer to another question")
            return Reply(header, found[1], self._printed())
        except (ValueError, KeyError, TypeError) as error:
            raise self._end_of("died", f"it sent what is no answer: {error}") from error

    def end(self, patience: float = 0.0) -> int | None:
        """End it, with all that it has started, and say what it returned.

        Args:
            patience: seconds in which it may end itself.
        """
        code = self.running.end(patience)
        for one in self.readers:
            one.join(1.0)
        for pipe in (self.running.requests, self.running.replies, self.running.output):
            pipe.close()
        return code

    def _check(self, deadline: float, most: float) -> None:
        if time.monotonic() > deadline or computed(self.running.pid) > most:
            self._ask_line()
            raise self._end_of("too slow", "")
        if size_of(self.work) > self.limits.folder:
            reason = f"wrote more than the {self.limits.folder // 2**20} MB that it may write"
            raise self._end_of("too large", reason)

    def _ask_line(self) -> None:
        """Have faulthandler write where the process is, and wait until it has."""
        if sys.platform == "win32":
            return
        trace = Path(self.trace)
        before = trace.stat().st_size
        with contextlib.suppress(OSError):
            os.kill(self.running.pid, signal.SIGUSR1)
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and trace.stat().st_size == before:
            time.sleep(SOON)
        time.sleep(SOON)  # for the rest of it

    def _end_of(self, kind: Literal["too slow", "too large", "died"], reason: str) -> Ended:
        code = self.end(0.0 if reason or kind != "died" else PATIENCE)
        reason = reason or ending(code)
        trace = Path(self.trace).read_text("utf-8", "replace")
        return Ended(kind, reason, trace, self._printed())

    def _send(self, frame: bytes) -> None:
        with contextlib.suppress(OSError, ValueError):
            view = memoryview(frame)
            while view:
                view = view[self.running.requests.write(view) :]

    def _read_replies(self) -> None:
        while True:
            try:
                self.replies.put(read_frame(self.running.replies, self.limits.answer))
            except BrokenFrameError as error:
                self.replies.put(error)
                return

    def _read_output(self) -> None:
        while part := self.running.output.read(2**16):
            with self.lock:
                self.output += part[: max(0, 4 * self.limits.printed - len(self.output))]

    def _printed(self) -> str:
        with self.lock:
            text = self.output.decode("utf-8", "replace")[: self.limits.printed]
            self.output.clear()
        return text


def computed(process: int) -> float:
    """Seconds that a process has computed; 0 where the system does not tell."""
    try:
        line = Path(f"/proc/{process}/stat").read_text("ascii", "replace")
        fields = line.rpartition(")")[2].split()  # after its name, which may hold anything
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError):
        return 0.0


def size_of(folder: Path) -> int:
    """Bytes of the files in a folder, as far as they can be counted while they change."""
    size = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                size += os.lstat(os.path.join(place, name)).st_size  # noqa: PTH118 - many files
    return size


def ending(code: int | None) -> str:
    """How a process ended, in words.

    Args:
        code: what it returned; None where that is not known.
    """
    if code is not None and code < 0:
        with contextlib.suppress(ValueError):
            return signal.Signals(-code).name
    return f"exit code {code}" if code is not None else "nobody knows how"


def last_line(trace: str) -> int | None:
    """The innermost line of the foreign file in what faulthandler has written."""
    found = re.search(rf'File "{re.escape(FILE)}", line (\d+)', trace)
    return int(found[1]) if found else None


def statement_line(trace: str) -> int | None:
    """The line of the statement of the top level that was executed last; None where none was."""
    found = re.findall(rf"^{STATEMENT} (\d{{1,9}})$", trace, re.MULTILINE)
    return int(found[-1]) if found else None
