"""app.stage.store: what is kept of a lecture, and of the room's votes."""

import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.stage import store as stores
from app.stage.store import Ballot, Room, Store
from core.data.facts import ROOT
from core.lecture.course import Phase

QUESTION = Ballot("What comes out?", ("1", "2", "3", "4"), 2, ("bias forgotten", "", "", "flipped"))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    found = Store(tmp_path / "lectures.sqlite")
    yield found
    found.close()


def opened(store: Store) -> Room:
    """A room that votes."""
    code = store.create("cnn").code
    return store.change(code, lambda room: replace(room, phase=Phase.VOTE, ballot=1), QUESTION)


def test_a_room_is_found_again_by_its_code_also_by_another_process(store: Store) -> None:
    room = store.create("cnn")
    store.change(room.code, lambda one: replace(one, index=3, phase=Phase.RESULT))
    another = Store(store.path)
    found = another.room(room.code)
    another.close()
    assert found is not None
    assert (found.index, found.phase, found.lecture) == (3, Phase.RESULT, "cnn")
    assert found.key == room.key
    assert found.version == room.version + 1


def test_a_code_can_be_read_aloud_and_a_key_is_not_guessed(store: Store) -> None:
    first, second = store.create("cnn"), store.create("cnn")
    assert first.code != second.code
    assert len(first.code) == 4
    assert set(first.code) <= set(stores.LETTERS)
    assert first.key != second.key
    assert len(first.key) == 16


def test_nothing_changes_nothing(store: Store) -> None:
    room = store.create("cnn")
    assert store.change(room.code, lambda one: one) == room
    with pytest.raises(KeyError):
        store.change("NONE", lambda one: one)
    assert store.room("NONE") is None


def test_a_change_that_fails_leaves_all_as_it_was(store: Store) -> None:
    room = opened(store)
    with pytest.raises(ZeroDivisionError):
        store.change(room.code, lambda one: replace(one, index=1 // 0))
    assert store.room(room.code) == room
    assert store.cast(room.code, 1, "a", 0), "the file is not locked"


def test_of_a_token_the_last_vote_counts(store: Store) -> None:
    room = opened(store)
    for token, choice in (("a", 0), ("b", 2), ("a", 2), ("c", 3)):
        assert store.cast(room.code, 1, token, choice)
    assert store.counts(room.code, 1) == (0, 0, 2, 1)
    assert store.choice(room.code, 1, "a") == 2
    assert store.choice(room.code, 1, "z") is None
    assert store.ballot(room.code, 1) == QUESTION


@pytest.mark.parametrize(("number", "choice"), [(0, 0), (2, 0), (1, 4), (1, -1)])
def test_a_wrong_vote_does_not_count(store: Store, number: int, choice: int) -> None:
    room = opened(store)
    assert not store.cast(room.code, number, "a", choice)
    assert store.counts(room.code, 1) == (0, 0, 0, 0)


def test_after_the_end_no_vote_counts(store: Store) -> None:
    room = opened(store)
    store.change(room.code, lambda one: replace(one, phase=Phase.RESULT))
    assert not store.cast(room.code, 1, "a", 0)
    assert not store.cast("NONE", 1, "a", 0)


def test_votes_are_bounded_and_who_has_voted_may_still_change(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stores, "MOST_VOTES", 3)
    room = opened(store)
    assert [store.cast(room.code, 1, token, 0) for token in "abcd"] == [True, True, True, False]
    assert store.cast(room.code, 1, "a", 1)
    assert store.counts(room.code, 1) == (2, 1, 0, 0)


def test_rooms_are_bounded_and_the_oldest_go_with_their_votes(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stores, "MOST_ROOMS", 2)
    first = opened(store)
    store.cast(first.code, 1, "a", 0)
    later = [store.create("cnn") for _ in range(2)]
    assert [room.code for room in store.rooms()] == [room.code for room in reversed(later)]
    assert store.counts(first.code, 1) == (0, 0, 0, 0)
    assert store.ballot(first.code, 1) is None


VOTES = """
import sys
from pathlib import Path
from app.stage.store import Store
store = Store(Path(sys.argv[1]))
cast = [store.cast(sys.argv[2], 1, f"process {number}", number % 4) for number in range(50)]
store.close()
sys.exit(not all(cast))
"""


def test_another_process_and_two_threads_lose_no_vote(store: Store) -> None:
    room = opened(store)
    before = store.stamp()

    def vote(name: str) -> None:
        for number in range(50):
            store.cast(room.code, 1, f"{name} {number}", number % 4)

    threads = [threading.Thread(target=vote, args=[name]) for name in "ab"]
    command = [sys.executable, "-c", VOTES, str(store.path), room.code]
    process = subprocess.Popen(command, cwd=ROOT)
    while store.stamp() == before and process.poll() is None:
        time.sleep(0.001)
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert process.wait(60) == 0
    assert store.counts(room.code, 1) == (39, 39, 36, 36)


def test_a_server_that_is_killed_has_lost_no_vote(tmp_path: Path) -> None:
    store = Store(tmp_path / "lectures.sqlite")
    room = opened(store)
    store.cast(room.code, 1, "a", 0)
    kept = sqlite3.connect(store.path)  # the file as another program finds it, with nothing closed
    assert kept.execute("SELECT count(*) FROM vote").fetchone() == (1,)
    kept.close()
    store.close()
