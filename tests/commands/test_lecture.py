"""The command ``lecture``: what it says of a lecture, and the guide that it writes."""

from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pypdfium2
import pytest
from playwright import sync_api

from commands import lecture
from core import browser
from core.lecture import opening
from core.lecture.opening import Opened
from tests.commands.helpers import assert_one_sentence
from train_all import main

LECTURE = """
[lecture]
title = "Two pictures"
minutes = 3

[[state]]
title = "First"
link = "cam?image=0"
say = "Look."
ask = "What is it?"
answer = "A cat."
minutes = 1
misconception = "It is a dog."

[[state]]
title = "Second"
link = "attack"
say = "Look again."
ask = "What is it now?"
answer = "A seven."
minutes = 1.5
misconception = "It is a one."
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "two.toml"
    path.write_text(LECTURE)
    return path


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch):
    """In place of the browser: what it finds wrong with each link."""
    faults: dict[str, tuple[str, ...]] = {}

    @contextmanager
    def nothing(**_named: object):
        yield "nowhere"

    monkeypatch.setattr(lecture, "browsing", nothing)
    monkeypatch.setattr(lecture, "serving", nothing)
    monkeypatch.setattr(
        lecture, "open_state", lambda _page, _at, state: Opened(b"", faults.get(state.link, ()))
    )
    return faults


def run(file: object, tmp_path: Path) -> int:
    return main(["lecture", str(file), "--report-dir", str(tmp_path / "report")])


def test_a_lecture_without_faults_gives_its_guide(looks, file, tmp_path, capsys) -> None:
    assert run(file, tmp_path) == 0
    guide = tmp_path / "report" / "lecture_two.pdf"
    assert capsys.readouterr().out == (
        f"written to {guide}\n"
        "The states take 2.5 minutes together, 3 are planned.\n"
        "All 2 states of two.toml open as they should.\n"
    )
    document = pypdfium2.PdfDocument(guide)
    assert document.get_metadata_value("Title") == "Two pictures"
    document.close()


def test_each_fault_is_a_sentence_with_the_line(looks, file, tmp_path, capsys) -> None:
    looks["attack"] = ("the page says: No.", "“x” ends 3 pixels below")
    assert run(file, tmp_path) == 2
    printed = capsys.readouterr()
    assert "two.toml, line 15, “Second”: the page says: No.\n" in printed.out
    assert "two.toml, line 15, “Second”: “x” ends 3 pixels below.\n" in printed.out
    assert (tmp_path / "report" / "lecture_two.pdf").exists()
    assert printed.err.endswith("train_all.py: 1 of 2 states of two.toml have faults.\n")


def test_a_broken_file_is_one_sentence_with_the_line(file, tmp_path, capsys) -> None:
    file.write_text(LECTURE.replace("1.5", "0"))
    assert run(file, tmp_path) == 2
    assert_one_sentence(capsys.readouterr().err, "two.toml, line 21: “minutes”: expected a number")


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("nowhere", "nowhere is no lecture: expected one of "),
        ("nowhere.toml", "nowhere.toml is not there: expected a file at "),
    ],
)
def test_a_lecture_that_is_not_there_is_one_sentence(name, sentence, tmp_path, capsys) -> None:
    assert run(name, tmp_path) == 2
    assert_one_sentence(capsys.readouterr().err, sentence)


def test_a_lecture_is_needed(capsys) -> None:
    assert main(["lecture"]) == 2
    assert_one_sentence(capsys.readouterr().err, "FILE is missing", "cnn_45_minutes")


def test_a_browser_that_is_missing_is_one_sentence(file, tmp_path, capsys, monkeypatch) -> None:
    monkeypatch.setattr(opening, "CHROMIUM", None)
    assert run(file, tmp_path) == 2
    assert_one_sentence(
        capsys.readouterr().err, "in a browser, and there is none: install chromium"
    )
    monkeypatch.setitem(__import__("sys").modules, "playwright", None)
    assert run(file, tmp_path) == 2
    assert_one_sentence(capsys.readouterr().err, "playwright drives: pip install playwright")


def test_a_browser_that_does_not_start_is_one_sentence(file, tmp_path, capsys, monkeypatch) -> None:
    """The driver is none of playwright's own: one that runs for other tests allows no second."""

    def launch(**_named: object) -> None:
        raise sync_api.Error("It ended.\nCall log: long")

    @contextmanager
    def driver():
        yield SimpleNamespace(chromium=SimpleNamespace(launch=launch))

    monkeypatch.setattr(opening, "CHROMIUM", "/bin/false")
    monkeypatch.setattr(sync_api, "sync_playwright", driver)
    assert run(file, tmp_path) == 2
    assert_one_sentence(
        capsys.readouterr().err, "The browser /bin/false does not start (It ended.)"
    )


def test_a_server_that_does_not_start_is_one_sentence(looks, file, tmp_path, capsys, monkeypatch):
    serving = partial(browser.serving, ("-c", "raise SystemExit(3)"))
    monkeypatch.setattr(lecture, "serving", serving)
    assert run(file, tmp_path) == 2
    assert_one_sentence(capsys.readouterr().err, "The server ended with exit code 3.")
