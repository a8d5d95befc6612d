"""core.checkpoints.files: a file is written whole or not at all."""

import os
import re
import time
from pathlib import Path

import pytest
import safetensors
import safetensors.torch
import torch

from core.checkpoints.files import (
    LARGEST_JSON,
    STALE,
    json_bytes,
    read_json,
    sealed,
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


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"[" * 200_000, "not readable as JSON"),
        (b'{"a": ' * 200_000, "not readable as JSON"),
        (b"", "not readable as JSON"),
        (b"\xff\xfe[]", "not readable as JSON"),
        (b'{"a": 1} {}', "not readable as JSON"),
        (b'{"a": 01}', "not readable as JSON"),
        (b'{"a": 1, "b": 2, "a": 3}', "'a' stands there twice"),
        (b'[{"x": {"a": 1, "a": 1}}]', "'a' stands there twice"),
        (b'{"a": NaN}', "NaN, which is no number"),
        (b'{"a": -Infinity}', "-Infinity, which is no number"),
        (b'{"a": 1e999}', "the number 1e999, which is too large or too long"),
        (b'{"a": -1e400}', "the number -1e400, which is too large or too long"),
        (b'{"a": 0.' + b"1" * 5000 + b"}", "which is too large or too long"),
        (b'{"a": ' + b"9" * 5000 + b"}", "a number with 5,000 digits"),
        (b'{"a": 1, "sum": "00"}', "its content differs from its sum"),
        (b'{"a": 1, "sum": null}', "its content differs from its sum"),
        (b'{"a": 1, "sum": {"a": [1]}}', "its content differs from its sum"),
    ],
)
def test_json_is_read_strictly(tmp_path: Path, content: bytes, reason: str) -> None:
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(ValueError, match=f"^{re.escape(reason)}|{re.escape(reason)}$"):
        read_json(tmp_path / "file")


def test_a_json_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "file").open("wb") as file:
        file.truncate(LARGEST_JSON + 1)
    with pytest.raises(ValueError, match="larger than 16 MB"):
        read_json(tmp_path / "file")


def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(OSError, match="no regular file"):
            read_json(path)


def test_a_sum_is_over_what_the_content_says_and_not_over_its_lines(tmp_path: Path) -> None:
    content = {"b": [1.5, "\u2192"], "a": None}
    written = json_bytes(sealed(content)).replace(b"\n", b"\r\n")
    (tmp_path / "file").write_bytes(written)
    assert read_json(tmp_path / "file") == sealed(content)
    assert sealed(sealed(content)) == sealed(content)
    assert sealed({"a": None, "b": [1.5, "\u2192"]})["sum"] == sealed(content)["sum"]
    assert sealed({"a": None, "b": [1.5, "->"]})["sum"] != sealed(content)["sum"]
