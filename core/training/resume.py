"""The state of a training as a file: where it is, how large it gets, written, read and checked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from torch import Tensor

from core.checkpoints.files import epoch_file, write_weights, write_whole
from core.json_files import parse_json
from core.models import build_model
from core.training import parallel
from core.training.config import TrainConfig, TrainingError
from core.training.finite import are_finite
from core.training.records import EpochRecord
from core.training.state import TrainingState, memory_format

STATE_FILE = "state.safetensors"
# Bytes, rounded up: what a file says of its tensors, an epoch's record, a card without its history.
HEADER, RECORD, CARD = 8_192, 1_024, 24_000
UNUSABLE = (
    *(OSError, ValueError, KeyError, TypeError, RuntimeError),
    safetensors.SafetensorError,
)


def write_epoch(state: TrainingState, folder: Path | None, names: Sequence[str] = ()) -> None:
    """Write the (averaged) weights after the last finished epoch; rank 0 alone writes.

    Args:
        state: the training.
        folder: of the run; None writes nothing.
        names: in the state dict, what to write; () = all of it.
    """
    if folder is not None and parallel.rank() == 0:
        write_weights(folder / epoch_file(len(state.history)), state.averaged, names)


def write_state(state: TrainingState, folder: Path | None) -> None:
    """Write all that a training needs to go on, whole or not at all; rank 0 alone writes.

    Args:
        state: the training, after a finished epoch.
        folder: of the run; None writes nothing.
    """
    if folder is None or parallel.rank() > 0:
        return
    tensors = _tensors(state)
    metadata = {
        "sha256": _sha256(tensors),
        "config": json.dumps(asdict(state.config)),
        "history": json.dumps([asdict(record) for record in state.history]),
        "scaler": json.dumps(state.scaler.state_dict()),
    }
    write_whole(folder / STATE_FILE, safetensors.torch.save(tensors, metadata))


def read_state(state: TrainingState, folder: Path | None) -> int:
    """Take up the state that a run has written, where there is one.

    Args:
        state: a new training with the same settings; changed in place.
        folder: of the run; None reads nothing.

    Returns:
        The number of epochs that are finished; 0 where there is no state.

    Raises:
        TrainingError: the file is damaged, or was written with other settings.
    """
    if folder is None or not (folder / STATE_FILE).is_file():
        return 0
    path = folder / STATE_FILE
    try:
        with safetensors.safe_open(str(path), framework="pt") as file:
            metadata = file.metadata()
            # copies: a tensor of the file itself would hold its room on the disk when the file has
            # been replaced
            tensors = {name: file.get_tensor(name).clone() for name in file.keys()}  # noqa: SIM118
        if TrainConfig.from_dict(_parsed(metadata["config"])) != state.config:
            raise ValueError("it was written with other settings")
        if _sha256(tensors) != metadata["sha256"]:
            raise ValueError("its SHA-256 differs from the one it was written with")
        if not are_finite(tensors.values()):
            raise ValueError("it holds numbers that are not finite")
        _take_up(state, tensors)
        state.scaler.load_state_dict(_parsed(metadata["scaler"]))
        state.history = [EpochRecord(**record) for record in _parsed(metadata["history"])]
    except UNUSABLE as error:
        reason = " ".join(str(error).split())
        raise TrainingError(
            f"The state {path} cannot be used ({reason}): delete it, or begin anew.", "fresh"
        ) from error
    return len(state.history)


def finished_epochs(folder: Path) -> list[EpochRecord]:
    """What the finished epochs of a run brought, as its state says, without reading the rest of it.

    Args:
        folder: of the run.

    Returns:
        A record for each; none where there is no state, or one that cannot be used.
    """
    try:
        with safetensors.safe_open(str(folder / STATE_FILE), framework="pt") as file:
            return [EpochRecord(**record) for record in _parsed(file.metadata()["history"])]
    except UNUSABLE:
        return []


def _parsed(text: str) -> Any:  # noqa: ANN401 - whatever the JSON holds
    return parse_json(text.encode())


def _tensors(state: TrainingState) -> dict[str, Tensor]:
    """model.NAME and averaged.NAME of the state dicts, adam.PARAMETER.MOMENT of the optimizer."""
    tensors = {f"model.{name}": value for name, value in state.model.state_dict().items()}
    if state.config.average:
        averaged = state.averaged.state_dict()
        tensors |= {f"averaged.{name}": value for name, value in averaged.items()}
    for name, parameter in state.model.named_parameters():
        for moment, value in state.optimizer.state.get(parameter, {}).items():
            tensors[f"adam.{name}.{moment}"] = torch.as_tensor(value)
    return {name: value.detach().cpu().contiguous() for name, value in tensors.items()}


def _take_up(state: TrainingState, tensors: dict[str, Tensor]) -> None:
    state.model.load_state_dict(_below(tensors, "model."))
    if state.config.average:
        state.averaged.load_state_dict(_below(tensors, "averaged."))
    layout = memory_format(state.config)
    for name, parameter in state.model.named_parameters():
        moments = _below(tensors, f"adam.{name}.")
        on_device = moments.keys() if state.records else moments.keys() - {"step"}
        for moment in on_device:  # Adam counts its steps on the CPU, unless they are recorded
            value = moments[moment].to(state.device)
            if value.dim() == 4:
                value = value.contiguous(memory_format=layout)
            moments[moment] = value
        if moments:  # none while fp16's scaler skips the first steps
            state.optimizer.state[parameter] = moments


def _below(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """The tensors whose names begin with a prefix, without it."""
    found = {name: value for name, value in tensors.items() if name.startswith(prefix)}
    return {name.removeprefix(prefix): value for name, value in found.items()}


def _sha256(tensors: dict[str, Tensor]) -> str:
    total = hashlib.sha256()
    for name in sorted(tensors):
        total.update(name.encode())
        total.update(tensors[name].contiguous().flatten().view(torch.uint8).numpy().tobytes())
    return total.hexdigest()


def run_folder(name: str, config: TrainConfig, runs: Path) -> Path:
    """The folder of a run's state; other settings give another, so runs never mix.

    Args:
        name: of the checkpoint.
        config: the settings; those that have their default do not count, so that a setting that is
            added later does not change a folder's name.
        runs: the folder of all runs.
    """
    defaults = {setting.name: setting.default for setting in fields(config)}
    chosen = {name: value for name, value in asdict(config).items() if value != defaults[name]}
    digest = hashlib.sha256(json.dumps(chosen, sort_keys=True).encode()).hexdigest()
    return runs / f"{name}-{digest[:10]}"


def state_bytes(config: TrainConfig, epoch_tensors: Sequence[str] = ()) -> int:
    """Bytes on the disk that a whole training's state takes, with the copy that exists while it is
    replaced.

    Args:
        config: the settings.
        epoch_tensors: names in the state dict that each epoch's file holds; () = all of it.
    """
    epoch = weight_bytes(config, epoch_tensors) + HEADER
    return 2 * state_file_bytes(config) + (config.epochs + 1) * epoch


def state_file_bytes(config: TrainConfig) -> int:
    """Bytes of the file that a training goes on with."""
    copies = 4 if config.average else 3  # weights, their average, Adam's two moments
    return copies * weight_bytes(config) + HEADER + RECORD * config.epochs


def checkpoint_bytes(
    config: TrainConfig, *, stored: bool = True, epoch_tensors: Sequence[str] | None = None
) -> int:
    """Bytes on the disk that a checkpoint takes at the most, beside an older one: that one stays
    until the whole new one is there.

    Args:
        config: the settings.
        stored: whether the weights are.
        epoch_tensors: names in the state dict that each epoch's file holds; () = all of it, None:
            no epoch is kept.
    """
    card = CARD + 2 * RECORD * config.epochs  # a number a line
    weights = weight_bytes(config) + HEADER if stored else 0
    if epoch_tensors is None:
        return card + weights
    return card + weights + (config.epochs + 1) * (weight_bytes(config, epoch_tensors) + HEADER)


def weight_bytes(config: TrainConfig, names: Sequence[str] = ()) -> int:
    """Bytes of a network's tensors, or of those of these names in its state dict."""
    model = build_model(asdict(config))
    sizes: dict[str, int] = {name: value.nbytes for name, value in model.state_dict().items()}
    return sum(sizes[name] for name in names or sizes)
