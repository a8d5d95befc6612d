"""The pictures that the chapters show: the bundled ones, and whole test sets."""

from __future__ import annotations

import gc
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

from app.ui.cache import cached
from app.ui.picture_files import png
from core import homework
from core.data.bundle import DIGITS_FILE
from core.data.checked import is_present
from core.data.facts import SAMPLES, DatasetError, LabelledImages, data_folder
from core.data.load import load
from core.data.samples import Samples, load_mistakes, load_samples, load_training_digits

MISTAKES_OF = {"mnist": homework.MNIST_CNN, "cifar10": homework.RESNET}


def sample_files(*names: str) -> list[Path]:
    """The list of the bundled pictures."""
    return [SAMPLES / "samples.json"]


@cached(sample_files)
def samples(name: str) -> Samples:
    """The bundled pictures of a data set.

    Raises:
        DatasetError: a picture or the list is missing or damaged.
    """
    return load_samples(name, SAMPLES)


@cached(sample_files)
def mistakes(name: str) -> Samples:
    """The bundled pictures of a data set that the network which ships for it gets wrong.

    Raises:
        DatasetError: a picture or the list is missing or damaged.
    """
    return load_mistakes(name, MISTAKES_OF[name], SAMPLES)


def training_files() -> list[Path]:
    """The bundled digits to train on, and the list."""
    return [*sample_files(), SAMPLES / DIGITS_FILE]


@cached(training_files)
def check_training_digits() -> None:
    """Read the bundled digits, in some milliseconds, before a training in its own process does.

    Raises:
        DatasetError: they or the list are missing or damaged.
    """
    training_digits()


def training_digits() -> LabelledImages:
    """The bundled digits to train on, read anew: the app needs them for a count alone.

    Raises:
        DatasetError: they or the list are missing or damaged.
    """
    return load_training_digits(SAMPLES)


def test_png(name: str, index: int) -> Callable[[], bytes] | None:
    """What makes the file of a test picture that is here, be it one of the bundled ones.

    Args:
        name: of the data set.
        index: in the test set.

    Returns:
        None: it is not here, or cannot be read.
    """
    with suppress(DatasetError):
        everything = whole_test_set(name)
        if everything is not None:
            return partial(png, everything.images[index]) if index < len(everything) else None
        for bundled in (samples(name), mistakes(name)):
            if index in bundled.test_indices:
                return partial(png, bundled.images[bundled.test_indices.index(index)])
    return None


def whole_test_set(name: str) -> LabelledImages | None:
    """All test images of a data set, or None where the data folder does not hold them.

    Raises:
        DatasetError: they are there but damaged.
    """
    folder = data_folder()
    return _whole_test_set(name, str(folder)) if is_present(name, folder) else None


@cached(most=2, spinner="Reading the test images …")
def _whole_test_set(name: str, folder: str) -> LabelledImages:
    found = load(name, "test", Path(folder), download=False)
    gc.freeze()  # no collection after a run looks at them
    return found
