"""Trained networks on disk: NAME.safetensors with its card beside it. Nothing is ever unpickled."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
import torch
from jaxtyping import Shaped
from torch import Tensor, nn

from core.checkpoints.cards import (
    CheckpointError,
    as_written,
    card_path,
    epochs_path,
    hardware,
    load_card,
    validated_on,
    versions,
    weights_path,
)
from core.checkpoints.facts import CHECKPOINTS, Stored, remedy
from core.checkpoints.files import epoch_file
from core.checkpoints.replacing import replace, settled, vouched_for
from core.checkpoints.schema import FORMAT, Card
from core.data.facts import facts
from core.evaluation import Evaluation
from core.models import build_model, parameter_count
from core.training.config import TrainConfig
from core.training.records import EpochRecord


@dataclass(frozen=True)
class Checkpoint:
    """A trained network with its card.

    Attributes:
        model: in eval mode, on the CPU.
        card: the JSON file as a dict: configuration, history, result, seed, command, versions,
            hardware, sums.
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
    title: str,
    homework_accuracy: float | None,
    command: str,
    device: str,
    processes: int = 1,
    threads: int | None = None,
    weights: Stored = "float32",
    epochs_from: Path | None = None,
    folder: str | Path = CHECKPOINTS,
) -> dict[str, Any]:
    """Write the weights and the card that vouches for them: a reader meets both, or the old ones.

    Args:
        name: file name without ending.
        model: the trained network, ``as_stored``.
        config: its settings.
        history: one record per epoch.
        evaluation: the result of exactly these weights.
        title: the name for people.
        homework_accuracy: validation accuracy that is asked for, in [0, 1]; None: none is.
        command: what was typed to make it.
        device: where it was trained, for people.
        processes: how many trained it together.
        threads: torch's in each of them; None: as many as now.
        weights: how to store the weights; "none" writes the card alone.
        epochs_from: folder with the weights of every epoch, copied to NAME_epochs/; None keeps only
            the last.
        folder: where to write.

    Returns:
        The card.
    """
    folder, contents = Path(folder), {}
    if weights != "none":
        contents[weights_path(name, folder)] = safetensors.torch.save(_stored(model, weights))
    epochs = _epochs(epochs_from, len(history))
    contents |= {epochs_path(name, folder) / file: kept for file, kept in epochs.items()}
    card: dict[str, Any] = {
        "format": FORMAT,
        "name": name,
        "title": title,
        "homework_accuracy": homework_accuracy,
        **_network(model, config),
        "result": _result(history, evaluation),
        "history": [asdict(record) for record in history],
        "seed": config.seed,
        "command": command,
        "versions": versions(),
        "hardware": _hardware(device, processes, threads or torch.get_num_threads()),
        "weights": _described(contents.get(weights_path(name, folder))),
        "epoch_weights": {file: _sum(kept) for file, kept in epochs.items()},
    }
    card = as_written(card, Card)
    replace(name, folder, card, contents)
    return card


def _described(content: bytes | None) -> dict[str, Any] | None:
    """What the card says of the file of the weights."""
    return None if content is None else {"bytes": len(content), "sha256": _sum(content)}


def _epochs(source: Path | None, epochs: int) -> dict[str, bytes]:
    """Name to content of the files that hold the weights after every epoch; none without a
    source.
    """
    if source is None:
        return {}
    files = [epoch_file(epoch) for epoch in range(epochs + 1)]
    return {file: (source / file).read_bytes() for file in files}


def _network(model: nn.Module, config: TrainConfig) -> dict[str, Any]:
    return {
        "config": asdict(config),
        "parameters": parameter_count(model),
        "classes": list(facts(config.dataset).classes),
        "validated_on": validated_on(config),
    }


def _result(history: tuple[EpochRecord, ...], evaluation: Evaluation) -> dict[str, Any]:
    return {
        "epochs": len(history),
        "seconds": sum(record.seconds for record in history),
        "validation_loss": evaluation.loss,
        "validation_accuracy": evaluation.accuracy,
        "per_class_accuracy": list(evaluation.per_class_accuracy),
        "confusion": evaluation.confusion.tolist(),
        # a digit an image, in their order
        "predictions": "".join(map(str, evaluation.predictions.tolist())),
    }


def _hardware(device: str, processes: int, threads: int) -> dict[str, Any]:
    return hardware(device) | {"processes": processes, "threads": threads}


def _sum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


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
    tensors = {
        name: value.detach().cpu().contiguous() for name, value in model.state_dict().items()
    }
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
        CheckpointError: a file is missing, damaged, or does not fit the network that the card
            names; or only the card is kept.
    """
    return settled(name, folder, lambda: _load(name, folder))


def _load(name: str, folder: str | Path) -> Checkpoint:
    card = load_card(name, folder)
    if card["weights"] is None:
        raise CheckpointError(
            f"Of {name} only the card {card_path(name, folder)} is kept: it has no weights to load."
        )
    model, path = build_model(card["config"]), weights_path(name, folder)
    repair = _repair(card, folder)
    tensors = _read(path, card["weights"]["sha256"], card, model.state_dict(), repair)
    try:
        model.load_state_dict(tensors)
    except RuntimeError as error:
        raise CheckpointError(_misfit(path, error), repair=repair) from error
    return Checkpoint(model=model.eval(), card=card)


def load_epoch(
    name: str, epoch: int, folder: str | Path = CHECKPOINTS
) -> dict[str, Shaped[Tensor, "*shape"]]:
    """Read what was kept of a network's weights after one epoch of its training; 0 is before
    training.

    Args:
        name: of the checkpoint.
        epoch: 0 up to the number of epochs in the card.
        folder: where the checkpoints are.

    Returns:
        Tensors by their names in the state dict: all of them, or those that are kept of every
        epoch.

    Raises:
        CheckpointError: that epoch was not kept, or its file is missing or damaged.
    """
    return settled(name, folder, lambda: _load_epoch(name, epoch, folder))


def _load_epoch(name: str, epoch: int, folder: str | Path) -> dict[str, Tensor]:
    card = load_card(name, folder)
    sums, repair = card["epoch_weights"], _repair(card, folder)
    if epoch_file(epoch) not in sums:
        expected = f"expected an epoch from 0 to {len(sums) - 1}" if sums else "none was"
        raise CheckpointError(
            f"The card {card_path(name, folder)} says that epoch {epoch} was not kept ({expected})",
            repair=repair,
        )
    path = epochs_path(name, folder) / epoch_file(epoch)
    fitting = build_model(card["config"]).state_dict()
    return _read(path, sums[epoch_file(epoch)], card, fitting, repair)


def _read(
    path: Path, digest: str, card: dict[str, Any], fitting: dict[str, Tensor], repair: str
) -> dict[str, Tensor]:
    """Read tensors, only if they are the ones the card vouches for and each fits the one of its
    name.
    """
    try:
        content = vouched_for(path, digest, card)
    except FileNotFoundError as error:
        raise CheckpointError(f"The weights {path} are missing", repair=repair) from error
    except OSError as error:
        raise CheckpointError(
            f"The weights {path} cannot be read ({error.strerror})", repair=repair
        ) from error
    if content is None:
        raise CheckpointError(
            f"The weights {path} are damaged (SHA-256 differs from the card)", repair=repair
        )
    try:
        tensors: dict[str, Tensor] = safetensors.torch.load(content)
        for key, value in tensors.items():
            if key not in fitting or value.shape != fitting[key].shape:
                raise ValueError(f"it has no {key} of shape {tuple(value.shape)}")
    except (safetensors.SafetensorError, ValueError) as error:
        raise CheckpointError(_misfit(path, error), repair=repair) from error
    return tensors


def _misfit(path: Path, error: Exception) -> str:
    return f"The weights {path} do not fit the network ({' '.join(str(error).split())})"


def _repair(card: dict[str, Any], folder: str | Path) -> str:
    return remedy(card["name"], folder, card["command"])
