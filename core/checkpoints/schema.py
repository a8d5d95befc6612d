"""What a card and a measured result must hold: names, types and ranges, checked before any use."""

from __future__ import annotations

import reprlib
from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic.dataclasses import dataclass
from pydantic_core import ErrorDetails

from core.checkpoints.files import epoch_file
from core.data.facts import facts
from core.models import MODELS
from core.training.config import TrainConfig
from core.training.records import EpochRecord

FORMAT = 1
STRICT = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)

Text = Annotated[str, Field(min_length=1)]
Sum = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
Count = Annotated[int, Field(ge=0, le=10**12)]
Share = Annotated[float, Field(ge=0, le=1)]
Loss = Annotated[float, Field(ge=0)]
Seconds = Annotated[float, Field(ge=0, le=1e10)]
Seed = Annotated[int, Field(ge=-(2**64), le=2**64)]
Confusion = list[list[Count]]


class Layout(BaseModel):
    """A JSON object with exactly these keys; those with a default may be missing."""

    model_config = STRICT | ConfigDict(frozen=True)


class Versions(Layout):
    """Versions of what decides a result."""

    python: Text
    torch: Text
    torchvision: Text
    numpy: Text
    safetensors: Text


class Hardware(Layout):
    """Where something was computed."""

    device: Text
    cpu: Text
    cores: Count | None
    threads: Count
    gpu: Text | None = None


class TrainingHardware(Hardware):
    """Where a network was trained, by one or more processes."""

    processes: Annotated[int, Field(ge=1, le=10**6)]


class Weights(Layout):
    """The file of the weights."""

    bytes: Count
    sha256: Sum


class NetworkResult(Layout):
    """What a network reached on the images that it was validated on."""

    epochs: Annotated[int, Field(ge=1)]
    seconds: Seconds
    validation_loss: Loss
    validation_accuracy: Share
    per_class_accuracy: list[Share]
    confusion: Confusion
    predictions: Annotated[str, Field(pattern="^[0-9]*$")]  # a digit an image


@dataclass(config=STRICT, frozen=True)
class Record(EpochRecord):
    """One epoch of the history."""


class Card(Layout):
    """The card of a trained network."""

    format: Literal[1]
    name: Text
    title: Text
    homework_accuracy: Share | None
    config: dict[str, Any]
    parameters: Count
    classes: list[Text]
    validated_on: Text
    result: NetworkResult
    history: list[Record]
    seed: Seed
    command: str
    versions: Versions
    hardware: TrainingHardware
    weights: Weights | None
    epoch_weights: dict[str, Sum]
    sum: Sum | None = None

    @field_validator("config")
    @classmethod
    def _is_a_configuration(cls, values: dict[str, Any]) -> dict[str, Any]:
        for name, expected in (("model", tuple(MODELS)), ("dataset", None)):
            value = values.get(name, "")
            if not isinstance(value, str):
                raise ValueError(f"expected {name} to be a name, got {value!r}")
            if expected and name in values and value not in expected:
                raise ValueError(f"expected a model of {', '.join(expected)}, got {value!r}")
        facts(TrainConfig.from_dict(values).dataset)
        return values

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        dataset = facts(self.config["dataset"])
        if tuple(self.classes) != dataset.classes:
            expected = f"the {len(dataset.classes)} classes of {dataset.title}"
            raise ValueError(f"expected {expected}, got {len(self.classes)}: {self.classes}")
        if len(self.history) != self.result.epochs:
            raise ValueError(
                f"expected {self.result.epochs} epochs in the history, got {len(self.history)}"
            )
        _check_counts(self.result, self.history, len(self.classes))
        epochs = len(self.epoch_weights)
        if epochs not in (0, self.result.epochs + 1) or any(
            epoch_file(epoch) not in self.epoch_weights for epoch in range(epochs)
        ):
            raise ValueError(
                f"expected sums for epochs 0 to {self.result.epochs} in epoch_weights, or none"
            )
        return self


def _check_counts(result: NetworkResult, history: Sequence[Record], classes: int) -> None:
    for matrix in (result.confusion, *(record.confusion for record in history)):
        if [len(row) for row in matrix] != [classes] * classes:
            raise ValueError(f"expected a {classes} x {classes} confusion matrix")
    if len(result.per_class_accuracy) != classes:
        raise ValueError(
            f"expected {classes} numbers in per_class_accuracy, got "
            f"{len(result.per_class_accuracy)}"
        )
    if len(result.predictions) != sum(map(sum, result.confusion)):
        raise ValueError("expected one digit for each validation image in predictions")


class Result(Layout):
    """A measured result; what it holds besides, a subclass says."""

    format: Literal[1]
    name: Text
    command: str
    seconds: Seconds
    seed: Seed
    versions: Versions
    hardware: Hardware
    sum: Sum | None = None

    @classmethod
    def content_keys(cls) -> tuple[str, ...]:
        """What it holds apart from where it comes from."""
        return tuple(key for key in cls.model_fields if key not in Result.model_fields)


class AnyResult(Result):
    """A result that nobody has registered."""

    model_config = STRICT | ConfigDict(extra="allow")


def reason(error: ValidationError) -> str:
    """The first thing that is wrong, as the inside of a sentence: where, what was expected, and
    what came.
    """
    first = error.errors()[0]
    where = ".".join(map(str, first["loc"]))
    if first["type"] == "missing":
        within = ".".join(map(str, first["loc"][:-1]))
        return f"{first['loc'][-1]!r} is missing" + (f" in {within}" if within else "")
    if first["type"] == "extra_forbidden":
        return f"{reprlib.repr(where)} is unknown"
    told = _what_came(first)
    return f"{where}: {told}" if where else told


def _what_came(error: ErrorDetails) -> str:
    if error["type"] == "value_error":
        told = str(error["ctx"]["error"])
    elif error["type"] == "json_invalid":
        told = "not readable as JSON"
    else:
        told = error["msg"].replace("Input should", "expected something that should", 1)
        told = told.replace("expected something that should be", "expected", 1)
        told = told[0].lower() + told[1:]
        told += f", got {reprlib.repr(error['input'])}"
    return " ".join(told.split())[:300]
