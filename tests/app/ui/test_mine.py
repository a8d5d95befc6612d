"""app.ui.mine: a visitor's trainings are found again, by nobody else, and end when nobody waits."""

import shutil
import time
from pathlib import Path

import pytest

from app.ui import mine
from app.ui.mine import Own, Session, Visits
from core import checkpoints
from core.checkpoints import CheckpointError


class Job:
    """A training that is in the state that the test says."""

    def __init__(self, *arguments: str, **more: object) -> None:
        self.arguments, self.more = arguments, more
        self.state, self.kept = "running", None

    @property
    def is_active(self) -> bool:
        return self.state == "running"

    def events(self, kind: str) -> list[dict]:
        return [{"event": kind, "accuracy": 0.9}] if self.state == "done" else []

    def stop(self) -> None:
        if self.is_active:
            self.state = "stopped"


class Browser:
    """A session's state and what the browser sends along."""

    def __init__(self, cookies: dict[str, str]) -> None:
        self.session_state: dict = {}
        self.context = self
        self.cookies = cookies


@pytest.fixture
def visitor(monkeypatch: pytest.MonkeyPatch):
    """Takes the place of Streamlit with a browser that has kept what it is told."""
    monkeypatch.setattr(mine, "Job", Job)
    monkeypatch.setattr(mine, "VISITS", Visits())
    monkeypatch.setattr(
        mine.client, "visitor", lambda name, found: mine.st.cookies.update({name: found})
    )

    def open_page(cookies: dict[str, str]) -> Browser:
        browser = Browser(cookies)
        monkeypatch.setattr(mine, "st", browser)
        return browser

    return open_page


SETTINGS = (("slow", {"rate": 1}, ("--lr", "0.1")), ("fast", {"rate": 2}, ("--lr", "1")))


def train(*states: str) -> None:
    mine.start(SETTINGS)
    mine.remember()
    for run, state in zip(mine.runs(), states):
        run.job.state, run.job.kept = state, b"weights"


def test_a_reload_finds_running_and_finished_trainings(visitor):
    cookies: dict[str, str] = {}
    visitor(cookies)
    train("done", "running")
    before = mine.runs()
    assert before[0].job.arguments == ("--lr", "0.1")
    visitor(cookies)
    assert mine.runs() == before
    assert mine.networks() == {"Mine": Own("slow", b"weights", 0.9)}


def test_another_server_finds_them_by_the_same_name(visitor, monkeypatch):
    cookies: dict[str, str] = {}
    visitor(cookies)
    train("done", "running")
    before = mine.runs()
    monkeypatch.setattr(mine, "VISITS", Visits())
    visitor(cookies)
    found = mine.runs()
    assert [run.title for run in found] == ["slow", "fast"]
    assert [run.setting for run in found] == [{"rate": 1}, {"rate": 2}]
    assert [run.job.arguments for run in found] == [run.job.arguments for run in before]
    folders = [[run.job.more["folder"].path for run in runs] for runs in (before, found)]
    assert folders[0] == folders[1]
    assert len(set(folders[0])) == 2


def test_what_another_server_has_started_meanwhile_counts(visitor, monkeypatch):
    cookies: dict[str, str] = {}
    visitor(cookies)
    train("running")
    here, before = mine.VISITS, mine.runs()
    monkeypatch.setattr(mine, "VISITS", Visits())
    visitor(cookies)
    mine.start(SETTINGS[1:])
    monkeypatch.setattr(mine, "VISITS", here)
    visitor(cookies)
    assert [run.title for run in mine.runs()] == ["fast"]
    assert before[0].job.state == "stopped"


def test_a_damaged_folder_is_a_fresh_start(visitor, monkeypatch, own_state):
    cookies: dict[str, str] = {}
    visitor(cookies)
    train("done")
    (own_state / cookies[mine.COOKIE] / "visit.json").write_text("[")
    monkeypatch.setattr(mine, "VISITS", Visits())
    visitor(cookies)
    assert mine.runs() == ()
    train("done")
    assert len(mine.runs()) == 2


def test_where_nothing_can_be_written_down_it_trains_all_the_same(visitor, monkeypatch):
    def refuse(name: str, visit: object) -> None:
        raise OSError("read-only")

    monkeypatch.setattr(mine.visit_folders, "write_visit", refuse)
    visitor({})
    train("done")
    assert [run.title for run in mine.runs()] == ["slow", "fast"]
    mine.forget()
    assert mine.runs() == ()


def test_nobody_else_sees_them(visitor):
    visitor({})
    train("done")
    for cookies in ({}, {mine.COOKIE: "0" * 32}, {mine.COOKIE: "../../etc"}):
        visitor(cookies)
        assert mine.runs() == ()
        assert mine.networks() == {}


def test_a_name_of_another_server_is_used_on_and_a_foreign_one_is_not(visitor):
    cookies = {mine.COOKIE: "ab" * 16}
    visitor(cookies)
    train("done")
    assert cookies[mine.COOKIE] == "ab" * 16
    cookies = {mine.COOKIE: "guess me"}
    visitor(cookies)
    train("done")
    assert len(cookies[mine.COOKIE]) == 32


def test_new_trainings_end_those_before(visitor):
    visitor({})
    train("running", "done")
    before = mine.runs()
    mine.start(SETTINGS[:1])
    assert [run.job.state for run in before] == ["stopped", "done"]
    assert [run.title for run in mine.runs()] == ["slow"]
    mine.stop()
    assert mine.runs()[0].job.state == "stopped"


def test_without_a_session_a_training_is_wanted_for_a_moment(visitor, monkeypatch):
    browser = visitor({})
    train("running")
    is_wanted = mine.runs()[0].job.more["is_wanted"]
    monkeypatch.setattr(mine, "GRACE", 0.05)
    time.sleep(0.1)
    assert is_wanted(), "its page is open"
    browser.session_state.clear()
    assert is_wanted(), "it may be a reload"
    time.sleep(0.1)
    assert not is_wanted()


def test_of_too_many_visitors_one_that_is_gone_is_forgotten(monkeypatch):
    monkeypatch.setattr(mine, "MOST_VISITS", 2)
    visits = Visits()
    here = Session(visits.begin("here"))
    visits.begin("gone")
    visits.begin("new")
    assert visits.find("here") is here.visit
    assert visits.find("gone") is None
    held = Session(visits.begin("newer"))
    assert visits.find("new") is None
    visits.begin("newest")
    assert visits.find("here") is None, "the oldest, where somebody looks at every one"
    assert held.visit is visits.find("newer")


def test_the_weights_are_those_of_a_whole_checkpoint(tmp_path: Path):
    for file in (checkpoints.card_path, checkpoints.weights_path):
        shutil.copy(file("mnist_cnn"), tmp_path)
    written = tmp_path / "mnist_cnn.safetensors"
    assert mine.weights_in(tmp_path) == written.read_bytes()
    written.write_bytes(b"damaged")
    with pytest.raises(CheckpointError, match="damaged"):
        mine.weights_in(tmp_path)
