"""commands.waiting: a process that is ready before it is told what to train."""

import io
import json
import subprocess
import sys

import pytest

from commands import waiting
from core.data.facts import ROOT


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(waiting, "rehearse", lambda: None)

    def tell(line: str) -> int:
        monkeypatch.setattr(sys, "stdin", io.StringIO(line))
        return waiting.wait()

    return tell


def test_it_does_what_it_is_told(told, capsys: pytest.CaptureFixture) -> None:
    assert told(json.dumps(["mnist", "--epochs", "0"]) + "\n") == 2
    assert "'--epochs': expected a number from 1" in capsys.readouterr().err


def test_without_a_line_it_ends(told) -> None:
    assert told("") == 0


def test_a_process_rehearses_and_ends_with_its_input() -> None:
    command = [sys.executable, "-m", "commands.waiting"]
    ended = subprocess.run(command, cwd=ROOT, input="", capture_output=True, text=True, check=True)
    assert ended.stdout == ended.stderr == ""
