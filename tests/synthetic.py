"""Data that several tests share: small, learnable, made on the spot, so that no test needs the real
data sets.
"""

import hashlib
import struct
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.data.facts import LabelledImages


class Threshold(nn.Module):
    """A network of two classes: 1 where the first pixel is above a threshold."""

    bounds = (0.0, 255.0)

    def __init__(self, threshold: float) -> None:
        super().__init__()
        self.threshold = threshold

    def forward(self, images: Tensor) -> Tensor:
        first = images[:, 0, 0, 0] - self.threshold
        return torch.stack([-first, first], dim=1)


def synthetic_digits(count: int, seed: int = 0) -> LabelledImages:
    """Ten checkered patterns with noise on them, as easy as digits: (count, 1, 28, 28) uint8."""
    patterns = (torch.rand(10, 1, 7, 7, generator=torch.Generator().manual_seed(99)) > 0.6).float()
    generator = torch.Generator().manual_seed(seed)
    labels = torch.randint(0, 10, (count,), generator=generator)
    clean = F.interpolate(patterns, size=(28, 28), mode="nearest")[labels]
    images = (0.8 * clean + 0.2 * torch.rand(count, 1, 28, 28, generator=generator)) * 255
    return LabelledImages(images.byte(), labels)


def synthetic_colours(count: int, seed: int = 0) -> LabelledImages:
    """Random colours, as smooth as photos are at this size, with any labels: (count, 3, 32, 32)
    uint8.
    """
    small = torch.rand(count, 3, 8, 8, generator=torch.Generator().manual_seed(seed))
    images = F.interpolate(small, size=32, mode="bilinear") * 255
    return LabelledImages(images.byte(), torch.arange(count) % 10)


def write_idx(folder: Path, train: LabelledImages, test: LabelledImages) -> dict[str, str]:
    """Write MNIST's four files as torchvision keeps them; returns their MD5 sums by name."""
    sums = {}
    for prefix, data in (("train", train), ("t10k", test)):
        for kind, magic, content in (
            ("images-idx3", 0x803, data.images[:, 0]),
            ("labels-idx1", 0x801, data.labels),
        ):
            name = f"MNIST/raw/{prefix}-{kind}-ubyte"
            body = (
                struct.pack(f">{1 + content.dim()}i", magic, *content.shape)
                + content.byte().numpy().tobytes()
            )
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(body)
            sums[name] = hashlib.md5(body).hexdigest()
    return sums


def write_batches(folder: Path, train: LabelledImages, test: LabelledImages) -> dict[str, str]:
    """Write CIFAR-10's files as Python 2 pickled them; returns their MD5 sums by name."""
    sums = {}
    parts = [
        (f"data_batch_{number + 1}", train.subset(slice(number, None, 5))) for number in range(5)
    ]
    for file, data in (*parts, ("test_batch", test)):
        pixels = data.images.numpy().tobytes()
        body = b"".join(
            (
                b"\x80\x02}q\x01(U\x0bbatch_labelq\x02U\x01xq\x03U\x06labelsq\x04]q\x05(",
                *(b"K" + bytes([label]) for label in data.labels.tolist()),
                b"eU\x04dataq\x06cnumpy.core.multiarray\n_reconstruct\n",
                b"(cnumpy\nndarray\n(K\0tU\x01btR",
                b"(K\x01" + struct.pack("<cici", b"J", len(data), b"J", 3072) + b"\x86",
                b"cnumpy\ndtype\n(U\x02u1K\0K\x01tR(K\x03U\x01|NNN",
                2 * b"J\xff\xff\xff\xff" + b"K\0tb",
                b"I00\nT" + struct.pack("<i", len(pixels)) + pixels + b"tb",
                b"U\x09filenamesq\x08]q\x09(U\x05a.pngq\x0aeu.",
            )
        )
        name = f"cifar-10-batches-py/{file}"
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(body)
        sums[name] = hashlib.md5(body).hexdigest()
    return sums
