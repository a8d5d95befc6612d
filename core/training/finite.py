"""Whether a training still computes with finite numbers, and what is said when it does not."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

import torch
from jaxtyping import Shaped
from torch import Tensor

from core.training.config import TrainingError
from core.training.state import TrainingState


def are_finite(tensors: Iterable[Shaped[Tensor, "*_"]]) -> bool:
    """Whether no tensor holds NaN or an infinity."""
    return all(
        bool(torch.isfinite(tensor).all()) for tensor in tensors if tensor.is_floating_point()
    )


def check_state(state: TrainingState, where: str) -> None:
    """Refuse to go on with weights, statistics or moments that are no longer finite.

    Args:
        state: the training.
        where: it stands, such as "in epoch 2".

    Raises:
        TrainingError: they are not.
    """
    if not are_finite(_tensors(state)):
        raise diverged(state, "The weights are no longer finite", where)


def check_loss(state: TrainingState, loss: float, name: str, where: str) -> None:
    """Refuse to go on with a loss that is no longer finite.

    Args:
        state: the training.
        loss: of some images.
        name: what it is called.
        where: the training stands.

    Raises:
        TrainingError: it is NaN or infinite.
    """
    if not math.isfinite(loss):
        raise diverged(state, f"The {name} is no longer finite", where)


def diverged(state: TrainingState, what: str, where: str) -> TrainingError:
    """The error of a training that has left the finite numbers: what happened, what is kept, and
    what to change.

    Args:
        state: the training; its history counts the epochs that were kept.
        what: happened, the beginning of the sentence.
        where: such as "in epoch 2, step 3 of 8".
    """
    config, finished = state.config, len(state.history)
    lower, causes = f"lower the learning rate (now {config.learning_rate:g})", ["learning_rate"]
    if config.weight_decay:
        lower += f" or the weight decay (now {config.weight_decay:g})"
        causes.append("weight_decay")
    if config.precision != "fp32":
        lower += f", or compute in fp32 (now {config.precision})"
        causes.append("precision")
    kept = f"the state after epoch {finished}" if finished else "the state before the first epoch"
    return TrainingError(
        f"{what} {where}: {lower}; {kept} is kept, and the same settings end here again, while "
        "other settings begin a training of their own.",
        *causes,
    )


def _tensors(state: TrainingState) -> Iterator[Tensor]:
    """Everything that the next epoch begins with."""
    yield from state.model.state_dict().values()
    yield from state.averaged.state_dict().values()
    for moments in state.optimizer.state.values():
        yield from (value for value in moments.values() if isinstance(value, Tensor))
