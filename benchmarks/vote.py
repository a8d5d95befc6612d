"""A room of phones votes: how long until the screen has each vote, what a click on the stage takes
meanwhile, and what the phones cost in memory.

Run with: python -m benchmarks.vote. It starts the app on this computer and drives it over its real
websockets, without a browser. Times are milliseconds.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from benchmarks.browser import APP, running
from benchmarks.load import percentile
from benchmarks.loading import machine
from benchmarks.loading.classroom import Log, Pupil, pupils

LECTURE = """[lecture]
title = "One question"
minutes = 1
[[state]]
title = "A question"
link = "attack"
say = "Vote."
ask = "Which one?"
answer = "The third one."
minutes = 1
misconception = "None."
[state.vote]
choices = ["1", "2", "3", "4"]
right = 3
wrong = ["one", "two", "four"]
"""
WITHIN = 1.0  # seconds in which all phones vote
ROUNDS = 10
SETTLING = 12  # looks, 5 seconds apart, until the server is left as it is
VOTE_AIM, CLICK_AIM, MEMORY_AIM = 1000, 100, 60  # milliseconds, milliseconds, MB


@dataclass
class Screen:
    """What the stage has been told.

    Attributes:
        line: its connection.
        counts: time and number of votes of each message.
    """

    line: ClientConnection
    counts: list[tuple[float, int]] = field(default_factory=list)

    async def listen(self) -> None:
        """Write down what comes."""
        async for text in self.line:
            vote = json.loads(text).get("vote")
            if vote:
                self.counts.append((time.perf_counter(), vote["count"]))

    def at(self, votes: int) -> float:
        """When it had so many votes; infinity: never."""
        return next((at for at, count in self.counts if count >= votes), float("inf"))


async def opened(host: str, hello: dict[str, Any]) -> ClientConnection:
    """A window's connection."""
    line = await connect(f"ws://{host}/stage/live")
    await line.send(json.dumps(hello))
    return line


@dataclass
class Phone:
    """One of the room.

    Attributes:
        line: its connection.
        round: number of the vote that is open.
        sent: when it has voted.
    """

    line: ClientConnection
    round: int = 0
    sent: float = 0.0

    async def listen(self) -> None:
        """Hear which vote is open."""
        async for text in self.line:
            message = json.loads(text)
            if message.get("open"):
                self.round = message["round"]

    async def vote(self, number: int) -> None:
        """Vote at a random moment."""
        await asyncio.sleep(random.uniform(0, WITHIN))
        while self.round != number:
            await asyncio.sleep(0.01)
        self.sent = time.perf_counter()
        choice = random.randrange(4)
        await self.line.send(json.dumps({"round": number, "choice": choice}))


async def voted(screen: Screen, phones: Sequence[Phone], number: int) -> list[float]:
    """Seconds from each vote of one round to the screen."""
    screen.counts.clear()
    await screen.line.send(json.dumps({"do": "vote"}))
    await asyncio.gather(*(phone.vote(number) for phone in phones))
    end = time.perf_counter() + 10
    while screen.at(len(phones)) == float("inf") and time.perf_counter() < end:
        await asyncio.sleep(0.01)
    sent = sorted(phone.sent for phone in phones)
    found = [screen.at(order) - at for order, at in enumerate(sent, 1)]
    await screen.line.send(json.dumps({"do": "vote"}))
    return found


async def clicks(stage: Pupil, until: asyncio.Event) -> None:
    """One click after the other."""
    while not until.is_set():
        await stage.act("click on stage")
        await asyncio.sleep(0.4)


async def clicked(stage: Pupil, seconds: float) -> list[float]:
    """Seconds of each click within a while without votes."""
    stage.log.seconds.clear()
    enough = asyncio.Event()
    asyncio.get_running_loop().call_later(seconds, enough.set)
    await clicks(stage, enough)
    return stage.log.seconds["click on stage"]


async def settled(pid: int) -> None:
    """Wait until the server has prepared what it prepares in its first quiet minute."""
    last = 0.0
    for _ in range(SETTLING):
        now = machine.cost(pid).megabytes
        if abs(now - last) < 1:
            return
        last = now
        await asyncio.sleep(5)


async def measure(host: str, pid: int, lecture: str, users: int) -> None:
    """The table."""
    (stage,) = pupils(host, ["attack?present=1"], 1, Log(), 0.0)
    await stage.join(0.0)
    await clicked(stage, 10)
    alone = await clicked(stage, 15)
    await settled(pid)
    line = await opened(host, {"role": "stage", "lecture": lecture})
    code = json.loads(await line.recv())["room"]
    screen, before = Screen(line), machine.cost(pid)
    phones = [
        Phone(await opened(host, {"role": "phone", "room": code, "token": f"{number:016x}"}))
        for number in range(users)
    ]
    listening = [asyncio.create_task(screen.listen())]
    listening += [asyncio.create_task(phone.listen()) for phone in phones]
    await asyncio.sleep(2)
    found: list[float] = []
    stage.log.seconds.clear()
    enough = asyncio.Event()
    acting = asyncio.create_task(clicks(stage, enough))
    for number in range(1, ROUNDS + 1):
        found += await voted(screen, phones, number)
    enough.set()
    await acting
    after = machine.cost(pid)
    report(users, found, alone, stage.log.seconds["click on stage"], before, after)
    for task in listening:
        task.cancel()
    await asyncio.gather(*(one.close() for one in (line, *(phone.line for phone in phones))))
    await stage.visitor.leave()


def report(
    users: int,
    found: Sequence[float],
    alone: Sequence[float],
    beside: Sequence[float],
    before: machine.Cost,
    after: machine.Cost,
) -> None:
    """Print the table."""
    rows = {
        "vote to screen": (found, f"p95 {VOTE_AIM}"),
        "click on stage, no votes": (alone, ""),
        "click on stage, votes": (beside, f"median {CLICK_AIM}"),
    }
    print(f"{users} phones, {ROUNDS} votes, each within {WITHIN:g} s")
    for name, (seconds, aim) in rows.items():
        times = [1000 * one for one in seconds]
        print(
            f"  {name:26} n {len(times):5}  p50 {statistics.median(times):6.0f}  p95 "
            f"{percentile(times, 0.95):6.0f}  worst {max(times):6.0f}  aim {aim}"
        )
    more = after.megabytes - before.megabytes
    print(f"  memory {before.megabytes:.0f} MB, {more:+.0f} with the phones  aim {MEMORY_AIM}")


def main() -> None:
    """Start the app, and let a room vote."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        prog="python -m benchmarks.vote",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--users", type=int, default=200, help="phones of the room")
    users = parser.parse_args().users
    if not 1 <= users <= 500:
        sys.exit(f"python -m benchmarks.vote: expected 1 to 500 users, got {users}")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "one_question.toml"
        path.write_text(LECTURE, "utf-8")
        environment = {"LECTURE": os.fspath(path), "CNN_STATE": folder}
        with running(APP, environment=environment) as (address, process):
            host = address.removeprefix("http://")
            asyncio.run(measure(host, process.pid, path.stem, users))


if __name__ == "__main__":
    main()
