"""The pictures that excite a channel most: those with the largest mean over its map."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from core.explain.residual import CHANNELS, LAYERS, residual_steps, stage_of
from core.models import ResNet

MOST = 9  # pictures for each channel
CONVOLUTIONS = ("stem.0", "main.0", "main.3", "shortcut.0")
# The steps whose channels are ranked, with their number of channels. A convolution is left out: its
# batch normalisation follows at once and keeps the pictures' order wherever gamma is positive, and
# turns it around where gamma is negative.
RANKED = {name: CHANNELS[stage_of(name)] for name in LAYERS if not name.endswith(CONVOLUTIONS)}


@dataclass(frozen=True)
class Exciting:
    """The most exciting pictures of every channel of a layer, the most exciting first.

    Attributes:
        indices: of the pictures.
        means: of the channel's map in each.
    """

    indices: Int64[Tensor, "channels most"]
    means: Float[Tensor, "channels most"]


def channel_means(
    model: ResNet, images: Float[Tensor, "n 3 32 32"]
) -> dict[str, Float[Tensor, "n channels"]]:
    """The mean over every map of every ranked step.

    Args:
        model: the network, in eval mode.
        images: in [0, 1].
    """
    return means_of(residual_steps(model, images))


def means_of(
    steps: Mapping[str, Float[Tensor, "n _ *_"]],
) -> dict[str, Float[Tensor, "n channels"]]:
    """The same of a forward pass that was made already.

    Args:
        steps: of ``residual_steps``.
    """
    return {name: steps[name].mean((2, 3)) for name in RANKED}


def most_exciting(
    batches: Iterable[dict[str, Float[Tensor, "n channels"]]], most: int = MOST
) -> dict[str, Exciting]:
    """The pictures with the largest means; of equal ones the first.

    Args:
        batches: of ``channel_means``, of one batch of pictures after the other.
        most: pictures for each channel; fewer where there are fewer.

    Returns:
        Name of the step to its pictures, whose indices count over all batches.

    Raises:
        ValueError: there is no picture.
    """
    means: dict[str, list[Tensor]] = {}
    for batch in batches:
        for name, values in batch.items():
            means.setdefault(name, []).append(values)
    if not means:
        raise ValueError("Expected pictures, got none.")
    return {name: _largest(torch.cat(values), most) for name, values in means.items()}


def _largest(means: Tensor, most: int) -> Exciting:
    values, indices = torch.sort(means, dim=0, descending=True, stable=True)
    return Exciting(indices[:most].T.contiguous(), values[:most].T.contiguous())
