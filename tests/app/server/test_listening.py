"""What is told of a wrong address, port or path; an empty one lets none in."""

import errno
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from app.serve import checked
from app.server import listening
from app.server.listening import SERVE, base_refusal, host_refusal, main, port_refusal
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
    assert main(["localhost", text]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "1 to 65535" in said
    assert len(said) < 200
    port = int(said.partition("`make app PORT=")[2].partition("`")[0])
    assert is_free(port)


def test_a_port_that_is_taken_names_a_free_one(taken: int) -> None:
    said = port_refusal(str(taken))
    assert said.startswith(f"Port {taken} is not available (")
    port = int(said.partition("`make app PORT=")[2].partition("`")[0])
    assert port != taken
    assert is_free(port)


def test_a_free_port_is_taken_without_a_word(capsys: pytest.CaptureFixture) -> None:
    with socket.socket() as own:
        own.bind(("", 0))
        port = own.getsockname()[1]
    assert main(["localhost", str(port)]) == 0
    assert capsys.readouterr() == ("", "")


STRANGE = ["999.1.1.1", "nosuchhost.invalid", "8.8.8.8", "a..b", "[::1]", "a b", "x" * 5_000]


@pytest.mark.parametrize("host", STRANGE)
def test_an_address_that_is_none_of_this_computer_is_one_sentence(
    host: str, capsys: pytest.CaptureFixture
) -> None:
    assert main([host, "8501"]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert said.startswith("Expected HOST as a name or an address of this computer, got ")
    assert "`make app HOST=0.0.0.0` for the others in the network" in said
    assert len(said) < 350
    assert "`python -m app.serve --server.address 0.0.0.0`" in host_refusal(host, SERVE)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "0.0.0.0", "", " "])
def test_an_address_of_this_computer_is_taken_without_a_word(host: str) -> None:
    assert host_refusal(host) == ""


@pytest.mark.parametrize(
    ("arguments", "address"),
    [
        ([], []),
        (["--server.address", ""], ["localhost"]),
        (["--server.address= ", "--server.headless", "true"], ["localhost"]),
        (["--server.address", "0.0.0.0", "--server.address", "", "--", "x"], ["localhost"]),
        (["--server.address", "", "--server.address", "0.0.0.0"], []),
        (["--no.such.option"], []),
    ],
)
def test_the_server_gets_the_address_of_this_computer_for_an_empty_one(
    arguments: list[str], address: list[str]
) -> None:
    end = arguments.index("--") if "--" in arguments else len(arguments)
    added = ["--server.address", *address] if address else []
    assert checked(arguments) == [*arguments[:end], *added, *arguments[end:]]


@pytest.mark.parametrize(
    ("arguments", "beginning"),
    [
        (["--server.address", "nosuch.invalid"], "Expected --server.address as a name or an addr"),
        (["--server.port", "80000"], "Expected --server.port from 1 to 65535, got 80000: `python "),
        (["--server.baseUrlPath", "/a/../b"], "Expected --server.baseUrlPath as in `python -m app"),
    ],
)
def test_the_server_is_refused_what_make_is_refused(arguments: list[str], beginning: str) -> None:
    with pytest.raises(SystemExit, match=f"^{beginning}") as ended:
        checked(arguments)
    assert "\n" not in str(ended.value)


def test_the_server_is_refused_a_port_that_is_taken(taken: int) -> None:
    with pytest.raises(
        SystemExit, match=f"Port {taken} is not available .*: `python -m app.serve "
    ):
        checked(["--server.port", str(taken)])


@pytest.mark.parametrize("base", ["", "course", "/a/b/", "2026/v1.2", ".../..a/b..", "~me/.x"])
def test_a_path_that_browsers_ask_for_as_it_stands_is_taken_without_a_word(base: str) -> None:
    assert base_refusal(base, SERVE) == ""


@pytest.mark.parametrize("base", ["static", "/media/x", "_stcore/", "component"])
def test_a_path_of_the_server_s_own_is_refused(base: str) -> None:
    said = base_refusal(base, SERVE)
    assert said.startswith("Expected --server.baseUrlPath to begin with another name than _stcore,")
    assert f"got {base!r}: `python -m app.serve --server.baseUrlPath course`." in said


@pytest.mark.parametrize(
    ("number", "words"),
    [(errno.EADDRINUSE, "Port 8501 is not available ("), (errno.EADDRNOTAVAIL, "")],
)
def test_a_port_that_another_program_has_under_the_other_address_of_localhost_is_refused(
    monkeypatch: pytest.MonkeyPatch, number: int, words: str
) -> None:
    class Socket(socket.socket):
        def bind(self, address: tuple[str, int]) -> None:
            if address[0] == "::1":
                raise OSError(number, "of IPv6")
            super().bind((address[0], 0))  # 8501 itself may be taken

    monkeypatch.setattr(listening.socket, "socket", Socket)
    said = port_refusal("8501")
    assert said.startswith(words)
    assert bool(said) is bool(words)


def run_make(*options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """`make app` with an environment that is ready, so that nothing is installed."""
    return subprocess.run(
        [
            "make",
            "app",
            "PORT=8501",
            "--assume-old=.venv/.ready-app",
            f"BIN={sys.prefix}/bin",
            *options,
        ],
        cwd=ROOT,
        env=os.environ | {"MAKEFLAGS": ""} | environment,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize("port", ["80000", "abc", "", "8'5", "$(false)"])
def test_make_ends_before_the_server_starts(port: str) -> None:
    done = run_make(f"PORT={port}")
    assert done.returncode == 2
    assert "streamlit" not in done.stdout
    first = done.stderr.splitlines()[0]
    assert first.startswith("Expected PORT")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("given", "environment", "address"),
    [
        ([], {}, "localhost"),
        ([], {"HOST": ""}, "localhost"),
        ([], {"HOST": "0.0.0.0"}, "localhost"),
        (["-e"], {"HOST": "0.0.0.0"}, "localhost"),
        (["HOST="], {"HOST": "0.0.0.0"}, "localhost"),
        (["HOST= "], {}, "localhost"),
        (["HOST=127.0.0.1"], {"HOST": "0.0.0.0"}, "127.0.0.1"),
        (["HOST=::1"], {}, "::1"),
        (["HOST=0.0.0.0"], {}, "0.0.0.0"),
        (['HOST=a "b'], {}, 'a "b'),
    ],
)
def test_make_lets_in_whom_its_own_command_line_names(
    tmp_path: Path, given: list[str], environment: dict[str, str], address: str
) -> None:
    """A Python of ours says how it is called."""
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\nprintf '%s|' \"$@\"\necho\n")
    python.chmod(0o755)
    done = run_make(*given, f"BIN={tmp_path}", **environment)
    called = [line for line in done.stdout.splitlines() if line.startswith("-m|")]
    asked = ["", address] if address == "localhost" else [address]  # both mean this computer alone
    assert called[0] in [f"-m|app.server.listening|{one}|8501|" for one in asked]
    served = f"-m|app.serve|--server.port|8501|--server.address|{address}|"
    alone = address in ("localhost", "127.0.0.1", "::1")
    assert called[1] == served + ("" if alone else "--server.allowedHosts|*|")


@pytest.mark.parametrize(
    ("given", "environment", "told"),
    [
        ([], {"HOST": "0.0.0.0", "DOMAIN": "a.org", "BASE_PATH": "x"}, "2||8501|||"),
        (["DOMAIN=cnn.example.org"], {}, "2||8501||cnn.example.org|"),
        (
            ["WORKERS=3", "HOST=0.0.0.0", "BASE_PATH=course", "DOMAIN=cnn.example.org"],
            {},
            "3|0.0.0.0|8501|course|cnn.example.org|",
        ),
    ],
)
def test_make_serves_whom_its_own_command_line_names(
    tmp_path: Path, given: list[str], environment: dict[str, str], told: str
) -> None:
    python = tmp_path / "python"
    python.write_text('#!/bin/sh\nprintf \'%s|\' "$2" "$4" "$6" "$8" "${10}" "${12}"\n')
    python.chmod(0o755)
    done = run_make("serve", *given, f"BIN={tmp_path}", **environment)
    assert f"app.workers|{told}" in done.stdout
