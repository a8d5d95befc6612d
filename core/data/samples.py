"""The bundled pictures, checked against their sums: test pictures of each data set, those that a
trained network gets wrong, and digits to train on.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from jaxtyping import Int64, UInt8
from PIL import Image
from torch import Tensor

from core.data.facts import SAMPLES, DatasetError, LabelledImages, facts, how_to_restore
from core.json_files import read_json

LISTING = "samples.json"
DIGITS = "mnist"  # the data set of the training digits
TRAINING_DIGITS = 10_000
DIGITS_IN_A_ROW = 100  # of the one picture that holds them
T = TypeVar("T")


@dataclass(frozen=True)
class Samples:
    """Bundled test pictures of one data set.

    Attributes:
        images: grey values 0..255.
        labels: index of each image's class.
        files: file names in ``samples/``, in the same order.
        test_indices: index of each picture in the data set's test part.
    """

    images: UInt8[Tensor, "n c h w"]
    labels: Int64[Tensor, " n"]
    files: tuple[str, ...]
    test_indices: tuple[int, ...]


@dataclass(frozen=True)
class SampleRow:
    """What ``samples.json`` says of one picture.

    Attributes:
        file: its name in the folder.
        label: index of its class.
        test_index: its index in the data set's test part.
        sha256: sum of the file.
    """

    file: str
    label: int
    test_index: int
    sha256: str


def load_samples(name: str, folder: Path = SAMPLES) -> Samples:
    """Read the first test pictures of one data set and check them against their sums.

    Args:
        name: "mnist" or "cifar10".
        folder: the folder with the pictures and ``samples.json``.

    Returns:
        The pictures with their labels.

    Raises:
        DatasetError: the list or a picture is missing or damaged; says which file, and what to run.
        ValueError: unknown name.
    """
    facts(name)
    return _read_samples(name, folder, "pictures", {"dataset": name})


def load_mistakes(name: str, network: str, folder: Path = SAMPLES) -> Samples:
    """Read the bundled test pictures that a trained network gets wrong, and check their sums.

    Args:
        name: of the data set, "mnist" or "cifar10".
        network: name of its checkpoint.
        folder: the folder with the pictures and ``samples.json``.

    Returns:
        The pictures with their true labels, the commonest confusion first.

    Raises:
        DatasetError: the list or a picture is missing or damaged, or none is bundled of that
            network; says which file, and what to run.
        ValueError: unknown name.
    """
    facts(name)
    return _read_samples(name, folder, "mistakes", {"dataset": name, "network": network})


def load_training_digits(folder: Path = SAMPLES) -> LabelledImages:
    """Read the bundled training digits and check them against their sum.

    Args:
        folder: the folder with the digits and ``samples.json``.

    Returns:
        The first 10,000 training images of MNIST with their labels, in MNIST's order.

    Raises:
        DatasetError: the list or the picture with the digits is missing or damaged; says which
            file, and what to run.
    """
    file, sha256, labels = read_listing(folder, _digits_row)
    if len(labels) != TRAINING_DIGITS or set(labels) - set(facts(DIGITS).classes):
        raise _damaged_listing(folder, "the training digits' labels")
    mosaic = _read_image(folder / file, sha256)[0]
    return LabelledImages(as_digits(mosaic), torch.tensor([int(label) for label in labels]))


def as_mosaic(digits: UInt8[Tensor, "n 1 h w"]) -> UInt8[Tensor, "rows columns"]:
    """The digits as one picture, a hundred in a row.

    Args:
        digits: a multiple of a hundred.
    """
    _, _, h, w = digits.shape
    rows = digits.reshape(-1, DIGITS_IN_A_ROW, h, w)
    return rows.transpose(1, 2).reshape(-1, DIGITS_IN_A_ROW * w)


def as_digits(mosaic: UInt8[Tensor, "rows columns"]) -> UInt8[Tensor, "n 1 h w"]:
    """The digits of one picture; ``as_mosaic`` gives it again."""
    _, h, w = facts(DIGITS).shape
    rows = mosaic.reshape(-1, h, DIGITS_IN_A_ROW, w)
    return rows.transpose(1, 2).reshape(-1, 1, h, w).contiguous()


def _read_samples(name: str, folder: Path, part: str, wanted: dict[str, str]) -> Samples:
    rows = read_listing(folder, lambda content: _sample_rows(content[part], wanted))
    dataset = facts(name)
    if not rows or not all(
        0 <= row.label < len(dataset.classes) and 0 <= row.test_index < dataset.test_images
        for row in rows
    ):
        raise _damaged_listing(folder, f"{dataset.title}'s rows")
    return Samples(
        images=torch.stack([_read_image(folder / row.file, row.sha256) for row in rows]),
        labels=torch.tensor([row.label for row in rows]),
        files=tuple(row.file for row in rows),
        test_indices=tuple(row.test_index for row in rows),
    )


def read_listing(folder: Path, read: Callable[[Any], T]) -> T:
    """What is read of the list of bundled pictures.

    Args:
        folder: with ``samples.json``.
        read: takes what it needs out of the JSON.

    Raises:
        DatasetError: the list is missing, or has not what is needed.
    """
    subject, repair = _listing(folder), how_to_restore(folder, SAMPLES)
    try:
        return read(read_json(folder / LISTING))
    except FileNotFoundError as error:
        raise DatasetError(f"{subject} is missing", repair=repair) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DatasetError(f"{subject} cannot be read", repair=repair) from error


def _listing(folder: Path) -> str:
    return f"The list of bundled pictures {folder / LISTING}"


def _damaged_listing(folder: Path, what: str) -> DatasetError:
    return DatasetError(
        f"{_listing(folder)} is damaged ({what})", repair=how_to_restore(folder, SAMPLES)
    )


def _sample_rows(rows: Any, wanted: dict[str, str]) -> list[SampleRow]:  # noqa: ANN401 - any JSON
    return [
        SampleRow(str(row["file"]), int(row["label"]), int(row["test_index"]), str(row["sha256"]))
        for row in rows
        if all(row[key] == value for key, value in wanted.items())
    ]


def _digits_row(content: Any) -> tuple[str, str, str]:  # noqa: ANN401 - any JSON
    row = content["digits"]
    return str(row["file"]), str(row["sha256"]), str(row["labels"])


def _read_image(path: Path, sha256: str) -> UInt8[Tensor, "c h w"]:
    """The pixels of the very bytes that have the sum."""
    repair = how_to_restore(path.parent, SAMPLES)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DatasetError(f"The bundled picture {path} is missing", repair=repair) from error
    if hashlib.sha256(content).hexdigest() != sha256:
        raise DatasetError(
            f"The bundled picture {path} is damaged (its SHA-256 differs)", repair=repair
        )
    with Image.open(io.BytesIO(content)) as picture:
        pixels = torch.from_numpy(np.array(picture))  # (H, W) or (H, W, C)
    return pixels[None] if pixels.dim() == 2 else pixels.permute(2, 0, 1)
