"""Batch normalisation of one channel, with its numbers."""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor, nn


@dataclass(frozen=True)
class ChannelNorm:
    """What a trained batch normalisation does with one channel.

        output = gamma · (input − mean) / √(variance + epsilon) + beta

    Source: Ioffe and Szegedy, "Batch Normalization: Accelerating Deep Network Training by Reducing
        Internal Covariate Shift" (2015).

    Attributes:
        mean: that it has kept from training.
        variance: likewise.
        gamma: learned.
        beta: learned.
        epsilon: keeps the root above 0.
    """

    mean: float
    variance: float
    gamma: float
    beta: float
    epsilon: float

    def __call__(self, values: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        """The channel's values after it."""
        deviation: float = (self.variance + self.epsilon) ** 0.5
        return self.gamma * (values - self.mean) / deviation + self.beta


def channel_norm(layer: nn.BatchNorm2d, channel: int) -> ChannelNorm:
    """The numbers of one channel.

    Args:
        layer: keeps running statistics and learns gamma and beta.
        channel: its index, 0 or more.

    Raises:
        ValueError: the layer keeps no statistics, or learns no gamma and beta.
    """
    if layer.running_mean is None or layer.running_var is None or not layer.affine:
        raise ValueError(
            f"Expected a batch normalisation with running statistics, gamma and beta, got {layer}."
        )
    mean, variance, gamma, beta = (
        float(one[channel].detach())
        for one in (layer.running_mean, layer.running_var, layer.weight, layer.bias)
    )
    return ChannelNorm(mean, variance, gamma, beta, layer.eps)
