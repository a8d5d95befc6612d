"""app.stage.live, app.stage.hub: what windows say and are told."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.websockets import WebSocketDisconnect
from streamlit.web.server.starlette import starlette_websocket

from app.stage import lectures
from app.stage import live as lives
from app.stage.hub import Follower, Hub
from app.stage.live import Live
from app.stage.store import Store
from tests.app.stage.a_lecture import SECRET, TOML

TOKEN = "0123456789abcdef"
HOST = "localhost:8501"


@pytest.fixture(autouse=True)
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The lecture "short"."""
    path = tmp_path / "short.toml"
    path.write_text(TOML, "utf-8")
    monkeypatch.setenv("LECTURE", str(path))
    monkeypatch.setattr(starlette_websocket, "is_host_allowed", lambda host: host == HOST)
    return path


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    found = Store(tmp_path / "lectures.sqlite")
    yield found
    found.close()


@dataclass(eq=False)
class Window:
    """A window as the server sees it."""

    hello: dict[str, Any]
    address: str = "10.0.0.1"
    headers: dict[str, str] = field(default_factory=lambda: {"host": HOST})
    said: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    told: list[dict[str, Any]] = field(default_factory=list)
    closed: int = 0

    def __post_init__(self) -> None:
        self.client = SimpleNamespace(host=self.address)
        self.url = SimpleNamespace(scheme="ws")
        self.say(self.hello)

    async def accept(self) -> None:
        """Nothing more is needed."""

    async def receive_text(self) -> str:
        """What the window says next; "": it is closed."""
        text = await self.said.get()
        if not text:
            raise WebSocketDisconnect
        return text

    async def send_text(self, text: str) -> None:
        self.told.append(json.loads(text))

    async def close(self, code: int) -> None:
        self.closed = code

    def say(self, message: object) -> None:
        self.said.put_nowait(message if isinstance(message, str) else json.dumps(message))

    @property
    def last(self) -> dict[str, Any]:
        return self.told[-1]

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait until something is so."""
        async with asyncio.timeout(5):
            while not true():
                await asyncio.sleep(0.005)


@asynccontextmanager
async def open_windows(live: Live, *windows: Window) -> AsyncIterator[None]:
    """Windows that follow, and are closed at the end."""
    talks = [asyncio.create_task(live.talk(window)) for window in windows]
    yield
    for window in windows:
        window.said.put_nowait("")
    await asyncio.gather(*talks)


@asynccontextmanager
async def open_stage(live: Live) -> AsyncIterator[Window]:
    """The stage of a new lecture, which knows how things stand."""
    stage = Window({"role": "stage", "lecture": "short"})
    async with open_windows(live, stage):
        await stage.until(lambda: len(stage.told) == 2)
        yield stage


async def open_vote(stage: Window) -> None:
    """On to the state that the room votes on."""
    for _ in range(2):
        stage.say({"do": "next"})
    await stage.until(lambda: stage.last["phase"] == "vote")


def run(test: Coroutine[Any, Any, None]) -> None:
    asyncio.run(test)


def phone(code: str, token: str = TOKEN, **more: Any) -> Window:
    return Window({"role": "phone", "room": code, "token": token}, **more)


def test_stage_notes_and_phone_follow_each_other(store: Store) -> None:
    async def test() -> None:
        live = Live(Hub(store))
        async with open_stage(live) as stage:
            welcome = stage.told[0]
            assert len(welcome["room"]) == 4
            notes = Window({**welcome, "role": "notes"})
            there = phone(welcome["room"].lower())
            async with open_windows(live, notes, there):
                await there.until(lambda: there.told and notes.told)
                notes.say({"do": "next"})
                await stage.until(lambda: stage.last["index"] == 1)
                stage.say({"do": "next"})
                await there.until(lambda: there.last.get("open"))
                there.say({"round": there.last["round"], "choice": 2})
                await stage.until(lambda: stage.last["vote"]["count"] == 1)
                await notes.until(lambda: notes.last["counts"] == [0, 0, 1, 0])
                assert {"voted": 2, "round": 1, "counts": True} in there.told
                stage.say({"do": "answer"})
                await stage.until(lambda: stage.last["answer"] == SECRET[0])
                assert not any(words in json.dumps(there.told) for words in SECRET)
        assert not live.hub.followers
        assert not live._windows

    run(test())


def test_another_process_is_heard_within_a_moment(store: Store) -> None:
    async def test() -> None:
        there = Store(store.path)
        live, another = Live(Hub(store)), Live(Hub(there))
        async with open_stage(live) as stage:
            notes = Window({**stage.told[0], "role": "notes"})
            async with open_windows(another, notes):
                await notes.until(lambda: len(notes.told) == 2)
                notes.say({"do": "next"})
                await stage.until(lambda: stage.last["index"] == 1)
                stage.say({"do": "previous"})
                await notes.until(lambda: notes.last["index"] == 0)
        there.close()

    run(test())


def test_a_window_that_comes_back_finds_how_things_stand(store: Store) -> None:
    async def test() -> None:
        live = Live(Hub(store))
        async with open_stage(live) as stage:
            await open_vote(stage)
            there = phone(stage.last["code"])
            async with open_windows(live, there):
                there.say({"round": 1, "choice": 3})
                await there.until(lambda: any("counts" in one for one in there.told))
        again, back = Window({**stage.told[0], "role": "stage"}), phone(stage.last["code"])
        async with open_windows(Live(Hub(store)), again, back):
            await again.until(lambda: len(again.told) == 2 and len(back.told) == 2)
            assert (again.last["index"], again.last["phase"]) == (1, "vote")
            assert back.told[0] == {"voted": 3, "round": 1}

    run(test())


@pytest.mark.parametrize(
    ("hello", "words"),
    [
        ({"role": "phone", "room": "ZZZZ", "token": TOKEN}, "No lecture has the code “ZZZZ”"),
        ({"role": "phone", "room": "<b>\x00", "token": TOKEN}, "No lecture has the code “<B>\\x00"),
        ({"role": "phone", "room": 10**9, "token": TOKEN}, "No lecture has the code"),
        ({"role": "phone", "room": "CODE"}, "Expected a phone's token"),
        ({"role": "phone", "room": "CODE", "token": "'; DROP TABLE vote"}, "Expected a phone's"),
        ({"role": "notes", "room": "CODE"}, "does not have the key"),
        ({"role": "stage", "room": "CODE", "key": None}, "does not have the key"),
        ({"role": "notes", "room": "CODE", "key": ["x"]}, "does not have the key"),
        ({"role": "stage", "lecture": "none"}, "none"),
        ({"role": "stage", "lecture": {"a": 1}}, "is no lecture"),
        ("no JSON", "No lecture has the code"),
        ("[1, 2]", "No lecture has the code"),
        ("[" * 5000, "No lecture has the code"),
        ("x" * (lives.LONGEST + 1), lives.TOO_MANY),
    ],
)
def test_who_may_not_follow_is_told_why(store: Store, hello: Any, words: str) -> None:
    async def test() -> None:
        code = store.create("short").code
        if isinstance(hello, dict) and hello.get("room") == "CODE":
            hello["room"] = code
        window = Window(hello)
        async with open_windows(Live(Hub(store)), window):
            await window.until(lambda: bool(window.closed))
        assert words in window.last["error"]
        assert len(window.told) == 1

    run(test())


@pytest.mark.parametrize(
    "headers",
    [
        {"host": HOST, "origin": "https://evil.example"},
        {"host": HOST, "origin": "null"},
        {"host": "evil.example", "origin": "http://evil.example"},
    ],
)
def test_another_site_is_not_let_in(store: Store, headers: dict[str, str]) -> None:
    window = Window({"role": "stage", "lecture": "short"}, headers=headers)
    run(Live(Hub(store)).talk(window))
    assert (window.closed, window.told, store.rooms()) == (lives.REFUSED, [], [])


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"round": 1},
        {"round": 0, "choice": 1},
        {"round": 2, "choice": 1},
        {"round": 1, "choice": 4},
        {"round": 1, "choice": -1},
        {"round": 1, "choice": True},
        {"round": "1", "choice": "1"},
        {"round": 1, "choice": 10**30},
        {"round": 10**30, "choice": 1},
        {"do": "next"},
        {"do": "answer"},
        "no JSON",
    ],
)
def test_what_a_phone_may_not_say_changes_nothing(store: Store, message: Any) -> None:
    async def test() -> None:
        live = Live(Hub(store))
        async with open_stage(live) as stage:
            await open_vote(stage)
            before, there = store.rooms(), phone(stage.last["code"])
            async with open_windows(live, there):
                there.say(message)
                there.say({"round": 1, "choice": 0})
                await there.until(lambda: any(one.get("voted") == 0 for one in there.told))
        assert store.rooms() == before
        assert store.counts(before[0].code, 1) == (1, 0, 0, 0)

    run(test())


def test_200_phones_of_one_address_vote_at_once_and_all_count(store: Store) -> None:
    async def test() -> None:
        live = Live(Hub(store))
        async with open_stage(live) as stage:
            await open_vote(stage)
            phones = [phone(stage.last["code"], f"{number:016x}") for number in range(200)]
            async with open_windows(live, *phones):
                for number, one in enumerate(phones):
                    one.say({"round": 1, "choice": number % 4})
                await stage.until(lambda: stage.last["vote"]["count"] == 200)
            stage.say({"do": "next"})
            await stage.until(lambda: stage.last["vote"]["counts"] == [50, 50, 50, 50])
            late = phone(stage.last["code"])
            async with open_windows(live, late):
                late.say({"round": 1, "choice": 0})
                await late.until(lambda: any("counts" in one for one in late.told))
                assert late.last["counts"] is False, "after the end"
            assert store.counts(stage.last["code"], 1) == (50, 50, 50, 50)

    run(test())


def test_a_flood_is_sent_away_and_the_others_are_heard(store: Store) -> None:
    async def test() -> None:
        live = Live(Hub(store))
        code = store.create("short").code
        flood, calm = phone(code), phone(code, "f" * 16, address="10.0.0.2")
        async with open_windows(live, flood, calm):
            for _ in range(200):
                flood.say({"round": 1, "choice": 0})
            await flood.until(lambda: bool(flood.closed))
            assert flood.last == {"error": lives.TOO_MANY}
            calm.say({"round": 0, "choice": 0})
            await calm.until(lambda: any("counts" in one for one in calm.told))
            assert not calm.closed

    run(test())


def test_keys_that_come_too_fast_let_a_window_come_back(store: Store) -> None:
    async def test() -> None:
        async with open_stage(Live(Hub(store))) as stage:
            for _ in range(100):
                stage.say({"do": "blank"})
            await stage.until(lambda: stage.last["version"] > 100)
            assert not stage.closed, "nobody presses keys faster"
            for _ in range(1000):
                stage.say({"do": "blank"})
            await stage.until(lambda: bool(stage.closed))
            assert (stage.closed, stage.last) == (lives.LATER, {"error": lives.TOO_FAST})

    run(test())


def test_one_address_has_so_many_windows_messages_and_rooms(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lives, "MOST_OF_ADDRESS", 3)

    async def test() -> None:
        live = Live(Hub(store))
        code = store.create("short").code
        several = [phone(code, f"{number:016x}") for number in range(4)]
        async with open_windows(live, *several):
            await several[3].until(lambda: bool(several[3].closed))
            assert [bool(window.closed) for window in several] == [False, False, False, True]
        live._opened.burst = 1.0
        rooms = [Window({"role": "stage", "lecture": "short"}) for _ in range(2)]
        async with open_windows(live, *rooms):
            await rooms[1].until(lambda: bool(rooms[1].closed))
        assert not rooms[0].closed

    run(test())


def test_an_address_says_so_much_however_many_windows_it_has(store: Store) -> None:
    async def test() -> None:
        live = Live(Hub(store))
        live._addresses.burst = 6.0
        code = store.create("short").code
        several = [phone(code, f"{number:016x}") for number in range(9)]
        other = phone(code, "f" * 16, address="10.0.0.2")
        async with open_windows(live, *several, other):
            await other.until(lambda: sum(bool(window.closed) for window in several) == 3)
            assert not other.closed

    run(test())


def test_a_file_that_is_broken_for_a_moment_stops_nobody_and_is_said_in_the_notes(
    store: Store, file: Path
) -> None:
    async def test() -> None:
        live = Live(Hub(store))
        async with open_stage(live) as stage:
            notes = Window({**stage.told[0], "role": "notes"})
            async with open_windows(live, notes):
                await notes.until(lambda: len(notes.told) == 2)
                file.write_text("[lecture", "utf-8")
                await notes.until(lambda: "short.toml, line 1" in notes.last.get("words", ""))
                notes.say({"do": "next"})
                await stage.until(lambda: stage.last["index"] == 1)
                file.write_text(TOML.replace("third", "last"), "utf-8")
                await stage.until(lambda: stage.last["states"][2]["title"] == "last")
                await notes.until(lambda: notes.last["words"] == "")
            assert "short.toml" not in json.dumps(stage.told)

    run(test())


@pytest.mark.parametrize("role", ["stage", "notes", "phone"])
def test_a_lecture_that_cannot_be_read_is_said_and_asked_for_again(
    store: Store, file: Path, monkeypatch: pytest.MonkeyPatch, role: str
) -> None:
    async def test() -> None:
        monkeypatch.setattr(lectures, "_read", {})  # as after a start of the server
        room = store.create("short")
        file.write_text("[lecture", "utf-8")
        window = Window({"role": role, "room": room.code, "key": room.key, "token": TOKEN})
        async with open_windows(Live(Hub(store)), window):
            await window.until(lambda: bool(window.closed))
        assert "short.toml, line 1" in window.last["error"]
        assert window.closed == lives.LATER

    run(test())


def test_a_stage_that_names_no_lecture_gives_the_first(store: Store) -> None:
    async def test() -> None:
        stage = Window({"role": "stage"})
        async with open_windows(Live(Hub(store)), stage):
            await stage.until(lambda: len(stage.told) == 2)
        assert store.rooms()[0].lecture == "short", "LECTURE names it"

    run(test())


def test_who_joins_as_the_last_one_leaves_is_told(store: Store) -> None:
    async def ask() -> None:
        hub = Hub(store)
        code = store.create("short").code
        first, second = Follower("phone", code), Follower("phone", code)
        hub.join(first)
        await first.wait()
        hub.leave(first)
        hub.join(second)
        await asyncio.wait_for(second.wait(), 5)
        hub.leave(second)

    asyncio.run(ask())


@pytest.mark.parametrize("name", ["stamp", "room"])
def test_a_store_that_does_not_answer_for_a_moment_ends_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    answer, failed = getattr(store, name), 0

    def busy(*given: Any) -> Any:
        nonlocal failed
        failed += 1
        if failed <= 2:
            raise sqlite3.OperationalError("disk I/O error")
        return answer(*given)

    async def tried() -> None:
        hub = Hub(store)
        room = store.create("short")
        follower = Follower("stage", room.code)
        monkeypatch.setattr(Store, name, lambda self, *given: busy(*given))
        hub.join(follower)
        news = json.loads(await asyncio.wait_for(follower.wait(), 5))
        assert "error" not in news
        assert failed > 2
        hub.leave(follower)

    asyncio.run(tried())
