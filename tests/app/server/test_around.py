"""app.server.around and warm_up: what the server's process does beside its pages."""

import asyncio
import importlib.util
import socket

from app.server import warm_up
from app.server.around import send_at_once


def test_small_messages_are_sent_at_once() -> None:
    """Streamlit's own way to open its socket leaves Nagle's algorithm on."""

    async def delays(at_once: bool) -> int:
        loop = asyncio.get_running_loop()
        if at_once:
            send_at_once(loop)
        accepted = loop.create_future()

        class Heard(asyncio.Protocol):
            def connection_made(self, transport: asyncio.BaseTransport) -> None:
                one = transport.get_extra_info("socket")
                accepted.set_result(one.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))

        listening = socket.socket(family=socket.AF_INET)
        listening.bind(("127.0.0.1", 0))
        server = await loop.create_server(Heard, sock=listening)
        _, writer = await asyncio.open_connection(*listening.getsockname())
        found = await accepted
        writer.close()
        server.close()
        return int(found)

    assert asyncio.run(delays(at_once=True)) != 0
    # where this fails, Python does it itself
    assert asyncio.run(delays(at_once=False)) == 0


def test_every_chapter_is_loaded_before_somebody_comes() -> None:
    names = warm_up.modules()
    assert {name.split(".")[2] for name in names} == {
        *("convolution", "networks", "training", "cam", "attack", "yours"),
    }
    assert not [name for name in names if name.endswith(".page")], "a page draws"
    assert all(importlib.util.find_spec(name) for name in names)
