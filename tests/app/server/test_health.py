"""app.server.health: whether a process of the app answers."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from app.server import health, proxy
from core.data.facts import ROOT


class Process(BaseHTTPRequestHandler):
    """Answers where the app does that lives below /course."""

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/course/_stcore/health" else 503)
        self.end_headers()

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def port() -> Iterator[int]:
    with HTTPServer(("127.0.0.1", 0), Process) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(("base", "code"), [("course", 0), ("/course/", 0), ("", 1), ("x", 1)])
def test_a_process_answers_below_its_path(
    port: int, monkeypatch: pytest.MonkeyPatch, base: str, code: int
) -> None:
    monkeypatch.setenv(health.BASE_VARIABLE, base)
    assert health.main([str(port)]) == code


def test_where_nobody_listens_nobody_answers() -> None:
    (port,) = proxy.free_ports(1)
    assert health.main([str(port)]) == 1


def test_it_needs_no_package(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the image asks it: without the folder of installed packages."""
    monkeypatch.setenv(health.BASE_VARIABLE, "course")
    command = [sys.executable, "-S", "-m", "app.server.health", str(port)]
    assert subprocess.run(command, cwd=ROOT, timeout=30).returncode == 0
