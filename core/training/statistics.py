"""Batch normalisation's running statistics: left alone, or measured anew."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from torch import nn


@contextmanager
def _statistics_kept(model: nn.Module) -> Iterator[None]:
    """Inside the block batch normalisation uses each batch's statistics and leaves its running ones
    as they are.
    """
    layers = _batch_normalisations(model)
    for layer in layers:
        layer.track_running_stats = False
    try:
        yield
    finally:
        for layer in layers:
            layer.track_running_stats = True


def _batch_normalisations(model: nn.Module) -> list[nn.BatchNorm2d]:
    return [
        module
        for module in model.modules()
        if isinstance(module, nn.BatchNorm2d) and module.track_running_stats
    ]
