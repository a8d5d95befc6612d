"""One visitor: opens a page as a browser does, and touches its controls."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from benchmarks.loading import messages
from benchmarks.loading.http import Connection
from benchmarks.loading.page import Control, Page, said, touched

PATIENCE = 40.0  # seconds until something counts as failed
ENDED = (0, 3)  # the whole page or a part of it; a run that ends early is followed by the next
ASKED = ("/_stcore/health", "/_stcore/host-config")  # by every page, before its websocket
BROKEN = (OSError, EOFError, asyncio.TimeoutError, WebSocketException, RuntimeError)


@dataclass
class Visitor:
    """A visitor of one chapter.

    Attributes:
        host: name and port of the server.
        link: chapter and settings, as "attack?network=B".
        rng: decides what is touched.
        page: what is open.
        sent: bytes that came over the websocket; ``fetched``: by requests.
        last: what was touched last, in words.
    """

    host: str
    link: str
    rng: random.Random
    page: Page = field(default_factory=Page)
    sent: int = 0
    fetched: int = 0
    last: str = ""
    _socket: ClientConnection | None = None
    _session: str = ""
    _http: Connection | None = None

    async def open(self, files: Sequence[str] = ()) -> float:
        """Open the link; returns the seconds to the complete page.

        Args:
            files: paths of what a first visit loads beside the page.

        Raises:
            OSError, RuntimeError, TimeoutError, WebSocketException: it did not open.
        """
        start = time.perf_counter()
        async with asyncio.timeout(PATIENCE):
            self._http = await Connection.open(self.host)
            await self._get(f"/{self.link}")
            for path in (*files, *ASKED):
                await self._get(path)
            how = messages.handshake(self.host, self._http.cookie_line(), PATIENCE)
            self._socket = await connect(**how)
            chapter, _, self.page.query = self.link.partition("?")
            asked = BackMsg()
            asked.rerun_script.page_name = chapter
            await self._run(asked)
        return time.perf_counter() - start

    async def act(self, keys: Sequence[str], avoid: tuple[str, ...] = ()) -> float | None:
        """Touch one of the controls; returns the seconds until the page has changed.

        Args:
            keys: of the controls that may be touched, one for each time that it may be drawn.
            avoid: beginnings of options that are not chosen.

        Returns:
            None where none of them is on the page.

        Raises:
            OSError, RuntimeError, TimeoutError, WebSocketException: no answer came.
        """
        here = [key for key in keys if key in self.page.controls]
        if not here:
            return None
        for key in self.rng.sample(here, len(here)):
            control = self.page.controls[key]
            state = touched(control, self.rng, avoid)
            if state is not None:
                self.last = f"{key} = {said(state)}"
                return await self.send(control, state)
        return None

    async def send(self, control: Control, state: WidgetState) -> float:
        """Give a control another state; returns the seconds until the page has changed."""
        start = time.perf_counter()
        async with asyncio.timeout(PATIENCE):
            self.page.states[state.id] = state
            asked = BackMsg()
            asked.rerun_script.fragment_id = control.fragment
            await self._run(asked)
        return time.perf_counter() - start

    async def flood(self, key: str, end: float, every: float) -> int:
        """Move a control again and again without waiting for an answer, as a stuck key does.

        Args:
            key: of the control.
            end: on the clock of ``time.perf_counter``.
            every: seconds between two messages.

        Returns:
            How many there were.
        """
        if self._socket is None:
            return 0
        listening, count = asyncio.create_task(self._listen()), 0
        while time.perf_counter() < end and not listening.done():
            control = self.page.controls[key]
            state = touched(control, self.rng, ())
            if state is not None:
                self.page.states[state.id] = state
                asked = BackMsg()
                asked.rerun_script.fragment_id = control.fragment
                await self._socket.send(self._filled(asked).SerializeToString())
                count += 1
            await asyncio.sleep(every)
        listening.cancel()
        return count

    async def upload(self, key: str, name: str, content: bytes) -> float | None:
        """Choose a file in the control whose key begins so; returns the seconds until it shows.

        Returns:
            None where there is no such control.
        """
        found = [one for one in self.page.controls if one.startswith(key)]
        if not found or self._socket is None or self._http is None:
            return None
        control, start = self.page.controls[found[0]], time.perf_counter()
        async with asyncio.timeout(PATIENCE):
            asked = messages.file_to_come(self._session, name)
            await self._socket.send(asked.SerializeToString())
            while (answer := await self._next()).WhichOneof("type") != "file_urls_response":
                self.page.take(answer)
            (urls,) = answer.file_urls_response.file_urls
            await self._hang_on()
            put = await self._http.fetch(
                urls.upload_url,
                method="PUT",
                body=messages.form(name, content),
                kind=messages.FORM,
            )
            if put.status not in (200, 204):
                raise RuntimeError(f"an upload was answered with {put.status}")
            state = messages.file_chosen(control.element.id, name, len(content), urls)
            await self.send(control, state)
        return time.perf_counter() - start

    async def leave(self) -> None:
        """Close the page."""
        if self._http is not None:
            self._http.close()
        if self._socket is not None:
            await self._socket.close()

    async def _get(self, path: str) -> None:
        if self._http is None:
            return
        await self._hang_on()
        answer = await self._http.fetch(path)
        if answer.status != 200:
            raise RuntimeError(f"{path} was answered with {answer.status}")
        self.fetched += len(answer.body)

    async def _hang_on(self) -> None:
        """A server hangs up after some seconds of silence: then connect again."""
        if self._http is not None and self._http.reader.at_eof():
            cookies = self._http.cookies
            self._http = await Connection.open(self.host)
            self._http.cookies.update(cookies)

    async def _next(self) -> ForwardMsg:
        if self._socket is None:
            raise RuntimeError("the page is closed")
        content = await self._socket.recv(decode=False)
        self.sent += len(content)
        return ForwardMsg.FromString(content)

    async def _listen(self) -> None:
        while True:
            self.page.take(await self._next())

    def _filled(self, asked: BackMsg) -> BackMsg:
        """What a browser tells with every run."""
        client, page = asked.rerun_script, self.page
        client.query_string, client.page_script_hash = page.query, page.script
        client.widget_states.widgets.extend(page.known())
        client.cached_message_hashes.extend(page.hashes)
        client.context_info.url = f"http://{self.host}/{self.link}"
        client.context_info.color_scheme = "light"
        return asked

    async def _run(self, asked: BackMsg) -> None:
        """Ask for a run, and follow it to its end, pictures included."""
        page, content = self.page, self._filled(asked).SerializeToString()
        before = set(page.media)
        if not asked.rerun_script.fragment_id:
            page.begin()
        if self._socket is not None:
            await self._socket.send(content)
        await self._follow()
        for path in sorted(page.media - before):
            await self._get(path)
        if page.exceptions:
            raise RuntimeError(f"the page says: {page.exceptions.pop()}")

    async def _follow(self) -> None:
        while True:
            message = await self._next()
            kind = message.WhichOneof("type")
            if kind == "new_session":
                self._session = message.new_session.initialize.session_id
            self.page.take(message)
            if kind == "script_finished" and message.script_finished in ENDED:
                return
