"""The command that writes the static twin."""

import subprocess

from app.export import links
from app.twin import build
from commands import site
from commands.main import main


def here(command, **_):
    """What another process would do, which imports everything again."""
    assert command[1:3] == ["-m", "app.twin.build"]
    return subprocess.CompletedProcess(command, build.main(command[3:]), stderr="")


def test_the_site_is_written_and_its_size_said(tmp_path, capsys, monkeypatch):
    out = tmp_path / "site"
    monkeypatch.setattr(site.subprocess, "run", here)
    views = links.views()
    assert len(views) > 15
    monkeypatch.setattr(build.links, "views", lambda: views[9:10])  # a second and a half each
    assert main(["site", "--out", str(out)]) == 0
    said = capsys.readouterr().out
    assert "MB, written to" in said
    assert {"index.html", "draw.html", "fool.html", "look.html"} <= {
        path.name for path in out.iterdir()
    }
    (view,) = (out / "views").iterdir()
    assert f'<a href="views/{view.name}">The sum</a>' in (out / "look.html").read_text("utf-8")
    assert f'<a href="views/{view.name}">' in (out / "index.html").read_text("utf-8")
    assert "as one file" not in (out / "step.html").read_text("utf-8")
    assert "Where does it look?" in view.read_text("utf-8")
    assert '<a href="../index.html">' in view.read_text("utf-8")


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path, capsys):
    (tmp_path / "site").write_text("a file", "utf-8")
    assert main(["site", "--out", str(tmp_path / "site")]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "site" in said
