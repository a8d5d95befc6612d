"""Commands of train_all.py that run beside the app: each in a process of its own, so that no page
waits for another.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
import weakref
from collections.abc import Callable, Sequence
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import Any, Literal

from app.ui.beside.line import Line
from app.ui.spares import SPARES, Process
from app.ui.training_folder import TrainingFolder
from core.data.facts import ROOT
from core.failures import Failure, NoRoomError
from core.json_files import parse_json
from core.training.parallel import cores

COMMAND = (sys.executable, str(ROOT / "train_all.py"))
State = Literal["waiting", "running", "done", "stopped", "failed"]
# More trainings at once would only slow each other down.
TRAININGS = Line(cores())
Keep = Callable[[Path], Any]  # from the folder that a command wrote into, what is kept of it


class Job:
    """One command, from its start to its end, with its events so far.

    The process ends with the job: when it is stopped, when the session that holds it is over, or
    with the server. A training with a folder of its own goes on there after its last finished
    epoch when it is started again.
    """

    def __init__(
        self,
        *arguments: str,
        is_training: bool = False,
        folder: TrainingFolder | None = None,
        keep: Keep = lambda folder: None,
        is_wanted: Callable[[], bool] = lambda: True,
    ) -> None:
        """Start a command.

        Args:
            arguments: the command line after ``train_all.py``; ``--json`` is added.
            is_training: it waits for a free core, and its results and state go into a folder.
            folder: of a training; None: one that is removed afterwards. Where it says that the
                training has ended, nothing is started.
            keep: of a training that is done, what is kept of its results; a ``Failure`` that it
                raises is how the job ends.
            is_wanted: asked while it waits and with every event; where nobody wants it any more,
                it is ended.
        """
        self._work = _Work([*arguments, "--json"], is_training, keep, is_wanted)
        weakref.finalize(self, self._work.end)
        self._folder = folder
        if folder is not None and self._work.is_over(folder):
            return
        threading.Thread(target=self._work.run, args=(folder,), daemon=True).start()

    @property
    def state(self) -> State:
        """Waiting for a free core, running, or how it ended."""
        return self._work.state

    @property
    def place(self) -> int:
        """In the line of the trainings that wait, from 1; 0: it does not wait for others."""
        return self._work.place

    @property
    def is_active(self) -> bool:
        """Whether it still has something to do."""
        return self.state in ("waiting", "running")

    @property
    def failure(self) -> str:
        """The sentence that the command ended with, if it failed."""
        return self._work.failure

    @property
    def kept(self) -> Any:  # noqa: ANN401 - whatever ``keep`` returns
        """What is kept of its results when it is done."""
        return self._work.kept

    def events(self, kind: str) -> list[dict[str, Any]]:
        """What the command has printed so far: "step", "epoch", "bytes" or "result"."""
        return [event for event in list(self._work.events) if event["event"] == kind]

    def stop(self) -> None:
        """End it now, for good."""
        if self._folder is not None and self.is_active:
            with suppress(OSError, Failure):  # its folder may be gone already
                self._folder.end("stopped")
        self._work.end()


class _Work:
    """What the thread holds; it knows nothing of the Job, so that a forgotten Job is collected and
    ends its process.
    """

    def __init__(
        self, arguments: list[str], is_training: bool, keep: Keep, is_wanted: Callable[[], bool]
    ) -> None:
        self.arguments = arguments
        self.is_training = is_training
        self.keep = keep
        self.is_wanted = is_wanted
        self.kept: Any = None
        self.state: State = "waiting"
        self.failure = ""
        self.code = 0  # that the process ended with
        self.place = 0
        self.told: Callable[[str], None] = lambda line: None  # of every event
        self.events: list[dict[str, Any]] = []
        self._ending = threading.Event()
        self._process: subprocess.Popen[str] | None = None
        self._lock = threading.Lock()

    def end(self) -> None:
        self._ending.set()
        with self._lock:
            if self._process is not None:
                self._process.kill()

    def is_over(self, folder: TrainingFolder) -> bool:
        """Take up what a training has left in its folder.

        Args:
            folder: that it wrote into.

        Returns:
            Whether nobody can go on with it.
        """
        self.events = folder.events()
        ended = folder.ended()
        has_result = any(event["event"] == "result" for event in self.events)
        if ended is None or (ended[0] == "done" and not has_result):
            return False
        state, failure = ended
        if state == "done":
            self._finish_with(folder.out)
        else:
            self._finish(state, failure)
        return True

    def run(self, folder: TrainingFolder | None) -> None:
        with TRAININGS.join() if self.is_training else nullcontext() as turn:
            while turn is not None and not turn.wait(0.1):
                self.place = turn.place
                if not self._goes_on():
                    return self._finish("stopped")
            self.place = 0
            try:
                if folder is not None:
                    return self._run_alone(folder)
                with tempfile.TemporaryDirectory(
                    prefix="cnn-explainer-", ignore_cleanup_errors=True
                ) as path:
                    self._run(TrainingFolder(Path(path)))
            except (OSError, NoRoomError) as error:
                self._finish("failed", f"The command cannot be started here ({error}).")

    def _goes_on(self) -> bool:
        return not self._ending.is_set() and self.is_wanted()

    def _run_alone(self, folder: TrainingFolder) -> None:
        """Train in a folder in which another server may train the same, or has done so."""

        def look() -> bool:
            self.events = folder.events()
            return self._goes_on()

        with folder.alone(look) as is_alone:
            if not is_alone:
                return self._finish("stopped")
            if self.is_over(folder):
                return None
            folder.wait_for_orphan()
            self.events = folder.rewind()
            self.told = folder.add
            self._run(folder)
            if self.state in ("done", "failed") and self.code >= 0:  # no signal has ended it
                with suppress(OSError, Failure):
                    folder.end("done" if self.state == "done" else "failed", self.failure)
        return None

    def _run(self, folder: TrainingFolder) -> None:
        arguments = list(self.arguments)
        if self.is_training:
            arguments += folder.arguments
        running = self._start(arguments)
        if running is None:
            return self._finish("stopped")
        try:
            self._read(running.process)
            self.code, last = running.process.wait(), running.last_line()
        finally:
            running.end()
        if self.code == 0:
            return self._finish_with(folder.out)
        if self._ending.is_set():
            return self._finish("stopped")
        last = last or f"exit code {self.code}"
        return self._finish("failed", last.removeprefix("train_all.py: "))

    def _start(self, arguments: Sequence[str]) -> Process | None:
        """Start the process behind the pages; None: it was ended before it began."""
        with self._lock:
            if self._ending.is_set():
                return None
            if self.is_training:
                running = SPARES.take()
                running.go(arguments)
            else:
                running = Process.start([*COMMAND, *arguments])
            self._process = running.process
        self.state = "running"
        return running

    def _finish_with(self, results: Path) -> None:
        try:
            self.kept = self.keep(results)
        except Failure as error:
            return self._finish("failed", str(error))
        return self._finish("done")

    def _read(self, process: subprocess.Popen[str]) -> None:
        """Take every event until the process ends."""
        for line in process.stdout or ():
            with suppress(ValueError):
                self.events.append(parse_json(line.encode()))
                with suppress(OSError):  # a full disk takes no event, and ends no training
                    self.told(line)
            if not self.is_wanted():
                self.end()

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
