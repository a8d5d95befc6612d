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
from core.training.records import Progress
from core.training.state import TrainingState


class RunningMetrics:
    """Mean cross-entropy and accuracy over an epoch's images so far, those of all processes.

    Each image counts as the weights were when its gradient was taken, those of a sharpness-aware
    step moved uphill, and without label smoothing.
    """

    def __init__(self, epoch: int, steps: int, device: torch.device) -> None:
        """Begin an epoch.

        Args:
            epoch: 1 is the first.
            steps: steps of an epoch.
            device: that the network computes on; a CUDA device adds up by itself.
        """
        self.epoch, self.steps, self.step = epoch, steps, 0
        where = device if device.type == "cuda" else "cpu"
        # of losses, right answers, images: of the epoch, and of the last step
        self._sums = torch.zeros(3, dtype=torch.float64, device=where)
        self._last = self._sums

    @torch.no_grad()
    def add(self, logits: Float[Tensor, "n classes"], batch: Batch) -> None:
        """Count one batch; of a mixed image the class with the largest share is the right one.

        Args:
            logits: what ``training_step`` has returned.
            batch: this process's share.
        """
        right = batch.labels if batch.shares is None else batch.shares.argmax(1)
        loss = F.cross_entropy(logits, batch.targets)
        correct = (logits.argmax(1) == right).sum()
        images = torch.full_like(loss, batch.count)
        sums = torch.stack([loss * batch.count, correct * batch.weight, images])
        self._last = parallel.total(sums).to(self._sums.device).double()
        self._sums += self._last
        self.step += 1

    def progress(self) -> Progress:
        """The epoch so far, the same in every process; waits for the device."""
        loss_sum, right, seen = self._sums.tolist()
        step_loss, step_right, step_seen = self._last.tolist()
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
