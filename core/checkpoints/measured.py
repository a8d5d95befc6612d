"""What the measurements keep: class activation maps put to the test, the success of attacks, the
pictures that excite each channel most, and networks before their first step. A homework says which
attacks, models and layers it needs.
"""

from __future__ import annotations

import base64
from collections.abc import Collection, Mapping
from itertools import product
from typing import Annotated, Any, Self

import numpy as np
import torch
from pydantic import Field, model_validator
from pydantic.dataclasses import dataclass

from core.cam import METHODS
from core.checkpoints.schema import (
    STRICT,
    Confusion,
    Count,
    Layout,
    Loss,
    Result,
    Share,
    Sum,
    Text,
)
from core.evaluation import SuccessRate
from core.explain.exciting import Exciting
from core.faithfulness import RANKINGS, SHARES
from core.training.config import Precision

Epsilon = Annotated[float, Field(ge=0, le=1e6)]
Number = Annotated[int, Field(ge=1, le=10**12)]


class CamCurves(Result):
    """Mean probabilities over the share of pixels that are deleted or inserted, by each ranking."""

    network: Sum
    pictures: Number
    validated_on: Text
    method: Text
    draws: Number
    precision: Precision
    shares: list[Share]
    deletion: dict[str, list[Share]]
    insertion: dict[str, list[Share]]

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        _expect("method", [self.method], within=METHODS)
        if self.shares != list(SHARES):
            raise ValueError(f"expected the shares {list(SHARES)}, got {self.shares}")
        for kind, curves in (("deletion", self.deletion), ("insertion", self.insertion)):
            _expect(kind, curves, exactly=RANKINGS)
            _expect_lengths(kind, curves.values(), len(SHARES))
        return self


@dataclass(config=STRICT, frozen=True)
class Rate(SuccessRate):
    """One attack against one model at one epsilon."""

    def __post_init__(self) -> None:
        """Refuse counts that cannot be.

        Raises:
            ValueError: more successes than inputs, or none was attacked.
        """
        stored = self.successes if self.successes_stored is None else self.successes_stored
        most = (self.inputs, self.inputs, min(self.successes, self.right), self.inputs)
        counts = (self.successes, self.right, self.successes_right, stored)
        if self.inputs < 1 or not all(0 <= count <= high for count, high in zip(counts, most)):
            raise ValueError(f"expected counts of at most {self.inputs} inputs, got {counts}")


class AttackRates(Result):
    """Success rates, shares that transfer, and the smallest epsilon of each sample."""

    networks: dict[str, Sum]
    validated_on: Text
    images: Number
    epsilons: list[Count]
    rates: list[Rate]
    transfer: dict[str, list[Share]]
    breaking: dict[str, list[Epsilon | None]]

    def expect(
        self,
        *,
        attacks: Collection[str],
        models: Collection[str],
        trained: Collection[str],
        epsilons: Collection[int],
    ) -> None:
        """Refuse a result that lacks something that is asked of it.

        Args:
            attacks: names, each with a rate for every model and epsilon.
            models: names of all that are attacked.
            trained: those with weights of their own, between which pictures are carried over.
            epsilons: in grey values.

        Raises:
            ValueError: something is missing, or is there that was not asked for.
        """
        if self.epsilons != list(epsilons):
            raise ValueError(f"expected the epsilons {list(epsilons)}, got {self.epsilons}")
        measured = [(rate.attack, rate.model, rate.epsilon) for rate in self.rates]
        if sorted(measured) != sorted(product(attacks, models, map(float, epsilons))):
            raise ValueError("expected one rate for each attack, model and epsilon")
        pairs = [one + other for one in trained for other in trained if one != other]
        _expect("networks", self.networks, exactly=trained)
        _expect("transfer", self.transfer, exactly=pairs)
        _expect("breaking", self.breaking, exactly=models)
        _expect_lengths("transfer", self.transfer.values(), len(epsilons))
        _expect_lengths("breaking", self.breaking.values())


class Untrained(Result):
    """What a network makes of the pictures that it is validated on before its first step."""

    initial: Sum  # of the file with the weights of epoch 0
    validated_on: Text
    validation_loss: Loss
    validation_accuracy: Share
    confusion: Confusion

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        lengths = {len(self.confusion), *map(len, self.confusion)}
        if len(lengths) != 1:
            raise ValueError(f"expected a square confusion matrix, got {sorted(lengths)} entries")
        return self


class LayerPictures(Layout):
    """The most exciting pictures of every channel of a layer, packed.

    Both texts are base64 of little-endian numbers, channel after channel: indices of 16 bits, and
    means as float16.
    """

    channels: Number
    indices: Text
    means: Text

    @classmethod
    def packed(cls, found: Exciting) -> dict[str, Any]:
        """As it is kept."""
        return {
            "channels": len(found.indices),
            "indices": _text(found.indices.numpy().astype("<u2")),
            "means": _text(found.means.numpy().astype("<f2")),
        }

    def unpacked(self) -> Exciting:
        """The pictures and means again.

        Raises:
            ValueError: a text is not what ``packed`` makes.
        """
        indices, means = _numbers(self.indices, "<u2"), _numbers(self.means, "<f2")
        if indices.shape != means.shape or indices.size % self.channels:
            expected = f"as many indices as means for {self.channels} channels"
            raise ValueError(f"expected {expected}, got {indices.size} and {means.size}")
        return Exciting(
            torch.from_numpy(indices.astype(np.int64).reshape(self.channels, -1)),
            torch.from_numpy(means.astype(np.float32).reshape(self.channels, -1)),
        )


def _text(numbers: np.ndarray[Any, Any]) -> str:
    return base64.b64encode(numbers.tobytes()).decode()


def _numbers(text: str, kind: str) -> np.ndarray[Any, Any]:
    return np.frombuffer(base64.b64decode(text, validate=True), dtype=kind)


class ChannelPictures(Result):
    """The pictures that excite each channel of each layer most."""

    network: Sum
    validated_on: Text
    images: Number
    layers: dict[str, LayerPictures]

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        for name, layer in self.layers.items():
            found = layer.unpacked()
            if found.indices.numel() and int(found.indices.max()) >= self.images:
                raise ValueError(
                    f"expected indices below {self.images} in {name}, got {found.indices.max()}"
                )
            if not bool(found.means.isfinite().all()):
                raise ValueError(f"expected finite means in {name}")
        return self

    def expect(self, *, channels: Mapping[str, int], most: int) -> None:
        """Refuse a result that lacks something that is asked of it.

        Args:
            channels: name of each layer to its number of channels.
            most: pictures for each channel, or all where there are fewer.

        Raises:
            ValueError: something is missing, or is there that was not asked for.
        """
        _expect("layers", self.layers, exactly=channels)
        for name, layer in self.layers.items():
            shape = tuple(layer.unpacked().indices.shape)
            expected = (channels[name], min(most, self.images))
            if shape != expected:
                raise ValueError(
                    f"expected {expected} channels and pictures in {name}, got {shape}"
                )


def _expect(
    where: str,
    names: Collection[str],
    *,
    exactly: Collection[str] = (),
    within: Collection[str] = (),
) -> None:
    if set(names) - set(exactly or within) or set(exactly) - set(names):
        expected = ", ".join(exactly or within)
        raise ValueError(f"expected {where} of {expected}, got {', '.join(names)}")


def _expect_lengths(
    where: str, lists: Collection[list[float] | list[float | None]], length: int | None = None
) -> None:
    lengths = {len(numbers) for numbers in lists}
    if len(lengths) != 1 or length not in (None, *lengths):
        expected = "the same number" if length is None else str(length)
        raise ValueError(f"expected {expected} of {where} in each list, got {sorted(lengths)}")
