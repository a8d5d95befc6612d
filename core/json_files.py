"""JSON is read in this one way, whoever wrote it; and JSON that carries a sum over its content."""

from __future__ import annotations

import hashlib
import json
import math
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

LARGEST_JSON = 16 * 2**20  # bytes; the largest card that ships has 54 kB
LARGEST_NUMBER = 25  # characters; a float that Python writes has at most 24
DEEPEST = 50  # lists and objects in each other; a card has 4
SUM = "sum"  # the key of a JSON file whose value vouches for the rest


def sealed(content: Mapping[str, Any]) -> dict[str, Any]:
    """The content with the sum that vouches for it, in place of one that it had.

    Args:
        content: what JSON can hold.

    Raises:
        ValueError: it holds NaN or an infinity.
    """
    rest = {key: value for key, value in content.items() if key != SUM}
    return rest | {SUM: _content_sum(rest)}


def _content_sum(content: Mapping[str, Any]) -> str:
    """SHA-256 of what the content says, however it is laid out in lines."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def json_bytes(content: Mapping[str, Any]) -> bytes:
    """The content as the JSON file that is written of it."""
    return (json.dumps(content, indent=1, allow_nan=False) + "\n").encode()


def read_json(path: Path) -> Any:  # noqa: ANN401 - whatever the JSON holds
    """Read a JSON file as strictly as the standard says, and check its sum if it has one.

    Args:
        path: the file.

    Raises:
        OSError: it cannot be read.
        ValueError: it is no JSON, too deep, has a key twice, a number that is too large or none, or
            another content than its sum vouches for; the message says which.
    """
    if not stat.S_ISREG(path.stat().st_mode):
        raise OSError(0, "no regular file")
    with path.open("rb") as file:
        content = file.read(LARGEST_JSON + 1)
    if len(content) > LARGEST_JSON:
        raise ValueError(f"larger than {LARGEST_JSON // 2**20} MB")
    return parse_json(content)


def parse_json(content: bytes) -> Any:  # noqa: ANN401 - whatever the JSON holds
    """What ``read_json`` makes of the bytes of a file, or of any other JSON.

    Raises:
        ValueError: as ``read_json``.
    """
    try:
        found = json.loads(
            content.decode("utf-8"),
            object_pairs_hook=_object,
            parse_int=_whole,
            parse_float=_finite,
            parse_constant=_refuse_constant,
        )
        _check_depth(found)
        if isinstance(found, dict) and SUM in found and found != sealed(found):
            raise ValueError("its content differs from its sum")
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError("not readable as JSON") from error
    return found


def _check_depth(found: object) -> None:
    """Refuse what whoever writes or checks it would have to walk too deep for."""
    level = [found]
    for _ in range(DEEPEST):
        level = [
            inner
            for value in level
            if isinstance(value, list | dict)
            for inner in (value.values() if isinstance(value, dict) else value)
        ]
    if any(isinstance(value, list | dict) for value in level):
        raise ValueError(f"lists in lists, more than {DEEPEST} deep")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"{twice[:40]!r} stands there twice")
    return found


def _whole(text: str) -> int:
    if len(text) > LARGEST_NUMBER:
        raise ValueError(f"a number with {len(text):,} digits")
    return int(text)


def _finite(text: str) -> float:
    if len(text) > LARGEST_NUMBER or not math.isfinite(float(text)):
        raise ValueError(f"the number {text[:LARGEST_NUMBER]}, which is too large or too long")
    return float(text)


def _refuse_constant(text: str) -> None:
    raise ValueError(f"{text}, which is no number")
