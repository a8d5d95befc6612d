"""What moves the weights: Adam, or stochastic gradient descent with and without momentum."""

from __future__ import annotations

import torch
from torch import nn

from core.training.config import TrainConfig


def new_optimizer(
    model: nn.Module, config: TrainConfig, *, recorded: bool = False
) -> torch.optim.Optimizer:
    """The optimizer of a training; weight decay is on weights with two or more dimensions only.

        adam   m and v, the decaying means of g and g²;   w <- w - η · m / (√v + ε)
        sgd    v <- μ · v + g;   w <- w - η · v            with momentum μ; 0 is plain descent

    Args:
        model: the network.
        config: the settings.
        recorded: whether a GPU repeats recorded steps: Adam then counts and computes there alone.

    Source: Kingma & Ba, "Adam", 2015; Sutskever et al., "On the importance of initialization and
    momentum in deep learning", 2013.
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
