"""Processes that one process starts, watches and ends."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from app.server.orphans import Watch
from app.server.proxy import ROOT

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0  # seconds until what has died is started again
STEADY = 60.0  # seconds after which a death counts as the first one
GRACE = 15.0  # seconds that a process has to end by itself


@dataclass(eq=False)
class Child:
    """A process that was started.

    Attributes:
        process: of the operating system.
        port: it listens on.
        started: when, on the clock of the loop.
    """

    process: asyncio.subprocess.Process
    port: int
    started: float

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self.process.returncode is None


class Children:
    """All that were started and have not ended; none of them outlives this process."""

    def __init__(self) -> None:
        """There is none yet."""
        self._running: set[Child] = set()
        self._watch = Watch()

    async def start(
        self,
        command: Sequence[str],
        port: int,
        environment: Mapping[str, str] | None = None,
        errors: int | None = None,
    ) -> Child:
        """Start one.

        Args:
            command: to run.
            port: it listens on.
            environment: it gets; None: this process's own.
            errors: where its standard error goes; None: where this process's own goes.

        Raises:
            OSError: it cannot be started.
        """
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            start_new_session=True,  # Ctrl-C is for the parent, which ends them in order
        )
        self._watch.add(process.pid)
        child = Child(process, port, asyncio.get_running_loop().time())
        self._running.add(child)
        return child

    async def until_ended(self, child: Child) -> None:
        """Wait until one has ended.

        Args:
            child: that one.
        """
        await child.process.wait()
        if child in self._running:
            self._running.remove(child)
            self._watch.remove(child.process.pid)

    async def end(self, children: Iterable[Child]) -> None:
        """Ask some to end, and end them where they do not.

        Args:
            children: those.
        """
        asked = [child for child in children if child.is_running]
        for child in asked:
            with suppress(ProcessLookupError):
                child.process.terminate()
        waits = [asyncio.ensure_future(self.until_ended(child)) for child in asked]
        if waits:
            await asyncio.wait(waits, timeout=GRACE)
        for child in asked:
            if child.is_running:
                with suppress(ProcessLookupError):
                    child.process.kill()
        await asyncio.gather(*waits)

    async def close(self) -> None:
        """End all that run."""
        await self.end(list(self._running))
        self._watch.close()


@dataclass
class Pauses:
    """How long it takes until what has died is started again: each time twice as long.

    Attributes:
        next: seconds.
    """

    next: float = FIRST_PAUSE

    def after(self, lived: float) -> float:
        """The pause that is due now.

        Args:
            lived: seconds from start to end.
        """
        pause = FIRST_PAUSE if lived > STEADY else self.next
        self.next = min(2 * pause, LONGEST_PAUSE)
        return pause
