"""Processes that compute what would hold up the pages: each answers one question at a time.

They are copies of one process that has torch and core imported, where the system can copy
processes, else new ones. They start with the first question, and end when nobody has asked for a
while.
"""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing import spawn
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

from app.ui.beside import worker
from app.ui.beside.idle import Idle
from app.ui.beside.wire import receive, send
from app.ui.beside.worker import Message
from core.failures import Failure

NAME = "cnn-explainer-worker"
PRELOADED = ["app.ui.beside.preload", "torch"]  # the second where the first is not found
LOOK = 0.25  # seconds between two looks at whether somebody still waits
_usual = spawn.get_preparation_data


class EndedError(Failure):
    """A worker has ended before its answer came."""


class UnwantedError(Exception):
    """Nobody waits for the answer any more."""


def _without_main(name: str) -> dict[str, Any]:
    """What a new process is told: ours do not run the server's script again, which by now is what
    Streamlit calls ``__main__``.
    """
    told = _usual(name)
    if name == NAME:
        for main in ("init_main_from_name", "init_main_from_path"):
            told.pop(main, None)
    return told


spawn.get_preparation_data = _without_main


def start_process(connection: Connection) -> BaseProcess:
    """Start a process that answers what comes through a pipe.

    Args:
        connection: its end of the pipe.

    Raises:
        OSError: the system starts none.
    """
    # macOS has processes whose copies crash
    can_copy = sys.platform.startswith("linux")
    context = multiprocessing.get_context("forkserver" if can_copy else "spawn")
    if can_copy:
        context.set_forkserver_preload(PRELOADED)
    process = context.Process(  # type: ignore[attr-defined]
        target=worker.main, args=(connection,), name=NAME, daemon=True
    )
    process.start()
    return process  # type: ignore[no-any-return]


@contextmanager
def _as_ended() -> Iterator[None]:
    try:
        yield
    except (EOFError, OSError) as error:
        raise EndedError(
            "Expected an answer, but the process that computed it was ended (was there memory for "
            "it?): load the page again to ask once more."
        ) from error


class Worker:
    """One process and our end of its pipe."""

    def __init__(self) -> None:
        """Start it.

        Raises:
            OSError: the system starts none.
        """
        self._connection, theirs = multiprocessing.Pipe()
        try:
            self.process = start_process(theirs)
        finally:
            theirs.close()

    @property
    def is_alive(self) -> bool:
        """Whether it can be asked."""
        return self.process.is_alive()

    def ask(
        self,
        function: Callable[..., Any],
        arguments: tuple[Any, ...],
        is_wanted: Callable[[], bool],
    ) -> Iterator[Any]:
        """Ask a question.

        Args:
            function: that can be imported; it returns a value, or yields several.
            arguments: of the function; they can be pickled.
            is_wanted: asked while nothing comes.

        Yields:
            The values as they come.

        Raises:
            EndedError: the process has ended.
            UnwantedError: nobody waits any more.
            Exception: the question's own.
        """
        with _as_ended():
            send(self._connection, (function, arguments))
        while True:
            with _as_ended():
                kind, value = self._next(is_wanted)
            if kind == "error":
                raise value
            if kind == "end":
                return
            yield value

    def _next(self, is_wanted: Callable[[], bool]) -> Message:
        while not self._connection.poll(LOOK):
            if not is_wanted():
                raise UnwantedError
        message: Message = receive(self._connection)
        return message

    def end(self) -> None:
        """End it now."""
        with suppress(OSError):
            self.process.kill()
        self.process.join(5)
        self._connection.close()


class Workers(Idle[Worker]):
    """The processes of a server."""

    def _start(self) -> Worker:
        return Worker()

    def ask(
        self,
        function: Callable[..., Any],
        arguments: tuple[Any, ...],
        is_wanted: Callable[[], bool] = lambda: True,
    ) -> Iterator[Any]:
        """Ask one that is idle, or a new one; as ``Worker.ask``.

        Raises:
            EndedError: the process has ended, or cannot be started.
            UnwantedError: nobody waits any more; what was computed is ended.
        """
        try:
            asked = self.take()
        except OSError as error:
            raise EndedError(
                f"Expected to start a process that computes this, but the system starts none "
                f"({error}): load the page again in a while."
            ) from error
        try:
            yield from asked.ask(function, arguments, is_wanted)
        except (EndedError, UnwantedError, GeneratorExit):
            asked.end()
            raise
        except Exception:
            self.give(asked)
            raise
        else:
            self.give(asked)


WORKERS = Workers()
