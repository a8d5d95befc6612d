"""app.serve: the server ends when it is told to, whoever reads what it prints."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from streamlit import net_util
from streamlit.web.server import server_util

from app.serve import ask_nobody, name_addresses
from benchmarks.browser import APP, await_answer
from core.data.facts import ROOT


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_server_whose_output_nobody_reads_starts_and_ends(number: signal.Signals) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    reader, writer = os.pipe()
    os.close(reader)  # as `head -1` does
    process = subprocess.Popen(
        [sys.executable, *APP, "--server.port", str(port)],
        cwd=ROOT,
        stdout=writer,
        stderr=writer,
    )
    os.close(writer)
    try:
        await_answer(process, f"http://127.0.0.1:{port}")
        process.send_signal(number)
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("localhost", "http://localhost:8501"),
        ("127.0.0.1", "http://127.0.0.1:8501"),
        ("::1", "http://[::1]:8501"),
        ("[::1]", "http://[::1]:8501"),
        ("fd00::5", "http://[fd00::5]:8501"),
    ],
)
def test_an_address_that_is_printed_can_be_opened(
    monkeypatch: pytest.MonkeyPatch, host: str, address: str
) -> None:
    monkeypatch.setattr(server_util, "get_url", server_util.get_url)  # as it was afterwards
    name_addresses()
    assert server_util.get_url(host) == address


def test_a_page_of_another_site_makes_the_server_ask_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = []
    monkeypatch.setattr(net_util, "_make_blocking_http_get", lambda url, **_: asked.append(url))
    monkeypatch.setattr(net_util, "get_external_ip", net_util.get_external_ip)  # as afterwards
    monkeypatch.setattr(net_util, "_external_ip", None)
    assert not server_util.is_url_from_allowed_origins("http://elsewhere.example")
    assert asked  # as Streamlit is
    asked.clear()
    ask_nobody()
    assert not server_util.is_url_from_allowed_origins("http://elsewhere.example")
    assert asked == []


PRINT = """
import sys
from app.server.outputs import keep_open

keep_open()
keep_open()
for stream in (sys.stdout, sys.stderr):
    for _ in range(100):
        print("x" * 999 + "é", file=stream, flush=True)
"""


FULL = Path("/dev/full")


@pytest.mark.parametrize("output", ["pipe", "file", *["full disk"] * FULL.exists()])
def test_what_is_printed_is_written_where_it_can_be(tmp_path: Path, output: str) -> None:
    path = FULL if output == "full disk" else tmp_path / "log"
    with path.open("wb") as file:
        done = subprocess.run(
            [sys.executable, "-c", PRINT],
            cwd=ROOT,
            env=os.environ | {"PYTHONIOENCODING": "utf-8"},
            stdout=file if output != "pipe" else subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
    assert done.returncode == 0
    if output != "full disk":
        written = done.stdout or path.read_bytes()
        assert written == (b"x" * 999 + "é\n".encode()) * 200
