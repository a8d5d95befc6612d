"""Reads a data set from torchvision's folder layout, checked against the published sums."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from core.data.download import _damaged, _dataset_class, _is_present, fetch
from core.data.facts import DATA_VARIABLE, DatasetError, DatasetFacts, LabelledImages, Part, facts


def load(name: str, part: Part, folder: Path, *, download: bool) -> LabelledImages:
    """Read one part of a data set from torchvision's folder layout, downloading it first where it
    is missing.

    Args:
        name: "mnist" or "cifar10".
        part: "train" or "test".
        folder: the data folder.
        download: whether missing files may be fetched.

    Returns:
        All images of that part with their labels.

    Raises:
        DatasetError: the files are missing, damaged or cannot be fetched; says what to do.
        ValueError: unknown name or part.
    """
    known = facts(name)
    if part not in ("train", "test"):
        raise ValueError(f"Unknown part {part!r}: expected 'train' or 'test'.")
    if not download and not _is_present(known, folder):
        raise DatasetError(
            f"{known.title} is not in {folder}: run without --no-download to fetch it, or name "
            "the folder that "
            f"holds it with --data-dir or the variable {DATA_VARIABLE}."
        )
    fetch(name, folder)
    try:
        images, labels = _read(known, part, folder)
    except Exception as error:
        raise DatasetError(_damaged(known, folder, str(error))) from error
    expected = (known.train_images if part == "train" else known.test_images, *known.shape)
    if images.shape != expected or len(labels) != expected[0]:
        raise DatasetError(
            _damaged(known, folder, f"expected images {expected}, got {tuple(images.shape)}")
        )
    return LabelledImages(images, labels)


def hold_out(
    data: LabelledImages, count: int, *, seed: int = 0
) -> tuple[LabelledImages, LabelledImages]:
    """Split training images into a part to train on and ``count`` held out to choose settings with.

    The split is a fixed permutation of the given seed, so every run holds out the same images.

    Args:
        data: the training images.
        count: number of images to hold out.
        seed: seed of the permutation.

    Returns:
        (train, held out).

    Raises:
        ValueError: count is not between 1 and the number of images minus 1.
    """
    if not 0 < count < len(data):
        raise ValueError(f"Expected between 1 and {len(data) - 1} images to hold out, got {count}.")
    order = torch.randperm(len(data), generator=torch.Generator().manual_seed(seed))
    return data.subset(order[count:]), data.subset(order[:count])


def _read(known: DatasetFacts, part: Part, folder: Path) -> tuple[Tensor, Tensor]:
    dataset = _dataset_class(known)(str(folder), train=part == "train", download=False)
    images = torch.as_tensor(dataset.data)
    images = images[:, None] if known.name == "mnist" else images.permute(0, 3, 1, 2)
    return images.contiguous(), torch.as_tensor(
        dataset.targets, dtype=torch.int64
    )  # (N, C, H, W), (N,)
