"""The command ``report``."""

from pathlib import Path

import pytest

from tests.commands.helpers import assert_one_sentence
from train_all import main


def test_report_writes_one_pdf(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    assert main(["report", "--report-dir", str(tmp_path / "report")]) == 0
    path = tmp_path / "report" / "report.pdf"
    assert path.read_bytes().startswith(b"%PDF")
    assert f"written to {path}" in capsys.readouterr().out


def test_a_report_of_nothing_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    assert main(["report", "--out", str(tmp_path), "--report-dir", str(tmp_path / "report")]) == 2
    assert_one_sentence(capsys.readouterr().err, "is missing", "python train_all.py mnist")
