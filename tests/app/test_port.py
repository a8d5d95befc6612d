"""app.port: what `make app` says of a port that cannot be."""

import os
import socket
import subprocess
import sys

import pytest

from app.port import main, refusal
from core.data.facts import ROOT

WRONG = ["80000", "65536", "0", "-1", "abc", "", " ", "3.7", "nan", "1e4", "80 00", "٣", "9" * 4400]


@pytest.fixture
def taken() -> int:
    """A port that a server listens on."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


def is_free(port: int) -> bool:
    with socket.socket() as own:
        own.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            own.bind(("", port))
        except OSError:
            return False
    return True


@pytest.mark.parametrize("text", WRONG)
def test_a_port_that_is_none_is_one_sentence(text: str, capsys: pytest.CaptureFixture) -> None:
    assert main([text]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "1 to 65535" in said
    assert len(said) < 200
    port = int(said.partition("`make app PORT=")[2].partition("`")[0])
    assert is_free(port)


def test_a_port_that_is_taken_names_a_free_one(taken: int) -> None:
    said = refusal(str(taken))
    assert said.startswith(f"Port {taken} is not available (")
    port = int(said.partition("`make app PORT=")[2].partition("`")[0])
    assert port != taken
    assert is_free(port)


def test_a_free_port_is_taken_without_a_word(capsys: pytest.CaptureFixture) -> None:
    with socket.socket() as own:
        own.bind(("", 0))
        port = own.getsockname()[1]
    assert main([str(port)]) == 0
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("port", ["80000", "abc", "", "8'5", "$(false)"])
def test_make_ends_before_the_server_starts(port: str) -> None:
    """With an environment that is ready, so that nothing is installed."""
    done = subprocess.run(
        ["make", "app", f"PORT={port}", "--assume-old=.venv/.ready-app", f"BIN={sys.prefix}/bin"],
        cwd=ROOT,
        env=os.environ | {"MAKEFLAGS": ""},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 2
    assert "streamlit" not in done.stdout
    first = done.stderr.splitlines()[0]
    assert first.startswith("Expected PORT")
    assert "Traceback" not in done.stderr
