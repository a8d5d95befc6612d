"""core.browser: its own server is asked directly, whatever proxy the system has."""

import http.server
import subprocess
import sys
import threading

import pytest

from core import browser


class Answers(http.server.BaseHTTPRequestHandler):
    """A server that is well."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Print nothing."""


def test_a_server_on_this_computer_is_asked_without_the_proxy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("http_proxy", "HTTP_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # where nothing answers
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(browser.time, "sleep", lambda _: pytest.fail("no answer"))
    with (
        http.server.HTTPServer(("127.0.0.1", 0), Answers) as server,
        subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process,
    ):
        threading.Thread(target=server.serve_forever, daemon=True).start()
        browser.await_answer(process, f"http://127.0.0.1:{server.server_port}")
        server.shutdown()
        process.kill()
