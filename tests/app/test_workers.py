"""app.workers: what is told of a wrong start; `make serve` gives it what its command line says."""

import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest
from click.testing import CliRunner

from app import workers
from app.server import proxy


@pytest.fixture
def taken() -> Iterator[str]:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield str(server.getsockname()[1])


@pytest.mark.parametrize(
    ("options", "beginning"),
    [
        ({"workers": "0"}, "Expected WORKERS as a number from 1 to 64, got '0': `make serve WORK"),
        ({"workers": "two"}, "Expected WORKERS as a number from 1 to 64, got 'two'"),
        ({"workers": ""}, "Expected WORKERS as a number from 1 to 64, got ''"),
        ({"workers": "9" * 5_000}, "Expected WORKERS as a number from 1 to 64, got '999"),
        ({"workers": "٣"}, "Expected WORKERS as a number from 1 to 64, got '٣'"),
        ({"base": "a b"}, "Expected BASE_PATH as in `make serve BASE_PATH=course`, got 'a b'."),
        ({"base": "a}{$HOME"}, "Expected BASE_PATH as in"),
        *[({"base": base}, "Expected BASE_PATH as in") for base in (".", "..", "../x", "a/../b")],
        ({"domain": "a b.org"}, "Expected DOMAIN as in `make serve DOMAIN=cnn.example.org`, got"),
        *[
            ({"domain": name}, "Expected DOMAIN as in")
            for name in ("localhost", "192.0.2.5", "a.1", f"{'a' * 64}.org")
        ],
        *[
            ({"domain": "cnn.example.org", "address": address}, "Expected HOST as an address that")
            for address in ("localhost", "127.0.0.2", "::1")
        ],
        ({"address": "nosuch.invalid"}, "Expected HOST as a name or an address of this computer"),
        ({"port": "80000"}, "Expected PORT from 1 to 65535, got 80000: `make serve PORT="),
    ],
)
def test_a_wrong_start_is_one_sentence(options: dict[str, str], beginning: str) -> None:
    given = {"workers": "2", "address": "localhost", "port": "8501", "base": "", "domain": ""}
    said = workers.refusal(**(given | options))
    assert said.startswith(beginning)
    assert len(said) < 350


def test_a_port_that_is_taken_names_a_free_one(taken: str) -> None:
    done = CliRunner().invoke(workers.main, ["--port", taken])
    assert done.exit_code == 1
    assert done.output.startswith(f"Port {taken} is not available (")
    assert "`make serve PORT=" in done.output


def test_a_public_name_needs_two_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    refused = {"80": "", "443": "Port 443 is not available (Permission denied): something"}
    monkeypatch.setattr(workers, "port_refusal", lambda port, _: refused.get(port, ""))
    said = workers.refusal("2", "0.0.0.0", "8501", "", "cnn.example.org")
    assert said.startswith("Port 443 is not available (Permission denied), and DOMAIN needs it")
    refused["443"] = ""
    for address in ("", "0.0.0.0"):
        assert workers.refusal("2", address, "no port", "a/b", "cnn.xn--p1ai") == ""


@pytest.mark.parametrize(
    ("address", "domain", "site"),
    [
        ("", "", proxy.Site("", 8501, "a")),
        ("10.0.0.5", "", proxy.Site("10.0.0.5", 8501, "a")),
        ("", "cnn.example.org", proxy.Site("0.0.0.0", 443, "a", "cnn.example.org")),
        ("10.0.0.5", "cnn.example.org", proxy.Site("10.0.0.5", 443, "a", "cnn.example.org")),
    ],
)
def test_a_public_name_is_reached_from_outside(address: str, domain: str, site: proxy.Site) -> None:
    assert workers.located(address, "8501", "a", domain) == site


def test_without_a_proxy_one_sentence_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proxy, "caddy", lambda: "")
    monkeypatch.setattr(workers, "port_refusal", lambda *_: "")
    done = CliRunner().invoke(workers.main, [])
    assert (done.exit_code, done.output) == (1, f"{proxy.NO_CADDY}\n")


def test_what_watches_the_processes_is_small() -> None:
    """With torch it had 500 MB, as much as one of them."""
    ask = (
        "import sys, app.workers; sys.exit(bool({'torch', 'streamlit', 'numpy'} & {*sys.modules}))"
    )
    assert subprocess.run([sys.executable, "-c", ask], cwd=proxy.ROOT, timeout=60).returncode == 0


def test_the_help_is_for_people() -> None:
    said = CliRunner().invoke(workers.main, ["--help"]).output
    assert "Serve the app with several processes" in said
    assert "Args:" not in said
