"""Under which names the app answers: another site cannot make its own name one of them."""

import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from benchmarks.browser import APP, serving

FOREIGN = "evil.example"


def status(address: str, host: str) -> int:
    """What the server answers to a websocket of a page under that name."""
    port = urlsplit(address).port
    request = (
        "GET /_stcore/stream HTTP/1.1\r\n"
        f"Host: {host}:{port}\r\n"
        f"Origin: http://{host}:{port}\r\n"
        "Connection: Upgrade\r\n"
        "Upgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(request.encode())
        return int(connection.recv(100).split()[1])


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with serving(APP) as address:
        yield address


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
def test_a_page_of_the_app_is_answered(server: str, host: str) -> None:
    assert status(server, host) == 101


@pytest.mark.parametrize("host", [FOREIGN, "localhost.evil.example", "0.0.0.0", "192.168.1.5"])
def test_a_page_whose_name_was_made_to_mean_this_computer_is_refused(
    server: str, host: str
) -> None:
    assert status(server, host) == 403


def test_the_option_of_make_opens_the_app_to_every_name() -> None:
    with serving((*APP, "--server.allowedHosts", "*")) as address:
        assert status(address, FOREIGN) == 101
