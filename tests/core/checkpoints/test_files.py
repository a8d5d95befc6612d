"""core.checkpoints.files: a file is written whole or not at all."""

import os
import time
from pathlib import Path

import pytest
import safetensors
import safetensors.torch
import torch

from core.checkpoints.files import (
    STALE,
    write_weights,
    write_whole,
)
from core.failures import NoRoomError
from tests.core.training.runs import assert_same_weights, initial


def test_write_whole_replaces_the_content(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    write_whole(path, b"new")
    assert path.read_bytes() == b"new"
    assert [file.name for file in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("moment", ["fsync", "replace"])
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_an_interrupted_write_leaves_the_old_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str, error: BaseException
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def fail(*args: object) -> None:
        raise error

    monkeypatch.setattr(os if moment == "fsync" else Path, moment, fail)
    with pytest.raises((NoRoomError, KeyboardInterrupt)):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert [file.name for file in tmp_path.iterdir()] == ["file"]


def test_the_new_content_is_on_the_disk_before_the_old_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, order = tmp_path / "file", []
    rename = Path.replace
    monkeypatch.setattr(os, "fsync", lambda descriptor: order.append("fsync"))
    monkeypatch.setattr(
        Path, "replace", lambda self, target: order.append("replace") or rename(self, target)
    )
    write_whole(path, b"new")
    assert order == ["fsync", "replace"]


def test_written_weights_can_be_read_back(tmp_path: Path) -> None:
    model = initial().to(memory_format=torch.channels_last)
    write_weights(tmp_path / "weights.safetensors", model)
    assert_same_weights(
        dict(model.state_dict()), safetensors.torch.load_file(tmp_path / "weights.safetensors")
    )


def test_what_a_killed_process_left_goes_when_the_file_is_written_again(tmp_path: Path) -> None:
    stale, fresh = tmp_path / ".file.1a2b.partial", tmp_path / ".file.3c4d.partial"
    mine = tmp_path / ".file.notes"
    for path in (stale, fresh, mine):
        path.write_bytes(b"half of")
    for path in (stale, mine):
        os.utime(path, (time.time() - STALE - 1,) * 2)
    write_whole(tmp_path / "file", b"new")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        [fresh.name, mine.name, "file"]
    )
