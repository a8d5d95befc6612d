"""The command that writes a page, or every view, as a file."""

import subprocess
from pathlib import Path

import pytest

from app.export import __main__ as export
from commands import page
from commands.main import main
from tests.commands.helpers import assert_one_sentence


@pytest.fixture
def written(tmp_path, monkeypatch):
    """Runs the command; what the app would do in another process is done here, without its pages.

    Gives the paths that were written, in their order.
    """
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(export, "file_of", lambda text, own: text.encode())
    said: list[str] = []

    def here(command, **_):
        failure = export.main(command[3:])
        said.append(str(failure))
        code = 1 if isinstance(failure, str) else failure
        return subprocess.CompletedProcess(command, code, stderr=f"{failure}\n")

    monkeypatch.setattr(page.subprocess, "run", here)

    def run(*arguments):
        assert main(["page", *arguments]) == 0, said
        return sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*.html"))

    return run


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["attack?view=Live"], "attack_live.html"),
        (["attack?view=Live", "--out", "here.html"], "here.html"),
    ],
)
def test_a_link_is_one_file(written, arguments, expected):
    assert written(*arguments) == [Path(expected)]
    assert Path(expected).read_text("utf-8") == "/attack?view=Live"


@pytest.mark.parametrize(("arguments", "folder"), [([], "pages"), (["--out", "all"], "all")])
def test_without_a_link_every_view_is_written(written, arguments, folder):
    files = written(*arguments)
    assert len(files) == len(export.links.views())
    assert Path(folder, "cam_the_sum.html") in files


def test_a_folder_that_is_there_is_taken(written):
    Path("all").mkdir()
    assert written("attack?view=Live", "--out", "all") == [Path("all/attack_live.html")]
    files = written("--out", "all")
    assert files == written("--out", "all")  # the second time, too
    assert len(files) == len(export.links.views())


@pytest.mark.parametrize("out", ["a.txt/b.html", " "])
def test_a_name_that_no_file_can_have_is_one_sentence(written, capsys, out):
    Path("a.txt").write_text("")
    with pytest.raises(AssertionError):
        written("attack", "--out", out)
    assert_one_sentence(capsys.readouterr().err, "--out")


def test_a_link_that_opens_no_page_is_one_sentence(written, capsys):
    with pytest.raises(AssertionError, match="Expected a link to convolution"):
        written("training")
    assert capsys.readouterr().err.count("\n") == 1
