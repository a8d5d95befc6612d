"""Which ReLUs of the small CNN give 0 on all of many pictures: none of these teaches them."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int64, UInt8
from torch import Tensor

from core.checks import check_tensor
from core.data.facts import to_unit
from core.evaluation import check_batches
from core.explain.trace import layer_values
from core.models import MnistCNN

# Index in ``trace.LAYERS`` of each layer with a ReLU, and of the pooling that follows it.
RELUS = {1: 1, 2: 1, 3: 3, 4: 3, 5: 5}


@dataclass(frozen=True)
class Firing:
    """On how many pictures each ReLU gives more than 0 somewhere.

    Attributes:
        pictures: how many were shown.
        counts: index of a layer with a ReLU to a number for each of its channels or units.
    """

    pictures: int
    counts: dict[int, Int64[Tensor, " channels"]]

    def dead(self, layer: int) -> list[int]:
        """The channels or units of a layer that are 0 on every picture.

        Args:
            layer: index in ``trace.LAYERS``; a pooling has those of the convolution before it.

        Returns:
            Their indices; none of a layer without a ReLU.
        """
        if layer not in RELUS:
            return []
        return (self.counts[RELUS[layer]] == 0).nonzero()[:, 0].tolist()


def count_firing(
    model: MnistCNN, images: UInt8[Tensor, "n 1 28 28"], *, batch_size: int = 500
) -> Firing:
    """Show pictures to the small CNN and count on how many each ReLU gives more than 0.

        count[c] = number of pictures n with max over y, x of relu(sum[n, c, y, x]) > 0

    Args:
        model: the trained network, in eval mode; not changed.
        images: grey values.
        batch_size: pictures at once.

    Returns:
        The counts of both convolutions and of the hidden linear layer.

    Raises:
        TypeError: the pictures are no uint8 tensor.
        ValueError: other axes, no pictures, or a batch size below 1.

    Source: Lu et al., "Dying ReLU and Initialization: Theory and Numerical Examples" (2019).
    """
    check_batches(images, batch_size)
    check_tensor("images", images, "(N, 1, 28, 28)", [torch.uint8])
    counts: dict[int, Tensor] = {}
    for batch in torch.split(images, batch_size):
        with torch.no_grad():
            values = layer_values(model, to_unit(batch))
        for layer in set(RELUS.values()):
            fired = (values[layer] > 0).reshape(len(batch), values[layer].shape[1], -1).any(2)
            counts[layer] = counts.get(layer, 0) + fired.sum(0)
    return Firing(len(images), counts)


def largest_sum(
    weight: Float[Tensor, "filters c kh kw"], bias: Float[Tensor, " filters"]
) -> Float[Tensor, " filters"]:
    """The most that a convolution's sum can be on inputs in [0, 1].

        bias[f] + Σ max(0, weight[f])

    A ReLU behind a sum that never exceeds 0 is dead whatever the picture shows.

    Raises:
        TypeError: one of them is no floating-point tensor.
        ValueError: other axes, or not one bias for each filter.
    """
    check_tensor("weight", weight, "(filters, channels, height, width)")
    check_tensor("bias", bias, f"({len(weight)})")
    return bias + weight.clamp(min=0).sum((1, 2, 3))
