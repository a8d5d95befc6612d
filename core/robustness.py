"""The homework's evaluation of attacks (task 4): which attack, on which inputs, how strong; and
honest controls.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core import attacks
from core.attacks import Bounds, Method, attack
from core.evaluation import SuccessRate, evaluation_mode, success_rates

EPSILONS = (0, 2, 4, 8, 12, 16, 24, 32, 48, 64, 80)  # grey values of 255
SOURCE, TARGET = 1, 8  # tasks 2 and 3 make every 1 an 8
FIRST, SECOND, THIRD = "task 1: untargeted", "task 2: 1 → 8", "task 3: 1 → 8, improved"
PLAIN, NOISE = "plain PGD, untargeted", "random signs"
TASKS = (FIRST, SECOND, THIRD)


@dataclass(frozen=True)
class Task:
    """One attack of the evaluation.

    Attributes:
        method: of the loop; None: noise that knows nothing.
        target: the class to reach, None for an untargeted attack.
        max_gradients: backward passes an input may cost.
    """

    method: Method | None
    target: int | None
    max_gradients: int

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


EVALUATED: dict[str, Task] = {
    FIRST: Task(attacks.IMPROVED, None, 20),
    SECOND: Task(attacks.PGD, TARGET, 100),
    THIRD: Task(attacks.IMPROVED, TARGET, 100),
    PLAIN: Task(attacks.PGD, None, 20),
    NOISE: Task(None, None, 0),
}


def rate(
    name: str,
    model_name: str,
    model: nn.Module,
    images: Tensor,
    labels: Tensor,
    epsilon: float,
    bounds: Bounds,
) -> SuccessRate:
    """The success rate of one attack of ``EVALUATED``; the targeted ones take the images of class
    ``SOURCE`` alone.
    """
    task = EVALUATED[name]
    if task.target is not None:
        ones = labels == SOURCE
        images, labels = images[ones], labels[ones]

    def once(network: nn.Module, batch: Tensor, truth: Tensor, radius: float) -> Tensor:
        return task.success(network, batch, truth, radius, bounds)

    return next(iter(success_rates({model_name: model}, {name: once}, images, labels, [epsilon])))


def transfer_rate(
    made_on: nn.Module,
    scored_on: nn.Module,
    images: Tensor,
    labels: Tensor,
    epsilon: float,
    bounds: Bounds,
    *,
    batch_size: int = 500,
) -> float:
    """Share of the images whose adversarial picture, made on one network by task 1, another one
    gets wrong.

    Args:
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
        made = EVALUATED[FIRST].run(made_on, batch, truth, epsilon, bounds).adversarial
        with evaluation_mode(scored_on):
            wrong += int((scored_on(made).argmax(1) != truth).sum())
    return wrong / len(images)


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
        moved = transfer_rate(other, model, images, labels, epsilon, bounds)
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


def answers(measured: Mapping[str, Any]) -> list[str]:
    """The homework's questions about the attacks, answered with the measured numbers.

    Args:
        measured: as ``train_all.py attack-curves`` keeps it.

    Returns:
        A sentence or more for each: A against B, task 2 against task 3, the bonus, which set and
        why.
    """
    rows = measured["rates"]
    rate = {
        (row["attack"], row["model"], row["epsilon"]): row["successes"] / row["inputs"]
        for row in rows
    }
    bonus = [
        f"model {letter} {rate[THIRD, letter, e]:.2%} at epsilon {e}"
        for letter in "AB"
        for e in (8, 16)
    ]
    ones = next(row["inputs"] for row in rows if row["attack"] == THIRD)
    return [
        f"A against B: at epsilon 32 task 1 fools A with {rate[FIRST, 'A', 32]:.2%} of the "
        "pictures and B with "
        f"{rate[FIRST, 'B', 32]:.2%}: training against attacks helps.",
        f"Task 2 against task 3: at epsilon 12 on A task 2 reaches {rate[SECOND, 'A', 12]:.2%} "
        "and task 3 "
        f"{rate[THIRD, 'A', 12]:.2%}; at epsilon 64 on B {rate[SECOND, 'B', 64]:.2%} and "
        f"{rate[THIRD, 'B', 64]:.2%}, "
        "with the same 100 gradients.",
        f"Bonus, task 3 on {ones:,} ones: {', '.join(bonus)}.",
        "Training set or test set? The test set: on the pictures that it has learned a network "
        "would look more robust "
        "than it is.",
    ]
