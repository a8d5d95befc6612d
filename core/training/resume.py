"""The state of a training on disk: where it is, how large it gets, and its sum."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path

import torch
from torch import Tensor

from core.models import build_model
from core.training.config import TrainConfig

STATE_FILE = "state.safetensors"


def _sum_of(tensors: dict[str, Tensor]) -> str:
    total = hashlib.sha256()
    for name in sorted(tensors):
        total.update(name.encode())
        total.update(tensors[name].contiguous().flatten().view(torch.uint8).numpy().tobytes())
    return total.hexdigest()


def _below(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {
        name.removeprefix(prefix): value
        for name, value in tensors.items()
        if name.startswith(prefix)
    }


def run_folder(name: str, config: TrainConfig, runs: Path) -> Path:
    """The folder of a run's state; other settings give another, so runs never mix."""
    usual = {
        setting.name: setting.default for setting in fields(config)
    }  # a setting that is new does not change a name
    chosen = {name: value for name, value in asdict(config).items() if value != usual[name]}
    digest = hashlib.sha256(json.dumps(chosen, sort_keys=True).encode()).hexdigest()
    return runs / f"{name}-{digest[:10]}"


def state_bytes(config: TrainConfig, kept: Sequence[str] = ()) -> int:
    """Bytes on the disk that a whole training's state takes, with the copy that exists while it is
    replaced.

    Args:
        config: the settings.
        kept: as ``fit`` has it.

    Returns:
        Bytes.
    """
    model = build_model(asdict(config))
    state: dict[str, int] = {name: value.nbytes for name, value in model.state_dict().items()}
    each_epoch = sum(state[name] for name in kept or state)
    whole = sum(state.values())
    copies = 4 if config.average else 3  # weights, their average, Adam's two moments
    return 2 * copies * whole + (config.epochs + 1) * each_epoch
