"""Trained networks and measured results on disk, each with a card that says what made it."""

from core.checkpoints.cards import (
    CheckpointError,
    card_path,
    cpu_name,
    epochs_path,
    load_card,
    read_json,
    versions,
    weights_path,
)
from core.checkpoints.facts import CHECKPOINTS, CheckpointFacts, ResultFacts, Stored, register
from core.checkpoints.schema import FORMAT
from core.checkpoints.weights import Checkpoint, as_stored, load, load_epoch, save

__all__ = [
    "CHECKPOINTS",
    "FORMAT",
    "Checkpoint",
    "CheckpointError",
    "CheckpointFacts",
    "ResultFacts",
    "Stored",
    "as_stored",
    "card_path",
    "cpu_name",
    "epochs_path",
    "load",
    "load_card",
    "load_epoch",
    "read_json",
    "register",
    "save",
    "versions",
    "weights_path",
]
