"""The process that workers are copies of as a copy of the server itself, so that torch is in memory
once: 250 MB less, and no worker waits for an import.

A process may be copied while it has one thread alone, so this comes before the server starts.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import forkserver, resource_tracker, util
from pathlib import Path

from app.ui.beside import needed
from app.ui.beside.workers import PRELOADED


def start() -> None:
    """Load what workers need, and make the copy; elsewhere than on Linux workers load it."""
    if not sys.platform.startswith("linux"):
        return
    needed.load()
    gc.collect()
    gc.freeze()  # what is shared stays where it is
    forkserver.set_forkserver_preload(PRELOADED)
    resource_tracker.ensure_running()  # no copy: it is small, and knows nothing of torch
    with _copying():
        forkserver.ensure_running()


@contextmanager
def _copying() -> Iterator[None]:
    """Python starts its process for copies anew; inside the block as a copy of this one."""
    usual = util.spawnv_passfds
    vars(util)["spawnv_passfds"] = _copy
    try:
        yield
    finally:
        vars(util)["spawnv_passfds"] = usual


def _copy(_path: bytes, arguments: Sequence[str], kept: Sequence[int]) -> int:
    """Run a command of ``python -c`` in a copy of this process.

    Args:
        arguments: of Python, of which the command is the last.
        kept: file descriptors that it needs.

    Returns:
        The number of the process.
    """
    number = os.fork()
    if number:
        return number
    try:
        _close_all_but({0, 1, 2, *kept})
        exec(arguments[-1], {})  # noqa: S102 - Python's own command
    finally:
        os._exit(0)


def _close_all_but(kept: set[int]) -> None:
    for path in list(Path("/proc/self/fd").iterdir()):
        if int(path.name) not in kept:
            with suppress(OSError):
                os.close(int(path.name))
