"""A process that has imported torch once and copies itself for each foreign file."""

from __future__ import annotations

import ast
import contextlib
import importlib
import os
import signal
import socket
import time
from collections.abc import Callable, Mapping
from typing import Any

LARGEST = 2**16  # bytes of a message
ENDS = 3  # file descriptors that come with a file: questions, answers, output
# What takes long, by the name that a file imports it by; none of these begins a thread.
LIBRARIES = {
    "matplotlib": ("matplotlib.pyplot",),
    "torchvision": ("torchvision",),
    "scipy": ("scipy.signal", "scipy.ndimage"),
}
LOOK = 0.01  # seconds between two looks whether a process has ended
Begin = Callable[[Mapping[str, Any], int, int, int], None]


def nurse(connection: socket.socket, begin: Begin) -> None:
    """Start and end processes until nobody asks any more, then end those that are left.

    Args:
        connection: to the process that asks.
        begin: what a copy does with its settings and file descriptors.
    """
    alive: set[int] = set()
    while True:
        content, descriptors, _, _ = socket.recv_fds(connection, LARGEST, ENDS)
        if not content:
            break
        message = ast.literal_eval(content.decode())
        if message["do"] == "start":
            _import(message["settings"]["libraries"])
            answer = _copy(connection, message["settings"], descriptors, begin)
            alive.add(answer)
        else:
            answer = _end(message["process"], message["patience"])
            alive.discard(message["process"])
        connection.send(repr(answer).encode())
    for process in alive:
        _end(process, 0)


def _import(names: list[str]) -> None:
    """Import what a file will, so that no copy has to; a file's own modules are none of it."""
    for name in names:
        for module in LIBRARIES.get(name, ()):
            with contextlib.suppress(Exception):  # the file's own import tells what is wrong
                importlib.import_module(module)


def _copy(
    connection: socket.socket, settings: Mapping[str, Any], descriptors: list[int], begin: Begin
) -> int:
    process = os.fork()
    if process == 0:
        try:
            connection.close()
            os.setsid()
            begin(settings, *descriptors)
        finally:
            os._exit(0)
    for one in descriptors:
        os.close(one)
    return process


def _end(process: int, patience: float) -> int:
    """End a process and all of its group, at once or after a time in which it may end itself.

    Returns:
        What it returned, as `subprocess` says it.
    """
    until = time.monotonic() + patience
    try:
        return _ended(process, until)
    except ChildProcessError:  # it is none of ours
        return -signal.SIGKILL


def _ended(process: int, until: float) -> int:
    done, status = os.waitpid(process, os.WNOHANG)
    while not done and time.monotonic() < until:
        time.sleep(LOOK)
        done, status = os.waitpid(process, os.WNOHANG)
    if not done:
        os.killpg(process, signal.SIGKILL)
        _, status = os.waitpid(process, 0)
    return os.waitstatus_to_exitcode(status)
