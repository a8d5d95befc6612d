"""The two data sets of the homework: one table of facts, loading, augmentation, and the bundled samples."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

ROOT = Path(__file__).resolve().parents[1]
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
        mean: per channel, on images in [0, 1]; what the homework's Normalize subtracts (None: no normalisation).
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
        classes=("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"),
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
    """Where the data sets are: the argument, else the variable CNN_DATA, else ``data/`` in the repository."""
    return Path(argument or os.environ.get(DATA_VARIABLE) or ROOT / "data")


def is_present(name: str, folder: Path) -> bool:
    """Whether a data folder holds a data set, complete or not."""
    return _is_present(facts(name), folder)


def fetch(name: str, folder: Path, *, on_bytes: Callable[[int], None] | None = None) -> None:
    """Download a data set with torchvision, unless the folder holds it, and check it.

    A download goes into a temporary folder beside the target and is moved into place whole, so that neither a lost
    connection nor Ctrl-C leaves half a data set behind.

    Args:
        name: "mnist" or "cifar10".
        folder: the data folder.
        on_bytes: called about four times a second, in a thread of its own, with the bytes that have come so far, of
            ``facts(name).download_bytes``.

    Raises:
        DatasetError: it cannot be fetched or what came is damaged; says what to do.
        ValueError: unknown name.
    """
    known = facts(name)
    if not _is_present(known, folder):
        _download(known, folder, on_bytes)
    _verify(known, folder)


def load(name: str, part: Part, folder: Path, *, download: bool) -> LabelledImages:
    """Read one part of a data set from torchvision's folder layout, downloading it first where it is missing.

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
            f"{known.title} is not in {folder}: run without --no-download to fetch it, or name the folder that "
            f"holds it with --data-dir or the variable {DATA_VARIABLE}."
        )
    fetch(name, folder)
    try:
        images, labels = _read(known, part, folder)
    except Exception as error:
        raise DatasetError(_damaged(known, folder, str(error))) from error
    expected = (known.train_images if part == "train" else known.test_images, *known.shape)
    if images.shape != expected or len(labels) != expected[0]:
        raise DatasetError(_damaged(known, folder, f"expected images {expected}, got {tuple(images.shape)}"))
    return LabelledImages(images, labels)


def hold_out(data: LabelledImages, count: int, *, seed: int = 0) -> tuple[LabelledImages, LabelledImages]:
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


def random_shift(images: Tensor, generator: torch.Generator, *, limit: int = 1) -> Tensor:
    """Move every image by a random whole number of pixels, up to ``limit`` each way, filling with black.

    Args:
        images: (N, C, H, W), any dtype.
        generator: CPU generator of the offsets.
        limit: largest offset in pixels.

    Returns:
        (N, C, H, W), same dtype.
    """
    n, _, h, w = images.shape
    padded = F.pad(images, (limit, limit, limit, limit))
    offsets = torch.randint(0, 2 * limit + 1, (2, n, 1), generator=generator).to(images.device)
    rows = offsets[0] + torch.arange(h, device=images.device)  # (N, H)
    columns = offsets[1] + torch.arange(w, device=images.device)  # (N, W)
    index = torch.arange(n, device=images.device)[:, None, None]
    return padded.permute(0, 2, 3, 1)[index, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)


def random_affine(
    images: Tensor,
    generator: torch.Generator,
    *,
    degrees: float = 10.0,
    stretch: float = 0.1,
    limit: float = 1.5,
) -> Tensor:
    """Turn, stretch, slant and move every image a little, as handwriting differs; black comes in from outside.

    Each output pixel p is read bilinearly at A·p + t, with A = [[c·x, -s·y + k], [s·x, c·y]], c and s the cosine and
    sine of the angle, x and y the stretch of the axes and k the slant.

    Args:
        images: (N, C, H, W) uint8, on the CPU.
        generator: CPU generator of the maps.
        degrees: largest angle each way.
        stretch: largest change of size (0.1: from 0.9 to 1.1), and largest slant.
        limit: largest move each way in pixels.

    Returns:
        (N, C, H, W) uint8.
    """
    n, _, h, w = images.shape

    def uniform(largest: float) -> Tensor:  # (N,)
        return (torch.rand(n, generator=generator) * 2 - 1) * largest

    angle, x, y, slant = (
        uniform(float(np.deg2rad(degrees))),
        uniform(stretch) + 1,
        uniform(stretch) + 1,
        uniform(stretch),
    )
    right, down = uniform(2 * limit / w), uniform(2 * limit / h)  # the grid's width and height are 2
    c, s = angle.cos(), angle.sin()
    maps = torch.stack([c * x, slant - s * y, right, s * x, c * y, down], dim=1).reshape(n, 2, 3)
    grid = F.affine_grid(maps, list(images.shape), align_corners=False)  # (N, H, W, 2)
    moved = F.grid_sample(images.float(), grid, mode="bilinear", padding_mode="zeros", align_corners=False)
    return moved.round_().byte()


def crop_boxes(count: int, height: int, width: int, generator: torch.Generator) -> Tensor:
    """Draw the boxes of torchvision's ``RandomResizedCrop(scale=(0.8, 1.0))``, aspect ratio 3/4 to 4/3.

    As torchvision: area uniform in [0.8, 1.0] of the image, log-uniform ratio, rounded sides, ten tries that must fit
    into the image, else (for a square image) the whole of it; the position is uniform.

    Args:
        count: number of boxes.
        height: image height in pixels.
        width: image width in pixels; must equal the height.
        generator: CPU generator.

    Returns:
        (count, 4) int64: top, left, box height, box width.

    Raises:
        ValueError: the images are not square (the fallback box would differ).
    """
    if height != width:
        raise ValueError(f"Expected square images, got {height} x {width}.")
    tries = 10
    area = height * width * torch.empty(count, tries).uniform_(0.8, 1.0, generator=generator)
    log_ratio = torch.empty(count, tries).uniform_(float(np.log(3 / 4)), float(np.log(4 / 3)), generator=generator)
    ratio = log_ratio.exp()
    box_w = (area * ratio).sqrt().round().long()  # (N, tries)
    box_h = (area / ratio).sqrt().round().long()
    fits = (box_w <= width) & (box_h <= height)
    first = fits.int().argmax(dim=1, keepdim=True)  # first try that fits
    any_fits = fits.any(dim=1)
    box_h = torch.where(any_fits, box_h.gather(1, first).squeeze(1), height)
    box_w = torch.where(any_fits, box_w.gather(1, first).squeeze(1), width)
    position = torch.rand(2, count, generator=generator)
    top = (position[0] * (height - box_h + 1)).long()
    left = (position[1] * (width - box_w + 1)).long()
    return torch.stack([top, left, box_h, box_w], dim=1)


def resize_crops(images: Tensor, boxes: Tensor) -> Tensor:
    """Cut each image's box out and scale it back to full size, bilinearly, as torchvision does on PIL images.

    Bilinear enlargement is separable, out = R · image · Cᵀ with one small interpolation matrix per image for rows (R)
    and columns (C), so the whole batch is two batched matrix products. The result is rounded to whole grey values as
    PIL's is.

    Args:
        images: (N, C, H, W) uint8.
        boxes: (N, 4) top, left, height, width in pixels.

    Returns:
        (N, C, H, W) uint8.
    """
    n, c, h, w = images.shape
    rows = _interpolation(boxes[:, 0], boxes[:, 2], h)  # (N, H, H)
    columns = _interpolation(boxes[:, 1], boxes[:, 3], w)  # (N, W, W)
    source = images.float().reshape(n, c * h, w)  # (N, C*H, W)
    stretched = torch.bmm(source, columns.transpose(1, 2))  # (N, C*H, W)
    stretched = stretched.reshape(n, c, h, w).transpose(1, 2).reshape(n, h, c * w)  # (N, H, C*W)
    result = torch.bmm(rows, stretched).reshape(n, h, c, w).transpose(1, 2)  # (N, C, H, W)
    return result.round_().clamp_(0, 255).byte()


def _interpolation(start: Tensor, length: Tensor, size: int) -> Tensor:
    """(N, size, size): row i holds the bilinear weights of output pixel i over the source pixels."""
    target = torch.arange(size, dtype=torch.float32)
    position = (target + 0.5) * (length[:, None] / size) - 0.5  # (N, size), inside the box
    position = position.clamp(min=0).minimum((length - 1)[:, None].float())
    low = position.floor()
    fraction = position - low
    low_index = low.long() + start[:, None]
    high_index = (low.long() + 1).minimum((length - 1)[:, None]) + start[:, None]
    weights = torch.zeros(len(start), size, size)
    weights.scatter_add_(2, low_index[..., None], (1 - fraction)[..., None])
    weights.scatter_add_(2, high_index[..., None], fraction[..., None])
    return weights


def random_crop_flip(images: Tensor, generator: torch.Generator) -> Tensor:
    """The homework's CIFAR-10 augmentation on a whole batch.

    Same distribution as ``RandomResizedCrop(32, scale=(0.8, 1.0))`` then ``RandomHorizontalFlip()``, without a
    Python call per picture.

    Args:
        images: (N, C, H, W) uint8, on the CPU.
        generator: CPU generator.

    Returns:
        (N, C, H, W) uint8.
    """
    n, _, h, w = images.shape
    cropped = resize_crops(images, crop_boxes(n, h, w, generator))
    flip = torch.rand(n, generator=generator) < 0.5
    return torch.where(flip[:, None, None, None], cropped.flip(3), cropped)


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
        rows = [row for row in json.loads(listing.read_text("utf-8"))["pictures"] if row["dataset"] == name]
        wanted = [(str(row["file"]), int(row["label"]), int(row["test_index"]), str(row["sha256"])) for row in rows]
    except FileNotFoundError as error:
        raise DatasetError(f"The list of bundled pictures {listing} is missing: {restore}") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DatasetError(f"The list of bundled pictures {listing} cannot be read: {restore}") from error
    if not wanted or not all(0 <= label < len(known.classes) for _, label, _, _ in wanted):
        raise DatasetError(f"The list of bundled pictures {listing} is damaged ({known.title}'s rows): {restore}")
    images = []
    for file, _, _, digest in wanted:
        path = folder / file
        if not path.is_file():
            raise DatasetError(f"The bundled picture {path} is missing: {restore}")
        if hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            raise DatasetError(f"The bundled picture {path} is damaged (its SHA-256 differs): {restore}")
        with Image.open(path) as picture:
            pixels = np.array(picture)
        images.append(torch.from_numpy(pixels.reshape(*known.shape[1:], known.shape[0])).permute(2, 0, 1))  # (C, H, W)
    return Samples(
        images=torch.stack(images),
        labels=torch.tensor([label for _, label, _, _ in wanted]),
        files=tuple(file for file, _, _, _ in wanted),
        test_indices=tuple(index for _, _, index, _ in wanted),
    )


def _is_present(known: DatasetFacts, folder: Path) -> bool:
    if known.name == "mnist":
        return all((folder / file).is_file() for file in known.md5)
    return (folder / "cifar-10-batches-py").is_dir()


def _damaged(known: DatasetFacts, folder: Path, what: str) -> str:
    place = folder / ("MNIST" if known.name == "mnist" else "cifar-10-batches-py")
    return f"{known.title} in {folder} is damaged ({what}): delete {place} and run again to fetch it anew."


def _verify(known: DatasetFacts, folder: Path) -> None:
    for file, digest in known.md5.items():
        try:
            actual = hashlib.md5((folder / file).read_bytes(), usedforsecurity=False).hexdigest()
        except OSError as error:
            raise DatasetError(_damaged(known, folder, f"{file}: {error.strerror}")) from error
        if actual != digest:
            raise DatasetError(_damaged(known, folder, f"{file} does not have the published MD5 sum"))


def _dataset_class(known: DatasetFacts) -> Any:  # noqa: ANN401 - torchvision has no types
    from torchvision import datasets  # here, since it takes 1.9 s and the app needs it only for a full data set

    return datasets.MNIST if known.name == "mnist" else datasets.CIFAR10


def _read(known: DatasetFacts, part: Part, folder: Path) -> tuple[Tensor, Tensor]:
    dataset = _dataset_class(known)(str(folder), train=part == "train", download=False)
    images = torch.as_tensor(dataset.data)
    images = images[:, None] if known.name == "mnist" else images.permute(0, 3, 1, 2)
    return images.contiguous(), torch.as_tensor(dataset.targets, dtype=torch.int64)  # (N, C, H, W), (N,)


def _download(known: DatasetFacts, folder: Path, on_bytes: Callable[[int], None] | None) -> None:
    is_new = not folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=".download-", dir=folder))
    except OSError as error:
        raise DatasetError(
            f"The data folder {folder} cannot be written ({error.strerror}): choose another with --data-dir."
        ) from error
    try:
        with _watched(partial, on_bytes):
            _dataset_class(known)(str(partial), train=True, download=True)
        for archive in partial.glob("*.tar.gz"):
            archive.unlink()
        for source in partial.iterdir():
            target = folder / source.name
            if target.exists():  # an incomplete older copy
                shutil.rmtree(target)
            source.replace(target)
    except Exception as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise DatasetError(
            f"{known.title} could not be downloaded into {folder} ({reason}): check the network, or copy the files "
            "there from another computer and run with --no-download."
        ) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        if is_new and not any(folder.iterdir()):
            folder.rmdir()


@contextmanager
def _watched(folder: Path, on_bytes: Callable[[int], None] | None) -> Iterator[None]:
    """Tell how many bytes of packed files have come into a folder, while the block runs."""
    done = threading.Event()

    def watch(tell: Callable[[int], None]) -> None:
        while not done.wait(0.25):
            with suppress(OSError):  # a file may be gone again
                tell(sum(file.stat().st_size for file in folder.rglob("*.gz")))

    watcher = threading.Thread(target=watch, args=(on_bytes,), daemon=True)
    if on_bytes is not None:
        watcher.start()
    try:
        yield
    finally:
        done.set()
        if on_bytes is not None:
            watcher.join()
