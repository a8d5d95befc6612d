"""A class opens the same link: how long everybody waits, and what it costs the computer.

Run with: python -m benchmarks.load. It starts the app on this computer and drives it over the real
websocket, without a browser, so that the visitors take a part of the same cores; what they take is
in the table. Times are milliseconds.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.browser import APP, running
from benchmarks.loading import files, machine
from benchmarks.loading.classroom import CHAPTERS, Log, Pupil, pupils
from core.data.facts import ROOT

LINK = "attack?network=B&epsilon=31"  # that the whole class opens
JOINING = 60.0  # seconds within which a class of (a) opens it
WARM_UP = 2  # visits of every chapter before anything is measured
Running = AbstractContextManager[tuple[str, subprocess.Popen[bytes]]]
MOST_USERS, MOST_WORKERS, LONGEST = 1000, 64, 3600.0


@dataclass(frozen=True)
class Setting:
    """What is measured.

    Attributes:
        host: name and port; ``pid``: of the server.
        users: of the class; ``every``: seconds between two actions of each.
        seconds: that a class acts.
        files: paths of what a first visit loads beside the page.
    """

    host: str
    pid: int
    users: int
    every: float
    seconds: float
    files: tuple[str, ...]


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which a share of all lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def report(title: str, log: Log, before: machine.Cost, after: machine.Cost) -> None:
    """The table of one scenario."""
    server, beside, generator = machine.shares(before, after)
    print(
        f"\n{title}: pages {server:.2f} cores, beside {beside:.2f}, visitors {generator:.2f}; "
        f"memory {before.megabytes:.0f} -> {after.megabytes:.0f} MB, of which files "
        f"{after.files:.0f}; errors {len(log.errors)}"
    )
    for kind, seconds in log.seconds.items():
        times = [1000 * one for one in seconds]
        print(
            f"  {kind:22} n {len(times):6}  p50 {statistics.median(times):8.0f}  p95 "
            f"{percentile(times, 0.95):8.0f}  worst {max(times):8.0f}"
        )
    acts = len(log.seconds.get("act", ()))
    if acts:
        each = 1000 * (after.server - before.server) / acts
        print(f"  an action costs the pages {each:.1f} ms of processor time")
    for error in sorted(set(log.errors))[:5]:
        print(f"  error: {error}")
    sys.stdout.flush()


async def warm_up(host: str) -> None:
    """Open every chapter, and touch it, before anything is measured."""
    log = Log()
    for _ in range(WARM_UP):
        for pupil in pupils(host, ["", *CHAPTERS], 1 + len(CHAPTERS), log, 1.0):
            await pupil.join(0.0)
            for _ in range(3):
                await pupil.act()
            await pupil.visitor.leave()
    for error in set(log.errors):
        print(f"  while it warms up: {error}")


async def alone(setting: Setting) -> None:
    """One person on an idle server: the first page of every chapter, and actions."""
    for chapter in ("", *CHAPTERS):
        log, before = Log(), machine.cost(setting.pid)
        for number in range(10):
            (pupil,) = pupils(setting.host, [chapter], 1, log, 1.0)
            pupil.visitor.rng.seed(number)
            await pupil.join(0.0)
            await pupil.act()
            await pupil.visitor.leave()
            await asyncio.sleep(0.1)
        report(f"alone, {chapter or 'home'}", log, before, machine.cost(setting.pid))


async def joining(setting: Setting) -> None:
    """Everybody opens the same link within a minute, all files included."""
    log, before = Log(), machine.cost(setting.pid)
    start = time.perf_counter()
    everybody = pupils(setting.host, [LINK], setting.users, log, 0.0)
    await asyncio.gather(
        *(
            pupil.join(start + JOINING * at / len(everybody), setting.files)
            for at, pupil in enumerate(everybody)
        )
    )
    report(f"(a) {setting.users} open a link in {JOINING:.0f} s", log, before, _now(setting))
    weight = sum(one.visitor.fetched + one.visitor.sent for one in everybody) / len(everybody)
    print(f"  a first visit is {weight / 1e6:.2f} MB over the wire")
    await _leave(everybody)


async def acting(setting: Setting) -> None:
    """Everybody acts, in every chapter; measured once all have joined."""
    everybody, log = await _joined(setting, CHAPTERS)
    before = machine.cost(setting.pid)
    end = time.perf_counter() + setting.seconds
    await asyncio.gather(*(pupil.act_until(end) for pupil in everybody))
    title = f"(b) {setting.users} act every {setting.every:g} s"
    report(title, log, before, _now(setting))
    await _leave(everybody)


async def stage(setting: Setting) -> None:
    """One person's clicks while everybody looks on, and acts now and then."""
    everybody, log = await _joined(setting, CHAPTERS)
    (lecturer,) = pupils(setting.host, ["attack?present=1"], 1, Log(), 0.0)
    await lecturer.join(0.0)
    lecturer.log = log
    before = machine.cost(setting.pid)
    end = time.perf_counter() + setting.seconds
    crowd = asyncio.gather(*(pupil.act_until(end) for pupil in everybody))
    while time.perf_counter() < end:
        await lecturer.act("click on stage")
        await asyncio.sleep(1.5)
    await crowd
    title = f"(c) a click on stage, {setting.users} act every {setting.every:g} s"
    report(title, log, before, _now(setting))
    await _leave([*everybody, lecturer])


async def flooded(setting: Setting) -> None:
    """Everybody acts, first alone and then beside one whose slider sends 100 messages a second."""
    everybody, log = await _joined(setting, CHAPTERS)
    (stuck,) = pupils(setting.host, ["attack"], 1, Log(), 0.0)
    await stuck.join(0.0)
    for title in ("without a flood", "beside a flood"):
        log.seconds.clear()
        before, end = _now(setting), time.perf_counter() + setting.seconds
        acting = asyncio.gather(*(pupil.act_until(end) for pupil in everybody))
        if title == "beside a flood":
            count = await stuck.visitor.flood("attack_epsilon", end, 0.01)
            title += f" of {count} messages"
        await acting
        report(
            f"(e) {setting.users} act every {setting.every:g} s {title}", log, before, _now(setting)
        )
    await _leave([*everybody, stuck])


async def remaining(setting: Setting) -> None:
    """The slope of memory while a class acts, and a tenth of it is new every minute."""
    everybody, log = await _joined(setting, CHAPTERS)
    start, points = time.perf_counter(), []
    while (passed := time.perf_counter() - start) < setting.seconds:
        points.append((passed / 3600, machine.cost(setting.pid).megabytes))
        end = time.perf_counter() + 60
        await asyncio.gather(*(pupil.act_until(end) for pupil in everybody))
        leaving = everybody[: max(1, len(everybody) // 10)]
        await _leave(leaving)
        fresh = pupils(setting.host, CHAPTERS, len(leaving), log, setting.every)
        await asyncio.gather(*(pupil.join(0.0) for pupil in fresh))
        everybody = [*everybody[len(leaving) :], *fresh]
    late = points[len(points) // 4 :]  # the first quarter fills the caches
    slope = statistics.linear_regression(*zip(*late)).slope if len(late) > 2 else float("nan")
    print(f"\n(d) memory of {setting.users} over {setting.seconds / 60:.0f} minutes")
    print("  MB each minute: " + " ".join(f"{memory:.0f}" for _, memory in points))
    print(f"  {slope:+.0f} MB an hour after the first quarter; errors {len(log.errors)}")
    await _leave(everybody)


def _now(setting: Setting) -> machine.Cost:
    return machine.cost(setting.pid)


async def _joined(setting: Setting, links: Sequence[str]) -> tuple[list[Pupil], Log]:
    """A class that has joined, at a pace that a server can bear; its log is empty."""
    log, start = Log(), time.perf_counter()
    everybody = pupils(setting.host, links, setting.users, log, setting.every)
    await asyncio.gather(*(one.join(start + at / 6) for at, one in enumerate(everybody)))
    before = len(log.errors)
    if before:
        print(f"  while joining: {before} errors, such as {log.errors[0]}")
    log.seconds.clear()
    log.errors.clear()
    return everybody, log


async def _leave(everybody: Sequence[Pupil]) -> None:
    await asyncio.gather(*(one.visitor.leave() for one in everybody), return_exceptions=True)


SCENARIOS: dict[str, Callable[[Setting], Coroutine[Any, Any, None]]] = {
    "alone": alone,
    "a": joining,
    "b": acting,
    "c": stage,
    "d": remaining,
    "e": flooded,
}


def arguments() -> argparse.Namespace:
    """What to measure."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        prog="python -m benchmarks.load",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    said = " ".join(f"{name}: {what.__doc__}" for name, what in SCENARIOS.items())
    add = parser.add_argument
    add("scenarios", nargs="*", default=["alone", "a", "b", "c"], metavar="scenario", help=said)
    add("--users", type=int, default=200, help="of the class")
    add("--every", type=float, default=10.0, help="seconds between two actions of each")
    add("--seconds", type=float, default=120.0, help="that the class acts")
    add("--workers", type=int, default=0, help="processes behind the proxy; 0: one without it")
    add("--root", type=Path, default=ROOT, help="another copy of the project")
    add("--option", action="append", default=[], help="for the server, NAME=VALUE")
    found = parser.parse_args()
    wrong = _wrong(found)
    if wrong:
        parser.error(f"expected {wrong}")
    return found


def _wrong(found: argparse.Namespace) -> str:
    """What was expected where something else came, and what came; "": nothing is wrong."""
    unknown = [one for one in found.scenarios if one not in SCENARIOS]
    if unknown:
        return f"some of {', '.join(SCENARIOS)}, got {unknown[0]}"
    is_bounded = 1 <= found.users <= MOST_USERS and 0 < found.seconds <= LONGEST
    if not (is_bounded and 0 < found.every <= LONGEST):
        return (
            f"1 to {MOST_USERS} users, at most {LONGEST:.0f} seconds and a positive interval of no "
            f"more, got {found.users}, {found.seconds:g} and {found.every:g}"
        )
    if not 0 <= found.workers <= MOST_WORKERS:
        return f"0 to {MOST_WORKERS} workers, got {found.workers}"
    if not (found.root / "app" / "Home.py").is_file():
        return f"--root to be a copy of the project, got {found.root}"
    unset = [one for one in found.option if "=" not in one]
    return f"--option NAME=VALUE, got {unset[0]}" if unset else ""


def _server(found: argparse.Namespace) -> Running:
    """The app as it is asked for: one process, or several behind the proxy."""
    options = [part for one in found.option for part in ("--" + one).split("=", 1)]
    if found.workers:
        command = ("-m", "app.workers", "--workers", str(found.workers), *options)
        return running(command, root=found.root, port_option="--port")
    return running((*APP, *options), root=found.root)


def main() -> None:
    """Start the app, and measure the scenarios that are asked for."""
    found = arguments()
    try:
        with _server(found) as (address, process):
            measure(found, address, process.pid)
    except RuntimeError as error:  # an option that it does not know
        sys.exit(f"python -m benchmarks.load: {error} Start it with the same options to see why.")
    except KeyboardInterrupt:
        sys.exit(130)


def measure(found: argparse.Namespace, address: str, pid: int) -> None:
    """The scenarios that are asked for.

    Args:
        found: what ``arguments`` has found.
        address: of the server.
        pid: its process.
    """
    host = address.removeprefix("http://")
    loaded = files.of_first_visit(f"{address}/{LINK}") if "a" in found.scenarios else ()
    setting = Setting(host, pid, found.users, found.every, found.seconds, tuple(loaded))
    asyncio.run(warm_up(host))
    for name in found.scenarios:
        asyncio.run(SCENARIOS[name](setting))


if __name__ == "__main__":
    main()
