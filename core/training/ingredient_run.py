"""One run of an ingredient: the training, and what is kept of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import torch

from core.checkpoints.cards import hardware, versions
from core.checkpoints.ingredients import packed
from core.data.facts import LabelledImages
from core.training.computing import fastest_computing
from core.training.config import TrainConfig
from core.training.ingredients import Ingredient
from core.training.loop import fit
from core.training.records import Progress, TrainResult


def measured(
    ingredient: Ingredient,
    config: TrainConfig,
    train: LabelledImages,
    held_out: LabelledImages,
    *,
    device: torch.device,
    state_folder: Path,
    epoch_tensors: Sequence[str] = (),
    on_progress: Callable[[Progress], None] | None = None,
) -> dict[str, Any]:
    """One run of an ingredient, from its last finished epoch on where it was ended before.

    Args:
        ingredient: that is measured.
        config: of the run, made by the ingredient.
        train: images to train on.
        held_out: images to validate on.
        device: where to compute.
        state_folder: where the state and each epoch's weights are written.
        epoch_tensors: names in the state dict that each epoch's file holds; () = all of it.
        on_progress: called after every step and every epoch.

    Returns:
        As ``core.checkpoints.ingredients.IngredientRun`` has it.

    Raises:
        TrainingError: as ``core.training.loop.fit``.
    """
    started = time.perf_counter()
    result = fit(
        config,
        train,
        held_out,
        computing=fastest_computing(config, device),
        state_folder=state_folder,
        epoch_tensors=epoch_tensors,
        on_progress=on_progress,
    )
    before = sum(record.seconds for record in result.history[: result.resumed_from])
    return {
        "name": ingredient.name,
        "settings": ingredient.as_kept,
        "epochs": config.epochs,
        "seed": config.seed,
        "held_out": len(held_out),
        "precision": config.precision,
        **_result(result, held_out),
        "seconds": before + time.perf_counter() - started,
        "hardware": hardware(device.type) | {"threads": torch.get_num_threads(), "processes": 1},
        "versions": versions(),
    }


def _result(result: TrainResult, held_out: LabelledImages) -> dict[str, Any]:
    """What a run has reached.

    Raises:
        ValueError: no epoch was finished.
    """
    if result.evaluation is None:
        raise ValueError("Expected a run with a finished epoch, got none.")
    return {
        "accuracy": result.evaluation.accuracy,
        "loss": result.evaluation.loss,
        "train_accuracy": result.history[-1].train_accuracy,
        "epoch_seconds": median(record.seconds for record in result.history),
        "curve": [record.validation_accuracy for record in result.history],
        "wrong": packed((result.evaluation.predictions != held_out.labels.cpu()).tolist()),
    }
