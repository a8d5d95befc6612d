"""The exponential moving average of the weights."""

from __future__ import annotations

import torch
from jaxtyping import Shaped
from torch import Tensor, nn


@torch.no_grad()
def update_average(
    average: nn.Module, model: nn.Module, decay: float, step: Shaped[Tensor, ""]
) -> None:
    """Move the average towards the weights: a <- d·a + (1 - d)·w.

    d = min(decay, (1 + step) / (10 + step)) is smaller in the first steps, so that the average
    forgets the initial weights, as TensorFlow's ExponentialMovingAverage has it. Running statistics
    are averaged too; counts are copied.

    Source: Tarvainen & Valpola, "Mean teachers are better role models", 2017. The average of Polyak
    & Juditsky, "Acceleration of Stochastic Approximation by Averaging", 1992, is uniform.

    Args:
        average: holds a; changed in place.
        model: holds w, of the same class.
        decay: in [0, 1).
        step: the optimizer's steps so far, where the networks are: nothing waits for it.
    """
    step = step.float() if step.device.type == "mps" else step.double()
    moved = 1 - ((1 + step) / (10 + step)).clamp(max=decay)
    pairs = zip(average.state_dict().values(), model.state_dict().values(), strict=True)
    for mean, value in pairs:
        if mean.is_floating_point():
            mean.lerp_(value, moved.to(mean.device, mean.dtype))
        else:
            mean.copy_(value)


def steps_taken(optimizer: torch.optim.Optimizer) -> Shaped[Tensor, ""]:
    """Steps that an optimizer has taken: 0 while fp16's scaler skips the first ones."""
    for moments in optimizer.state.values():
        return torch.as_tensor(moments["step"])
    return torch.tensor(0)
