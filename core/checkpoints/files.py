"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import safetensors.torch
from torch import nn

from core.failures import raise_if_full

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
