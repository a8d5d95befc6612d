"""app.ui.jobs: commands beside the app tell, end, wait for a core and do not disturb each other."""

import gc
import os
import sys
import time
import weakref
from pathlib import Path

import pytest

from app.ui import jobs, spares
from app.ui.beside.line import Line
from core.failures import Failure

PROGRAM = """
import json, os, sys, time
from pathlib import Path

folder = Path(sys.argv[1])
what, *rest = sys.argv[2:] or json.loads(sys.stdin.readline() or '["nothing"]')
(folder / f"{what}.pid").write_text(str(os.getpid()))
(folder / f"{what}.arguments").write_text(json.dumps(rest))
threads = os.environ["OMP_NUM_THREADS"]
print(json.dumps({"event": "epoch", "epoch": 1, "niceness": os.nice(0), "threads": threads}))
print("not JSON")
print(json.dumps({"event": "step", "epoch": 2}), flush=True)
if what == "fails":
    print("a warning", file=sys.stderr)
    sys.exit("train_all.py: The disk is full.")
while what.startswith("long") and not (folder / f"{what}.enough").exists():
    time.sleep(0.02)
print(json.dumps({"event": "result", "accuracy": 0.5}))
"""


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    command = (sys.executable, str(program), str(tmp_path))
    for module in (jobs, spares):
        monkeypatch.setattr(module, "COMMAND", command)
    monkeypatch.setattr(jobs, "SPARES", spares.Spares())
    return jobs.Job


def until(condition) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.01)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_job_tells_what_its_command_says(start, tmp_path):
    job = start("short")
    until(lambda: not job.is_active)
    assert job.state == "done"
    assert job.failure == ""
    assert job.events("result") == [{"event": "result", "accuracy": 0.5}]
    assert [event["epoch"] for event in job.events("step")] == [2]
    assert job.events("epoch")[0]["niceness"] >= 0
    assert job.events("epoch")[0]["threads"] == "1"
    assert (tmp_path / "short.arguments").read_text() == '["--json"]'


def test_a_training_has_folders_of_its_own_that_vanish(start, tmp_path):
    job = start("short", is_training=True)
    until(lambda: not job.is_active)
    arguments = (tmp_path / "short.arguments").read_text()
    assert "--out" in arguments
    assert "--runs-dir" in arguments
    folder = next(part for part in arguments.split('"') if part.endswith("/out"))
    until(lambda: not Path(folder).parent.exists())


def test_what_a_training_leaves_is_kept(start):
    job = start("short", is_training=True, keep=lambda folder: folder.name)
    until(lambda: not job.is_active)
    assert (job.state, job.kept) == ("done", "out")


def test_results_that_cannot_be_kept_are_a_failure(start):
    def keep(folder):
        raise Failure("The weights are damaged.")

    job = start("short", is_training=True, keep=keep)
    until(lambda: not job.is_active)
    assert (job.state, job.failure) == ("failed", "The weights are damaged.")


def test_a_failure_is_the_commands_last_sentence(start):
    job = start("fails")
    until(lambda: not job.is_active)
    assert job.state == "failed"
    assert job.failure == "The disk is full."


def test_a_command_that_cannot_be_started_is_a_sentence(monkeypatch):
    monkeypatch.setattr(jobs, "COMMAND", ("/nowhere/python",))
    job = jobs.Job("mnist")
    until(lambda: not job.is_active)
    assert job.state == "failed"
    assert job.failure.startswith("The command cannot be started here (")


def test_stopping_ends_the_process_and_nothing_else(start, tmp_path):
    one, two = start("long one"), start("long two")
    until(lambda: one.events("step") and two.events("step"))
    pid = int((tmp_path / "long one.pid").read_text())
    one.stop()
    until(lambda: one.state == "stopped")
    assert not is_alive(pid)
    assert two.state == "running"
    (tmp_path / "long two.enough").touch()
    until(lambda: two.state == "done")
    one.stop()  # once more does no harm
    assert one.state == "stopped"


def test_a_forgotten_job_ends_its_process(start, tmp_path):
    held = [start("long")]
    until(lambda: held[0].events("step"))
    pid = int((tmp_path / "long.pid").read_text())
    gone = weakref.ref(held.pop())
    gc.collect()
    assert gone() is None
    until(lambda: not is_alive(pid))


def test_trainings_wait_for_a_core(start, tmp_path, monkeypatch):
    monkeypatch.setattr(jobs, "TRAININGS", Line(1))
    one = start("long one", is_training=True)
    until(lambda: one.state == "running")
    two, three = start("long two", is_training=True), start("long three", is_training=True)
    time.sleep(0.3)
    assert two.state == three.state == "waiting"
    assert [job.place for job in (one, two, three)] == [0, 1, 2]
    three.stop()
    until(lambda: three.state == "stopped")
    assert not (tmp_path / "long three.pid").exists()
    one.stop()
    until(lambda: two.state == "running")
    two.stop()
    until(lambda: two.state == "stopped")


def test_all_sessions_share_a_download(start, tmp_path):
    job = jobs.start_shared("long download")
    assert jobs.start_shared("long download") is job
    assert jobs.shared("long download") is job
    assert jobs.shared("another") is None
    (tmp_path / "long download.enough").touch()
    until(lambda: job.state == "done")
    again = jobs.start_shared("long download")
    assert again is not job
    until(lambda: again.state == "done")
