"""app.ui.visit_folders: trainings lie where another server finds them; names are checked first,
and what is damaged, foreign or old is no training.
"""

import os
import time
from pathlib import Path

import pytest

from app.ui import visit_folders
from app.ui.visit_folders import KeptRun, KeptVisit
from core.data.facts import ROOT

NAME = "ab" * 16
RUN = KeptRun(folder="0123abcd", title="slow", setting={"epochs": 2}, arguments=["mnist"])


def write(name: str, *runs: KeptRun) -> Path:
    visit_folders.write_visit(name, KeptVisit(runs=[*runs]))
    return visit_folders.visit_folder(name)


def test_what_is_written_down_is_read_again(own_state: Path) -> None:
    assert visit_folders.stamp_of(NAME) == 0
    assert visit_folders.read_visit(NAME) is None
    folder = write(NAME, RUN)
    assert folder == own_state / NAME
    assert visit_folders.read_visit(NAME) == KeptVisit(runs=[RUN])
    before = visit_folders.stamp_of(NAME)
    (folder / RUN.folder).mkdir()
    (folder / "76543210").mkdir()
    os.utime(folder / "visit.json", (1, 1))
    assert visit_folders.stamp_of(NAME) != before
    write(NAME, RUN, RUN)
    assert [one.name for one in folder.iterdir() if one.is_dir()] == [RUN.folder]


@pytest.mark.parametrize(
    "name", ["", "../../etc", "AB" * 16, "ab" * 17, "ab" * 15 + "a/", NAME + "\n"]
)
def test_a_name_that_is_none_touches_no_file(
    name: str, own_state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visit_folders, "state_folder", lambda: pytest.fail("it was looked for"))
    with pytest.raises(ValueError, match="Expected 32 hexadecimal digits as a visitor's name"):
        visit_folders.visit_folder(name)
    assert visit_folders.stamp_of(name) == 0
    assert visit_folders.read_visit(name) is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"{}",
        b"[" * 100_000,
        b'{"runs": 3}',
        b'{"runs": [], "more": 1}',
        b'{"runs": [{"folder": "../..", "title": "", "setting": {}, "arguments": []}]}',
        b'{"runs": [{"folder": "0123abcd", "title": "", "setting": {"a": []}, "arguments": []}]}',
        b'{"runs": [{"folder": "0123abcd", "title": "", "setting": {}, "arguments": [1]}]}',
    ],
)
def test_a_damaged_or_foreign_file_is_no_visit(content: bytes, own_state: Path) -> None:
    folder = own_state / NAME
    folder.mkdir(parents=True)
    (folder / "visit.json").write_bytes(content)
    assert visit_folders.read_visit(NAME) is None
    write(NAME, RUN)
    assert visit_folders.read_visit(NAME) is not None


def test_a_folder_in_its_place_is_no_visit(own_state: Path) -> None:
    (own_state / NAME / "visit.json").mkdir(parents=True)
    assert visit_folders.read_visit(NAME) is None


def test_the_oldest_and_what_is_a_week_old_is_removed_and_nothing_else(own_state: Path) -> None:
    now = time.time()
    folders = [write(f"{number:032x}") for number in range(4)]
    for number, folder in enumerate(folders):
        for one in (*folder.iterdir(), folder):
            os.utime(one, (now - 100 * number, now - 100 * number))
    foreign = own_state / "lecture notes"
    foreign.mkdir()
    os.utime(foreign, (1, 1))
    visit_folders.remove_old(3)
    assert [folder.exists() for folder in folders] == [True, True, True, False]
    for one in (*folders[1].iterdir(), folders[1]):
        os.utime(one, (now - 8 * 24 * 3600,) * 2)
    with visit_folders.FileLock(folders[2] / "0123abcd.lock"):  # not a training's
        visit_folders.remove_old(3)
    assert [folder.exists() for folder in folders[:3]] == [True, False, True]
    assert foreign.exists()


def test_a_folder_in_which_a_training_runs_stays(own_state: Path) -> None:
    folder = write(NAME, RUN)
    (folder / RUN.folder).mkdir()
    lock = visit_folders.FileLock(folder / RUN.folder / "lock")
    with lock:
        visit_folders.remove_old(0)
        assert folder.exists()
    visit_folders.remove_old(0)
    assert not folder.exists()


def test_where_nothing_can_be_written_a_folder_for_this_server_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv(visit_folders.STATE_VARIABLE, str(tmp_path / "file" / "below"))
    found = visit_folders.state_folder()
    assert found.is_dir()
    assert found == visit_folders.state_folder(), "and it stays that one"
    assert not found.is_relative_to(ROOT)
    found.rmdir()


def test_the_usual_folder_is_ignored_by_git() -> None:
    assert visit_folders.USUAL.is_relative_to(ROOT / "runs")
    assert "/runs/" in (ROOT / ".gitignore").read_text().splitlines()
