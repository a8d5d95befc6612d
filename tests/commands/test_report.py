"""The command ``report``: one PDF, with the same bytes whatever the environment."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.data.facts import ROOT
from tests.commands.helpers import assert_one_sentence
from train_all import main

SETTINGS = b"""
text.usetex: True
font.family: serif
font.size: 33
savefig.bbox: tight
savefig.transparent: True
savefig.dpi: 30
pdf.compression: 0
pdf.fonttype: 3
axes.formatter.use_locale: True
figure.autolayout: True
lines.linewidth: 9
path.sketch: 1, 100, 2
figure.facecolor: blue
"""


# The command with the first and the last section: curves, and pictures with what a network says.
BRIEF = """
import sys
from core.report import pages
pages.SECTIONS = (pages.SECTIONS[0], pages.SECTIONS[-1])
import train_all
sys.exit(train_all.main(sys.argv[1:]))
"""


def report_in(place: Path, **variables: str) -> bytes:
    """The report that a process of its own writes, begun in a folder and with variables."""
    command = [sys.executable, "-c", BRIEF, "report", "--report-dir", str(place)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)} | variables
    ended = subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    assert f"written to {place / 'report.pdf'}" in ended.stdout
    return (place / "report.pdf").read_bytes()


def test_the_environment_changes_no_byte(tmp_path: Path) -> None:
    """Two environments that share nothing, each with settings that end or change other drawings."""
    one, other, user = (tmp_path / name for name in ("one", "other", "user"))
    for folder in (one, other, user / "stylelib"):
        folder.mkdir(parents=True)
    (user / "matplotlibrc").write_bytes(SETTINGS)
    (user / "stylelib" / "own.mplstyle").write_bytes(b"\xff\xfe no text")
    (other / "matplotlibrc").write_bytes(b"\xff\xfe no text")
    first = report_in(
        one,
        MATPLOTLIBRC=str(user / "matplotlibrc"),
        MPLBACKEND="no backend",
        SOURCE_DATE_EPOCH="no number",
        LC_ALL="C",
        TZ="Asia/Kolkata",
        PYTHONHASHSEED="1",
        OMP_NUM_THREADS="2",
    )
    second = report_in(
        other,
        MPLCONFIGDIR=str(user),
        SOURCE_DATE_EPOCH="1",
        LC_ALL="de_DE.UTF-8",
        TZ="America/New_York",
        PYTHONHASHSEED="2",
        OMP_NUM_THREADS="1",
    )
    assert first.startswith(b"%PDF")
    assert first == second


def test_a_report_of_nothing_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    assert main(["report", "--out", str(tmp_path), "--report-dir", str(tmp_path / "report")]) == 2
    told = "holds no checkpoint to read: --out names the folder of checkpoints, and --report-dir"
    assert_one_sentence(capsys.readouterr().err, told)
    (tmp_path / "other.json").write_text("{}")
    assert main(["report", "--out", str(tmp_path), "--report-dir", str(tmp_path / "report")]) == 2
    assert_one_sentence(capsys.readouterr().err, "is missing", "python train_all.py mnist")
