"""app.ui.beside.answers: each question is computed once, as long as somebody waits; in real
processes and, where that makes no difference, in threads.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from app.ui.beside import answers, workers
from app.ui.beside.answers import Answer
from app.ui.beside.line import Line
from app.ui.beside.wire import LostError
from app.ui.beside.workers import EndedError
from core.evaluation import UncomputableError
from core.failures import Failure
from tests.app.ui.beside import asked
from tests.app.ui.processes import is_alive, until

PROCESS = workers.start_process


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch) -> Iterator[workers.Workers]:
    """Real ones."""
    monkeypatch.setattr(workers, "start_process", PROCESS)
    own = workers.Workers()
    monkeypatch.setattr(answers, "WORKERS", own)
    yield own
    own.end()


def computed(folder: Path) -> list[int]:
    """The processes that have begun to compute, one after the other."""
    file = folder / "computed"
    return [int(line) for line in file.read_text().splitlines()] if file.exists() else []


def allow(folder: Path, *numbers: int) -> None:
    for number in numbers:
        (folder / f"go {number}").touch()


def test_another_process_computes_and_gives_way(processes: workers.Workers) -> None:
    ((pid, niceness, threads),) = Answer(asked.process, ()).whole()
    assert pid != os.getpid()
    assert niceness >= min(19, os.nice(0) + 10)
    assert threads == 1
    assert Answer(asked.process, ()).whole()[0][0] == pid, "it is idle, and asked again"


def test_a_process_does_not_run_the_servers_script_again(
    processes: workers.Workers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "Home.py"
    script.write_text(f"open({str(tmp_path / 'run again')!r}, 'w')")
    main = ModuleType("__main__")  # as Streamlit sets it while a page runs
    main.__file__ = str(script)
    monkeypatch.setitem(sys.modules, "__main__", main)
    assert Answer(asked.process, ()).whole()[0][0] != os.getpid()
    assert not (tmp_path / "run again").exists()


def test_values_come_one_by_one_and_several_who_wait_get_the_same(tmp_path: Path) -> None:
    answer = Answer(asked.squares, (str(tmp_path), 3))
    assert computed(tmp_path) == []
    with answer.awaited(), answer.awaited():
        assert answer.reaches(0, 0) is None
        allow(tmp_path, 0)
        assert answer.reaches(0, 60)
        assert answer.reaches(1, 0) is None
        allow(tmp_path, 1, 2)
        assert answer.reaches(2, 60)
        assert answer.reaches(3, 60) is False
    assert answer.values == [0, 1, 4]
    assert answer.whole() == [0, 1, 4]
    assert len(computed(tmp_path)) == 1


def test_a_process_ends_when_nobody_waits_and_whoever_comes_later_asks_again(
    processes: workers.Workers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "GRACE", 0.1)
    answer = Answer(asked.squares, (str(tmp_path), 1))
    with answer.awaited():
        until(lambda: computed(tmp_path))
    until(lambda: not is_alive(computed(tmp_path)[0]))
    assert processes.waiting == []
    allow(tmp_path, 0)
    assert answer.whole() == [0]
    assert len(computed(tmp_path)) == 2


def test_a_run_that_comes_back_at_once_finds_it_going_on(tmp_path: Path) -> None:
    answer = Answer(asked.squares, (str(tmp_path), 2))
    allow(tmp_path, 0)
    with answer.awaited():
        assert answer.reaches(0, 60)
    allow(tmp_path, 1)
    assert answer.whole() == [0, 1]
    assert len(computed(tmp_path)) == 1


def test_more_than_the_places_wait_in_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "LINE", Line(1))
    monkeypatch.setattr(answers, "GRACE", 0.1)
    several = [Answer(asked.squares, (str(tmp_path), 1)) for _ in range(3)]
    first, second, third = several
    with first.awaited():
        until(lambda: len(computed(tmp_path)) == 1)
        with third.awaited():
            until(lambda: third.place == 1)
            with second.awaited():
                until(lambda: second.place == 2)
            until(lambda: not second.is_wanted() and second.place == 0)
            allow(tmp_path, 0)
            assert third.reaches(0, 60)
    assert len(computed(tmp_path)) == 2, "what nobody waited for any more was never begun"


def test_what_a_stage_asks_goes_before_what_others_wait_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "LINE", Line(1))
    first, second, stage = (Answer(asked.squares, (str(tmp_path), 1)) for _ in range(3))
    with first.awaited():
        until(lambda: len(computed(tmp_path)) == 1)
        with second.awaited():
            until(lambda: second.place == 1)
            monkeypatch.setattr(answers, "goes_first", lambda: True)
            with stage.awaited():
                until(lambda: (stage.place, second.place) == (1, 2))
                allow(tmp_path, 0)
                assert stage.reaches(0, 60)


@pytest.mark.parametrize(
    ("kind", "error", "words"),
    [
        ("failure", Failure, "There is no room: make room"),
        ("uncomputable", UncomputableError, "It has no value."),
        ("value", ValueError, "Expected more, got less."),
        ("twofold", LostError, "TwofoldError: one, two"),
    ],
)
def test_an_error_of_the_question_arrives_as_itself(
    kind: str, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words) as found:
        Answer(asked.fail, (kind,)).whole()
    if isinstance(found.value, Failure):
        assert (found.value.message, found.value.repair) == ("There is no room", "make room")
        assert found.value.settings == ("out",)
    else:
        assert "asked.py" in "".join(found.value.__notes__)


def test_a_process_that_is_killed_is_one_sentence_and_is_asked_again(
    processes: workers.Workers, tmp_path: Path
) -> None:
    answer = Answer(asked.squares, (str(tmp_path), 1))
    with answer.awaited():
        until(lambda: computed(tmp_path))
        os.kill(computed(tmp_path)[0], 9)
        with pytest.raises(EndedError, match=r"^Expected an answer, .* load the page again"):
            answer.reaches(0, 60)
    allow(tmp_path, 0)
    assert answer.whole() == [0]
    with pytest.raises(EndedError, match="was there memory for it"):
        Answer(asked.die, ()).whole()


def test_one_that_died_while_it_was_idle_is_not_asked(processes: workers.Workers) -> None:
    ((pid, *_),) = Answer(asked.process, ()).whole()
    os.kill(pid, 9)
    until(lambda: not processes.waiting[0].is_alive)
    assert Answer(asked.process, ()).whole()[0][0] != pid


def test_a_system_that_starts_no_process_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(connection: object) -> None:
        raise OSError("Resource temporarily unavailable")

    monkeypatch.setattr(workers, "start_process", refuse)
    with pytest.raises(EndedError, match=r"Expected to start a process .*unavailable"):
        Answer(asked.process, ()).whole()


def test_those_that_are_idle_end_after_a_while() -> None:
    answers.WORKERS.seconds = 0.2
    Answer(asked.process, ()).whole()
    until(lambda: answers.WORKERS.waiting == [])
