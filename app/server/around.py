"""What stands around the pages in the server's process: answers beside them, and what is done
before the first visitor comes.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

from starlette.middleware import Middleware

from app.server import warm_up
from app.server.doors import Doors
from app.server.head import Head
from app.server.kept import Kept
from app.server.outputs import keep_open
from app.ui import heap, parcels
from app.ui.pace import EVERY, PACE

if TYPE_CHECKING:
    import streamlit as st

keep_open()
heap.share_heaps()
parcels.bundle()
MIDDLEWARE = (Middleware(Kept), Middleware(Doors), Middleware(Head))


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    """From the start of the server to its end: the pages are loaded beside it, so that it answers
    at once, and no visitor waits for what one of them needs first.
    """
    send_at_once(asyncio.get_running_loop())
    PACE.every = EVERY
    for work in (warm_up.load, warm_up.stay_small):
        threading.Thread(target=work, name=work.__name__, daemon=True).start()
    yield


def send_at_once(loop: asyncio.AbstractEventLoop) -> None:
    """Sockets that the loop will listen on send what is written without waiting for more.

    Streamlit opens them in a form in which asyncio leaves Nagle's algorithm on: each small message
    then waits for the answer to the one before, 40 ms where a browser's system delays it. uvloop
    never does.

    Args:
        loop: of the server.
    """
    usual = loop.create_server

    async def create_server(*args: Any, **named: Any) -> Any:  # noqa: ANN401 - asyncio's own
        for one in [named["sock"]] if named.get("sock") else []:
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return await usual(*args, **named)

    with suppress(AttributeError):  # uvloop's takes no other method
        loop.create_server = create_server  # type: ignore[method-assign]
