"""What a server costs: processor time and memory of its processes, and of whoever measures."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import psutil


@dataclass(frozen=True)
class Cost:
    """A moment.

    Attributes:
        at: on the clock of ``time.perf_counter``.
        server: seconds of processor time of the processes that draw pages so far.
        beside: of those that compute beside them.
        generator: of this process.
        megabytes: of the server's processes; what several share counts once.
        files: megabytes of them that are files, which the system takes back when it needs room.
    """

    at: float
    server: float
    beside: float
    generator: float
    megabytes: float
    files: float


def family(pid: int) -> list[psutil.Process]:
    """A process and its children, as far as they live."""
    try:
        first = psutil.Process(pid)
        return [first, *first.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def cost(pid: int) -> Cost:
    """What a server and its children have cost so far."""
    server = beside = 0.0
    everyone = family(pid)
    usual = everyone[0].nice() if everyone else 0  # whoever measures may be nice itself
    for process in everyone:
        try:
            times = process.cpu_times()
            if process.nice() > usual:
                beside += times.user + times.system
            else:
                server += times.user + times.system
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    written, files = memory(everyone)
    now = time.perf_counter()
    return Cost(now, server, beside, time.process_time(), written + files, files)


def memory(everyone: Iterable[psutil.Process]) -> tuple[float, float]:
    """Megabytes that a family has written, each process's part of what they share, and megabytes of
    the files that are in the memory of the one that has most; the others share them with it. What
    other programs have open of the same files, such as the one that measures, changes nothing.

    Args:
        everyone: a process and its children.
    """
    written, files = 0.0, 0.0
    for process in everyone:
        try:
            lines = Path(f"/proc/{process.pid}/smaps_rollup").read_text("utf-8").splitlines()[1:]
            kilobytes = {line.split(":")[0]: int(line.split()[1]) for line in lines}
            written += kilobytes["Pss_Anon"] * 1024 / 1e6
            files = max(files, (kilobytes["Rss"] - kilobytes["Anonymous"]) * 1024 / 1e6)
        except (OSError, KeyError):  # it has ended, or this is no Linux
            written += _resident(process)
    return written, files


def _resident(process: psutil.Process) -> float:
    try:
        return float(process.memory_info().rss / 1e6)
    except psutil.Error:
        return 0.0


def shares(before: Cost, after: Cost) -> tuple[float, float, float]:
    """Cores that the pages, what is computed beside them and the generator were busy with between
    two moments.
    """
    seconds = after.at - before.at
    return (
        (after.server - before.server) / seconds,
        (after.beside - before.beside) / seconds,
        (after.generator - before.generator) / seconds,
    )
