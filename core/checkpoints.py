"""Trained networks on disk: NAME.safetensors with its card, NAME.json, beside it. Nothing is ever unpickled."""

from __future__ import annotations

import hashlib
import json
import os
import platform
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
import torch
from torch import Tensor, nn

from core.datasets import ROOT, facts
from core.evaluation import Evaluation
from core.models import MODELS, build_model, parameter_count
from core.training import EpochRecord, TrainConfig, epoch_file, write_weights, write_whole

CHECKPOINTS = ROOT / "checkpoints"
FORMAT = 1
CARD_KEYS: dict[str, tuple[str, ...]] = {  # what a card must hold, "" is its top level; configuration and history apart
    "": ("format", "name", "title", "homework_accuracy", "config", "parameters", "classes", "validated_on", "result",
         "history", "seed", "command", "versions", "hardware", "weights", "epoch_weights"),
    "result": ("epochs", "seconds", "validation_loss", "validation_accuracy", "per_class_accuracy", "confusion"),
    "versions": ("python", "torch", "torchvision", "numpy", "safetensors"),
    "hardware": ("device", "cpu", "cores", "threads"),
    "weights": ("bytes", "sha256"),
}  # fmt: skip


class CheckpointError(Exception):
    """A checkpoint cannot be used; the message says which file, what is wrong and what to run."""


@dataclass(frozen=True)
class CheckpointFacts:
    """What is known about a checkpoint before it is read.

    Attributes:
        name: file name without ending.
        title: the name for people.
        command: makes the checkpoint; "" while the project cannot train it yet.
        homework_accuracy: validation accuracy that the homework asks for, in [0, 1]; None: it asks for none.
    """

    name: str
    title: str
    command: str
    homework_accuracy: float | None


KNOWN: dict[str, CheckpointFacts] = {
    row.name: row
    for row in (
        CheckpointFacts("mnist_cnn", "Small CNN on MNIST", "python train_all.py mnist", 0.90),
        CheckpointFacts("cifar10_resnet", "ResNet on CIFAR-10", "", 0.85),
        CheckpointFacts("mnist_model_a", "Model A, trained plainly", "", None),
        CheckpointFacts("mnist_model_b", "Model B, trained against attacks", "", None),
    )
}


@dataclass(frozen=True)
class Checkpoint:
    """A trained network with its card.

    Attributes:
        model: in eval mode, on the CPU.
        card: the JSON file as a dict: configuration, history, result, seed, command, versions, hardware, sums.
    """

    model: nn.Module
    card: dict[str, Any]


def save(
    name: str,
    model: nn.Module,
    config: TrainConfig,
    history: tuple[EpochRecord, ...],
    evaluation: Evaluation,
    *,
    command: str,
    device: str,
    epochs_from: Path | None = None,
    folder: str | Path = CHECKPOINTS,
) -> dict[str, Any]:
    """Write the weights, then the card that vouches for them; each file whole or not at all.

    Args:
        name: file name without ending.
        model: the trained network.
        config: its settings.
        history: one record per epoch.
        evaluation: the result of exactly these weights.
        command: what was typed to make it.
        device: where it was trained, for people.
        epochs_from: folder with the weights of every epoch, copied to NAME_epochs/; None keeps only the last.
        folder: where to write.

    Returns:
        The card.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    write_weights(weights_path(name, folder), model)
    sums = {}
    if epochs_from is not None:
        epochs_path(name, folder).mkdir(exist_ok=True)
        for epoch in range(len(history) + 1):
            content = (epochs_from / epoch_file(epoch)).read_bytes()
            write_whole(epochs_path(name, folder) / epoch_file(epoch), content)
            sums[epoch_file(epoch)] = hashlib.sha256(content).hexdigest()
        for stale in set(epochs_path(name, folder).glob("epoch_*.safetensors")):
            if stale.name not in sums:
                stale.unlink()
    content = weights_path(name, folder).read_bytes()
    card = {
        "format": FORMAT,
        "name": name,
        "title": KNOWN[name].title if name in KNOWN else name,
        "homework_accuracy": KNOWN[name].homework_accuracy if name in KNOWN else None,
        "config": asdict(config),
        "parameters": parameter_count(model),
        "classes": list(facts(config.dataset).classes),
        "validated_on": _validated_on(config),
        "result": {
            "epochs": len(history),
            "seconds": sum(record.seconds for record in history),
            "validation_loss": evaluation.loss,
            "validation_accuracy": evaluation.accuracy,
            "per_class_accuracy": list(evaluation.per_class_accuracy),
            "confusion": evaluation.confusion.tolist(),
        },
        "history": [asdict(record) for record in history],
        "seed": config.seed,
        "command": command,
        "versions": versions(),
        "hardware": {"device": device, "cpu": cpu_name(), "cores": os.cpu_count(), "threads": torch.get_num_threads()},
        "weights": {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()},
        "epoch_weights": sums,
    }
    write_whole(card_path(name, folder), (json.dumps(card, indent=1) + "\n").encode())
    return card


def load(name: str, folder: str | Path = CHECKPOINTS) -> Checkpoint:
    """Read a trained network and check it against its card.

    Args:
        name: "mnist_cnn", "cifar10_resnet", "mnist_model_a" or "mnist_model_b".
        folder: where the checkpoints are.

    Returns:
        The network, in eval mode on the CPU, and its card.

    Raises:
        CheckpointError: a file is missing, damaged, or does not fit the network that the card names.
    """
    card = load_card(name, folder)
    model = build_model(card["config"])
    path = weights_path(name, folder)
    _fill(model, path, str(card["weights"]["sha256"]), name)
    return Checkpoint(model=model, card=card)


def load_epoch(name: str, epoch: int, folder: str | Path = CHECKPOINTS) -> nn.Module:
    """Read the network as it was after one epoch of its training; 0 is before training.

    Args:
        name: of the checkpoint.
        epoch: 0 up to the number of epochs in the card.
        folder: where the checkpoints are.

    Returns:
        The network, in eval mode on the CPU.

    Raises:
        CheckpointError: that epoch was not kept, or its file is missing or damaged.
    """
    card = load_card(name, folder)
    if epoch_file(epoch) not in card["epoch_weights"]:
        kept = f"expected an epoch from 0 to {len(card['epoch_weights']) - 1}" if card["epoch_weights"] else "none was"
        raise CheckpointError(
            f"The card {card_path(name, folder)} says that epoch {epoch} was not kept ({kept}): {_remedy(name)}"
        )
    model = build_model(card["config"])
    _fill(model, epochs_path(name, folder) / epoch_file(epoch), card["epoch_weights"][epoch_file(epoch)], name)
    return model


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
    try:
        card = json.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise CheckpointError(f"The card {path} is missing: {_remedy(name)}") from error
    except (OSError, ValueError) as error:
        raise CheckpointError(f"The card {path} is damaged (not readable as JSON): {_remedy(name)}") from error
    try:
        _check_card(card, name)
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        reason = f"{error.args[0]!r} is missing" if isinstance(error, KeyError) else str(error)
        raise CheckpointError(f"The card {path} is damaged ({reason}): {_remedy(name)}") from error
    return dict(card)


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
    for place, keys in CARD_KEYS.items():
        for key in keys:
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
    numbers += [value for record in records for key, value in asdict(record).items() if key != "confusion"]
    if not all(isinstance(number, int | float) for number in (*numbers, *result["per_class_accuracy"])):
        raise TypeError("expected numbers in the result and the history")
    if len(result["per_class_accuracy"]) != size:
        raise ValueError(f"expected {size} numbers in per_class_accuracy, got {len(result['per_class_accuracy'])}")
    if not isinstance(card["epoch_weights"], dict):
        raise TypeError("expected a sum for each file in epoch_weights")


def _validated_on(config: TrainConfig) -> str:
    images = f"{config.held_out:,} held-out training images" if config.held_out else "the test images"
    return f"the first {config.limit:,} of {images}" if config.limit else images


def _remedy(name: str) -> str:
    command = KNOWN[name].command if name in KNOWN else ""
    return f"restore it with `git checkout -- checkpoints`{f', or make it anew with `{command}`' if command else ''}"


def _fill(model: nn.Module, path: Path, digest: str, name: str) -> None:
    """Load weights into a network, only if they are the ones the card vouches for and fit exactly."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CheckpointError(f"The weights {path} are missing: {_remedy(name)}") from error
    if hashlib.sha256(content).hexdigest() != digest:
        raise CheckpointError(f"The weights {path} are damaged (SHA-256 differs from the card): {_remedy(name)}")
    try:
        tensors: dict[str, Tensor] = safetensors.torch.load(content)
        model.load_state_dict(tensors)
    except (safetensors.SafetensorError, RuntimeError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise CheckpointError(f"The weights {path} do not fit the network ({reason}): {_remedy(name)}") from error
    model.eval()
