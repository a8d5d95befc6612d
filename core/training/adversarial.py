"""The worst images nearby: what a network is trained on to withstand attacks."""

from __future__ import annotations

from dataclasses import replace

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from core import attacks
from core.models import bounds_of
from core.training.batches import Batch
from core.training.finite import diverged
from core.training.state import TrainingState


def adversarial_images(
    network: nn.Module,
    images: Float[Tensor, "n c h w"],
    labels: Int64[Tensor, " n"],
    *,
    epsilon: float,
    bounds: attacks.Bounds,
    steps: int,
) -> Float[Tensor, "n c h w"]:
    """The images within ε of a batch on which the network's loss is highest, nearly: the inner
    problem of min over weights of max over ‖δ‖∞ <= ε of loss(weights, images + δ).

    Projected gradient descent from a random point, in steps of 2.5 ε / steps, at most ε; no image
    stops early.

    Args:
        network: maps images to logits (N, classes); given back unchanged.
        images: as the network takes them, within ``bounds``.
        labels: their classes.
        epsilon: ε >= 0, in the unit of the pixels.
        bounds: (lowest, highest) value of a pixel.
        steps: gradients that each image costs.

    Returns:
        The attacked images. The random points are drawn by torch's global generator.

    Source: Madry et al., "Towards Deep Learning Models Resistant to Adversarial Attacks", 2018.
    """
    method = replace(attacks.PGD, step_size=min(1.0, 2.5 / steps))
    seed = int(torch.randint(2**31, ()))
    result = attacks.attack(
        network,
        images,
        labels,
        epsilon,
        method=method,
        bounds=bounds,
        max_gradients=steps,
        seed=seed,
        stop=False,
    )
    return result.adversarial


def attacked(
    state: TrainingState, batch: Batch, epsilon: float, where: str
) -> Float[Tensor, "n c h w"]:
    """A batch's images as they are trained on: attacked where the settings ask for it.

    Args:
        state: the training.
        batch: this process's share of a batch.
        epsilon: radius in this step.
        where: the training stands.

    Returns:
        The attacked images, or those of the batch.

    Raises:
        TrainingError: the network's logits are no longer finite.
    """
    if not state.config.attack_epsilon:
        return batch.images
    try:
        return adversarial_images(
            state.local_network,
            batch.images,
            batch.labels,
            epsilon=epsilon,
            bounds=bounds_of(state.model),
            steps=state.config.attack_steps,
        )
    except ValueError as error:  # images and labels fit: the logits are not finite
        raise diverged(state, f"The images cannot be attacked ({_inside(error)})", where) from error


def _inside(error: ValueError) -> str:
    """An error's message as a part of a sentence."""
    return str(error).removesuffix(".")
