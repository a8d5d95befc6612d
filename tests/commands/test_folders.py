"""Folders that cannot be written, disks that are full, runs that are locked."""

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from commands import folders, trainer
from core.training.config import TrainingError
from core.training.resume import STATE_FILE, state_bytes
from tests.commands.helpers import (
    Run,
    assert_one_sentence,
    configuration,
    epochs_trained,
    state_folder,
)


@pytest.mark.parametrize("option", ["--out", "--runs-dir"])
@pytest.mark.parametrize("below", ["", "below"])
def test_a_folder_that_cannot_be_written_is_one_sentence(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture, option: str, below: str
) -> None:
    (tmp_path / "file").write_text("no folder")
    assert run(option, str(tmp_path / "file" / below)) == 2
    assert_one_sentence(
        capsys.readouterr().err,
        f"'{option}': The folder {tmp_path / 'file' / below} cannot be used",
        f"{tmp_path / 'file'} is no folder",
    )


def test_a_folder_that_refuses_files_is_found_before_the_training(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    def refuse(dir: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(folders.tempfile, "TemporaryFile", refuse)
    assert run() == 2
    captured = capsys.readouterr()
    assert_one_sentence(captured.err, "cannot be written (Permission denied)")
    assert epochs_trained(captured.out) == []


def test_a_full_disk_is_one_sentence(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert run() == 2
    assert_one_sentence(capsys.readouterr().err, "No space left on device")


def test_a_disk_without_room_is_found_before_the_training(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    usage = shutil.disk_usage("/")._replace(free=1_000_000)
    monkeypatch.setattr(folders.shutil, "disk_usage", lambda path: usage)
    assert run() == 2
    captured = capsys.readouterr()
    assert_one_sentence(captured.err, "has 1.0 MB free, but ", " are needed: make room for ")
    assert_one_sentence(captured.err, "(--runs-dir, --out); the same command then goes on.")
    assert epochs_trained(captured.out) == []


def test_the_room_that_is_asked_for_is_what_a_run_takes(run: Run, tmp_path: Path) -> None:
    assert run() == 0
    folder = state_folder(tmp_path)
    taken = sum(path.stat().st_size for path in folder.glob("*.safetensors"))
    taken += (folder / STATE_FILE).stat().st_size  # while it is replaced there are two
    assert 0.85 * taken < state_bytes(configuration()) < 1.1 * taken


HOLD = (
    "import fcntl, sys; f = open(sys.argv[1], 'w'); fcntl.flock(f, fcntl.LOCK_EX); "
    "print('held', flush=True); input()"
)


def test_two_processes_do_not_write_the_same_run(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    folder = state_folder(tmp_path)
    folder.mkdir(parents=True)
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder / "lock")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as other:
        assert other.stdout.readline() == b"held\n"
        assert run() == 2
        assert_one_sentence(
            capsys.readouterr().err, "Another process is training this very run", str(folder)
        )
        other.kill()
    assert run() == 0  # a lock ends with its process


def test_a_run_holds_its_lock(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held = []

    def fit(*arguments: object, **settings: object) -> None:
        with (state_folder(tmp_path) / "lock").open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                held.append(True)
        raise TrainingError("Ended on purpose.")

    monkeypatch.setattr(trainer, "fit", fit)
    run()
    assert held == [True]
