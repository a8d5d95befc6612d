"""What a class does in each chapter, and how a whole class is moved."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from benchmarks.loading.visitor import BROKEN, Visitor
from core.data.facts import SAMPLES

# Keys of the controls that are touched; one that is touched more often stands more often.
TOUCHES = {
    "": (),
    "convolution": (
        *("convolution.stride", "convolution.padding", "convolution.kernel") * 2,
        *("convolution.view", "convolution.relu", "convolution.part", "convolution.layer"),
    ),
    "networks": ("networks.view", "networks.source", "networks.image"),
    "training": ("training.view", "training.network", "training.epoch"),
    "cam": (
        *("cam.image", "cam.class", "cam.interpolation", "cam.page") * 2,
        *("cam.view", "cam.colours", "cam.scale", "cam.source"),
    ),
    "attack": (
        *("attack_epsilon",) * 4,
        *("attack.image", "attack.page", "attack.network", "attack.gradients") * 2,
        *("attack.view", "attack.attack", "attack.source", "attack_pad", "attack_pad"),
    ),
}
# Heavy work has a scenario of its own, and so has live training.
HEAVY = ("ResNet on C", "Robust, or", "Does it matter", "Train ", "All epsilons", "your own")
UPLOADS = {"cam": "cam_photo"}
CHAPTERS = tuple(TOUCHES)[1:]


@dataclass
class Log:
    """What visitors met.

    Attributes:
        seconds: name of a kind of event to how long each took.
        errors: what went wrong, in words.
        sent: bytes to all visitors.
    """

    seconds: dict[str, list[float]] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    sent: int = 0

    def note(self, kind: str, seconds: float) -> None:
        """One event."""
        self.seconds.setdefault(kind, []).append(seconds)


@dataclass
class Pupil:
    """A visitor who opens a link at a time, and then acts every so many seconds.

    Attributes:
        visitor: the visitor.
        log: of the whole class.
        every: seconds between two actions; 0: looks on.
        heavy: whether heavy work may be asked for, too.
    """

    visitor: Visitor
    log: Log
    every: float = 0.0
    heavy: bool = False

    async def join(self, at: float, files: Sequence[str] = ()) -> bool:
        """Open the link at a time on the clock of ``time.perf_counter``; returns whether it is."""
        await asyncio.sleep(max(0.0, at - time.perf_counter()))
        try:
            self.log.note("join", await self.visitor.open(files))
        except BROKEN as error:
            self.log.errors.append(f"join: {type(error).__name__} {error}")
            return False
        return True

    async def act_until(self, end: float) -> None:
        """Act until a time; the first action comes at a random moment of the first interval."""
        rng = self.visitor.rng
        due = time.perf_counter() + rng.uniform(0, self.every)
        while due < end:
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            await self.act()
            due = max(due + self.every * rng.uniform(0.8, 1.2), time.perf_counter())

    async def act(self, kind: str = "act") -> None:
        """One action, and what it cost in time."""
        chapter = self.visitor.link.partition("?")[0]
        try:
            seconds = await self._upload(chapter)
            if seconds is None:
                avoid = () if self.heavy else HEAVY
                seconds = await self.visitor.act(TOUCHES[chapter], avoid)
        except BROKEN as error:
            self.log.errors.append(f"{kind} in {chapter}: {type(error).__name__} {error}")
            return
        if seconds is not None:
            self.log.note(kind, seconds)
            self.log.note(f"{kind} in {chapter}", seconds)

    async def _upload(self, chapter: str) -> float | None:
        key = UPLOADS.get(chapter)
        if key is None or self.visitor.rng.random() < 0.5:
            return None
        return await self.visitor.upload(key, "ship.png", photo())


def photo() -> bytes:
    """A bundled photo, to be uploaded."""
    return next(iter(sorted(SAMPLES.glob("cifar10_0*.png")))).read_bytes()


def pupils(host: str, links: Sequence[str], count: int, log: Log, every: float) -> list[Pupil]:
    """So many visitors, the links dealt out in turn."""
    return [
        Pupil(Visitor(host, links[at % len(links)], random.Random(at)), log, every)
        for at in range(count)
    ]
