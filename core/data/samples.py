"""The bundled pictures of each data set, checked against their sums."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Int64, UInt8
from PIL import Image
from torch import Tensor

from core.data.facts import SAMPLES, DatasetError, facts, how_to_restore
from core.json_files import read_json


@dataclass(frozen=True)
class Samples:
    """The bundled pictures of one data set.

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
    """Read the bundled pictures of one data set and check them against their sums.

    Args:
        name: "mnist" or "cifar10".
        folder: the folder with the pictures and ``samples.json``.

    Returns:
        The pictures with their labels.

    Raises:
        DatasetError: the list or a picture is missing or damaged; says which file, and what to run.
        ValueError: unknown name.
    """
    rows = _read_listing(name, folder / "samples.json")
    return Samples(
        images=torch.stack([_read_image(folder / row.file, row.sha256) for row in rows]),
        labels=torch.tensor([row.label for row in rows]),
        files=tuple(row.file for row in rows),
        test_indices=tuple(row.test_index for row in rows),
    )


def _read_listing(name: str, listing: Path) -> list[SampleRow]:
    subject = f"The list of bundled pictures {listing}"
    dataset, repair = facts(name), how_to_restore(listing.parent, SAMPLES)
    try:
        rows = read_json(listing)["pictures"]
        samples = [_sample_row(row) for row in rows if row["dataset"] == name]
    except FileNotFoundError as error:
        raise DatasetError(f"{subject} is missing", repair=repair) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DatasetError(f"{subject} cannot be read", repair=repair) from error
    if not samples or not all(
        0 <= row.label < len(dataset.classes) and 0 <= row.test_index < dataset.test_images
        for row in samples
    ):
        raise DatasetError(f"{subject} is damaged ({dataset.title}'s rows)", repair=repair)
    return samples


def _sample_row(row: dict[str, Any]) -> SampleRow:
    label, test_index = int(row["label"]), int(row["test_index"])
    return SampleRow(str(row["file"]), label, test_index, str(row["sha256"]))


def _read_image(path: Path, sha256: str) -> UInt8[Tensor, "c h w"]:
    if not path.is_file():
        raise DatasetError(
            f"The bundled picture {path} is missing", repair=how_to_restore(path.parent, SAMPLES)
        )
    if hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
        raise DatasetError(
            f"The bundled picture {path} is damaged (its SHA-256 differs)",
            repair=how_to_restore(path.parent, SAMPLES),
        )
    with Image.open(path) as picture:
        pixels = torch.from_numpy(np.array(picture))  # (H, W) or (H, W, C)
    return pixels[None] if pixels.dim() == 2 else pixels.permute(2, 0, 1)
