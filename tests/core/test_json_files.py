"""core.json_files: JSON is read strictly, whoever wrote it."""

import os
import re
from pathlib import Path

import pytest

from core.json_files import LARGEST_JSON, json_bytes, parse_json, read_json, sealed


def test_what_is_as_deep_as_allowed_is_read() -> None:
    assert parse_json(b"[" * 50 + b"]" * 50)
    assert parse_json(b'{"a": [' * 25 + b"0" + b"]}" * 25)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"[" * 200_000, "not readable as JSON"),
        (b'{"a": ' * 200_000, "not readable as JSON"),
        (b"[" * 500 + b"]" * 500, "more than 50 deep"),
        (b'{"a": ' * 51 + b"0" + b"}" * 51, "more than 50 deep"),
        (b"[" * 50_000 + b"]" * 50_000, ""),
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
