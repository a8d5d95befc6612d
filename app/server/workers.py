"""Several processes of the app behind one proxy: started, watched, and replaced one by one.

Each is a server of its own, with an interpreter lock of its own. There is one port more than there
are processes: a new one starts on it, and only when that answers does the one end that it replaces.
Then its port is the spare one. The proxy knows all of these ports from the start and asks every
second who answers: to be told anew, it would close every visitor's connection.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

from app.server import assets, proxy
from app.server.children import Child, Children, Pauses

APP = (sys.executable, "-m", "app.serve")
BOOT = 120.0  # seconds after which a process that does not answer is given up
NOTICED = 1.5  # seconds until the proxy has noticed who answers
NO_NEWS = (b'"level":"info"', b'"logger":"admin"', b'"signal":"SIGTERM"')
Say = Callable[[str], None]


@dataclass
class Service:
    """The processes and the proxy.

    Attributes:
        site: where the app is found.
        count: of processes.
        folder: an empty one, for what is written while this runs.
        program: caddy.
        say: tells the person at the terminal a sentence.
    """

    site: proxy.Site
    count: int
    folder: Path
    program: str
    say: Say
    _children: Children = field(default_factory=Children)
    _workers: list[Child] = field(default_factory=list)
    _told: asyncio.Event = field(default_factory=asyncio.Event)
    _listener: asyncio.Future[None] | None = None
    _changes: asyncio.Lock = field(default_factory=asyncio.Lock)  # of who is in which slot

    def __post_init__(self) -> None:
        """Choose the ports, and where the proxy finds Streamlit's files."""
        *self._ports, self._spare = proxy.free_ports(self.count + 1)
        self._static = assets.kept_folder(self.folder)

    async def run(self) -> int:
        """Serve until the operating system says to end.

        Returns:
            The exit code: 0 it was told to end, 1 it could not begin.
        """
        work = asyncio.ensure_future(self._work())
        loop = asyncio.get_running_loop()
        begun_in_terminal = _has_terminal()

        def hung_up() -> None:
            """The terminal's window was closed, or somebody wants new processes."""
            gone = begun_in_terminal and not _has_terminal()
            (work.cancel if gone else self._told.set)()

        # As Windows can do it, too, which has no SIGHUP.
        for name, told in (("INT", work.cancel), ("TERM", work.cancel), ("HUP", hung_up)):
            number = getattr(signal, f"SIG{name}", None)
            if number is not None:
                signal.signal(number, lambda *_, told=told: loop.call_soon_threadsafe(told))
        try:
            await work
        except asyncio.CancelledError:
            return 0
        finally:
            await self._children.close()
        return 1

    async def _work(self) -> None:
        """Begin, and keep all running; comes back only where it cannot begin."""
        upstreams = [*self._ports, self._spare]
        self._workers = [await self._start_worker(port) for port in self._ports]
        await asyncio.to_thread(assets.prepare, self._static)
        answers = await asyncio.gather(*(self._answers(worker) for worker in self._workers))
        if not all(answers):
            self.say("A process of the app has not started: `make app` shows why.")
            return
        front = await self._start_proxy(upstreams)
        if not await self._listens(front):
            self.say("The proxy has not started: what it has said stands above.")
            return
        others = self.site.link_of_others
        link = f"{self.site.link}, for others at {others}" if others else self.site.link
        self.say(begun(self.count, link, os.getpid()))
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep_proxy(front, upstreams))
            for slot in range(self.count):
                tasks.create_task(self._keep_worker(slot))
            tasks.create_task(self._replace_when_told())

    async def _start_worker(self, port: int) -> Child:
        options = ["--server.address", "127.0.0.1", "--server.port", str(port)]
        if self.site.base:
            options += ["--server.baseUrlPath", self.site.base]
        for name in self.site.names:
            options += ["--server.allowedHosts", name]
        return await self._children.start([*APP, *options], port)

    async def _start_proxy(self, upstreams: list[int]) -> Child:
        environment = proxy.variables(self.site, upstreams, self._static, self.folder)
        command = proxy.command(self.program)
        child = await self._children.start(
            command, self.site.ports[-1], environment, subprocess.PIPE
        )
        self._listener = asyncio.ensure_future(self._pass_on(child.process.stderr))
        return child

    async def _pass_on(self, lines: asyncio.StreamReader | None) -> None:
        """What the proxy says, but for the news that it does what it was told to."""
        while lines and not lines.at_eof():
            line = b""
            with suppress(ValueError):  # longer than a visitor's headers should be: it is dropped
                line = (await lines.readline()).rstrip()
            if line and not any(word in line for word in NO_NEWS):
                self.say(line.decode(errors="replace"))

    async def _answers(self, worker: Child) -> bool:
        """Wait until a process of the app answers; False: it ended, or it does not."""
        address = f"http://127.0.0.1:{worker.port}{self.site.path}/_stcore/health"
        return await _until(lambda: _is_found(address), worker)

    async def _listens(self, front: Child) -> bool:
        """Wait until the proxy can be reached; False: it ended, or it cannot."""
        host = proxy.addresses(self.site.host)[0]
        return await _until(lambda: _is_open(host, front.port), front)

    async def _keep_worker(self, slot: int) -> None:
        """Start the process of a slot again whenever it has died."""
        pauses = Pauses()
        while True:
            worker = self._workers[slot]
            lived = await self._lifetime(worker)
            if self._workers[slot] is not worker:  # a new one has replaced it
                continue
            pause = pauses.after(lived)
            self.say(f"A process of the app has ended; the next one starts in {pause:g} s.")
            await asyncio.sleep(pause)
            await self._start_again(slot, worker)

    async def _start_again(self, slot: int, worker: Child) -> None:
        """Where nobody has taken its place: on its port, where its visitors' cookies lead."""
        async with self._changes:
            if self._workers[slot] is worker:
                with suppress(OSError):  # none can be started now: later, then
                    self._workers[slot] = await self._start_worker(worker.port)

    async def _keep_proxy(self, front: Child, upstreams: list[int]) -> None:
        pauses = Pauses()
        while True:
            pause = pauses.after(await self._lifetime(front))
            self.say(f"The proxy has ended; it starts again in {pause:g} s.")
            await asyncio.sleep(pause)
            with suppress(OSError):
                front = await self._start_proxy(upstreams)

    async def _lifetime(self, child: Child) -> float:
        """Seconds from its start to its end, when it has ended."""
        await self._children.until_ended(child)
        return asyncio.get_running_loop().time() - child.started

    async def _replace_when_told(self) -> None:
        while True:
            await self._told.wait()
            self._told.clear()
            await asyncio.to_thread(assets.prepare, self._static)  # Streamlit may be a newer one
            replaced = all([await self._replace(slot) for slot in range(self.count)])
            self.say(
                "Every process of the app is a new one."
                if replaced
                else "A new process of the app has not started: the old one goes on."
            )

    async def _replace(self, slot: int) -> bool:
        """Put a new process in a slot; False: none starts, and the old one stays."""
        new = await self._start_worker(self._spare)
        if not await self._answers(new):
            await self._children.end([new])
            return False
        await asyncio.sleep(NOTICED)
        async with self._changes:
            old, self._workers[slot] = self._workers[slot], new
            self._spare = old.port
        await self._children.end([old])
        return True


def begun(count: int, link: str, process: int) -> str:
    """A sentence for the terminal: where the app is, and how it is ended and replaced.

    Args:
        count: of the app's processes.
        link: where a browser finds it.
        process: the number of the one that watches them.
    """
    new = f"`kill -HUP {process}`"
    if count == 1:
        return f"1 process of the app is at {link}; Ctrl-C ends it, {new} replaces it."
    them = f"Ctrl-C ends them, {new} replaces them one by one."
    return f"{count} processes of the app are at {link}; {them}"


def _has_terminal() -> bool:
    with suppress(OSError):
        os.close(os.open("/dev/tty", os.O_RDONLY))
        return True
    return False


async def _until(is_there: Callable[[], bool], child: Child) -> bool:
    loop = asyncio.get_running_loop()
    while child.is_running and loop.time() < child.started + BOOT:
        if await asyncio.to_thread(is_there):
            return True
        await asyncio.sleep(0.1)
    return False


def _is_found(address: str) -> bool:
    with suppress(OSError), urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310
        return bool(answer.status == 200)
    return False


def _is_open(host: str, port: int) -> bool:
    with suppress(OSError), closing(socket.create_connection((host, port), timeout=5)):
        return True
    return False
