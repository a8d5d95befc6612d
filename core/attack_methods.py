"""What sets one attack of ``core.attacks`` apart from another: the score that it climbs, and its
steps.

    score          untargeted                          targeted
    cross-entropy  of the true class                   minus that of the target
    margin         largest other logit - true logit    target logit - largest other logit
    soft margin    the margin with log(Σ exp(3 · logit)) / 3 over the others instead of the largest

FGSM is one step of size epsilon; PGD takes many smaller ones from a random point; MI-FGSM has
momentum. The margin has a gradient where cross-entropy saturates; the soft margin keeps that, and
pulls at several other classes where they are close to each other.

Sources:
    FGSM: Goodfellow et al., "Explaining and Harnessing Adversarial Examples", 2015.
    PGD: Madry et al., "Towards Deep Learning Models Resistant to Adversarial Attacks", 2018.
    MI-FGSM: Dong et al., "Boosting Adversarial Attacks with Momentum", 2018.
    Margin: Carlini & Wagner, "Towards Evaluating the Robustness of Neural Networks", 2017.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, SupportsIndex

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from core.checks import check_tensor, described, real_number, spelled, whole_number
from core.labels import Labels, checked_labels

Score = Literal["cross_entropy", "margin", "soft_margin"]
SHARPNESS = 3.0  # of the soft margin
DECAYS = ("constant", "cosine")


@dataclass(frozen=True)
class Method:
    """What sets one attack apart from another.

    Attributes:
        score: what is climbed.
        step_size: of the first step, as a share of epsilon.
        decay: "constant", or "cosine": step_size · (1 + cos πt) / 2 over a run.
        momentum: what is kept of the direction before.
        random_start: begin the first run at a random point instead of the picture itself; later
            runs always do.
        restarts: runs that share the gradients; an input that is done takes no part in the next
            one.
    """

    score: Score = "cross_entropy"
    step_size: float = 0.25
    decay: Literal["constant", "cosine"] = "constant"
    momentum: float = 0.0
    random_start: bool = False
    restarts: int = 1

    def __post_init__(self) -> None:
        """Refuse a method that no attack can follow.

        Raises:
            TypeError: one of its numbers is none.
            ValueError: there is no such score or decay, or a number is out of range.
        """
        for name, value, names in (("score", self.score, SCORES), ("decay", self.decay, DECAYS)):
            if value not in tuple(names):
                expected = " or ".join(names)
                raise ValueError(f"Expected {name} as {expected}, got {described(value)}.")
        step_size = real_number("step_size", self.step_size)
        momentum = real_number("momentum", self.momentum)
        if not 0 < step_size < math.inf:  # also false for NaN
            raise ValueError(f"Expected step_size above 0 and finite, got {step_size:g}.")
        if not 0 <= momentum < math.inf:
            raise ValueError(f"Expected momentum from 0 and finite, got {momentum:g}.")
        if (restarts := whole_number("restarts", self.restarts)) < 1:
            raise ValueError(f"Expected restarts from 1, got {spelled(restarts)}.")

    def size(self, done: int, steps: int) -> float:
        """The next step as a share of epsilon, after ``done`` of the steps of a run."""
        if self.decay == "constant":
            return self.step_size
        return self.step_size * ((1 + math.cos(math.pi * done / steps)) / 2)

    def budgets(self, max_gradients: SupportsIndex) -> list[int]:
        """The gradients of each run, which are ``max_gradients`` together.

        Raises:
            TypeError: that is no whole number.
            ValueError: it is negative.
        """
        most = whole_number("max_gradients", max_gradients)
        if most < 0:
            raise ValueError(f"Expected max_gradients from 0, got {spelled(most)}.")
        ends = [most * run // self.restarts for run in range(self.restarts + 1)]
        return [end - start for start, end in pairwise(ends)]


def cross_entropy(
    logits: Float[Tensor, "n k"], labels: Labels, targeted: bool
) -> Float[Tensor, " n"]:
    """log(Σ exp(logit)) - logit of the label, in nats; its negative for a target."""
    labels = _classes(logits, labels)
    loss = F.cross_entropy(logits, labels, reduction="none")
    return -loss if targeted else loss


def margin(logits: Float[Tensor, "n k"], labels: Labels, targeted: bool) -> Float[Tensor, " n"]:
    """Largest other logit - logit of the label; its negative for a target."""
    own, others = _parted(logits, labels)
    largest = others.amax(1)
    return own - largest if targeted else largest - own


def soft_margin(
    logits: Float[Tensor, "n k"], labels: Labels, targeted: bool
) -> Float[Tensor, " n"]:
    """As ``margin``, with the smooth maximum log(Σ exp(3 · logit)) / 3 of the others."""
    own, others = _parted(logits, labels)
    largest = (SHARPNESS * others).logsumexp(1) / SHARPNESS
    return own - largest if targeted else largest - own


def _parted(logits: Tensor, labels: Labels) -> tuple[Tensor, Tensor]:
    """(N,) the logits of the labels, and (N, K) all logits with -inf in their places."""
    index = _classes(logits, labels)[:, None]  # (N, 1)
    return logits.gather(1, index)[:, 0], logits.scatter(1, index, -math.inf)


def _classes(logits: Tensor, labels: Labels) -> Tensor:
    check_tensor("logits", logits, "(N, classes)")
    return checked_labels(labels, len(logits), classes=logits.shape[1]).to(logits.device)


SCORES: dict[Score, Callable[[Tensor, Labels, bool], Tensor]] = {
    "cross_entropy": cross_entropy,
    "margin": margin,
    "soft_margin": soft_margin,
}

FGSM = Method(step_size=1.0)  # with one gradient
PGD = Method(step_size=0.25, random_start=True)
MI_FGSM = Method(step_size=0.1, momentum=1.0)  # its paper takes ten steps of epsilon / 10
IMPROVED = Method(score="soft_margin", step_size=2.0, decay="cosine", momentum=0.4)
