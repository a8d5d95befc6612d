"""What this process may no longer do once its limits stand; each is tried, and told if it holds."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from core.checking.student import kernel

NOBODY = 65534  # the number of the user `nobody`
THREADS = 128  # processes and threads
FILES = 256  # that are open at once
SECONDS = 1800  # of computing, where nobody is left who ends the process
TORCH = 2 * 2**30  # bytes that the libraries themselves take


def confine(settings: Mapping[str, Any]) -> list[str]:
    """Give up whatever the system lets this process give up.

    Args:
        settings: ``memory``, ``file``: bytes; ``readable``, ``writable``: folders.

    Returns:
        What holds now: "files", "memory", "processes", "network", "reading", "writing",
        "another user".
    """
    held: list[str] = []
    steps: list[tuple[Callable[[Mapping[str, Any]], list[str]], bool]] = [
        (_network, sys.platform == "linux"),
        (_another_user, sys.platform == "linux"),
        (_resources, sys.platform != "win32"),
        (_files, sys.platform == "linux"),
        (_calls, sys.platform == "linux"),
    ]
    for step, possible in steps:
        if possible:
            with contextlib.suppress(OSError, ValueError, AttributeError):
                held += step(settings)
    return sorted(set(held))


def _network(settings: Mapping[str, Any]) -> list[str]:
    kernel.leave_network()
    return ["network"]


def _another_user(settings: Mapping[str, Any]) -> list[str]:
    """Root becomes nobody, who keeps the right to read where the environment is root's own."""
    if os.getuid():
        return []
    public = all(readable_by_all(Path(one)) for one in settings["readable"])
    if not public and not kernel.may_read_anywhere():
        return []
    for folder in settings["writable"]:
        if Path(folder).is_dir():
            os.chown(folder, NOBODY, NOBODY)
    kernel.keep_capabilities()
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)
    kernel.drop_capabilities(0 if public else kernel.READ_ANYWHERE)
    return ["another user"]


def readable_by_all(path: Path) -> bool:
    """Whether every user can reach a folder and look into it; true of one that is not there."""
    real = path.resolve()
    if not real.exists():
        return True
    ways = all(one.stat().st_mode & stat.S_IXOTH for one in real.parents)
    return ways and bool(real.stat().st_mode & stat.S_IROTH)


def _resources(settings: Mapping[str, Any]) -> list[str]:
    import resource

    def limit(kind: int, most: int) -> None:
        hard = resource.getrlimit(kind)[1]
        value = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (value, value))

    limit(resource.RLIMIT_CORE, 0)
    limit(resource.RLIMIT_FSIZE, settings["file"])
    limit(resource.RLIMIT_NOFILE, FILES)
    limit(resource.RLIMIT_CPU, SECONDS)
    if sys.platform != "linux":
        return ["files"]
    limit(resource.RLIMIT_DATA, settings["memory"] + TORCH)
    running = 0 if os.getuid() == NOBODY else kernel.threads_of(os.getuid())
    limit(resource.RLIMIT_NPROC, running + THREADS)
    return ["files", "memory", "processes"] if os.getuid() else ["files", "memory"]


def _files(settings: Mapping[str, Any]) -> list[str]:
    kernel.no_new_privileges()
    return kernel.restrict_files(settings["readable"], settings["writable"])


def _calls(settings: Mapping[str, Any]) -> list[str]:
    kernel.no_new_privileges()
    return kernel.restrict_calls()
