"""How good a classifier is: loss, accuracy, the confusion matrix, and how often attacks on it
succeed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int, Num
from torch import Tensor, nn

from core.checks import check_dtype, check_kind, check_tensor, logits_of, spelled, whole_number
from core.labels import Labels, checked_labels

COUNTS = (torch.int64, torch.int32)  # dtypes of a confusion matrix
Prepare = Callable[[Num[Tensor, "n c h w"]], Float[Tensor, "n c h w"]]


class UncomputableError(ValueError):
    """A number has no value for this network; the message is one sentence for a person."""


@dataclass(frozen=True)
class Evaluation:
    """A classifier's result on a set of images.

    Attributes:
        loss: mean cross-entropy in nats, without label smoothing.
        confusion: (classes, classes) int64; row = true class, column = predicted class, entries are
            image counts.
        predictions: (N,) int64, the predicted class of each image.
    """

    loss: float
    confusion: Int[Tensor, "classes classes"]
    predictions: Int[Tensor, " n"]

    @property
    def accuracy(self) -> float:
        """Share of images classified right: trace(confusion) / sum(confusion)."""
        return float(self.confusion.diagonal().sum()) / max(1, int(self.confusion.sum()))

    @property
    def per_class_accuracy(self) -> tuple[float, ...]:
        """Share classified right within each true class (recall); 0 for a class without images."""
        return per_class_accuracy(self.confusion)


def per_class_accuracy(confusion: Int[Tensor, "classes classes"]) -> tuple[float, ...]:
    """Share of images classified right within each true class, or recall.

        share_k = confusion[k, k] / Σ_j confusion[k, j]

    Args:
        confusion: (classes, classes) counts; row = true class, column = predicted class.

    Returns:
        One share in [0, 1] per class; 0 for a class without images.

    Raises:
        TypeError: these are no counts.
        ValueError: the matrix is not square.
    """
    check_tensor("confusion", confusion, "(classes, classes)", COUNTS)
    if confusion.shape[0] != confusion.shape[1]:
        raise ValueError(f"Expected a square matrix, got the shape {tuple(confusion.shape)}.")
    totals = confusion.sum(1).clamp(min=1)
    return tuple((confusion.diagonal() / totals).tolist())


def every_module(model: nn.Module) -> list[nn.Module]:
    """The model and all modules in it, each as often as it is used: model.modules() takes longer,
    since it gives each once.

    Raises:
        TypeError: this is no network.
    """
    check_kind("model", model, nn.Module)
    found = [model]
    for module in found:  # grows while it is walked
        found.extend(child for child in module._modules.values() if child is not None)
    return found


@contextmanager
def evaluation_mode(model: nn.Module, modules: Sequence[nn.Module] | None = None) -> Iterator[None]:
    """Put a model into eval mode without gradients, and give every module back in the mode it was
    in.

    Args:
        model: the model.
        modules: ``every_module`` of it, where that is known already.
    """
    training = [module for module in modules or every_module(model) if module.training]
    if training:
        model.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        for module in training:
            module.training = True


def predicted_classes(model: nn.Module, images: Float[Tensor, "n c h w"]) -> Int[Tensor, " n"]:
    """(N,) the class with the largest logit of each image.

    Raises:
        TypeError: the images are no tensor, or the model no network.
        ValueError: the model gives no logits (N, K).
    """
    check_dtype("images", images, "(N, C, H, W)", None)
    return logits_of(model, images).argmax(1)


def evaluate(
    model: nn.Module,
    images: Num[Tensor, "n c h w"],
    labels: Labels,
    *,
    prepare: Prepare,
    classes: int = 10,
    batch_size: int = 500,
) -> Evaluation:
    """Run a classifier over images and compare with the labels.

    Args:
        model: maps a prepared batch to logits (N, classes); given back unchanged.
        images: (N, C, H, W) as stored, usually uint8.
        labels: whole numbers, one for all images or (N,) one each.
        prepare: turns stored images into what the model takes (scale, device, memory format).
        classes: number of classes.
        batch_size: images per forward pass.

    Returns:
        Mean cross-entropy, the confusion matrix and each image's predicted class.

    Raises:
        TypeError: images are no tensor, or labels no whole numbers.
        ValueError: no images, a batch size below 1, labels that do not fit the images or the
            classes, or logits of another shape.
    """
    check_batches(images, batch_size)
    labels = checked_labels(labels, len(images), classes=classes)
    total = torch.zeros((), dtype=torch.float64)
    predictions: list[Tensor] = []
    with evaluation_mode(model):
        for batch, truth in zip(torch.split(images, batch_size), torch.split(labels, batch_size)):
            logits = logits_of(model, prepare(batch)).float().cpu()  # (N, classes)
            truth = truth.cpu()
            if logits.shape != (len(truth), classes):
                raise ValueError(
                    f"Expected logits {(len(truth), classes)}, got {tuple(logits.shape)}."
                )
            total += F.cross_entropy(logits, truth, reduction="sum").double()
            predictions.append(logits.argmax(1))
    predicted = torch.cat(predictions)  # (N,)
    return Evaluation(
        loss=float(total) / len(labels),
        confusion=confusion_matrix(labels.cpu(), predicted, classes=classes),
        predictions=predicted,
    )


def check_batches(images: Num[Tensor, "n c h w"], batch_size: int) -> None:
    """Refuse what cannot be split into batches of images.

    Raises:
        TypeError: this is no tensor, or the batch size no whole number.
        ValueError: other axes, no images, or a batch size below 1.
    """
    check_tensor("images", images, "(N, C, H, W)", None)
    if not len(images):
        raise ValueError("Expected at least one image, got none.")
    if whole_number("batch_size", batch_size) < 1:
        raise ValueError(f"Expected a batch size above 0, got {spelled(int(batch_size))}.")


def confusion_matrix(
    labels: Labels, predictions: Int[Tensor, " n"], *, classes: int = 10
) -> Int[Tensor, "classes classes"]:
    """Count the images of each true class by the class that was predicted.

    Args:
        labels: (N,) true classes.
        predictions: (N,) predicted classes.
        classes: number of classes.

    Returns:
        (classes, classes) int64; row = true class, column = predicted class.

    Raises:
        TypeError: one of them is no whole number.
        ValueError: they differ in number, or there is no such class.
    """
    count = len(predictions)
    labels = checked_labels(labels, count, classes=classes)
    predictions = checked_labels(predictions, count, classes=classes, name="predictions")
    pairs = torch.bincount(labels * classes + predictions, minlength=classes * classes)
    return pairs.reshape(classes, classes)


Attack = Callable[
    [nn.Module, Float[Tensor, "n c h w"], Int[Tensor, " n"], float], Bool[Tensor, " n"]
]


@dataclass(frozen=True)
class SuccessRate:
    """How often one attack succeeds against one model at one epsilon.

    Attributes:
        model: its name.
        attack: its name.
        epsilon: largest change of a pixel, in the unit of the pixels.
        inputs: how many were attacked.
        successes: how many of them the model then takes for another class (or for the target).
        right: how many of the inputs the model classifies right without an attack.
        successes_right: how many of those the attack succeeds on.
        successes_stored: how many of all the model still takes for another class (or for the
            target) once their pictures are rounded to grey values, as ``core.stored`` does it;
            None: not counted.
    """

    model: str
    attack: str
    epsilon: float
    inputs: int
    successes: int
    right: int
    successes_right: int
    successes_stored: int | None = None

    @property
    def rate(self) -> float:
        """Share of all inputs; 0 of none."""
        return self.successes / max(1, self.inputs)

    @property
    def rate_right(self) -> float:
        """Share of those that were first classified right; 0 of none."""
        return self.successes_right / max(1, self.right)


def success_rates(
    models: Mapping[str, nn.Module],
    attacks: Mapping[str, Attack],
    images: Float[Tensor, "n c h w"],
    labels: Labels,
    epsilons: Sequence[float],
    *,
    batch_size: int = 500,
) -> Iterator[SuccessRate]:
    """Attack every image on every model at every epsilon.

    Args:
        models: name to classifier; given back unchanged.
        attacks: name to what attacks: (model, images, labels, epsilon) -> success (N,) bool.
        images: (N, C, H, W) as the models take them.
        labels: true classes, one for all or (N,) one each.
        epsilons: in the unit of the pixels.
        batch_size: images attacked at once.

    Yields:
        One row for each (model, attack, epsilon), as soon as it is measured.

    Raises:
        TypeError: images are no tensor, or labels no whole numbers.
        ValueError: images and labels differ in number, there are none, or a batch size below 1.
    """
    check_batches(images, batch_size)
    labels = checked_labels(labels, len(images)).to(images.device)
    batches = list(zip(torch.split(images, batch_size), torch.split(labels, batch_size)))
    for model_name, model in models.items():
        with evaluation_mode(model):
            predicted = torch.cat([predicted_classes(model, batch) for batch, _ in batches])
        right = predicted == labels
        for (attack_name, attack), epsilon in product(attacks.items(), epsilons):
            success = torch.cat([attack(model, *batch, epsilon) for batch in batches])
            yield SuccessRate(
                model_name,
                attack_name,
                float(epsilon),
                len(images),
                int(success.sum()),
                int(right.sum()),
                int((success & right).sum()),
            )


def wilson_interval(
    successes: int, total: int, *, z: float = 1.959963984540054
) -> tuple[float, float]:
    """Where the true share lies with 95% confidence, having seen ``successes`` of ``total``.

        (p + z²/2n ± z √(p(1-p)/n + z²/4n²)) / (1 + z²/n),   p = successes / n,  n = total

    Source: Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", 1927.

    Args:
        successes: 0 up to total.
        total: 1 or more.
        z: quantile of the normal distribution.

    Returns:
        (lowest, highest), within [0, 1].

    Raises:
        ValueError: the counts do not fit.
    """
    if total < 1 or not 0 <= successes <= total:
        raise ValueError(
            f"Expected between 0 and {total} successes of at least 1, got {successes}."
        )
    p, square = successes / total, z * z / total
    middle, half = p + square / 2, z * math.sqrt(p * (1 - p) / total + square / (4 * total))
    return max(0.0, (middle - half) / (1 + square)), min(1.0, (middle + half) / (1 + square))
