"""Reads a data set from torchvision's folder layout, checked against the published sums."""

from __future__ import annotations

import struct
from pathlib import Path

import torch
from jaxtyping import Int64, UInt8
from torch import Tensor

from core.checks import generator
from core.data.checked import (
    checked_bytes,
    damaged,
    is_present,
    read_batch,
    read_idx,
    what_is_missing,
)
from core.data.download import add_missing
from core.data.facts import DATA_VARIABLE, DatasetError, LabelledImages, Part, facts


def load(name: str, part: Part, folder: Path, *, download: bool) -> LabelledImages:
    """Read one part of a data set, downloading it first where it is missing.

    Args:
        name: "mnist" or "cifar10".
        part: "train" or "test".
        folder: the data folder, in torchvision's layout.
        download: whether missing files may be fetched.

    Returns:
        All images of that part with their labels.

    Raises:
        DatasetError: the files are missing, damaged or cannot be fetched; says what to do.
        ValueError: unknown name or part.
    """
    dataset = facts(name)
    if part not in ("train", "test"):
        raise ValueError(f"Unknown part {part!r}: expected 'train' or 'test'.")
    if not download and not is_present(name, folder):
        raise DatasetError(
            f"{what_is_missing(name, folder)}: let it be fetched, or name the folder that holds "
            f"it, in the variable {DATA_VARIABLE} for one.",
            "no_download",
            "data_dir",
        )
    if download:
        add_missing(name, folder)
    try:
        images, labels = _read(name, part, folder)
    except (ValueError, struct.error) as error:  # the published files cannot be meant
        raise damaged(name, folder / dataset.subfolder, str(error)) from error
    count = dataset.train_images if part == "train" else dataset.test_images
    expected = (count, *dataset.shape)
    if images.shape != expected or len(labels) != count:
        reason = f"expected images {expected}, got {tuple(images.shape)}"
        raise damaged(name, folder / dataset.subfolder, reason)
    return LabelledImages(images, labels)


def _read(
    name: str, part: Part, folder: Path
) -> tuple[UInt8[Tensor, "n c h w"], Int64[Tensor, " m"]]:
    """Read one part from the very bytes that were checked; the other part is checked, too."""
    wanted, batches, digits = facts(name).files(part), [], []
    for file in facts(name).md5:
        content = checked_bytes(name, file, folder)
        if file in wanted and name == "mnist":
            digits.append(read_idx(content))
        elif file in wanted:
            batches.append(read_batch(content))
    if name == "mnist":
        images, labels = digits
        return images[:, None], labels.long()
    images, labels = map(torch.cat, zip(*batches))
    return images, labels


def hold_out(
    data: LabelledImages, count: int, *, seed: int = 0
) -> tuple[LabelledImages, LabelledImages]:
    """Split training images into a part to train on and a part to choose settings with.

    The split is a fixed permutation of the given seed, so every run holds out the same images.

    Args:
        data: the training images.
        count: number of images to hold out.
        seed: seed of the permutation.

    Returns:
        (to train on, held out).

    Raises:
        TypeError: the seed is no whole number.
        ValueError: count is not between 1 and the number of images minus 1, or torch takes no such
            seed.
    """
    if not 0 < count < len(data):
        raise ValueError(f"Expected between 1 and {len(data) - 1} images to hold out, got {count}.")
    order = torch.randperm(len(data), generator=generator(seed))
    return data.subset(order[count:]), data.subset(order[:count])
