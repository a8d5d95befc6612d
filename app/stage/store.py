"""What is known of lectures while they are given, in one file: a server that is started again goes
on, and several processes meet.

No name, no address and nothing else of a person is in it: a vote is a random token and a number.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from functools import cache, cached_property
from pathlib import Path

from app.ui.visit_folders import state_folder
from core.json_files import parse_json
from core.lecture.course import OPEN, Phase, Position
from core.lecture.states import CHOICES

FILE = "lectures.sqlite"
LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"  # no O, no I, no Q: they are read aloud and typed
CODE_LENGTH = 4
MOST_ROOMS = 200  # that are kept; the oldest go first
OLDEST = 7 * 24 * 3600.0  # seconds
MOST_VOTES = 2000  # of one ballot
WAIT = 2.0  # seconds for another process that writes

_TABLES = """
CREATE TABLE IF NOT EXISTS room (code TEXT PRIMARY KEY, touched REAL, value TEXT);
CREATE TABLE IF NOT EXISTS ballot (
  code TEXT, number INTEGER, question TEXT, PRIMARY KEY (code, number)
);
CREATE TABLE IF NOT EXISTS vote (
  code TEXT, number INTEGER, token TEXT, choice INTEGER, PRIMARY KEY (code, number, token)
) WITHOUT ROWID;
"""
_FORGET = (
    "DELETE FROM room WHERE code = ?",
    "DELETE FROM ballot WHERE code = ?",
    "DELETE FROM vote WHERE code = ?",
)


@dataclass(frozen=True)
class Room:
    """A lecture that is given.

    Attributes:
        code: that phones type.
        key: that the stage and the notes have, and nobody else.
        lecture: name of its file.
        index: of the state, from 0.
        phase: step of the state.
        is_blank: whether the screen is dark.
        reloads: how often the picture was asked for anew.
        version: grows with every change.
        ballot: number of the vote that stands; 0: there was none.
        good: index of the state that the stage has shown last without a fault.
        started: time at which the lecture began, of ``time.time``; 0: it has not.
        touched: the last change, of ``time.time``.
        asks: names of the questions that the picture asks, the next one first.
        silent: the last key, where there was nothing to ask: "vote", "live" or "answer"; else "".
        left: whether the vote that stands was left while it was open: it goes on where the same is
            asked again.
        wants: how often a key asked for what the picture asks, which only the stage has.
    """

    code: str
    key: str
    lecture: str
    index: int = 0
    phase: Phase = Phase.STATE
    is_blank: bool = False
    reloads: int = 0
    version: int = 1
    ballot: int = 0
    good: int = 0
    started: float = 0.0
    touched: float = 0.0
    asks: tuple[str, ...] = ()
    silent: str = ""
    wants: int = 0
    left: bool = False

    @property
    def position(self) -> Position:
        """Where it stands."""
        return Position(self.index, self.phase)

    @property
    def is_open(self) -> bool:
        """Whether the room votes now."""
        return self.phase in OPEN


@dataclass(frozen=True)
class Ballot:
    """What the room is asked.

    Attributes:
        text: the question.
        choices: four answers.
        right: index of the right one.
        wrong: for each answer the misconception behind it; "" at the right one.
        picture: that it is about, as a data URL; "": the one on the screen.
        caption: what is said below that picture.
        answer: what is said of the right one once it is asked for.
        is_of_file: whether it is the lecture's own question for the state, not the picture's.
    """

    text: str
    choices: tuple[str, ...]
    right: int
    wrong: tuple[str, ...] = ("",) * CHOICES
    picture: str = ""
    caption: str = ""
    answer: str = ""
    is_of_file: bool = False


@dataclass
class Store:
    """The file. Its functions may be called by any thread.

    Attributes:
        path: of the file, which is made where there is none.
    """

    path: Path
    _lock: threading.RLock = field(default_factory=threading.RLock)

    @cached_property
    def _base(self) -> sqlite3.Connection:
        base = sqlite3.connect(
            self.path, timeout=WAIT, isolation_level=None, check_same_thread=False
        )
        base.execute("PRAGMA journal_mode = WAL")
        base.execute("PRAGMA synchronous = NORMAL")
        base.executescript(_TABLES)
        return base

    def close(self) -> None:
        """Give the file back."""
        self._base.close()

    def stamp(self) -> int:
        """A number that changes when another process has written."""
        with self._lock:
            return int(self._base.execute("PRAGMA data_version").fetchone()[0])

    def create(self, lecture: str) -> Room:
        """A new room.

        Args:
            lecture: name of its file.
        """
        with self._writing():
            self._forget_old()
            code = next(code for code in _codes() if self.room(code) is None)
            room = Room(code, secrets.token_hex(8), lecture, touched=time.time())
            self._put(room)
        return room

    def room(self, code: str) -> Room | None:
        """A room by its code; None: there is none, or no longer."""
        with self._lock:
            row = self._base.execute("SELECT value FROM room WHERE code = ?", [code]).fetchone()
        return _room(row[0]) if row else None

    def rooms(self) -> list[Room]:
        """All rooms, the last one touched first."""
        with self._lock:
            rows = self._base.execute("SELECT value FROM room ORDER BY touched DESC").fetchall()
        return [_room(value) for (value,) in rows]

    def latest(self, since: float) -> Room | None:
        """The room that was touched last; None: none since a time of ``time.time``."""
        with self._lock:
            row = self._base.execute(
                "SELECT value FROM room WHERE touched >= ? ORDER BY touched DESC LIMIT 1", [since]
            ).fetchone()
        return _room(row[0]) if row else None

    def change(self, code: str, how: Callable[[Room], Room], ballot: Ballot | None = None) -> Room:
        """Change a room, and nobody else meanwhile.

        Args:
            code: of the room.
            how: the room as it is to the room as it will be; its version grows by itself.
            ballot: what is asked where the change opens a vote.

        Raises:
            KeyError: no such room.
        """
        with self._writing():
            before = self.room(code)
            if before is None:
                raise KeyError(code)
            after = how(before)
            if after == before:
                return before
            after = replace(after, version=before.version + 1, touched=time.time())
            if after.ballot != before.ballot:
                question = json.dumps(asdict(ballot)) if ballot else "{}"
                self._base.execute(
                    "INSERT OR REPLACE INTO ballot VALUES (?, ?, ?)", [code, after.ballot, question]
                )
            self._put(after)
        return after

    def ballot(self, code: str, number: int) -> Ballot | None:
        """What was asked; None: there was no such vote."""
        with self._lock:
            row = self._base.execute(
                "SELECT question FROM ballot WHERE code = ? AND number = ?", [code, number]
            ).fetchone()
        found = parse_json(row[0].encode()) if row else {}
        if not found:
            return None
        pairs = {name: tuple(found[name]) for name in ("choices", "wrong")}
        return Ballot(**{**found, **pairs})

    def cast(self, code: str, number: int, token: str, choice: int) -> bool:
        """One vote; of one token the last one counts.

        Args:
            code: of the room.
            number: of the vote.
            token: of the phone.
            choice: index of the answer.

        Returns:
            Whether it counts: the vote is the one that is open, and not full.
        """
        with self._writing():
            room = self.room(code)
            if room is None or not room.is_open or number != room.ballot:
                return False
            if not 0 <= choice < CHOICES:
                return False
            known = self._base.execute(
                "SELECT 1 FROM vote WHERE code = ? AND number = ? AND token = ?",
                [code, number, token],
            ).fetchone()
            if not known and sum(self.counts(code, number)) >= MOST_VOTES:
                return False
            self._base.execute(
                "INSERT OR REPLACE INTO vote VALUES (?, ?, ?, ?)", [code, number, token, choice]
            )
        return True

    def choice(self, code: str, number: int, token: str) -> int | None:
        """What a phone has chosen; None: nothing yet."""
        with self._lock:
            row = self._base.execute(
                "SELECT choice FROM vote WHERE code = ? AND number = ? AND token = ?",
                [code, number, token],
            ).fetchone()
        return int(row[0]) if row else None

    def counts(self, code: str, number: int) -> tuple[int, ...]:
        """How many have chosen each answer."""
        with self._lock:
            rows = self._base.execute(
                "SELECT choice, count(*) FROM vote WHERE code = ? AND number = ? GROUP BY choice",
                [code, number],
            ).fetchall()
        found = dict(rows)
        return tuple(int(found.get(choice, 0)) for choice in range(CHOICES))

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """All or nothing, one thread and one process at a time."""
        with self._lock:
            self._base.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._base.execute("ROLLBACK")
                raise
            self._base.execute("COMMIT")

    def _put(self, room: Room) -> None:
        row = [room.code, room.touched, json.dumps(asdict(room))]
        self._base.execute("INSERT OR REPLACE INTO room VALUES (?, ?, ?)", row)

    def _forget_old(self) -> None:
        rooms = self.rooms()
        late = time.time() - OLDEST
        for room in [*rooms[MOST_ROOMS - 1 :], *(one for one in rooms if one.touched < late)]:
            for statement in _FORGET:
                self._base.execute(statement, [room.code])


def _room(value: str) -> Room:
    found = parse_json(value.encode())
    asks = tuple(found.get("asks", ()))
    return Room(**{**found, "phase": Phase(found["phase"]), "asks": asks})


def _codes() -> Iterator[str]:
    while True:
        yield "".join(secrets.choice(LETTERS) for _ in range(CODE_LENGTH))


@cache
def store() -> Store:
    """This process's own door to the file."""
    return Store(state_folder() / FILE)
