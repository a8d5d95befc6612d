"""app.server.children and .orphans: processes that are watched and ended."""

import asyncio
import subprocess
import sys
import time

import pytest

from app.server import children, orphans
from app.server.children import FIRST_PAUSE, LONGEST_PAUSE, STEADY, Children, Pauses

SLEEP = [sys.executable, "-S", "-c", "import time; print(flush=True); time.sleep(60)"]
DEAF = [
    sys.executable,
    "-S",
    "-c",
    "import signal, time; signal.signal(15, signal.SIG_IGN); print(flush=True); time.sleep(60)",
]


def test_a_pause_grows_until_a_process_lives_for_a_while() -> None:
    pauses = Pauses()
    assert [pauses.after(1.0) for _ in range(8)] == [0.5, 1, 2, 4, 8, 16, LONGEST_PAUSE, 30]
    assert [pauses.after(STEADY + 1), pauses.after(1.0)] == [FIRST_PAUSE, 2 * FIRST_PAUSE]


@pytest.mark.parametrize("command", [SLEEP, DEAF])
def test_a_process_ends_when_it_is_told_to_or_later(
    command: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(children, "GRACE", 0.3)

    async def start_and_end() -> int | None:
        every = Children()
        child = await every.start(command, 0)
        await asyncio.sleep(0.2)  # until it does not hear
        assert child.is_running
        await every.close()
        return child.process.returncode

    assert asyncio.run(start_and_end()) == (-15 if command is SLEEP else -9)


@pytest.mark.parametrize(("command", "code"), [(SLEEP, -15), (DEAF, -9)])
def test_who_watches_ends_those_that_have_not_ended(command: list[str], code: int) -> None:
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE) as one,
        subprocess.Popen(SLEEP, stdout=subprocess.PIPE) as other,
    ):
        one.stdout.readline()
        orphans.watch([f"+{one.pid}", f"+{other.pid}", f"-{other.pid}"], grace=0.3)
        assert one.wait(5) == code
        assert other.poll() is None
        other.kill()


def test_the_watch_ends_with_the_pipe() -> None:
    watch = orphans.Watch()
    with subprocess.Popen(SLEEP, stdout=subprocess.PIPE) as one:
        one.stdout.readline()
        watch.add(one.pid)
        begun = time.monotonic()
        watch._process.stdin.close()
        assert one.wait(5) == -15
        assert time.monotonic() - begun < 3
    watch.close()
