"""app.ui.spares: processes wait for a training's settings, and end when nobody asks for them."""

import os
import sys
import time

import pytest

from app.ui import spares
from app.ui.spares import Process, Spares

ECHO = (sys.executable, "-c", "import sys; print(sys.stdin.readline(), end='')")


@pytest.fixture
def waiting(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(spares, "COMMAND", ECHO)
    monkeypatch.setattr(spares, "MOST", 2)
    found = Spares()
    yield found
    found.end()


def test_as_many_wait_as_may_be_started_next(waiting):
    waiting.prepare(1)
    (first,) = waiting.waiting
    waiting.prepare(5)
    assert len(waiting.waiting) == 2, "and no more than cores"
    assert waiting.take() is first
    assert os.getpriority(os.PRIO_PROCESS, first.process.pid) == min(19, os.nice(0) + 10)
    first.go(["mnist", "--lr", "0.1"])
    assert first.process.stdout.read() == '["mnist", "--lr", "0.1"]\n'
    first.end()


def test_without_one_that_waits_a_new_one_is_taken(waiting):
    taken = waiting.take()
    assert taken.is_alive
    taken.end()


def test_one_that_has_ended_is_not_taken(waiting):
    waiting.prepare(1)
    gone = waiting.waiting[0]
    gone.process.kill()
    gone.process.wait()
    gone.go(["mnist"])  # is heard by nobody, and no error
    taken = waiting.take()
    assert taken is not gone
    taken.end()


def test_they_end_when_no_page_asks_any_more(waiting):
    waiting.seconds = 0.2
    waiting.prepare(1)
    process = waiting.waiting[0].process
    end = time.monotonic() + 20
    while process.poll() is None and time.monotonic() < end:
        time.sleep(0.02)
    assert process.poll() is not None
    assert not waiting.waiting


def test_a_command_that_cannot_be_started_waits_for_nobody(waiting, monkeypatch):
    monkeypatch.setattr(spares, "COMMAND", ("/nowhere/python",))
    waiting.prepare(1)
    assert not waiting.waiting
    with pytest.raises(OSError, match="nowhere"):
        waiting.take()


def test_what_a_command_said_last_is_told():
    process = Process.start((sys.executable, "-c", "import sys; sys.exit('First.\\nLast.')"))
    process.process.wait()
    assert process.last_line() == "Last."
    process.end()
