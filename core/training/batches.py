"""An epoch's batches: the order of the images, their augmentation, and this process's share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from core.checks import generator
from core.data.augment import random_shift, random_unsharp_mask
from core.data.facts import LabelledImages
from core.training import parallel
from core.training.config import AUGMENTATIONS, Images, TrainConfig
from core.training.mixing import Targets, mixed
from core.training.sizes import image_size_at, shrunk
from core.training.state import TrainingState


@dataclass(frozen=True)
class Batch:
    """This process's share of one batch.

    Attributes:
        images: as the network takes them.
        labels: their classes.
        weight: how much one of these images counts: 1, or 1 / processes where every process has
            the whole batch.
        size: images of the whole batch.
        shares: of each class in mixed images; None where no batch is mixed.
    """

    images: Float[Tensor, "n c h w"]
    labels: Int64[Tensor, " n"]
    weight: float
    size: int
    shares: Float[Tensor, "n classes"] | None = None

    @property
    def targets(self) -> Targets:
        """What the network should answer: a class for each image, or the shares of all classes."""
        return self.labels if self.shares is None else self.shares

    @property
    def count(self) -> float:
        """Images of this share, each with its weight; the processes' counts add up to ``size``."""
        return self.weight * len(self.labels)

    @property
    def loss_weight(self) -> float:
        """What this share's mean loss is multiplied by, so that the mean of the processes'
        gradients is the gradient of the whole batch's mean loss; 1 in a single process.
        """
        return self.count * parallel.world_size() / self.size


def epoch_seed(config: TrainConfig, epoch: int) -> int:
    """The seed of everything that is random in one epoch; 1 is the first epoch."""
    return config.seed * 100_003 + epoch


def epoch_batches(state: TrainingState, train: LabelledImages, epoch: int) -> Iterator[Batch]:
    """All training images once, in an order and an augmentation that (seed, epoch) alone decide.

    Every process draws for the whole batch and takes its share, so that the number of processes
    does not change the images.

    Args:
        state: the training.
        train: all training images.
        epoch: 1 is the first.

    Yields:
        This process's share of each batch.
    """
    config = state.config
    random = generator(epoch_seed(config, epoch))
    order = torch.randperm(len(train), generator=random).to(train.images.device)
    batches = torch.split(order, config.batch_size)
    for number, index in enumerate(batches):
        images = _augmented(train.images[index], config, random)
        labels, shares = train.labels[index].to(state.device), None
        share, weight = parallel.share(torch.arange(len(index)))
        done = (epoch - 1 + number / len(batches)) / config.epochs
        size = image_size_at(config, done, images.shape[-1])
        if not config.cutmix + config.mixup:
            prepared = shrunk(state.prepare(images[share]), size)
            yield Batch(prepared, labels[share], weight, len(index))
            continue
        blended, shares = mixed(state.prepare(images), labels, config, done, random)
        prepared = shrunk(blended[share], size)
        yield Batch(prepared, labels[share], weight, len(index), shares[share])


def _augmented(images: Images, config: TrainConfig, random: torch.Generator) -> Images:
    """A batch after its augmentation, and after what the settings do to each image besides.

    Args:
        images: as they are stored.
        config: the settings.
        random: CPU generator.
    """
    images = AUGMENTATIONS[config.augmentation](images, random)
    if config.translate:
        images = random_shift(images, random, limit=config.translate, padding_mode="reflect")
    if config.unsharp_mask:
        images = random_unsharp_mask(images, random, amount=config.unsharp_mask)
    return images


@dataclass(frozen=True)
class PlainBatches:
    """Training images in their order and not augmented; every loop over them gives them again.

    Attributes:
        state: the training, which prepares them.
        images: as they are stored.
        size: images of a batch; the last may have fewer.
    """

    state: TrainingState
    images: Images
    size: int

    def __iter__(self) -> Iterator[Float[Tensor, "_ c h w"]]:
        """The batches as the network takes them."""
        return map(self.state.prepare, torch.split(self.images, self.size))


def plain_batches(state: TrainingState, train: LabelledImages) -> tuple[PlainBatches, float]:
    """This process's share of all training images, and how much one of its images counts."""
    share, weight = parallel.share(torch.arange(len(train)))
    size = max(1, state.config.batch_size // parallel.world_size())
    return PlainBatches(state, train.images[share], size), weight
