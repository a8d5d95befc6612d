"""What is said between a window and the server, over one websocket each."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from app.stage.given import Given
from app.stage.hub import Follower, Hub, Role
from app.stage.lectures import lecture
from app.stage.links import link_here
from app.ui.pace import Pace
from core.foreign_text import shortened, visible
from core.json_files import parse_json
from core.lecture import reading
from core.lecture.block import LectureError

if TYPE_CHECKING:
    from starlette.websockets import WebSocket

TOKEN = re.compile(r"[0-9a-f]{16,64}")
LONGEST = 12_000  # characters of a message
MOST_OF_ADDRESS = 600  # windows: a whole hall may come from one address
HEARD, HEARD_BURST = 0.2, 20.0  # seconds for one more message of a window, and messages at once
# Of stage and notes: nobody presses keys faster, and several messages may come with one.
KEYED, KEYED_BURST = 0.02, 300.0
# A whole hall that votes at once and changes its mind: then 100 messages a second.
ADDRESS, ADDRESS_BURST = 0.01, 1500.0
ROOM, ROOM_BURST = 10.0, 30.0  # rooms that one address opens
REFUSED = 1008  # of RFC 6455: a policy is violated
LATER = 1013  # likewise: try again later; the window does
TOO_FAST = "Too much came from here at once: this window goes on in a moment."
TOO_MANY = "Too much comes from here at once: wait a minute, then open the page again."
NO_ROOM = "No lecture has the code {}: type the four letters that are on the screen."
NO_KEY = "This window does not have the key of the lecture: open it from the stage with N."


def is_of_app(socket: WebSocket) -> bool:
    """Whether a page of this app opens a connection, and no other site's in the same browser."""
    from streamlit.web.server.starlette.starlette_websocket import is_host_allowed

    host, origin = socket.headers.get("host", ""), socket.headers.get("origin")
    is_own = origin is None or urlsplit(origin).netloc == host
    return is_own and is_host_allowed(host)


class RefusedError(Exception):
    """A window is sent away with a sentence.

    Attributes:
        code: with which its line is closed.
    """

    def __init__(self, sentence: str, code: int = REFUSED) -> None:
        """With what is said before the line is closed."""
        super().__init__(sentence)
        self.code = code


@dataclass
class Live:
    """Talks with windows.

    Attributes:
        hub: that tells them what changes.
    """

    hub: Hub
    _windows: dict[str, int] = field(default_factory=dict)
    _heard: Pace = field(default_factory=lambda: Pace(HEARD, HEARD_BURST))
    _keyed: Pace = field(default_factory=lambda: Pace(KEYED, KEYED_BURST))
    _addresses: Pace = field(default_factory=lambda: Pace(ADDRESS, ADDRESS_BURST))
    _opened: Pace = field(default_factory=lambda: Pace(ROOM, ROOM_BURST))

    async def talk(self, socket: WebSocket) -> None:
        """From the first message to the last.

        Args:
            socket: of a window.
        """
        from starlette.websockets import WebSocketDisconnect

        if not is_of_app(socket):
            await socket.close(REFUSED)
            return
        await socket.accept()
        address = socket.client.host if socket.client else ""
        self._windows[address] = self._windows.get(address, 0) + 1
        try:
            await self._follow(socket, address)
        except RefusedError as error:
            with suppress(RuntimeError, WebSocketDisconnect):
                await socket.send_text(json.dumps({"error": str(error)}))
                await socket.close(error.code)
        except (WebSocketDisconnect, RuntimeError):
            pass  # the window is closed
        finally:
            self._windows[address] -= 1
            if not self._windows[address]:
                del self._windows[address]

    async def _follow(self, socket: WebSocket, address: str) -> None:
        if self._windows[address] > MOST_OF_ADDRESS:
            raise RefusedError(TOO_MANY)
        hello = await self._read(socket, address)
        follower, token = self._admitted(hello, address)
        await socket.send_text(json.dumps(self._welcome(socket, follower, token)))
        self.hub.join(follower)
        sending = asyncio.get_running_loop().create_task(_send(socket, follower))
        try:
            while True:
                message = await self._read(socket, address, is_keyed=follower.role != "phone")
                answer = self._answer(follower, token, message)
                if answer:
                    await socket.send_text(json.dumps(answer))
        finally:
            sending.cancel()
            self.hub.leave(follower)

    def _welcome(self, socket: WebSocket, follower: Follower, token: str) -> dict[str, Any]:
        """What a window needs besides how things stand."""
        room = self._given(follower.code).room
        if follower.role == "phone":
            chosen = self.hub.store.choice(room.code, room.ballot, token)
            return {"voted": chosen, "round": room.ballot}
        link = link_here(socket.headers.get("host", ""), socket.url.scheme, room.code)
        return {"room": room.code, "key": room.key, "link": link}

    async def _read(
        self, socket: WebSocket, address: str, *, is_keyed: bool = False
    ) -> dict[str, Any]:
        text = await socket.receive_text()
        now, window = time.monotonic(), str(id(socket))
        paces = ((self._keyed if is_keyed else self._heard, window), (self._addresses, address))
        if len(text) > LONGEST:
            raise RefusedError(TOO_MANY)
        if any(pace.seconds_until(who, now) for pace, who in paces):
            raise RefusedError(TOO_FAST, LATER) if is_keyed else RefusedError(TOO_MANY)
        with suppress(ValueError):
            found = parse_json(text.encode())
            if isinstance(found, dict):
                return found
        return {}

    def _admitted(self, hello: Mapping[str, Any], address: str) -> tuple[Follower, str]:
        """Who it is, by what it says first."""
        role: Role = hello["role"] if hello.get("role") in ("stage", "notes") else "phone"
        code = str(hello.get("room") or "")[:40].strip().upper()
        if role == "stage" and not code:
            name = str(hello.get("lecture") or "")[:200] or next(iter(reading.names()), "")
            code = self._new_room(name, address)
            return Follower(role, code), ""
        room = self.hub.store.room(code)
        if room is None:
            raise RefusedError(NO_ROOM.format(f"“{visible(shortened(code, 20))}”"))
        if role != "phone":
            if hello.get("key") != room.key:
                raise RefusedError(NO_KEY)
            return Follower(role, code), ""
        token = str(hello.get("token") or "")
        if not TOKEN.fullmatch(token):
            raise RefusedError("Expected a phone's token of 16 to 64 hexadecimal digits.")
        return Follower(role, code), token

    def _new_room(self, name: str, address: str) -> str:
        if self._opened.seconds_until(address, time.monotonic()):
            raise RefusedError(TOO_MANY)
        try:
            lecture(name)
        except LectureError as error:
            raise RefusedError(str(error)) from error
        return self.hub.store.create(name).code

    def _answer(
        self, follower: Follower, token: str, message: Mapping[str, Any]
    ) -> dict[str, Any] | None:
        """What a message does, and what its window is told of it."""
        if follower.role == "phone":
            return self._vote(follower.code, token, message)
        try:
            given = self._given(follower.code)
        except RefusedError as error:
            return {"error": str(error)}
        if given.do(message) != given.room:
            self.hub.changed(follower.code)
        return None

    def _vote(self, code: str, token: str, message: Mapping[str, Any]) -> dict[str, Any] | None:
        number, choice = message.get("round"), message.get("choice")
        if type(number) is not int or type(choice) is not int:
            return None
        store = self.hub.store
        counts = store.cast(code, number, token, choice)
        if counts:
            self.hub.changed(code)
        room = store.room(code)
        current = room.ballot if room else 0
        return {"voted": store.choice(code, current, token), "round": current, "counts": counts}

    def _given(self, code: str) -> Given:
        try:
            given = self.hub.given(code)
        except LectureError as error:  # a file that is mended is read again
            raise RefusedError(str(error), LATER) from error
        if given is None:
            raise RefusedError("This lecture is over.")
        return given


async def _send(socket: WebSocket, follower: Follower) -> None:
    from starlette.websockets import WebSocketDisconnect

    with suppress(WebSocketDisconnect, RuntimeError):
        while True:
            await socket.send_text(await follower.wait())
