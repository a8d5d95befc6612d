"""What the server and its own worker processes send each other, through a pipe that nobody else
has an end of.

It is pickled: functions by name, tensors by their numbers. Nothing that comes from a visitor or
from a file is ever read here; what a visitor sends is bytes inside of what we send.
"""

from __future__ import annotations

import pickle
from multiprocessing.connection import Connection
from typing import Any


class LostError(Exception):
    """An error of a worker that cannot be sent as it is: its words, and where it happened."""


def send(connection: Connection, value: object) -> None:
    """Send a value to the other end.

    A tensor is copied: sent by torch's own way, it would lie in memory that ends with its process.

    Args:
        connection: to our own process.
        value: that can be pickled.

    Raises:
        OSError: the other end is gone.
    """
    connection.send_bytes(pickle.dumps(value))


def receive(connection: Connection) -> Any:  # noqa: ANN401 - whatever the other end sends
    """What the other end has sent.

    Args:
        connection: to our own process.

    Raises:
        EOFError, OSError: the other end is gone.
    """
    return pickle.loads(connection.recv_bytes())  # noqa: S301 - our own process wrote it


def portable(error: Exception) -> Exception:
    """An error as it arrives at the other end: itself, where it comes through.

    Args:
        error: to be sent.
    """
    try:
        copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - written right here
    except Exception:
        copy = None
    if type(copy) is type(error) and str(copy) == str(error):
        return error
    lost = LostError(f"{type(error).__name__}: {error}")
    for note in getattr(error, "__notes__", ()):
        lost.add_note(note)
    return lost
