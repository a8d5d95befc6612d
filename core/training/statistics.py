"""Batch normalisation's running statistics: left alone, or measured anew."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import torch
from jaxtyping import Float
from torch import Tensor, nn


def batch_normalisations(model: nn.Module) -> list[nn.BatchNorm2d]:
    """The layers of a network that keep running statistics."""
    layers = [module for module in model.modules() if isinstance(module, nn.BatchNorm2d)]
    return [layer for layer in layers if layer.track_running_stats]


@contextmanager
def frozen_statistics(model: nn.Module) -> Iterator[None]:
    """Inside the block each batch is normalised by its own mean and variance, and the running
    statistics stay as they are.
    """
    layers = batch_normalisations(model)
    for layer in layers:
        layer.track_running_stats = False
    try:
        yield
    finally:
        for layer in layers:
            layer.track_running_stats = True


@torch.no_grad()
def measure_statistics(model: nn.Module, batches: Iterable[Float[Tensor, "_ c h w"]]) -> None:
    """Give every batch normalisation the mean and variance of its inputs over the given images.

    The running statistics come from augmented images, seen while the weights still moved. A crop
    that is stretched to the full size again is smoother than an image as the validation sees it,
    so that the features of the latter have another mean and variance. No weight changes.

    Args:
        model: the network; left in eval mode, with new running statistics.
        batches: training images as the network takes them, not augmented.

    Source: Wu & Johnson, "Rethinking 'Batch' in BatchNorm", 2021, sections 3 and 5; Touvron et
        al., "Fixing the Train-Test Resolution Discrepancy", 2019, adapt the statistics to the
        images of the test.
    """
    model.eval()
    layers = batch_normalisations(model)
    momenta = [layer.momentum for layer in layers]
    for layer in layers:
        layer.reset_running_stats()
        layer.momentum = None  # the mean over all batches
        layer.train()
    for images in batches if layers else ():
        model(images)
    for layer, momentum in zip(layers, momenta, strict=True):
        layer.momentum = momentum
    model.eval()
