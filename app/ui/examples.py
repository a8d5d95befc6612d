"""Pictures with what a network makes of them."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from app.ui import images, networks
from core.evaluation import confusion_matrix
from core.models import to_input


@dataclass(frozen=True)
class Examples:
    """Pictures that a network was validated on, with what it made of them.

    Attributes:
        images: (N, C, H, W) uint8.
        indices: (N,) of each in the test set.
        labels: (N,) true classes.
        predictions: (N,) predicted classes.
        whole: whether these are all test images; else the bundled ones.
    """

    images: Tensor
    indices: Tensor
    labels: Tensor
    predictions: Tensor
    whole: bool

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

    Args:
        name: of a trained network.

    Raises:
        CheckpointError: the card is missing or damaged.
        DatasetError: a picture is missing or damaged.
    """
    card = networks.card(name)
    predictions = torch.tensor([int(digit) for digit in card["result"]["predictions"]])
    everything = images.whole_test_set(card["config"]["dataset"])
    if everything is not None:
        indices = torch.arange(len(everything))
        return Examples(everything.images, indices, everything.labels, predictions, True)
    bundled = images.samples(card["config"]["dataset"])
    indices = torch.tensor(bundled.test_indices)
    return Examples(bundled.images, indices, bundled.labels, predictions[indices], False)


def examples_of(network: networks.AttackedNetwork) -> Examples:
    """The pictures with what a network makes of them.

    A person's own network is asked for the bundled ones alone.

    Raises:
        CheckpointError, DatasetError: as ``examples``.
    """
    if network.card_name:
        return examples(network.card_name)
    bundled = images.samples(network.dataset)
    predictions = network.model(to_input(network.model, bundled.images)).argmax(1)
    indices = torch.tensor(bundled.test_indices)
    return Examples(bundled.images, indices, bundled.labels, predictions, False)
