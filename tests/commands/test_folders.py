"""Folders that cannot be written, disks that are full, runs that are locked."""

import errno
import fcntl
import os
import shutil
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands import folders, trainer
from core import failures
from core.failures import UNITS, NoRoomError, no_room, sizes
from core.training.computing import Computing
from core.training.config import TrainingError
from core.training.resume import STATE_FILE, checkpoint_bytes, read_state, state_bytes
from core.training.state import new_state
from tests.commands.helpers import (
    Run,
    assert_one_sentence,
    configuration,
    epochs_trained,
    state_folder,
)
from train_all import main


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


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (errno.ENOSPC, "The disk of {} is full (No space left on device): make room, or choose"),
        (errno.EDQUOT, "The disk of {} is full (Disk quota exceeded): make room, or choose"),
        (errno.EFBIG, " is larger than the disk of {} takes (File too large): choose a folder on"),
    ],
)
def test_a_full_disk_is_one_sentence(
    run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
    code: int,
    told: str,
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", full)
    assert run() == 2
    assert_one_sentence(
        capsys.readouterr().err,
        told.format(state_folder(tmp_path)),
        "another disk (--runs-dir); the same command then goes on.",
    )


def test_a_limit_of_files_is_found_before_the_training(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setattr(failures.resource, "getrlimit", lambda kind: (204_800, 204_800))
    assert run() == 2
    captured = capsys.readouterr()
    assert_one_sentence(
        captured.err,
        f"A file in {state_folder(tmp_path)} may have at most 204.8 kB, but 6",
        " are needed (File too large): raise the limit that `ulimit -f` tells",
    )
    assert epochs_trained(captured.out) == []


@pytest.mark.parametrize(("below", "option"), [("out", "--out"), ("runs", "--runs-dir")])
def test_a_disk_that_fills_up_names_the_folder_and_all_that_is_missing(
    run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
    below: str,
    option: str,
) -> None:
    """One of the two folders has its own disk, which another program fills; then room is made."""
    real, usage = Path.open, shutil.disk_usage("/")
    free = [10**12]

    def full(path: Path, mode: str = "r", *others: object, **named: object) -> object:
        if mode == "wb" and path.is_relative_to(tmp_path / below) and "epoch" not in path.name:
            free[0] = 1_900
            raise OSError(28, "No space left on device")
        return real(path, mode, *others, **named)

    monkeypatch.setattr(Path, "open", full)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=free[0]))
    assert run() == 2
    said = capsys.readouterr().err.splitlines()[-1]
    folder, needed = tmp_path / "out", checkpoint_bytes(configuration(), epoch_tensors=())
    if below == "runs":
        folder, needed = state_folder(tmp_path), state_bytes(configuration())
        needed -= sum(file.stat().st_size for file in folder.glob("epoch_*"))
    has, must, missing = sizes(1_900, needed)
    assert said == (
        f"train_all.py: The disk of {folder} has {has} free, but {must} are needed: make room for "
        f"{missing} more, or choose a folder on another disk ({option}); the same command then "
        "goes on."
    )
    monkeypatch.setattr(Path, "open", real)
    free[0] = 10**12
    assert run() == 0


def test_a_checkpoint_needs_room_beside_the_older_one(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    assert run() == 0
    usage, needed = shutil.disk_usage("/"), checkpoint_bytes(configuration(), epoch_tensors=())
    free = [needed - 1]
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=free[0]))
    capsys.readouterr()
    assert run() == 2
    must = sizes(needed - 1, needed)[1]
    assert_one_sentence(capsys.readouterr().err, f"but {must} are needed", "--out); the same comm")
    free[0] = needed
    assert run() == 0


@pytest.mark.parametrize(
    ("free", "needed", "told"),
    [
        (1_900_000, 2_100_000, ["1.9 MB", "2.1 MB", "0.2 MB"]),
        (1_999_999, 2_000_000, ["1.9 MB", "2.0 MB", "0.1 MB"]),
        (0, 5, ["0 bytes", "5 bytes", "5 bytes"]),
        (999, 1_001, ["0.9 kB", "1.1 kB", "0.2 kB"]),
        (2_090_000, 2_610_000, ["2.0 MB", "2.7 MB", "0.7 MB"]),
        (1_234, 2_000_000, ["0.001 MB", "2.000 MB", "1.999 MB"]),
        (0, 3_000_000_000, ["0.0 GB", "3.0 GB", "3.0 GB"]),
        (300_000, 158_000_000, ["0.3 MB", "158.0 MB", "157.7 MB"]),
    ],
)
def test_the_sizes_that_are_told_differ_and_are_true(
    free: int, needed: int, told: list[str]
) -> None:
    said = str(no_room("/x", free, needed))
    has, must, missing = told
    assert said.startswith(f"The disk of /x has {has} free, but {must} are needed: make room for")
    assert f"make room for {missing} more," in said


@given(free=st.integers(0, 10**13), missing=st.integers(1, 10**13))
def test_told_sizes_are_right_to_their_last_figure(free: int, missing: int) -> None:
    powers = {unit: 1000**power for power, unit in enumerate(UNITS)}
    texts = sizes(free, free + missing)
    (unit,) = {text.split()[1] for text in texts}
    (decimals,) = {len(text.split()[0].partition(".")[2]) for text in texts}
    has, must, more = (Fraction(text.split()[0].replace(",", "")) * powers[unit] for text in texts)
    last = Fraction(powers[unit], 10**decimals)
    assert has + more == must
    assert 0 <= free - has < last
    assert 0 <= must - (free + missing) < last
    assert (has == 0) == (free == 0)


def test_folders_on_one_disk_share_its_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "old").write_bytes(bytes(500))
    usage = shutil.disk_usage("/")
    out = folders.Room("out", tmp_path / "out", 1_000, ("old",))
    runs = folders.Room("runs_dir", tmp_path / "runs" / "none", 2_000)
    monkeypatch.setattr(folders.shutil, "disk_usage", lambda path: usage._replace(free=2_500))
    folders.check_room(out, runs)
    monkeypatch.setattr(folders.shutil, "disk_usage", lambda path: usage._replace(free=2_499))
    with pytest.raises(NoRoomError, match=r"has 2\.4 kB free, but 2\.5 kB are needed") as got:
        folders.check_room(out, runs)
    assert got.value.settings == ("out", "runs_dir")


def test_a_data_set_that_is_to_be_fetched_needs_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    usage = shutil.disk_usage("/")._replace(free=100_000_000)
    monkeypatch.setattr(folders.shutil, "disk_usage", lambda path: usage)
    assert main(["data", "cifar10", "--data-dir", str(tmp_path / "data")]) == 2
    assert_one_sentence(
        capsys.readouterr().err,
        f"The disk of {tmp_path / 'data'} has 100.0 MB free",
        "(--data-dir)",
    )
    assert not (tmp_path / "data").exists()


def test_a_checkpoint_takes_no_more_than_was_asked_for(run: Run, tmp_path: Path) -> None:
    assert run() == 0
    files = [file.stat().st_size for file in (tmp_path / "out").rglob("*.*") if file.is_file()]
    taken = sum(files)
    assert taken < checkpoint_bytes(configuration(), epoch_tensors=()) < 1.5 * taken


def test_a_state_that_was_read_holds_no_room(run: Run, tmp_path: Path) -> None:
    """The tensors of a resumed run are copies: none lies in the file that is then replaced."""
    assert run() == 0
    config = configuration()
    state = new_state(config, Computing())
    assert read_state(state, state_folder(tmp_path)) == 2
    maps = Path("/proc/self/maps")
    if maps.exists():
        assert STATE_FILE not in maps.read_text()


def test_no_folder_is_made_where_the_data_are_missing(run: Run, tmp_path: Path) -> None:
    assert run("--data-dir", str(tmp_path / "none")) == 2
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "runs").exists()


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
