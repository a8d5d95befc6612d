"""Batch normalisation's running statistics: left alone, or measured anew."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn

from core.training import parallel


def batch_normalisations(model: nn.Module) -> list[nn.BatchNorm2d]:
    """The layers of a network that keep running statistics."""
    layers = [module for module in model.modules() if isinstance(module, nn.BatchNorm2d)]
    return [layer for layer in layers if layer.track_running_stats]


@contextmanager
def frozen_statistics(model: nn.Module) -> Iterator[None]:
    """Inside the block the running statistics stay as they are; a network in training mode
    normalises each batch by its own mean and variance.
    """
    layers = batch_normalisations(model)
    for layer in layers:
        layer.track_running_stats = False
    try:
        yield
    finally:
        for layer in layers:
            layer.track_running_stats = True


@dataclass(frozen=True)
class Moments:
    """What is known of the numbers of each channel.

    Attributes:
        count: how many there are.
        mean: their mean, float64 on the CPU.
        squares: Σ (x - mean)², likewise.
    """

    count: float
    mean: Float[Tensor, " c"]
    squares: Float[Tensor, " c"]

    @property
    def variance(self) -> Float[Tensor, " c"]:
        """The unbiased variance, as ``running_var`` has it; 0 of a single number."""
        return self.squares / max(1.0, self.count - 1)


def moments_of(features: Float[Tensor, "n c h w"], weight: float = 1.0) -> Moments:
    """The moments of one batch's features.

    Args:
        features: (N, C, H, W).
        weight: how much one of these images counts.
    """
    variance, mean = torch.var_mean(features.float(), dim=(0, 2, 3), correction=0)
    count = features.numel() / features.shape[1]
    return Moments(weight * count, mean.cpu().double(), weight * count * variance.cpu().double())


def pooled(parts: Iterable[Moments]) -> Moments:
    """The moments of all parts together: each counts as many times as it has numbers.

        mean = Σ n_i mean_i / n,   squares = Σ squares_i + n_i (mean_i - mean)²,   n = Σ n_i

    Args:
        parts: at least one.

    Source: Chan et al., "Updating Formulae and a Pairwise Algorithm for Computing Sample
        Variances", 1979.
    """
    found = list(parts)
    count = sum(part.count for part in found)
    mean = torch.stack([part.count * part.mean for part in found]).sum(0) / count
    spread = [part.squares + part.count * (part.mean - mean).square() for part in found]
    return Moments(count, mean, torch.stack(spread).sum(0))


@torch.no_grad()
def measure_statistics(
    model: nn.Module, batches: Iterable[Float[Tensor, "_ c h w"]], weight: float = 1.0
) -> None:
    """Give every batch normalisation the mean and variance of its inputs over all given images.

    The running statistics come from augmented images, seen while the weights still moved. A crop
    that is stretched to the full size again is smoother than an image as the validation sees it,
    so that the features of the latter have another mean and variance. No weight changes.

    The layers take their turn in the order of the network, each when those before it have their
    statistics: its inputs are then what it will see, and how the images are cut into batches makes
    no difference. A network of L such layers costs about L / 2 passes over the images.

    Args:
        model: the network; left in eval mode, with new running statistics.
        batches: training images as the network takes them, not augmented; in processes that train
            together this process's share of them.
        weight: how much one of these images counts, as ``parallel.share`` says.

    Source: Wu & Johnson, "Rethinking 'Batch' in BatchNorm", 2021, sections 3 and 5; Touvron et
        al., "Fixing the Train-Test Resolution Discrepancy", 2019, adapt the statistics to the
        images of the test.
    """
    model.eval()
    if isinstance(batches, Iterator):  # it could be walked once only
        batches = list(batches)
    for layer in layers_in_turn(model, batches):
        part = pooled(moments_of(features, weight) for features in inputs_of(layer, model, batches))
        found = together(part)
        layer.running_mean.copy_(found.mean)  # type: ignore[union-attr]
        layer.running_var.copy_(found.variance)  # type: ignore[union-attr]


def together(part: Moments) -> Moments:
    """The moments of all processes' parts; of a single process its own."""
    size = part.mean.numel()
    own = torch.cat([part.count * torch.ones(1).double(), part.count * part.mean])
    sums = parallel.exact_total(own)
    count, mean = float(sums[0]), sums[1 : size + 1] / sums[0]
    spread = part.squares + part.count * (part.mean - mean).square()
    return Moments(count, mean, parallel.exact_total(spread))


class _EnoughError(Exception):
    """Ends a pass through the network when the layer in question has its inputs."""


def layers_in_turn(
    model: nn.Module, batches: Iterable[Float[Tensor, "_ c h w"]]
) -> list[nn.BatchNorm2d]:
    """The layers that keep running statistics, in the order in which the network comes to them.

    Args:
        model: in eval mode.
        batches: the first of them is sent through the network.
    """
    found: list[nn.BatchNorm2d] = []
    layers = batch_normalisations(model)
    hooks = [
        layer.register_forward_pre_hook(lambda layer, _: found.append(layer)) for layer in layers
    ]
    try:
        for images in batches if layers else ():
            model(images[:1])
            break
    finally:
        for hook in hooks:
            hook.remove()
    return list(dict.fromkeys(found))


def inputs_of(
    layer: nn.BatchNorm2d, model: nn.Module, batches: Iterable[Float[Tensor, "_ c h w"]]
) -> Iterator[Float[Tensor, "_ c h w"]]:
    """What a layer of a network is given, batch by batch; nothing after it is computed.

    Args:
        layer: of the network.
        model: in eval mode.
        batches: images as the network takes them.

    Yields:
        The layer's input for each batch.
    """
    found: list[Tensor] = []

    def take(layer: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        found.append(inputs[0])
        raise _EnoughError

    for images in batches:
        hook = layer.register_forward_pre_hook(take)
        try:
            with suppress(_EnoughError):
                model(images)
        finally:
            hook.remove()
        yield found.pop()
