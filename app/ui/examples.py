"""Pictures with what a network makes of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from app.ui import images, networks
from app.ui.cache import cached
from app.ui.gallery_chart import COLUMNS
from core.data.bundle import OF_ONE_CONFUSION
from core.evaluation import confusion_matrix
from core.models import to_input
from core.ties import is_tied

UNASKED, TIED = -1, -2  # in place of a class: before a network was asked, or if it names none


@dataclass(frozen=True)
class Examples:
    """Pictures that a network was validated on, with what it made of them.

    Attributes:
        dataset: that they are of.
        images: (N, C, H, W) uint8.
        indices: (N,) of each in the test set.
        labels: (N,) true classes.
        predictions: (N,) predicted classes, ``UNASKED`` or ``TIED``.
        whole: whether these are all test images; else the bundled ones.
        order: (N,) positions in the order in which they are offered.
    """

    dataset: str
    images: Tensor
    indices: Tensor
    labels: Tensor
    predictions: Tensor
    whole: bool
    order: Tensor

    @property
    def wrong(self) -> Tensor:
        """(N,) whether a picture is taken for another class."""
        return self.labels != self.predictions

    def predicted(self, index: int, classes: Sequence[str]) -> str:
        """What a network takes the picture at a position for."""
        predicted = int(self.predictions[index])
        return "no one class" if predicted == TIED else classes[predicted]

    def at(self, true: int, predicted: int) -> Tensor:
        """Positions here of the pictures of one true class that were taken for the other."""
        return ((self.labels == true) & (self.predictions == predicted)).nonzero()[:, 0]

    def commonest_mistake(self, confusion: list[list[int]]) -> tuple[int, int]:
        """(true, predicted) of the commonest mistake that has a picture here.

        Where none has, the cell with most pictures here.

        Args:
            confusion: of all test images.
        """
        every = torch.tensor(confusion).fill_diagonal_(0)
        here = confusion_matrix(self.labels, self.predictions, classes=len(every))
        seen = every * (here > 0)
        true, predicted = divmod(int((seen if seen.any() else here).argmax()), len(every))
        return true, predicted


def examples(name: str) -> Examples:
    """All test images if the data folder holds them, else the bundled ones, with predictions.

    Both begin with the same pictures.

    Args:
        name: of a trained network.

    Raises:
        CheckpointError: the card is missing or damaged.
        DatasetError: a picture is missing or damaged.
    """
    dataset = networks.card(name)["config"]["dataset"]
    predictions, bundled = _predictions(name), bundled_pictures(dataset)
    everything = images.whole_test_set(dataset)
    if everything is not None:
        indices = torch.arange(len(everything))
        order = _bundled_first(bundled.indices, len(everything))
        return Examples(
            dataset, everything.images, indices, everything.labels, predictions, True, order
        )
    return replace(bundled, predictions=predictions[bundled.indices])


@cached(networks.card_files)
def _predictions(name: str) -> Tensor:
    """(N,) what a network made of the test pictures."""
    card = networks.card(name)
    return torch.tensor([int(digit) for digit in card["result"]["predictions"]])


def examples_of(network: networks.AttackedNetwork) -> Examples:
    """The pictures with what a network makes of them.

    A person's own network is asked for the bundled ones alone.

    Raises:
        CheckpointError, DatasetError: as ``examples``.
    """
    if network.card_name:
        return examples(network.card_name)
    bundled = bundled_pictures(network.dataset)
    logits = network.model(to_input(network.model, bundled.images))
    predictions = logits.argmax(1).masked_fill(is_tied(logits), TIED)
    return replace(bundled, predictions=predictions)


@cached(images.sample_files)
def bundled_pictures(dataset: str) -> Examples:
    """The bundled test pictures of a data set, not yet with what a network makes of them: in a row
    of the gallery four of the first ones and a mistake, until no first ones are left.

    Raises:
        DatasetError: a picture or the list is missing or damaged.
    """
    first, wrong = images.samples(dataset), images.mistakes(dataset)
    order, count = list(range(len(first.labels))), len(wrong.labels)
    # one of each confusion, then another one of each, so that no page holds a single one
    mixed = [
        one for rank in range(OF_ONE_CONFUSION) for one in range(rank, count, OF_ONE_CONFUSION)
    ]
    for row, index in enumerate(mixed, start=1):
        order.insert(row * COLUMNS - 1, len(first.labels) + index)
    return Examples(
        dataset,
        torch.cat([first.images, wrong.images])[order],
        torch.tensor([*first.test_indices, *wrong.test_indices])[order],
        torch.cat([first.labels, wrong.labels])[order],
        torch.full((len(order),), UNASKED),
        whole=False,
        order=torch.arange(len(order)),
    )


def _bundled_first(bundled: Tensor, count: int) -> Tensor:
    """(count,) test images in the order in which all are offered: the bundled ones, which have
    mistakes among them, then the others.
    """
    is_other = torch.ones(count, dtype=torch.bool)
    is_other[bundled] = False
    return torch.cat([bundled, is_other.nonzero()[:, 0]])
