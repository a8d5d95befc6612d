"""The card of a trained network, NAME.json: what it holds, where it is, and whether it is whole."""

from __future__ import annotations

import json
import platform
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Literal

import torch

from core.data.facts import ROOT, facts
from core.models import MODELS
from core.training.config import EpochRecord, TrainConfig

Stored = Literal["float32", "float16", "none"]
CHECKPOINTS = ROOT / "checkpoints"
FORMAT = 1
CARD_KEYS: dict[
    str, tuple[str, ...]
] = {  # what a card must hold, "" is its top level; configuration and history apart
    "": (
        "format",
        "name",
        "title",
        "homework_accuracy",
        "config",
        "parameters",
        "classes",
        "validated_on",
        "result",
        "history",
        "seed",
        "command",
        "versions",
        "hardware",
        "weights",
        "epoch_weights",
    ),
    "result": (
        "epochs",
        "seconds",
        "validation_loss",
        "validation_accuracy",
        "per_class_accuracy",
        "confusion",
        "predictions",
    ),
    "versions": ("python", "torch", "torchvision", "numpy", "safetensors"),
    "hardware": ("device", "cpu", "cores", "processes", "threads"),
    "weights": ("bytes", "sha256"),
}


class CheckpointError(Exception):
    """A checkpoint cannot be used; the message says which file, what is wrong and what to run."""


@dataclass(frozen=True)
class CheckpointFacts:
    """What is known about a checkpoint before it is read.

    Attributes:
        name: file name without ending.
        title: the name for people.
        command: makes the checkpoint.
        homework_accuracy: validation accuracy that the homework asks for, in [0, 1]; None: it asks
            for none.
        weights: how the weights are stored (matrices and kernels; what has one dimension stays
            float32); "none": only the card is kept.
        epochs: names of the tensors that are kept of every epoch; () = all of them, None = no epoch
            is kept.
    """

    name: str
    title: str
    command: str
    homework_accuracy: float | None
    weights: Stored = "float32"
    epochs: tuple[str, ...] | None = None


KNOWN: dict[str, CheckpointFacts] = {
    row.name: row
    for row in (
        CheckpointFacts(
            "mnist_cnn", "Small CNN on MNIST", "python train_all.py mnist", 0.90, epochs=()
        ),
        CheckpointFacts(
            "cifar10_resnet",
            "ResNet on CIFAR-10",
            "python train_all.py resnet",
            0.85,
            "float16",
            ("stem.0.weight",),
        ),
        CheckpointFacts(
            "cifar10_resnet_plain",
            "ResNet on CIFAR-10, Adam at a fixed rate",
            "python train_all.py resnet --plain",
            0.85,
            "none",
        ),
        CheckpointFacts(
            "mnist_model_a", "Model A, trained plainly", "python train_all.py attack-models", None
        ),
        CheckpointFacts(
            "mnist_model_b",
            "Model B, trained against attacks",
            "python train_all.py attack-models",
            None,
        ),
    )
}


def load_card(name: str, folder: str | Path = CHECKPOINTS) -> dict[str, Any]:
    """Read a checkpoint's card.

    Args:
        name: of the checkpoint.
        folder: where the checkpoints are.

    Returns:
        The JSON file as a dict, with every key that ``save`` writes.

    Raises:
        CheckpointError: the card is missing or is not what ``save`` writes.
    """
    path = card_path(name, folder)
    card = read_json(path, "card", _remedy(name))
    try:
        _check_card(card, name)
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        reason = f"{error.args[0]!r} is missing" if isinstance(error, KeyError) else str(error)
        raise CheckpointError(f"The card {path} is damaged ({reason}): {_remedy(name)}") from error
    return dict(card)


def read_json(path: Path, what: str, remedy: str) -> Any:  # noqa: ANN401 - whatever the JSON holds
    """Read a JSON file.

    Args:
        path: the file.
        what: what it is, for the message.
        remedy: what to do without it.

    Raises:
        CheckpointError: it is missing or no JSON.
    """
    try:
        return json.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise CheckpointError(f"The {what} {path} is missing: {remedy}") from error
    except (OSError, ValueError) as error:
        raise CheckpointError(
            f"The {what} {path} is damaged (not readable as JSON): {remedy}"
        ) from error


def weights_path(name: str, folder: str | Path = CHECKPOINTS) -> Path:
    """Where the weights of a checkpoint are."""
    return Path(folder) / f"{name}.safetensors"


def card_path(name: str, folder: str | Path = CHECKPOINTS) -> Path:
    """Where the card of a checkpoint is."""
    return Path(folder) / f"{name}.json"


def epochs_path(name: str, folder: str | Path = CHECKPOINTS) -> Path:
    """Where the weights of every epoch are."""
    return Path(folder) / f"{name}_epochs"


def versions() -> dict[str, str]:
    """Versions of what decides a training's result."""
    found = {"python": platform.python_version()}
    for package in ("torch", "torchvision", "numpy", "safetensors"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


def cpu_name() -> str:
    """The processor's name as the system tells it."""
    try:
        for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass  # not Linux
    return platform.processor() or platform.machine()


def _check_card(card: Any, name: str) -> None:  # noqa: ANN401 - whatever the JSON held
    if not isinstance(card, dict):
        raise TypeError("expected a JSON object")
    if card["format"] != FORMAT:
        raise ValueError(f"expected format {FORMAT}, got {card['format']!r}")
    if card["name"] != name:
        raise ValueError(f"expected the card of {name}, got that of {card['name']!r}")
    if card["weights"] is None and name in KNOWN and KNOWN[name].weights != "none":
        raise ValueError("expected the sum of its weights")
    for place, keys in CARD_KEYS.items():
        for key in keys if place != "weights" or card["weights"] is not None else ():
            (card[place] if place else card)[key]  # KeyError names what is missing
    config = TrainConfig.from_dict(card["config"])
    if config.model not in MODELS:
        raise ValueError(f"expected a model of {', '.join(MODELS)}, got {config.model!r}")
    build = facts(config.dataset)
    if len(card["classes"]) != len(build.classes):
        raise ValueError(f"expected {len(build.classes)} classes, got {len(card['classes'])}")
    records = [EpochRecord(**record) for record in card["history"]]
    result = card["result"]
    if not records or len(records) != result["epochs"]:
        raise ValueError(f"expected {result['epochs']} epochs in the history, got {len(records)}")
    size = len(build.classes)
    for matrix in (result["confusion"], *(record.confusion for record in records)):
        if torch.as_tensor(matrix).shape != (size, size):
            raise ValueError(f"expected a {size} x {size} confusion matrix")
    numbers = [result[key] for key in ("seconds", "validation_loss", "validation_accuracy")]
    numbers += [
        value for record in records for key, value in asdict(record).items() if key != "confusion"
    ]
    if not all(
        isinstance(number, int | float) for number in (*numbers, *result["per_class_accuracy"])
    ):
        raise TypeError("expected numbers in the result and the history")
    if len(result["per_class_accuracy"]) != size:
        raise ValueError(
            f"expected {size} numbers in per_class_accuracy, got "
            f"{len(result['per_class_accuracy'])}"
        )
    if not str(result["predictions"]).isdecimal() or len(result["predictions"]) != sum(
        map(sum, result["confusion"])
    ):
        raise ValueError("expected one digit for each validation image in predictions")
    if not isinstance(card["epoch_weights"], dict):
        raise TypeError("expected a sum for each file in epoch_weights")


def _validated_on(config: TrainConfig) -> str:
    images = (
        f"{config.held_out:,} held-out training images" if config.held_out else "the test images"
    )
    return f"the first {config.limit:,} of {images}" if config.limit else images


def _remedy(name: str) -> str:
    command = KNOWN[name].command if name in KNOWN else ""
    return (
        "restore it with `git checkout -- "
        f"checkpoints`{f', or make it anew with `{command}`' if command else ''}"
    )


def duration(seconds: float) -> str:
    """Seconds as a person reads them: "42 s", "3 min 20 s", "2 h 5 min"."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
