"""The server that the benchmark and the tests in a browser start."""

import urllib.error
import urllib.request
from pathlib import Path

import pytest

from benchmarks.browser import serving

ANSWERING = """
import http.server, os, sys
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(os.environ["GREETING"].encode())
http.server.HTTPServer(("127.0.0.1", int(sys.argv[-1])), Answer).serve_forever()
"""


def test_it_answers_with_its_environment_and_is_stopped_at_the_end(tmp_path: Path) -> None:
    environment = {"GREETING": "hello"}
    with (tmp_path / "log").open("w") as log:
        with serving(("-c", ANSWERING), log, environment) as address:
            assert urllib.request.urlopen(address).read() == b"hello"
        with pytest.raises(urllib.error.URLError, match="refused"):
            urllib.request.urlopen(address, timeout=5)
    assert "GET /_stcore/health" in (tmp_path / "log").read_text()


def test_a_server_that_ends_is_an_error() -> None:
    server = serving(("-c", "raise SystemExit(3)"))
    with pytest.raises(RuntimeError, match=r"ended with exit code 3\."), server:
        pass
