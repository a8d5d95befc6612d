"""Loss and accuracy: of an epoch while it runs, and on the validation images."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from core.data.facts import LabelledImages
from core.evaluation import Evaluation, confusion_matrix, evaluate
from core.training import parallel
from core.training.batches import Batch
from core.training.config import Progress
from core.training.state import TrainingState


class RunningMetrics:
    """Mean cross-entropy and accuracy over an epoch's images so far, those of all processes.

    Each image counts as the weights were when its batch came, and without label smoothing.
    """

    def __init__(self, epoch: int, steps: int) -> None:
        """Begin an epoch.

        Args:
            epoch: 1 is the first.
            steps: steps of an epoch.
        """
        self.epoch, self.steps, self.step = epoch, steps, 0
        self._sums = torch.zeros(3, dtype=torch.float64)  # of losses, right answers, images

    @torch.no_grad()
    def add(self, logits: Float[Tensor, "n classes"], batch: Batch) -> Progress:
        """Count one batch.

        Args:
            logits: what the network answered before the batch changed its weights.
            batch: this process's share.

        Returns:
            The epoch so far, the same in every process.
        """
        loss = F.cross_entropy(logits, batch.labels)
        correct = (logits.argmax(1) == batch.labels).sum()
        images = torch.full_like(loss, batch.count)
        sums = torch.stack([loss * batch.count, correct * batch.weight, images])
        own = parallel.total(sums).cpu().double()
        self._sums += own
        self.step += 1
        loss_sum, right, seen = self._sums.tolist()
        step_loss, step_right, step_seen = own.tolist()
        return Progress(
            epoch=self.epoch,
            step=self.step,
            steps=self.steps,
            images=round(seen),
            loss=loss_sum / seen,
            accuracy=right / seen,
            step_loss=step_loss / step_seen,
            step_accuracy=step_right / step_seen,
        )


def validate(state: TrainingState, validation: LabelledImages) -> Evaluation:
    """Evaluate the (averaged) network; the processes share the images.

    Args:
        state: the training.
        validation: the images.

    Returns:
        The result on all images, the same in every process.
    """
    share, weight = parallel.share(torch.arange(len(validation)))
    part = validation.subset(share)
    with state.autocast():
        own = evaluate(state.averaged, part.images, part.labels, prepare=state.prepare)
    loss_and_predictions = torch.zeros(1 + len(validation), dtype=torch.float64)
    loss_and_predictions[0] = own.loss * len(share)
    loss_and_predictions[1 + share] = own.predictions.double()
    sums = parallel.exact_total(loss_and_predictions * weight)
    predictions = sums[1:].round().long()
    return Evaluation(
        loss=float(sums[0]) / len(validation),
        confusion=confusion_matrix(validation.labels.cpu(), predictions),
        predictions=predictions,
    )
