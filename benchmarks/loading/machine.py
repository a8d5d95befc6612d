"""What a server costs: processor time and memory of its processes, and of whoever measures."""

from __future__ import annotations

import time
from dataclasses import dataclass

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
    """

    at: float
    server: float
    beside: float
    generator: float
    megabytes: float


def family(pid: int) -> list[psutil.Process]:
    """A process and its children, as far as they live."""
    try:
        first = psutil.Process(pid)
        return [first, *first.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def cost(pid: int) -> Cost:
    """What a server and its children have cost so far."""
    server = beside = memory = 0.0
    everyone = family(pid)
    usual = everyone[0].nice() if everyone else 0  # whoever measures may be nice itself
    for process in everyone:
        try:
            times = process.cpu_times()
            if process.nice() > usual:
                beside += times.user + times.system
            else:
                server += times.user + times.system
            full = process.memory_full_info()
            memory += getattr(full, "pss", full.rss) / 1e6
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return Cost(time.perf_counter(), server, beside, time.process_time(), memory)


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
