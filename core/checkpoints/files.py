"""Files that are written whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import safetensors.torch
from torch import nn

from core.failures import raise_if_full


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
    """Write a file so that a crash at any moment leaves the old content or the new."""
    partial = path.with_name(f".{path.name}.partial")
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
