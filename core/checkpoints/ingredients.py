"""What the runs keep that measure one ingredient of a recipe each."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Annotated, Any, Self

import numpy as np
from pydantic import Field, field_validator, model_validator

from core.checkpoints.schema import (
    Layout,
    Loss,
    Result,
    Seconds,
    Share,
    Text,
    TrainingHardware,
    Versions,
)
from core.training.config import RANGES, Precision, TrainConfig

Whole = Annotated[int, Field(ge=1, le=10**9)]
ANY = {"model": "ResNet", "dataset": "cifar10", "epochs": 1, "batch_size": 1, "learning_rate": 1.0}


class IngredientRun(Layout):
    """One run of an ingredient.

    Attributes:
        name: of the ingredient.
        settings: of ``TrainConfig`` that differ from the recipe's, by name.
        epochs: of the run.
        seed: likewise.
        held_out: training images that were held out, and that it was validated on.
        precision: as in ``TrainConfig``.
        accuracy: of what the run ends with, on the images held out, as a share.
        loss: likewise, cross-entropy in nats.
        train_accuracy: of the last epoch.
        seconds: that the run took.
        epoch_seconds: median over its epochs; None: it was not kept.
        curve: accuracy on the images held out after each epoch.
        wrong: which of the images held out are wrong, as ``packed`` makes it; None: it was not
            kept.
        hardware: that computed it.
        versions: of what decides its result.
    """

    name: Text
    settings: dict[str, Any]
    epochs: Whole
    seed: Annotated[int, Field(ge=RANGES["seed"][0], le=RANGES["seed"][1])]
    held_out: Whole
    precision: Precision
    accuracy: Share
    loss: Loss
    train_accuracy: Share
    seconds: Seconds
    epoch_seconds: Seconds | None
    curve: list[Share]
    wrong: Text | None
    hardware: TrainingHardware
    versions: Versions

    @field_validator("settings")
    @classmethod
    def _are_settings(cls, values: dict[str, Any]) -> dict[str, Any]:
        TrainConfig.from_dict(ANY | values)
        return values

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if len(self.curve) != self.epochs:
            raise ValueError(f"expected {self.epochs} numbers in curve, got {len(self.curve)}")
        if self.wrong is not None:
            count = int(unpacked(self.wrong, self.held_out).sum())
            expected = round((1 - self.accuracy) * self.held_out)
            if count != expected:
                raise ValueError(f"expected {expected} images in wrong, got {count}")
        return self


class IngredientRuns(Result):
    """All runs, in the order in which they were made."""

    runs: Annotated[list[IngredientRun], Field(min_length=1)]

    @model_validator(mode="after")
    def _is_comparable(self) -> Self:
        keys = [(run.name, run.epochs, run.seed) for run in self.runs]
        if len({*keys}) != len(keys):
            twice = next(key for key in keys if keys.count(key) > 1)
            raise ValueError(f"expected one run of each name, epochs and seed, got two of {twice}")
        counts = {run.held_out for run in self.runs}
        if len(counts) != 1:
            raise ValueError(f"expected the same images held out of all, got {sorted(counts)}")
        settings = {run.name: run.settings for run in self.runs}
        for run in self.runs:
            if run.settings != settings[run.name]:
                raise ValueError(f"expected the same settings of all runs of {run.name}")
        unchanged = [name for name, changed in settings.items() if not changed]
        if len(unchanged) > 1:
            names = " and ".join(unchanged)
            raise ValueError(f"expected settings of all but the recipe, got none of {names}")
        return self


def packed(wrong: Sequence[bool]) -> str:
    """Which images are wrong, a bit an image, as base64: 836 characters for 5,000 images."""
    return base64.b64encode(np.packbits(np.asarray(wrong, dtype=bool)).tobytes()).decode()


def unpacked(text: str, count: int) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Which of so many images are wrong.

    Args:
        text: as ``packed`` made it.
        count: of the images.

    Returns:
        (count,) bool.

    Raises:
        ValueError: the text is not that of so many images.
    """
    try:
        found = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        found = b""
    if len(found) != -(-count // 8):
        raise ValueError(f"expected the base64 of {-(-count // 8)} bytes in wrong")
    return np.unpackbits(np.frombuffer(found, dtype=np.uint8), count=count).astype(bool)
