"""The files of a data set, each checked against its published sum before it is used."""

from __future__ import annotations

import hashlib
import os
import pickletools
import struct
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Int64, Shaped, UInt8
from torch import Tensor

from core.data.facts import DatasetError, facts


def is_present(name: str, folder: Path) -> bool:
    """Whether a data folder holds a data set, damaged or not.

    Args:
        name: "mnist" or "cifar10".
        folder: the data folder.

    Raises:
        ValueError: unknown name.
    """
    files = (folder / file for file in facts(name).md5)
    return all(os.path.isfile(file) for file in files)  # noqa: PTH113 - this one never raises


def what_is_missing(name: str, folder: Path) -> str:
    """What a data folder lacks of a data set, as the beginning of a sentence.

    Args:
        name: "mnist" or "cifar10".
        folder: the data folder, where ``is_present`` finds none.
    """
    dataset = facts(name)
    missing = [file for file in dataset.md5 if not os.path.isfile(folder / file)]  # noqa: PTH113
    packed = [file for file in dataset.packed if os.path.isfile(folder / file)]  # noqa: PTH113
    if len(packed) == len(dataset.packed):
        return f"{dataset.title} is in {folder}, but not unpacked ({', '.join(packed)})"
    if 0 < len(missing) < len(dataset.md5):
        return f"{dataset.title} is in {folder} without {', '.join(missing)}"
    return f"{dataset.title} is not in {folder}"


def checked_bytes(name: str, file: str, folder: Path) -> bytes:
    """The content of a file, which is the published one to the last bit.

    It is read once: what was checked is what is used, whatever happens to the file.

    Args:
        name: of the data set.
        file: relative to the data folder.
        folder: the data folder.

    Raises:
        DatasetError: it cannot be read, or has another sum.
    """
    try:
        content = (folder / file).read_bytes()
    except OSError as error:
        raise damaged(name, folder / file, str(error.strerror)) from error
    if hashlib.md5(content, usedforsecurity=False).hexdigest() != facts(name).md5[file]:
        raise damaged(name, folder / file, "it does not have the published MD5 sum")
    return content


def damaged(name: str, path: Path, reason: str) -> DatasetError:
    """The error of a file that is not what it should be; says what to do."""
    return DatasetError(
        f"{facts(name).title} is damaged: {path} is not the published file ({reason})",
        repair="move it away, where nothing is lost, and run again to fetch it anew",
    )


def read_idx(content: bytes) -> Shaped[Tensor, "..."]:  # noqa: UP037 - axes, not a name
    """MNIST's format: two zeros, the type (8: uint8), the number of axes, their sizes, the values.

    Source: Yann LeCun, "The MNIST database of handwritten digits".

    Raises:
        ValueError: it is not of that format.
    """
    if len(content) < 4 or content[:3] != b"\0\0\x08":
        raise ValueError("expected an IDX file of uint8")
    axes = content[3]
    shape = struct.unpack_from(f">{axes}i", content, 4)
    values = np.frombuffer(content, np.uint8, offset=4 + 4 * axes)
    return torch.from_numpy(values.reshape(shape).copy())


def read_batch(content: bytes) -> tuple[UInt8[Tensor, "n 3 32 32"], Int64[Tensor, " n"]]:
    """CIFAR-10's format: a pickle, of which nothing is run; its words are only looked at.

    The labels are the numbers between the words "labels" and "data", the pixels are the one long
    string: for each image 1,024 values of red, green and blue.

    Source: Alex Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009.

    Raises:
        ValueError: it is not of that format.
    """
    words = [(word.name, argument) for word, argument, _ in pickletools.genops(content)]
    first, last = (words.index(("SHORT_BINSTRING", key)) for key in ("labels", "data"))
    labels = [argument for kind, argument in words[first:last] if kind == "BININT1"]
    (pixels,) = (argument for kind, argument in words if kind == "BINSTRING")
    values = np.frombuffer(bytearray(str(pixels), "latin-1"), np.uint8)
    images = torch.from_numpy(values).view(len(labels), 3, 32, 32)
    return images, torch.tensor(labels, dtype=torch.int64)
