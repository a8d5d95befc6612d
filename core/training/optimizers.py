"""What moves the weights: Adam, or stochastic gradient descent with and without momentum."""

from __future__ import annotations

import torch
from torch import nn

from core.training.config import TrainConfig


def new_optimizer(
    model: nn.Module, config: TrainConfig, *, recorded: bool = False
) -> torch.optim.Optimizer:
    """The optimizer of a training; weight decay λ is on weights with two or more dimensions only.

        adam   m <- β₁ m + (1 - β₁) g,   v <- β₂ v + (1 - β₂) g²,   both 0 before step t = 1
               w <- (1 - η λ) w - η · m̂ / (√v̂ + ε),   m̂ = m / (1 - β₁ᵗ),   v̂ = v / (1 - β₂ᵗ)
        sgd    v <- μ v + g + λ w,   w <- w - η v        with momentum μ; 0 is plain descent

    Adam's weight decay is decoupled from the gradient: this is AdamW. The momentum is torch's form;
    Sutskever et al. have η inside, v <- μ v - η g, which differs where η changes.

    Args:
        model: the network.
        config: the settings.
        recorded: whether a GPU repeats recorded steps: Adam then counts and computes there alone.

    Source: Kingma & Ba, "Adam", 2015; Loshchilov & Hutter, "Decoupled Weight Decay
    Regularization", 2019; Sutskever et al., "On the importance of initialization and momentum in
    deep learning", 2013.
    """
    parameters = list(model.parameters())
    weights = [parameter for parameter in parameters if parameter.dim() > 1]
    others = [parameter for parameter in parameters if parameter.dim() <= 1]
    groups = [
        {"params": weights, "weight_decay": config.weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]
    if config.optimizer == "adam":
        return torch.optim.Adam(
            groups,
            lr=config.learning_rate,
            betas=config.betas,
            eps=config.adam_epsilon,
            decoupled_weight_decay=True,
            fused=recorded or None,
            capturable=recorded,
        )
    descent = torch.optim.SGD(groups, lr=config.learning_rate, momentum=config.momentum)
    descent.register_step_post_hook(_count_step)
    return descent


def _count_step(optimizer: torch.optim.Optimizer, *_: object) -> None:
    """As Adam counts its steps: in the state of every parameter."""
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            moments = optimizer.state[parameter]
            moments["step"] = moments.get("step", 0) + 1
