"""What a training tells of itself: of a step, of an epoch, and of its end."""

from __future__ import annotations

from dataclasses import dataclass

from torch import nn

from core.evaluation import Evaluation


@dataclass(frozen=True)
class EpochRecord:
    """What one epoch brought. Losses are mean cross-entropies in nats without label smoothing.

    Attributes:
        epoch: 1 is the first.
        train_loss: mean over the epoch's images, each measured before its step where the gradient
            was taken: in a sharpness-aware step at the worst weights nearby.
        train_accuracy: likewise, share in [0, 1].
        validation_loss: of the (averaged) weights after the epoch, before ``precise_bn``.
        validation_accuracy: likewise, share in [0, 1].
        confusion: validation confusion matrix after the epoch, row = true class, column = predicted
            class.
        learning_rate: at the epoch's last step.
        seconds: training and validation together.
        images_per_second: training alone.
    """

    epoch: int
    train_loss: float
    train_accuracy: float
    validation_loss: float
    validation_accuracy: float
    confusion: list[list[int]]
    learning_rate: float
    seconds: float
    images_per_second: float


@dataclass(frozen=True)
class Progress:
    """Sent to the callback after every step, and once more when an epoch is complete.

    Attributes:
        epoch: the running epoch, 1 is the first.
        step: steps done in this epoch.
        steps: steps in an epoch.
        images: images seen in this epoch.
        loss: running mean cross-entropy of the epoch.
        accuracy: running training accuracy of the epoch.
        step_loss: mean cross-entropy of this step's batch.
        step_accuracy: share of this step's batch that was right.
        record: the finished epoch, None while it runs.
    """

    epoch: int
    step: int
    steps: int
    images: int
    loss: float
    accuracy: float
    step_loss: float
    step_accuracy: float
    record: EpochRecord | None = None


@dataclass(frozen=True)
class TrainResult:
    """A finished or stopped training.

    Attributes:
        model: the (averaged) network, in eval mode; with ``precise_bn`` when the training is
            complete.
        history: one record per finished epoch.
        evaluation: the validation result of ``model`` (None when no epoch was finished).
        complete: whether all epochs were trained.
        resumed_from: finished epochs found in the state file, 0 for a fresh run.
    """

    model: nn.Module
    history: tuple[EpochRecord, ...]
    evaluation: Evaluation | None
    complete: bool
    resumed_from: int
