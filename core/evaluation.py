"""How good a classifier is: loss, accuracy and the confusion matrix."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn


@dataclass(frozen=True)
class Evaluation:
    """A classifier's result on a set of images.

    Attributes:
        loss: mean cross-entropy in nats, without label smoothing.
        confusion: (classes, classes) int64; row = true class, column = predicted class, entries are image counts.
    """

    loss: float
    confusion: Tensor

    @property
    def accuracy(self) -> float:
        """Share of images classified right: trace(confusion) / sum(confusion)."""
        return float(self.confusion.diagonal().sum()) / max(1, int(self.confusion.sum()))

    @property
    def per_class_accuracy(self) -> tuple[float, ...]:
        """Share classified right within each true class (recall); 0 for a class without images."""
        totals = self.confusion.sum(1).clamp(min=1)
        return tuple((self.confusion.diagonal() / totals).tolist())


@contextmanager
def evaluation_mode(model: nn.Module) -> Iterator[None]:
    """Put a model into eval mode without gradients, and give every module back in the mode it was in."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        for module, training in modes:
            module.training = training


def evaluate(
    model: nn.Module,
    images: Tensor,
    labels: Tensor,
    *,
    prepare: Callable[[Tensor], Tensor],
    classes: int = 10,
    batch_size: int = 500,
) -> Evaluation:
    """Run a classifier over images and compare with the labels.

    Args:
        model: maps a prepared batch to logits (N, classes); given back unchanged.
        images: (N, C, H, W) as stored, usually uint8.
        labels: (N,) int64, on the same device as the logits will be.
        prepare: turns stored images into what the model takes (scale, device, memory format).
        classes: number of classes.
        batch_size: images per forward pass.

    Returns:
        Mean cross-entropy and the confusion matrix.

    Raises:
        ValueError: no images, labels that do not fit the images or the classes, or logits of another shape.
    """
    if len(images) == 0 or len(images) != len(labels):
        raise ValueError(f"Expected as many labels as images and at least one, got {len(images)} and {len(labels)}.")
    if int(labels.min()) < 0 or int(labels.max()) >= classes:
        raise ValueError(f"Expected labels from 0 to {classes - 1}, got {int(labels.min())} to {int(labels.max())}.")
    total = torch.zeros((), dtype=torch.float64)
    confusion = torch.zeros(classes * classes, dtype=torch.int64)
    with evaluation_mode(model):
        for batch, truth in zip(torch.split(images, batch_size), torch.split(labels, batch_size)):
            logits = model(prepare(batch)).float().cpu()  # (N, classes)
            truth = truth.cpu()
            if logits.shape != (len(truth), classes):
                raise ValueError(f"Expected logits {(len(truth), classes)}, got {tuple(logits.shape)}.")
            total += F.cross_entropy(logits, truth, reduction="sum").double()
            confusion += torch.bincount(truth * classes + logits.argmax(1), minlength=classes * classes)
    return Evaluation(loss=float(total) / len(labels), confusion=confusion.reshape(classes, classes))
