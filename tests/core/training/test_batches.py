"""core.training.batches: what an epoch's images become before a step sees them."""

from dataclasses import replace

import numpy as np
import torch

from core.checks import generator
from core.data.augment import random_shift, random_unsharp_mask
from core.data.facts import to_unit
from core.training.batches import epoch_batches, epoch_seed
from core.training.computing import Computing
from core.training.config import TrainConfig
from core.training.state import new_state
from tests.core.training.runs import CONFIG, TRAIN


def all_images(config: TrainConfig) -> tuple[torch.Tensor, torch.Tensor]:
    """The images and labels of one epoch, in the order in which steps see them."""
    batches = list(epoch_batches(new_state(config, Computing()), TRAIN, 1))
    return torch.cat([one.images for one in batches]), torch.cat([one.labels for one in batches])


def test_each_image_is_moved_by_itself_and_keeps_its_label() -> None:
    still, labels = all_images(CONFIG)
    moved, labels_of_moved = all_images(replace(CONFIG, translate=2))
    assert torch.equal(labels, labels_of_moved)
    offsets = set()
    for one, other in zip(still[:, 0].numpy(), moved[:, 0].numpy(), strict=True):
        padded = np.pad(one, 2, mode="reflect")
        windows = {
            (row, column): padded[row : row + 28, column : column + 28]
            for row in range(5)
            for column in range(5)
        }
        found = {offset for offset, window in windows.items() if np.array_equal(window, other)}
        assert found
        offsets |= found
    assert len(offsets) == 25


def test_what_is_sharpened_is_what_was_moved() -> None:
    config = replace(CONFIG, translate=2, unsharp_mask=1.5)
    random = generator(epoch_seed(config, 1))
    torch.randperm(len(TRAIN), generator=random)  # the order, which is drawn first
    first = next(iter(epoch_batches(new_state(config, Computing()), TRAIN, 1)))
    order = torch.randperm(len(TRAIN), generator=generator(epoch_seed(config, 1)))
    images = TRAIN.images[order[: config.batch_size]]
    moved = random_shift(images, random, limit=2, padding_mode="reflect")
    expected = random_unsharp_mask(moved, random, amount=1.5)
    torch.testing.assert_close(first.images, to_unit(expected), rtol=0, atol=0)
