"""Trained networks on disk: NAME.safetensors with its card, NAME.json, beside it. Nothing is ever unpickled."""

from __future__ import annotations

import hashlib
import json
import os
import platform
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Literal

import safetensors
import safetensors.torch
import torch
from torch import Tensor, nn

from core.datasets import ROOT, facts
from core.evaluation import Evaluation
from core.models import MODELS, build_model, parameter_count
from core.training import EpochRecord, TrainConfig, epoch_file, write_whole

Stored = Literal["float32", "float16", "none"]
CHECKPOINTS = ROOT / "checkpoints"
FORMAT = 1
CARD_KEYS: dict[str, tuple[str, ...]] = {  # what a card must hold, "" is its top level; configuration and history apart
    "": ("format", "name", "title", "homework_accuracy", "config", "parameters", "classes", "validated_on", "result",
         "history", "seed", "command", "versions", "hardware", "weights", "epoch_weights"),
    "result": ("epochs", "seconds", "validation_loss", "validation_accuracy", "per_class_accuracy", "confusion",
               "predictions"),
    "versions": ("python", "torch", "torchvision", "numpy", "safetensors"),
    "hardware": ("device", "cpu", "cores", "processes", "threads"),
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
        command: makes the checkpoint.
        homework_accuracy: validation accuracy that the homework asks for, in [0, 1]; None: it asks for none.
        weights: how the weights are stored (matrices and kernels; what has one dimension stays float32); "none": only
            the card is kept.
        epochs: names of the tensors that are kept of every epoch; () = all of them, None = no epoch is kept.
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
        CheckpointFacts("mnist_cnn", "Small CNN on MNIST", "python train_all.py mnist", 0.90, epochs=()),
        CheckpointFacts(
            "cifar10_resnet", "ResNet on CIFAR-10", "python train_all.py resnet", 0.85, "float16", ("stem.0.weight",)
        ),
        CheckpointFacts(
            "cifar10_resnet_plain",
            "ResNet on CIFAR-10, Adam at a fixed rate",
            "python train_all.py resnet --plain",
            0.85,
            "none",
        ),
        CheckpointFacts("mnist_model_a", "Model A, trained plainly", "python train_all.py attack-models", None),
        CheckpointFacts("mnist_model_b", "Model B, trained against attacks", "python train_all.py attack-models", None),
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
    processes: int = 1,
    weights: Stored = "float32",
    epochs_from: Path | None = None,
    folder: str | Path = CHECKPOINTS,
) -> dict[str, Any]:
    """Write the weights, then the card that vouches for them; each file whole or not at all.

    Args:
        name: file name without ending.
        model: the trained network, ``as_stored``.
        config: its settings.
        history: one record per epoch.
        evaluation: the result of exactly these weights.
        command: what was typed to make it.
        device: where it was trained, for people.
        processes: how many trained it together.
        weights: how to store the weights; "none" writes the card alone.
        epochs_from: folder with the weights of every epoch, copied to NAME_epochs/; None keeps only the last.
        folder: where to write.

    Returns:
        The card.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    content = None
    if weights != "none":
        content = safetensors.torch.save(_stored(model, weights))
        write_whole(weights_path(name, folder), content)
    sums = {}
    if epochs_from is not None:
        epochs_path(name, folder).mkdir(exist_ok=True)
        for epoch in range(len(history) + 1):
            kept = (epochs_from / epoch_file(epoch)).read_bytes()
            write_whole(epochs_path(name, folder) / epoch_file(epoch), kept)
            sums[epoch_file(epoch)] = hashlib.sha256(kept).hexdigest()
        for stale in set(epochs_path(name, folder).glob("epoch_*.safetensors")):
            if stale.name not in sums:
                stale.unlink()
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
            "predictions": "".join(map(str, evaluation.predictions.tolist())),  # a digit an image, in their order
        },
        "history": [asdict(record) for record in history],
        "seed": config.seed,
        "command": command,
        "versions": versions(),
        "hardware": {
            "device": device,
            "cpu": cpu_name(),
            "cores": os.cpu_count(),
            "processes": processes,
            "threads": max(1, torch.get_num_threads() // processes),
        },
        "weights": content and {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()},
        "epoch_weights": sums,
    }
    write_whole(card_path(name, folder), (json.dumps(card, indent=1) + "\n").encode())
    return card


def as_stored(model: nn.Module, config: TrainConfig, weights: Stored) -> nn.Module:
    """The network exactly as ``load`` will give it back, to measure what ships.

    Args:
        model: the trained network.
        config: its settings.
        weights: how they will be stored.

    Returns:
        A network of its own with the rounded weights, in eval mode on the CPU.
    """
    copy = build_model(asdict(config))
    copy.load_state_dict(_stored(model, weights))
    return copy.eval()


def _stored(model: nn.Module, weights: Stored) -> dict[str, Tensor]:
    tensors = {name: value.detach().cpu().contiguous() for name, value in model.state_dict().items()}
    if weights == "float16":
        return {name: value.half() if value.dim() > 1 else value for name, value in tensors.items()}
    return tensors


def load(name: str, folder: str | Path = CHECKPOINTS) -> Checkpoint:
    """Read a trained network and check it against its card.

    Args:
        name: "mnist_cnn", "cifar10_resnet", "mnist_model_a" or "mnist_model_b".
        folder: where the checkpoints are.

    Returns:
        The network, in eval mode on the CPU, and its card.

    Raises:
        CheckpointError: a file is missing, damaged, or does not fit the network that the card names; or only the
            card is kept.
    """
    card = load_card(name, folder)
    if card["weights"] is None:
        raise CheckpointError(f"Of {name} only the card {card_path(name, folder)} is kept: it has no weights to load.")
    model = build_model(card["config"])
    path = weights_path(name, folder)
    _fill(model, path, str(card["weights"]["sha256"]), name)
    return Checkpoint(model=model, card=card)


def load_epoch(name: str, epoch: int, folder: str | Path = CHECKPOINTS) -> dict[str, Tensor]:
    """Read what was kept of a network's weights after one epoch of its training; 0 is before training.

    Args:
        name: of the checkpoint.
        epoch: 0 up to the number of epochs in the card.
        folder: where the checkpoints are.

    Returns:
        Tensors by their names in the state dict: all of them, or those that are kept of every epoch.

    Raises:
        CheckpointError: that epoch was not kept, or its file is missing or damaged.
    """
    card = load_card(name, folder)
    if epoch_file(epoch) not in card["epoch_weights"]:
        kept = f"expected an epoch from 0 to {len(card['epoch_weights']) - 1}" if card["epoch_weights"] else "none was"
        raise CheckpointError(
            f"The card {card_path(name, folder)} says that epoch {epoch} was not kept ({kept}): {_remedy(name)}"
        )
    path = epochs_path(name, folder) / epoch_file(epoch)
    return _read(path, card["epoch_weights"][epoch_file(epoch)], name, build_model(card["config"]).state_dict())


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
        raise CheckpointError(f"The {what} {path} is damaged (not readable as JSON): {remedy}") from error


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
    numbers += [value for record in records for key, value in asdict(record).items() if key != "confusion"]
    if not all(isinstance(number, int | float) for number in (*numbers, *result["per_class_accuracy"])):
        raise TypeError("expected numbers in the result and the history")
    if len(result["per_class_accuracy"]) != size:
        raise ValueError(f"expected {size} numbers in per_class_accuracy, got {len(result['per_class_accuracy'])}")
    if not str(result["predictions"]).isdecimal() or len(result["predictions"]) != sum(map(sum, result["confusion"])):
        raise ValueError("expected one digit for each validation image in predictions")
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
    tensors = _read(path, digest, name, model.state_dict())
    try:
        model.load_state_dict(tensors)
    except RuntimeError as error:
        raise CheckpointError(_misfit(path, error, name)) from error
    model.eval()


def _read(path: Path, digest: str, name: str, fitting: dict[str, Tensor]) -> dict[str, Tensor]:
    """Read tensors, only if they are the ones the card vouches for and each fits the one of its name."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CheckpointError(f"The weights {path} are missing: {_remedy(name)}") from error
    if hashlib.sha256(content).hexdigest() != digest:
        raise CheckpointError(f"The weights {path} are damaged (SHA-256 differs from the card): {_remedy(name)}")
    try:
        tensors: dict[str, Tensor] = safetensors.torch.load(content)
        for key, value in tensors.items():
            if key not in fitting or value.shape != fitting[key].shape:
                raise ValueError(f"it has no {key} of shape {tuple(value.shape)}")
    except (safetensors.SafetensorError, ValueError) as error:
        raise CheckpointError(_misfit(path, error, name)) from error
    return tensors


def _misfit(path: Path, error: Exception, name: str) -> str:
    return f"The weights {path} do not fit the network ({' '.join(str(error).split())}): {_remedy(name)}"
