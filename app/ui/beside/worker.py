"""What runs in a worker process: questions come through a pipe, and their answers go back."""

from __future__ import annotations

import importlib
import os
import signal
import threading
import traceback
from collections.abc import Callable, Iterator
from multiprocessing import parent_process
from multiprocessing.connection import Connection, wait
from typing import Any, Literal

from app.ui import heap
from app.ui.beside.wire import portable, receive, send
from core.failures import Failure

Message = tuple[Literal["value", "error", "end"], Any]


def main(connection: Connection) -> None:
    """Answer questions until the server hangs up.

    Args:
        connection: to the server.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, which ends this
    threading.Thread(target=_end_with_server, daemon=True).start()
    importlib.import_module("app.ui.beside.preload")
    serve(connection)


def serve(connection: Connection) -> None:
    """Answer questions, one after the other, until the other end is closed.

    Args:
        connection: to who asks.
    """
    try:
        while True:
            _answer_next(connection)
            heap.give_back()
    except (EOFError, OSError):
        connection.close()


def _answer_next(connection: Connection) -> None:
    function, arguments = receive(connection)
    for message in answers(function, arguments):
        send(connection, message)


def answers(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Iterator[Message]:
    """What is sent for one question: its values, and its end or its error.

    Args:
        function: returns a value, or yields several.
        arguments: of the function.
    """
    try:
        found = function(*arguments)
        for value in found if isinstance(found, Iterator) else (found,):
            yield "value", value
    except Exception as error:
        if not isinstance(error, Failure):  # a person reads the sentence, whoever repairs it more
            error.add_note(f"In a worker process:\n{traceback.format_exc()}")
        yield "error", portable(error)
    else:
        yield "end", None


def _end_with_server() -> None:
    """A server that was killed says nothing; what is computed for it ends at once."""
    server = parent_process()
    if server is not None:
        wait([server.sentinel])
        os._exit(1)
