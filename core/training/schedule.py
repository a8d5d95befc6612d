"""The learning rate of each step."""

from __future__ import annotations

import math

from core.training.config import TrainConfig


def learning_rate_at(config: TrainConfig, step: int, total: int) -> float:
    """The learning rate of one step.

    one_cycle, with t = step / total and w = warmup: rate · t / w on the way up, then rate · (1 +
    cos π(t-w)/(1-w)) / 2 down to zero (Smith & Topin, "Super-Convergence", 2018, with a cosine
    instead of a line).

    Args:
        config: the settings.
        step: 0 is the first.
        total: steps of the whole training.

    Returns:
        The rate to use in this step.
    """
    if config.schedule == "constant":
        return config.learning_rate
    done = (step + 1) / (total + 1)  # neither the first nor the last step has rate zero
    if done < config.warmup:
        return config.learning_rate * done / config.warmup
    return (
        config.learning_rate
        * (1 + math.cos(math.pi * (done - config.warmup) / (1 - config.warmup)))
        / 2
    )
