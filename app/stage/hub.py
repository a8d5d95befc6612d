"""Who follows which lecture in this process, and what each of them is told.

Every process looks at the common file ten times a second; what one of its own visitors changes is
told at once.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal

from app.stage.given import Given
from app.stage.lectures import going_on
from app.stage.store import Store
from core.lecture.block import LectureError

LOOK = 0.1  # seconds between two looks at what other processes have written
FILES = 10  # looks after which a lecture's file is looked at as well
PAUSE = 0.02  # seconds in which votes that come together are told together

Role = Literal["stage", "notes", "phone"]
_TOLD: dict[Role, Callable[[Given], dict[str, Any]]] = {
    "stage": Given.for_stage,
    "notes": Given.for_notes,
    "phone": Given.for_phone,
}


@dataclass(eq=False)
class Follower:
    """A window that follows a lecture. One that is slow misses what was overtaken.

    Attributes:
        role: which window.
        code: of the room.
        news: what it is to be told; None: nothing new.
    """

    role: Role
    code: str
    news: dict[str, Any] | None = None
    _last: str = ""
    _woken: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self, news: dict[str, Any]) -> None:
        """What it is to know from now on."""
        text = json.dumps(news)
        if text != self._last:
            self._last, self.news = text, news
            self._woken.set()

    async def wait(self) -> str:
        """The next news as it is sent."""
        await self._woken.wait()
        self._woken.clear()
        return json.dumps({**(self.news or {}), "now": time.time()})


@dataclass
class Hub:
    """All that follow a lecture in this process.

    Attributes:
        store: that all processes share.
        followers: by the code of their room.
    """

    store: Store
    followers: dict[str, set[Follower]] = field(default_factory=dict)
    _woken: asyncio.Event = field(default_factory=asyncio.Event)
    _changed: set[str] = field(default_factory=set)
    _looking: asyncio.Task[None] | None = None

    def given(self, code: str) -> Given | None:
        """A lecture as it stands; None: there is no such room.

        Raises:
            LectureError: its file cannot be read.
        """
        room = self.store.room(code)
        return Given(self.store, room, *going_on(room.lecture)) if room else None

    def join(self, follower: Follower) -> None:
        """From now on it is told what changes, and at once how things stand."""
        self.followers.setdefault(follower.code, set()).add(follower)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.get_running_loop().create_task(self._look())
        self.changed(follower.code)

    def leave(self, follower: Follower) -> None:
        """It is told nothing more; the last one to leave ends the looking."""
        rest = self.followers.get(follower.code, set())
        rest.discard(follower)
        if not rest:
            self.followers.pop(follower.code, None)
        if not self.followers and self._looking is not None:
            self._looking.cancel()
            self._looking = None  # who joins before it has ended begins anew

    def changed(self, code: str) -> None:
        """Somebody here has changed something of a room."""
        self._changed.add(code)
        self._woken.set()

    async def _look(self) -> None:
        stamp, looks = None, 0
        while True:
            looks += 1
            with suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), LOOK)
            self._woken.clear()
            try:
                now = self.store.stamp()
                is_all = now != stamp or looks % FILES == 0
                codes = set(self.followers) if is_all else self._changed
                for code in codes:
                    self._tell(code)
            except sqlite3.Error:  # it is busy, or its disk does not answer: all at the next look
                stamp = None
                continue
            stamp, self._changed = now, set()
            if codes:
                await asyncio.sleep(PAUSE)

    def _tell(self, code: str) -> None:
        followers = self.followers.get(code, set())
        if not followers:
            return
        told: dict[Role, dict[str, Any]] = {}
        try:
            given = self.given(code)
        except LectureError as error:
            given, gone = None, {"error": str(error)}
        else:
            gone = {"error": "This lecture is over."}
        for one in followers:
            if one.role not in told:
                told[one.role] = _TOLD[one.role](given) if given else gone
            one.tell(told[one.role])
