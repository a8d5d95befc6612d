"""The data sets of the project in one table, and what every module of data shares."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "samples"
DATA_VARIABLE = "CNN_DATA"

Part = Literal["train", "test"]


class DatasetError(Exception):
    """A data set or a bundled picture cannot be read; the message is one sentence for a person."""


@dataclass(frozen=True)
class DatasetFacts:
    """What is known about a data set before it is read.

    Attributes:
        name: the short name used in configurations and on the command line.
        title: the name for people.
        classes: class names, in label order.
        shape: (channels, height, width) of one image.
        mean: per channel, on images in [0, 1]; what the homework's Normalize subtracts (None: no
            normalisation).
        std: per channel, what the homework's Normalize divides by.
        train_images: number of training images.
        test_images: number of test images; the homework's validation set.
        download_bytes: size of the packed files that are fetched.
        md5: sums of the files that torchvision itself does not check, relative to the data folder.
    """

    name: str
    title: str
    classes: tuple[str, ...]
    shape: tuple[int, int, int]
    mean: tuple[float, ...] | None
    std: tuple[float, ...] | None
    train_images: int
    test_images: int
    download_bytes: int
    md5: dict[str, str]


DATASETS: dict[str, DatasetFacts] = {
    "mnist": DatasetFacts(
        name="mnist",
        title="MNIST",
        classes=tuple("0123456789"),
        shape=(1, 28, 28),
        mean=None,
        std=None,
        train_images=60_000,
        test_images=10_000,
        download_bytes=11_594_722,
        md5={
            "MNIST/raw/train-images-idx3-ubyte": "6bbc9ace898e44ae57da46a324031adb",
            "MNIST/raw/train-labels-idx1-ubyte": "a25bea736e30d166cdddb491f175f624",
            "MNIST/raw/t10k-images-idx3-ubyte": "2646ac647ad5339dbf082846283269ea",
            "MNIST/raw/t10k-labels-idx1-ubyte": "27ae3e4e09519cfbb04c329615203637",
        },
    ),
    "cifar10": DatasetFacts(
        name="cifar10",
        title="CIFAR-10",
        classes=(
            "airplane",
            "automobile",
            "bird",
            "cat",
            "deer",
            "dog",
            "frog",
            "horse",
            "ship",
            "truck",
        ),
        shape=(3, 32, 32),
        mean=(0.485, 0.456, 0.406),
        std=(0.229, 0.224, 0.225),
        train_images=50_000,
        test_images=10_000,
        download_bytes=170_498_071,
        md5={},  # torchvision checks CIFAR-10's files against its own sums
    ),
}


def facts(name: str) -> DatasetFacts:
    """The table's row of one data set.

    Raises:
        ValueError: there is no data set of that name.
    """
    if name not in DATASETS:
        raise ValueError(f"Unknown data set {name!r}: expected one of {', '.join(DATASETS)}.")
    return DATASETS[name]


@dataclass(frozen=True)
class LabelledImages:
    """Images with their labels.

    Attributes:
        images: (N, C, H, W) uint8, grey values 0..255.
        labels: (N,) int64.
    """

    images: Tensor
    labels: Tensor

    def __len__(self) -> int:
        """Number of images."""
        return len(self.labels)

    def subset(self, index: Tensor | slice) -> LabelledImages:
        """The images and labels at ``index``."""
        return LabelledImages(self.images[index], self.labels[index])


def to_unit(images: Tensor) -> Tensor:
    """Grey values 0..255 (uint8) to float32 in [0, 1], as torchvision's ToTensor does.

    Args:
        images: (N, C, H, W) uint8.

    Returns:
        (N, C, H, W) float32 in [0, 1].

    Raises:
        TypeError: the images are not uint8.
    """
    if images.dtype != torch.uint8:
        raise TypeError(f"Expected uint8 images (grey values 0..255), got {images.dtype}.")
    return images.float().div_(255)


def data_folder(argument: str | Path | None = None) -> Path:
    """Where the data sets are: the argument, else the variable CNN_DATA, else ``data/`` in the
    repository.
    """
    return Path(argument or os.environ.get(DATA_VARIABLE) or ROOT / "data")
