"""Files that are written whole or not at all, and JSON that carries a sum over its content."""

from __future__ import annotations

import hashlib
import json
import math
import os
import secrets
import stat
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import safetensors.torch
from torch import nn

from core.failures import raise_if_full

LARGEST_JSON = 16 * 2**20  # bytes; the largest card that ships has 54 kB
LARGEST_NUMBER = 25  # characters; a float that Python writes has at most 24
SUM = "sum"  # the key of a JSON file whose value vouches for the rest
STALE = 600  # seconds after which a partial file is taken for one of a process that was killed


def epoch_file(epoch: int) -> str:
    """Name of the file that holds the weights after an epoch; 0 is before training."""
    return f"epoch_{epoch:03d}.safetensors"


def write_weights(path: Path, model: nn.Module, names: Sequence[str] = ()) -> None:
    """Write a network's state dict, or the named tensors of it, as safetensors, whole or not at
    all.
    """
    state = model.state_dict()
    tensors = {name: state[name].detach().cpu().contiguous() for name in names or state}
    write_whole(path, safetensors.torch.save(tensors))


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that a crash at any moment leaves the old content or the new.

    Of two processes that write one file at once each writes it whole, and the later one stays.
    """
    _remove_stale(path)
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}.partial")
    try:
        with partial.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except BaseException as error:  # a full disk, Ctrl-C
        partial.unlink(missing_ok=True)
        raise_if_full(error, path.parent, len(content))
        raise


def _remove_stale(path: Path) -> None:
    """Remove what processes that were killed while they wrote this file have left."""
    beginning = f".{path.name}."
    with suppress(OSError):  # another process may have removed it, too
        for file in path.parent.iterdir():
            is_partial = file.name.startswith(beginning) and file.name.endswith(".partial")
            if is_partial and time.time() - file.stat().st_mtime > STALE:
                file.unlink()


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
        ValueError: it is no JSON, has a key twice, a number that is too large or none, or another
            content than its sum vouches for; the message says which.
    """
    if not stat.S_ISREG(path.stat().st_mode):
        raise OSError(0, "no regular file")
    with path.open("rb") as file:
        content = file.read(LARGEST_JSON + 1)
    if len(content) > LARGEST_JSON:
        raise ValueError(f"larger than {LARGEST_JSON // 2**20} MB")
    return parse_json(content)


def parse_json(content: bytes) -> Any:  # noqa: ANN401 - whatever the JSON holds
    """What ``read_json`` makes of the bytes of a file."""
    try:
        found = json.loads(
            content.decode("utf-8"),
            object_pairs_hook=_object,
            parse_int=_whole,
            parse_float=_finite,
            parse_constant=_refuse_constant,
        )
        if isinstance(found, dict) and SUM in found and found != sealed(found):
            raise ValueError("its content differs from its sum")
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError("not readable as JSON") from error
    return found


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
