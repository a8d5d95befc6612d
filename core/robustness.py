"""How robust a network is: the success rates of attacks on it, beside honest controls, and whether
it only hides its gradient.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core import attacks
from core.attacks import Bounds, Method, attack
from core.evaluation import SuccessRate, evaluation_mode, success_rates


@dataclass(frozen=True)
class Task:
    """One attack of the evaluation.

    Attributes:
        method: of the loop; None: noise that knows nothing.
        source: the class whose images are attacked; None: all are.
        target: the class to reach, None for an untargeted attack.
        max_gradients: backward passes an input may cost.
    """

    method: Method | None
    source: int | None = None
    target: int | None = None
    max_gradients: int = 20

    def success(
        self, model: nn.Module, images: Tensor, labels: Tensor, epsilon: float, bounds: Bounds
    ) -> Tensor:
        """(N,) bool: which inputs the attack succeeds on."""
        if self.method is None:
            with evaluation_mode(model):
                logits: Tensor = model(attacks.random_signs(images, epsilon, bounds=bounds))
            return logits.argmax(1) != labels
        return self.run(model, images, labels, epsilon, bounds).success

    def run(
        self, model: nn.Module, images: Tensor, labels: Tensor, epsilon: float, bounds: Bounds
    ) -> attacks.AttackResult:
        """The attack itself.

        Raises:
            ValueError: this is noise and no attack.
        """
        if self.method is None:
            raise ValueError("Random signs are no attack.")
        return attack(
            model,
            images,
            labels if self.target is None else self.target,
            epsilon,
            method=self.method,
            targeted=self.target is not None,
            bounds=bounds,
            max_gradients=self.max_gradients,
        )


def rate(
    name: str,
    task: Task,
    model_name: str,
    model: nn.Module,
    images: Tensor,
    labels: Tensor,
    epsilon: float,
    bounds: Bounds,
) -> SuccessRate:
    """The success rate of one attack on the images that it takes.

    Args:
        name: of the attack.
        task: the attack.
        model_name: of the model.
        model: maps images to logits (N, K); given back unchanged.
        images: (N, C, H, W) within ``bounds``.
        labels: (N,) true classes.
        epsilon: in the unit of the pixels.
        bounds: (lowest, highest) value of a pixel.

    Returns:
        The counts.
    """
    if task.source is not None:
        chosen = labels == task.source
        images, labels = images[chosen], labels[chosen]

    def once(network: nn.Module, batch: Tensor, truth: Tensor, radius: float) -> Tensor:
        return task.success(network, batch, truth, radius, bounds)

    return next(iter(success_rates({model_name: model}, {name: once}, images, labels, [epsilon])))


def transfer_rate(
    task: Task,
    made_on: nn.Module,
    scored_on: nn.Module,
    images: Tensor,
    labels: Tensor,
    epsilon: float,
    bounds: Bounds,
    *,
    batch_size: int = 500,
) -> float:
    """Share of the images whose adversarial picture, made on one network, another one gets wrong.

    Args:
        task: the attack that makes them.
        made_on: the network that is attacked.
        scored_on: the network that is asked.
        images: (N, C, H, W) within ``bounds``.
        labels: (N,) true classes.
        epsilon: in the unit of the pixels.
        bounds: (lowest, highest) value of a pixel.
        batch_size: images attacked at once.

    Returns:
        A share in [0, 1].
    """
    wrong = 0
    for batch, truth in zip(torch.split(images, batch_size), torch.split(labels, batch_size)):
        made = task.run(made_on, batch, truth, epsilon, bounds).adversarial
        with evaluation_mode(scored_on):
            wrong += int((scored_on(made).argmax(1) != truth).sum())
    return wrong / len(images)


_TRANSFERRED = Task(attacks.IMPROVED, max_gradients=20)


@dataclass(frozen=True)
class Light:
    """One sign of whether a network is robust, or just hides its gradient.

    Attributes:
        name: what was looked at.
        good: whether it is as it should be.
        finding: the numbers, in a sentence.
    """

    name: str
    good: bool
    finding: str


def lights(
    model: nn.Module,
    images: Tensor,
    labels: Tensor,
    bounds: Bounds,
    *,
    other: nn.Module | None = None,
) -> Iterator[Light]:
    """Seven signs, after Athalye et al., "Obfuscated Gradients Give a False Sense of Security",
    2018.

    Args:
        model: the network to look at; given back unchanged.
        images: (N, C, H, W) within ``bounds``, some dozens.
        labels: (N,) true classes.
        bounds: (lowest, highest) value of a pixel.
        other: a network whose adversarial pictures should transfer no better than an attack of its
            own.

    Yields:
        The lights, one by one as they are computed.
    """
    width = bounds[1] - bounds[0]

    def successes(epsilon: float, method: Method = attacks.PGD, max_gradients: int = 20) -> float:
        return float(
            attack(
                model,
                images,
                labels,
                epsilon,
                method=method,
                bounds=bounds,
                max_gradients=max_gradients,
            )
            .success.float()
            .mean()
        )

    with evaluation_mode(model):
        wrong = float((model(images).argmax(1) != labels).float().mean())
    nothing = successes(0.0)
    yield Light(
        "Epsilon 0 changes nothing",
        nothing == wrong,
        f"{nothing:.0%} wrong at epsilon 0, {wrong:.0%} without",
    )
    rates = [successes(share * width) for share in (0.03, 0.06, 0.12, 0.25, 0.5)]
    yield Light(
        "More epsilon never helps the defence",
        all(a <= b + 0.02 for a, b in pairwise(rates)),
        "success " + ", ".join(f"{value:.0%}" for value in rates) + " at growing epsilon",
    )
    huge = successes(width, replace(attacks.PGD, step_size=0.1), 100)
    yield Light(
        "A huge epsilon reaches everything",
        huge >= 0.99,
        f"{huge:.0%} at the whole range of the pixels",
    )
    one, many = successes(0.12 * width, attacks.FGSM, 1), successes(0.12 * width)
    yield Light("Many steps beat one", many >= one, f"{many:.0%} by 20 steps, {one:.0%} by one")
    margin = successes(0.12 * width, attacks.IMPROVED)
    yield Light(
        "The margin beats cross-entropy by little",
        margin - many <= 0.2,
        f"{margin:.0%} by the margin, {many:.0%} by cross-entropy",
    )
    dead = _dead_gradients(model, images, labels)
    yield Light(
        "Inputs have a gradient",
        dead <= 0.05,
        f"{dead:.0%} of the inputs have a gradient of exactly 0",
    )
    if other is not None:
        epsilon = 0.12 * width
        moved = transfer_rate(_TRANSFERRED, other, model, images, labels, epsilon, bounds)
        yield Light(
            "Transfer does not beat an attack of its own",
            moved <= many + 0.05,
            f"{moved:.0%} by pictures made on another network, {many:.0%} by its own gradient",
        )


def _dead_gradients(model: nn.Module, images: Tensor, labels: Tensor) -> float:
    with evaluation_mode(model), torch.enable_grad():
        leaf = images.clone().requires_grad_(True)
        (gradient,) = torch.autograd.grad(
            F.cross_entropy(model(leaf), labels, reduction="sum"), leaf
        )
    return float((gradient.abs().amax((1, 2, 3)) == 0).float().mean())
