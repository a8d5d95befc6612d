"""The bundled pictures of each data set, checked against their sums."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from core.data.facts import SAMPLES, DatasetError, facts


@dataclass(frozen=True)
class Samples:
    """The bundled pictures of one data set.

    Attributes:
        images: (N, C, H, W) uint8.
        labels: (N,) int64.
        files: file names in ``samples/``, in the same order.
        test_indices: position of each picture in the data set's test part.
    """

    images: Tensor
    labels: Tensor
    files: tuple[str, ...]
    test_indices: tuple[int, ...]


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
    known = facts(name)
    restore = "restore it with `git checkout -- samples`"
    listing = folder / "samples.json"
    try:
        rows = [
            row
            for row in json.loads(listing.read_text("utf-8"))["pictures"]
            if row["dataset"] == name
        ]
        wanted = [
            (str(row["file"]), int(row["label"]), int(row["test_index"]), str(row["sha256"]))
            for row in rows
        ]
    except FileNotFoundError as error:
        raise DatasetError(
            f"The list of bundled pictures {listing} is missing: {restore}"
        ) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DatasetError(
            f"The list of bundled pictures {listing} cannot be read: {restore}"
        ) from error
    if not wanted or not all(0 <= label < len(known.classes) for _, label, _, _ in wanted):
        raise DatasetError(
            f"The list of bundled pictures {listing} is damaged ({known.title}'s rows): {restore}"
        )
    images = []
    for file, _, _, digest in wanted:
        path = folder / file
        if not path.is_file():
            raise DatasetError(f"The bundled picture {path} is missing: {restore}")
        if hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            raise DatasetError(
                f"The bundled picture {path} is damaged (its SHA-256 differs): {restore}"
            )
        with Image.open(path) as picture:
            pixels = np.array(picture)
        images.append(
            torch.from_numpy(pixels.reshape(*known.shape[1:], known.shape[0])).permute(2, 0, 1)
        )  # (C, H, W)
    return Samples(
        images=torch.stack(images),
        labels=torch.tensor([label for _, label, _, _ in wanted]),
        files=tuple(file for file, _, _, _ in wanted),
        test_indices=tuple(index for _, _, index, _ in wanted),
    )
