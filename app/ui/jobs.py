"""Commands of train_all.py that run beside the app: each in a process of its own, so that no page
waits for another.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import weakref
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Literal

from core.data.facts import ROOT
from core.json_files import parse_json
from core.training.parallel import cores

COMMAND = (sys.executable, str(ROOT / "train_all.py"))
State = Literal["waiting", "running", "done", "stopped", "failed"]
# More trainings at once would only slow each other down.
_SLOTS = threading.BoundedSemaphore(cores())


class Job:
    """One command, from its start to its end, with its events so far.

    The process ends with the job: when it is stopped, when the session that holds it is over, or
    with the server.
    """

    def __init__(self, *arguments: str, is_training: bool = False) -> None:
        """Start a command.

        Args:
            arguments: the command line after ``train_all.py``; ``--json`` is added.
            is_training: it waits for a free core, and its results and state go into a folder that
                is removed afterwards.
        """
        self._work = _Work([*COMMAND, *arguments, "--json"], is_training)
        weakref.finalize(self, self._work.end)
        threading.Thread(target=self._work.run, daemon=True).start()

    @property
    def state(self) -> State:
        """Waiting for a free core, running, or how it ended."""
        return self._work.state

    @property
    def is_active(self) -> bool:
        """Whether it still has something to do."""
        return self.state in ("waiting", "running")

    @property
    def failure(self) -> str:
        """The sentence that the command ended with, if it failed."""
        return self._work.failure

    def events(self, kind: str) -> list[dict[str, Any]]:
        """What the command has printed so far: "step", "epoch", "bytes" or "result"."""
        return [event for event in list(self._work.events) if event["event"] == kind]

    def stop(self) -> None:
        """End it now."""
        self._work.end()


class _Work:
    """What the thread holds; it knows nothing of the Job, so that a forgotten Job is collected and
    ends its process.
    """

    def __init__(self, command: list[str], is_training: bool) -> None:
        self.command = command
        self.is_training = is_training
        self.state: State = "waiting"
        self.failure = ""
        self.events: list[dict[str, Any]] = []
        self._ending = threading.Event()
        self._process: subprocess.Popen[str] | None = None
        self._lock = threading.Lock()

    def end(self) -> None:
        self._ending.set()
        with self._lock:
            if self._process is not None:
                self._process.kill()

    def run(self) -> None:
        while self.is_training and not _SLOTS.acquire(timeout=0.1):
            if self._ending.is_set():
                return self._finish("stopped")
        try:
            with tempfile.TemporaryDirectory(
                prefix="cnn-explainer-", ignore_cleanup_errors=True
            ) as folder:
                self._run(Path(folder))
        except OSError as error:
            self._finish("failed", f"The command cannot be started here ({error}).")
        finally:
            if self.is_training:
                _SLOTS.release()

    def _run(self, folder: Path) -> None:
        command = list(self.command)
        if self.is_training:
            command += ["--out", str(folder / "out"), "--runs-dir", str(folder / "runs")]
        with (folder / "errors").open("w+", encoding="utf-8") as errors:
            process = self._start(command, errors)
            if process is None:
                return self._finish("stopped")
            self._read(process)
            errors.seek(0)
            lines = errors.read().strip().splitlines()
        if process.returncode == 0:
            return self._finish("done")
        if self._ending.is_set():
            return self._finish("stopped")
        last = lines[-1] if lines else f"exit code {process.returncode}"
        self._finish("failed", last.removeprefix("train_all.py: "))

    def _start(self, command: list[str], errors: IO[str]) -> subprocess.Popen[str] | None:
        """Start the process behind the pages; None: it was ended before it began."""
        with self._lock:
            if self._ending.is_set():
                return None
            self._process = process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                encoding="utf-8",
                env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONIOENCODING": "utf-8"},
                start_new_session=True,
            )
        self.state = "running"
        if hasattr(os, "setpriority"):
            with suppress(OSError):  # it may have ended already
                os.setpriority(os.PRIO_PROCESS, process.pid, 10)  # pages go first
        return process

    def _read(self, process: subprocess.Popen[str]) -> None:
        """Take every event until the process ends."""
        with process:
            for line in process.stdout or ():
                with suppress(ValueError):
                    self.events.append(parse_json(line.encode()))

    def _finish(self, state: State, failure: str = "") -> None:
        self.failure = failure
        self.state = state


_shared: dict[tuple[str, ...], Job] = {}
_shared_lock = threading.Lock()


def shared(*arguments: str) -> Job | None:
    """The job that was last started for all sessions with these arguments, if any."""
    return _shared.get(arguments)


def start_shared(*arguments: str) -> Job:
    """Start a job for all sessions, or join the one that runs."""
    with _shared_lock:
        job = _shared.get(arguments)
        if job is None or not job.is_active:
            job = _shared[arguments] = Job(*arguments)
        return job
