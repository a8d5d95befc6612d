"""The card of a trained network, NAME.json: what it holds, where it is, and whether it is whole."""

from __future__ import annotations

import json
import platform
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import torch

from core.checkpoints.facts import checkpoint_facts, remedy
from core.data.facts import ROOT, facts
from core.models import MODELS
from core.training.config import EpochRecord, TrainConfig

CHECKPOINTS = ROOT / "checkpoints"
FORMAT = 1
# What a card must hold; "" is its top level. Configuration and history are checked apart.
CARD_KEYS: dict[str, tuple[str, ...]] = {
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
    card = read_json(path, "card", remedy(name))
    try:
        _check_card(card, name)
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        reason = f"{error.args[0]!r} is missing" if isinstance(error, KeyError) else str(error)
        raise CheckpointError(f"The card {path} is damaged ({reason}): {remedy(name)}") from error
    return dict(card)


def read_json(path: Path, what: str, advice: str) -> Any:  # noqa: ANN401 - whatever the JSON holds
    """Read a JSON file.

    Args:
        path: the file.
        what: what it is, for the message.
        advice: what to do without it.

    Raises:
        CheckpointError: it is missing or no JSON.
    """
    try:
        return json.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise CheckpointError(f"The {what} {path} is missing: {advice}") from error
    except (OSError, ValueError) as error:
        raise CheckpointError(
            f"The {what} {path} is damaged (not readable as JSON): {advice}"
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
    expected = checkpoint_facts(name)
    if card["weights"] is None and expected is not None and expected.weights != "none":
        raise ValueError("expected the sum of its weights")
    for part, keys in CARD_KEYS.items():
        for key in keys if part != "weights" or card["weights"] is not None else ():
            (card[part] if part else card)[key]  # KeyError names what is missing
    config = TrainConfig.from_dict(card["config"])
    if config.model not in MODELS:
        raise ValueError(f"expected a model of {', '.join(MODELS)}, got {config.model!r}")
    classes = len(facts(config.dataset).classes)
    if len(card["classes"]) != classes:
        raise ValueError(f"expected {classes} classes, got {len(card['classes'])}")
    _check_numbers(card["result"], [EpochRecord(**record) for record in card["history"]], classes)
    if not isinstance(card["epoch_weights"], dict):
        raise TypeError("expected a sum for each file in epoch_weights")


def _check_numbers(result: dict[str, Any], records: list[EpochRecord], classes: int) -> None:
    if not records or len(records) != result["epochs"]:
        raise ValueError(f"expected {result['epochs']} epochs in the history, got {len(records)}")
    for matrix in (result["confusion"], *(record.confusion for record in records)):
        if torch.as_tensor(matrix).shape != (classes, classes):
            raise ValueError(f"expected a {classes} x {classes} confusion matrix")
    numbers = [result[key] for key in ("seconds", "validation_loss", "validation_accuracy")]
    for record in records:
        numbers += [value for key, value in asdict(record).items() if key != "confusion"]
    per_class = result["per_class_accuracy"]
    if not all(isinstance(number, int | float) for number in (*numbers, *per_class)):
        raise TypeError("expected numbers in the result and the history")
    if len(per_class) != classes:
        raise ValueError(f"expected {classes} numbers in per_class_accuracy, got {len(per_class)}")
    predictions, images = result["predictions"], sum(map(sum, result["confusion"]))
    if not str(predictions).isdecimal() or len(predictions) != images:
        raise ValueError("expected one digit for each validation image in predictions")


def validated_on(config: TrainConfig) -> str:
    """What a card calls the images that a network was validated on."""
    held_out = f"{config.held_out:,} held-out training images"
    images = held_out if config.held_out else "the test images"
    return first_of(config.limit, images) if config.limit else images


def first_of(count: int, images: str) -> str:
    """What a card calls the first of some images: "the first 2,000 of the test images"."""
    return f"the first {count:,} of {images}"


def duration(seconds: float) -> str:
    """Seconds as a person reads them: "42 s", "3 min 20 s", "2 h 5 min"."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
