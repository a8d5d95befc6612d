"""What changes from step to step: the learning rate, the radii of the attack and of sharpness."""

from __future__ import annotations

import math

from core.training.config import TrainConfig


def learning_rate_at(config: TrainConfig, step: int, total: int) -> float:
    """The learning rate of one step.

    "constant": the peak rate r. Else, with t = (step + 1) / (total + 1) and w = warmup:

        r · t / w                              up, while t < w
        r · (1 + cos(π (t - w) / (1 - w))) / 2 down to zero, "one_cycle"
        r · (1 - t) / (1 - w)                  down to zero, "triangle"

    Neither the first nor the last step has rate zero.

    Args:
        config: the settings.
        step: 0 is the first.
        total: steps of the whole training.

    Returns:
        The rate to use in this step.

    Source: Smith & Topin, "Super-Convergence", 2018, whose rate is the triangle; the cosine is from
        Loshchilov & Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", 2017.
    """
    peak, warmup = config.learning_rate, config.warmup
    if config.schedule == "constant":
        return peak
    t = (step + 1) / (total + 1)
    if t < warmup:
        return peak * t / warmup
    if config.schedule == "triangle":
        return peak * (1 - t) / (1 - warmup)
    return peak * (1 + math.cos(math.pi * (t - warmup) / (1 - warmup))) / 2


def sharpness_at(config: TrainConfig, step: int) -> float:
    """The radius of sharpness-aware minimisation in one step: ρ in the first one and in every
    ``config.sharpness_every``-th after it, else 0.

    Args:
        config: the settings: ρ = sharpness.
        step: 0 is the first.

    Source: Liu et al., "Towards Efficient and Scalable Sharpness-Aware Minimization", 2022, who
        take the worst weights in every k-th step too, and keep their direction in between.
    """
    return 0.0 if step % config.sharpness_every else config.sharpness


def attack_epsilon_at(config: TrainConfig, step: int, total: int) -> float:
    """The radius of adversarial training in one step: ε · min(1, t / w), t = (step + 1) / total.

    It grows, since a network that is not trained yet learns nothing from the worst images.

    Args:
        config: the settings: ε = attack_epsilon, w = warmup.
        step: 0 is the first.
        total: steps of the whole training.

    Returns:
        The radius, in the unit of the pixels.
    """
    t = (step + 1) / total
    return config.attack_epsilon * (t / max(config.warmup, t))
