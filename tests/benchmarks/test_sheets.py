"""benchmarks.sheets: the table, and what ends it with a sentence."""

import sys
from dataclasses import replace

import pytest

from benchmarks import sheets

MADE = sheets.Made(12.34, 20.0, (b"x" * 1_500_000, b"y" * 250_000))


def run(monkeypatch, *made):
    runs = iter(made)
    monkeypatch.setattr(sheets, "make", lambda count, level: next(runs))
    monkeypatch.setattr(sys, "argv", ["sheets"])
    sheets.main()


def test_the_better_of_two_runs_is_a_row_for_each_level(monkeypatch, capsys):
    run(monkeypatch, *[MADE, replace(MADE, seconds=70.0)] * 3)
    title, head, *rows = capsys.readouterr().out.splitlines()
    assert title == "300 sheets with their key, in seconds and MB"
    assert head.split() == ["level", "seconds", "core", "seconds", "sheets.pdf", "key.pdf"]
    assert [line.split() for line in rows] == [
        [str(level), "12.3", "20.0", "1.50", "0.25"] for level in (1, 2, 3)
    ]


def test_other_bytes_and_too_many_seconds_are_said(monkeypatch):
    with pytest.raises(SystemExit, match="Level 1 has other bytes in a second run"):
        run(monkeypatch, MADE, replace(MADE, files=(b"", b"")))
    slow = replace(MADE, seconds=61.0)
    with pytest.raises(SystemExit, match="More than 60 seconds at level 2"):
        run(monkeypatch, MADE, MADE, slow, slow, MADE, MADE)
