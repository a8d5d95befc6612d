"""The data sets of the project in one table, and what every module of data shares."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
from jaxtyping import Float32, Int64, UInt8
from torch import Tensor

from core.checks import check_dtype
from core.failures import Failure

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "samples"
DATA_VARIABLE = "CNN_DATA"

Part = Literal["train", "test"]


class DatasetError(Failure):
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
        torchvision_class: the class of torchvision.datasets that downloads it.
        subfolder: of the data folder, where torchvision lays it.
        packed: the files that are fetched, relative to the data folder; torchvision leaves them
            there.
        download_bytes: size of these.
        md5: published sums of the files that are read, relative to the data folder, in the order
            in which they are read.
    """

    name: str
    title: str
    classes: tuple[str, ...]
    shape: tuple[int, int, int]
    mean: tuple[float, ...] | None
    std: tuple[float, ...] | None
    train_images: int
    test_images: int
    torchvision_class: str
    subfolder: str
    packed: tuple[str, ...]
    download_bytes: int
    md5: dict[str, str]

    def files(self, part: Part) -> tuple[str, ...]:
        """Those of the files that hold one part."""
        beginnings = {"train": ("train", "data_batch"), "test": ("t10k", "test_batch")}[part]
        return tuple(file for file in self.md5 if Path(file).name.startswith(beginnings))


# ImageNet's, which the homework takes for CIFAR-10.
CIFAR10_MEAN = (0.485, 0.456, 0.406)
CIFAR10_STD = (0.229, 0.224, 0.225)

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
        torchvision_class="MNIST",
        subfolder="MNIST",
        packed=(
            "MNIST/raw/train-images-idx3-ubyte.gz",
            "MNIST/raw/train-labels-idx1-ubyte.gz",
            "MNIST/raw/t10k-images-idx3-ubyte.gz",
            "MNIST/raw/t10k-labels-idx1-ubyte.gz",
        ),
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
            *("airplane", "automobile", "bird", "cat", "deer"),
            *("dog", "frog", "horse", "ship", "truck"),
        ),
        shape=(3, 32, 32),
        mean=CIFAR10_MEAN,
        std=CIFAR10_STD,
        train_images=50_000,
        test_images=10_000,
        torchvision_class="CIFAR10",
        subfolder="cifar-10-batches-py",
        packed=("cifar-10-python.tar.gz",),
        download_bytes=170_498_071,
        md5={
            "cifar-10-batches-py/data_batch_1": "c99cafc152244af753f735de768cd75f",
            "cifar-10-batches-py/data_batch_2": "d4bba439e000b95fd0a9bffe97cbabec",
            "cifar-10-batches-py/data_batch_3": "54ebc095f3ab1f0389bbae665268c751",
            "cifar-10-batches-py/data_batch_4": "634d18415352ddfa80567beed471001a",
            "cifar-10-batches-py/data_batch_5": "482c414d41f54cd18b22e5b47cb7c3cb",
            "cifar-10-batches-py/test_batch": "40351d587109b95175f43aff81a1287e",
        },
    ),
}


def facts(name: str) -> DatasetFacts:
    """The table's row of one data set.

    Args:
        name: "mnist" or "cifar10".

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
        images: grey values 0..255.
        labels: index of each image's class.
    """

    images: UInt8[Tensor, "n c h w"]
    labels: Int64[Tensor, " n"]

    def __len__(self) -> int:
        """Number of images."""
        return len(self.labels)

    def subset(self, index: Int64[Tensor, " m"] | slice) -> LabelledImages:
        """The images and labels at ``index``."""
        return LabelledImages(self.images[index], self.labels[index])


def to_unit(images: UInt8[Tensor, "*shape"]) -> Float32[Tensor, "*shape"]:
    """Grey values 0..255 to numbers in [0, 1], as torchvision's ToTensor does.

        output = images / 255

    Args:
        images: grey values 0..255.

    Returns:
        float32 in [0, 1].

    Raises:
        TypeError: the images are not uint8.
    """
    check_dtype("images", images, "of grey values 0..255", (torch.uint8,))
    return images.float().div_(255)


def how_to_restore(folder: str | Path, shipped: Path) -> str:
    """How a lost or damaged file comes back, as the end of a sentence: from git, where it is one of
    the repository's own and this is a checkout of it.

    Args:
        folder: of the file.
        shipped: the folder of the repository that such files ship in.
    """
    if Path(folder).resolve() == shipped.resolve() and (ROOT / ".git").exists():
        return f"restore it with `git checkout -- {shipped.relative_to(ROOT)}`"
    return "copy it there again"


def data_folder(argument: str | Path | None = None) -> Path:
    """Where the data sets are.

    Args:
        argument: the folder, if one is named on the command line.

    Returns:
        The argument, else the variable CNN_DATA, else ``data/`` in the repository.
    """
    return Path(argument or os.environ.get(DATA_VARIABLE) or ROOT / "data")
