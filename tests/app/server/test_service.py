"""app.server.workers with small servers in the app's and the proxy's place: what goes wrong."""

import asyncio
import signal
import sys
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path

import pytest

from app.server import assets, proxy, workers
from app.server.workers import Service

SERVER = """
import http.server, pathlib, sys
if pathlib.Path({stop!r}).exists():
    sys.exit(3)
port = int(sys.argv[sys.argv.index("--server.port") + 1])
http.server.HTTPServer.allow_reuse_address = True
answer = lambda self: (self.send_response(200), self.end_headers())
handler = type("H", (http.server.BaseHTTPRequestHandler,), dict(do_GET=answer, log_message=id))
handler.log_message = lambda *_: None
http.server.HTTPServer(("127.0.0.1", port), handler).serve_forever()
"""


@pytest.fixture(autouse=True)
def signals_of_its_own() -> Iterator[None]:
    before = {name: signal.getsignal(name) for name in (signal.SIGINT, signal.SIGTERM)}
    before[signal.SIGHUP] = signal.getsignal(signal.SIGHUP)
    yield
    for name, handler in before.items():
        signal.signal(name, handler)


@pytest.fixture
def stop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file; while it is there no process of the app starts."""
    file = tmp_path / "stop"
    server = SERVER.format(stop=str(file))
    monkeypatch.setattr(workers, "APP", (sys.executable, "-S", "-c", server))
    monkeypatch.setattr(workers, "NOTICED", 0.0)
    monkeypatch.setattr(assets, "prepare", lambda folder: None)
    return file


class Heard(Service):
    """A service that keeps what it has said."""

    @property
    def heard(self) -> list[str]:
        return self.say.__self__


def service(folder: Path, said: list[str], program: str) -> Heard:
    (port,) = proxy.free_ports(1)
    return Heard(proxy.Site("127.0.0.1", port), 1, folder, program, said.append)


def as_proxy(monkeypatch: pytest.MonkeyPatch, stop: Path) -> None:
    """A small server in caddy's place."""
    own = SERVER.format(stop=str(stop) + "-never")

    def command(program: str) -> list[str]:
        return [sys.executable, "-S", "-c", own, "--server.port", program]

    monkeypatch.setattr(proxy, "command", command)


def test_an_app_that_does_not_start_is_said(stop: Path, tmp_path: Path) -> None:
    stop.touch()
    said: list[str] = []

    async def run() -> int:
        return await service(tmp_path, said, "false").run()

    assert asyncio.run(run()) == 1
    assert said == ["A process of the app has not started: `make app` shows why."]


def test_a_proxy_that_does_not_start_is_said(stop: Path, tmp_path: Path) -> None:
    said: list[str] = []

    async def run() -> int:
        return await service(tmp_path, said, sys.executable).run()  # no option "run"

    assert asyncio.run(run()) == 1
    assert said[-1] == "The proxy has not started: what it has said stands above."
    assert "can't open file" in said[0]


def test_whatever_the_proxy_says_is_read_on(tmp_path: Path) -> None:
    """It says what it was asked in an error, and would stand still before a pipe that is full."""
    said: list[str] = []

    async def read() -> None:
        lines = asyncio.StreamReader(limit=100)
        lines.feed_data(b'first\n{"level":"info"}\n' + b"x" * 300 + b"\n\nlast \xff\n")
        lines.feed_eof()
        one = service(tmp_path, said, "")
        await one._pass_on(lines)
        await one._children.close()

    asyncio.run(read())
    assert (said[0], said[-1]) == ("first", "last �")
    assert not any("info" in line for line in said)


def test_what_is_served_is_said_of_one_process_as_of_several() -> None:
    link = "http://localhost:8501"
    assert workers.begun(1, link, 7) == (
        f"1 process of the app is at {link}; Ctrl-C ends it, `kill -HUP 7` replaces it."
    )
    assert workers.begun(2, link, 7) == (
        f"2 processes of the app are at {link}; Ctrl-C ends them, "
        "`kill -HUP 7` replaces them one by one."
    )


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not is_so():
            await asyncio.sleep(0.02)


def run_with(service: Service, scene: Callable[[Service], Coroutine[None, None, None]]) -> int:
    """The service until the scene is over, and then as a signal ends it."""

    async def both() -> int:
        running = asyncio.ensure_future(service.run())
        await until(lambda: any(" of the app is at http" in line for line in service.heard))
        await scene(service)
        signal.raise_signal(signal.SIGTERM)
        return await running

    return asyncio.run(both())


@pytest.fixture
def served(stop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Service:
    as_proxy(monkeypatch, stop)
    one = service(tmp_path, [], "")
    one.program = str(one.site.port)
    return one


def test_what_cannot_be_replaced_goes_on(served: Service, stop: Path) -> None:
    async def scene(one: Service) -> None:
        first = one._workers[0]
        stop.touch()
        signal.raise_signal(signal.SIGHUP)
        kept = "A new process of the app has not started: the old one goes on."
        await until(lambda: kept in one.heard)
        assert one._workers == [first]
        assert first.is_running
        stop.unlink()
        signal.raise_signal(signal.SIGHUP)
        await until(lambda: "Every process of the app is a new one." in one.heard)
        assert not first.is_running
        assert one._workers[0].is_running
        assert one._workers[0].port != first.port

    assert run_with(served, scene) == 0
    assert not any("has ended" in line for line in served.heard)


def test_what_dies_starts_again_where_the_cookies_of_its_visitors_lead(served: Service) -> None:
    async def scene(one: Service) -> None:
        first = one._workers[0]
        first.process.kill()
        await until(lambda: one._workers[0] is not first)
        assert one._workers[0].port == first.port

    assert run_with(served, scene) == 0
    said = "A process of the app has ended; the next one starts in 0.5 s."
    assert served.heard[1:] == [said]


def test_a_proxy_that_dies_starts_again(served: Service) -> None:
    async def scene(one: Service) -> None:
        (front,) = [child for child in one._children._running if child not in one._workers]
        front.process.kill()
        await until(lambda: "The proxy has ended; it starts again in 0.5 s." in one.heard)
        await until(lambda: len(one._children._running) == 2)

    assert run_with(served, scene) == 0
