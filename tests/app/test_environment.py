"""What the environment of a server or a command holds ends neither."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.data.facts import ROOT

APP = """
from tests.app.chapters.opened import open_chapter
for name in ("home", "cam", "attack"):
    app = open_chapter(name)
    assert not app.exception, app.exception
app = open_chapter("cam", method="spline")
assert not app.exception, app.exception
"""
# A process for each date, which reads it where it imports scipy; torch is imported for all of them.
SPLINES = """
import os, sys
import torch
for date in sys.argv[1:]:
    if os.fork() == 0:
        os.environ["SOURCE_DATE_EPOCH"] = date
        from core.cam import upsample
        upsample(torch.rand(4, 4), 32, "spline")
        sys.exit()
    assert os.wait()[1] == 0, date
"""
HELP = "import sys; from train_all import main; sys.exit(main(sys.argv[1:]))"


def run(code: str, *arguments: str, **variables: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=ROOT,
        env=os.environ | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.fixture
def nonsense(tmp_path: Path) -> dict[str, str]:
    """Variables that end the import of matplotlib or scipy, or mean nothing."""
    (tmp_path / "matplotlibrc").write_bytes(b"backend: nonsense\n\xff\xfe")
    return {
        "MATPLOTLIBRC": str(tmp_path / "matplotlibrc"),
        "MPLBACKEND": "nonsense",
        "SOURCE_DATE_EPOCH": "abc",
        "LC_ALL": "no_LOCALE",
        "TZ": "No/Where",
        "PYTHONHASHSEED": "7",
    }


def test_the_app_lives(nonsense: dict[str, str]) -> None:
    run(APP, **nonsense)


def test_a_spline_needs_no_date() -> None:
    run(SPLINES, "abc", "", "-1", "1e5", "9" * 30)


@pytest.mark.parametrize("command", [["table"], ["cam", "--help"], ["attack-curves", "--help"]])
def test_the_commands_live(command: list[str], nonsense: dict[str, str]) -> None:
    run(HELP, *command, **nonsense)
