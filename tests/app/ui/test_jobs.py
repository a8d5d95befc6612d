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
from app.ui.training_folder import TrainingFolder
from core.failures import Failure
from tests.app.ui.processes import is_alive, until

EPOCH = {
    "event": "epoch",
    "epoch": 1,
    "validation_loss": 0.5,
    "validation_accuracy": 0.9,
    "seconds": 1.0,
}
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
if "training" in what:
    known = {"validation_loss": 0.5, "validation_accuracy": 0.9, "seconds": 1.0}
    print(json.dumps({"event": "epoch", "epoch": 1, **known}))
step = dict.fromkeys(("step", "steps", "accuracy", "recent_loss", "recent_accuracy"), 1)
print(json.dumps({"event": "step", "epoch": 2, **step}), flush=True)
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


@pytest.fixture
def folder(tmp_path: Path) -> TrainingFolder:
    return TrainingFolder(tmp_path / "visit" / "run")


def begin(start, what: str, folder: TrainingFolder, **more):
    return start(what, is_training=True, folder=folder, keep=lambda out: out.parent.name, **more)


def test_a_training_that_is_done_is_found_again_and_not_made_again(start, folder, tmp_path):
    first = begin(start, "training", folder)
    until(folder.ended)
    assert first.state == "done"
    pid = (tmp_path / "training.pid").read_text()
    again = begin(start, "training", folder)
    assert (again.state, again.kept, again.failure) == ("done", "run", "")
    assert again.events("epoch") == [EPOCH]
    assert again.events("result") == [{"event": "result", "accuracy": 0.5}]
    assert (tmp_path / "training.pid").read_text() == pid


def test_a_training_whose_server_is_gone_goes_on_without_what_was_not_finished(
    start, folder, tmp_path
):
    first = begin(start, "long training", folder)
    until(lambda: first.events("step"))
    os.kill(int((tmp_path / "long training.pid").read_text()), 9)
    until(lambda: not first.is_active)
    assert folder.ended() is None
    (tmp_path / "long training.enough").touch()
    again = begin(start, "long training", folder)
    assert again.events("epoch") == [EPOCH], "what is finished is there at once"
    assert again.events("step") == [], "the second epoch begins anew"
    until(lambda: not again.is_active)
    assert again.state == "done"
    arguments = (tmp_path / "long training.arguments").read_text()
    assert str(folder.path / "runs") in arguments


def test_a_training_that_its_visitor_has_stopped_is_not_gone_on_with(start, folder):
    first = begin(start, "long training", folder)
    until(lambda: first.events("step"))
    first.stop()
    until(lambda: first.state == "stopped")
    again = begin(start, "long training", folder)
    assert again.state == "stopped"
    assert again.events("epoch") == [EPOCH]


def test_a_training_that_has_failed_says_it_again(start, folder):
    first = begin(start, "fails", folder)
    until(lambda: first.state == "failed" and folder.ended())
    again = begin(start, "fails", folder)
    assert (again.state, again.failure) == ("failed", "The disk is full.")


def test_two_servers_do_not_run_the_same_training(start, folder, tmp_path):
    one = begin(start, "long training", folder)
    until(lambda: one.events("step"))
    pid = (tmp_path / "long training.pid").read_text()
    two = begin(start, "long training", folder)
    left = begin(start, "long training", folder, is_wanted=lambda: False)
    until(lambda: left.state == "stopped")
    assert two.state == "waiting"
    until(lambda: two.events("epoch"))
    (tmp_path / "long training.enough").touch()
    until(lambda: not two.is_active)
    assert (one.state, two.state, two.kept) == ("done", "done", "run")
    assert (tmp_path / "long training.pid").read_text() == pid


@pytest.mark.parametrize("file", ["events", "end.json"])
@pytest.mark.parametrize(
    "content",
    [
        b"\xff",
        b"[]",
        b'{"event": "step"}',
        b'{"event": "epoch", "epoch": "1"}',
        b'{"state": "won", "failure": 3}',
    ],
)
def test_damaged_and_foreign_files_begin_afresh(start, folder, file, content):
    folder.path.mkdir(parents=True)
    (folder.path / file).write_bytes(content)
    job = begin(start, "training", folder)
    assert job.events("step") == job.events("epoch") == []
    until(lambda: not job.is_active)
    assert (job.state, job.kept) == ("done", "run")


def test_a_state_that_is_none_has_no_epochs(folder):
    states = folder.path / "runs" / "mnist_cnn-0"
    states.mkdir(parents=True)
    (states / "state.safetensors").write_bytes(b"damaged")
    assert folder.events() == []


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
