"""How robust a network is: the success rates of attacks on it, beside honest controls, and whether
it only hides its gradient.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor, nn

from core import attacks
from core.attacks import Bounds, Method, attack
from core.evaluation import SuccessRate, evaluation_mode, success_rates
from core.labels import Labels, checked_labels


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
        self,
        model: nn.Module,
        images: Float[Tensor, "n c h w"],
        labels: Labels,
        epsilon: float,
        bounds: Bounds,
    ) -> Bool[Tensor, " n"]:
        """(N,) bool: which inputs the attack succeeds on."""
        if self.method is None:
            with evaluation_mode(model):
                logits: Tensor = model(attacks.random_signs(images, epsilon, bounds=bounds))
            goals = checked_labels(labels, len(images), classes=logits.shape[1])
            return logits.argmax(1) != goals.to(logits.device)
        return self.run(model, images, labels, epsilon, bounds).success

    def run(
        self,
        model: nn.Module,
        images: Float[Tensor, "n c h w"],
        labels: Labels,
        epsilon: float,
        bounds: Bounds,
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
    images: Float[Tensor, "n c h w"],
    labels: Labels,
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
        labels: true classes, one for all or (N,) one each.
        epsilon: in the unit of the pixels.
        bounds: (lowest, highest) value of a pixel.

    Returns:
        The counts.
    """
    labels = checked_labels(labels, len(images)).to(images.device)
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
    images: Float[Tensor, "n c h w"],
    labels: Labels,
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
        labels: true classes, one for all or (N,) one each.
        epsilon: in the unit of the pixels.
        bounds: (lowest, highest) value of a pixel.
        batch_size: images attacked at once.

    Returns:
        A share in [0, 1].
    """
    wrong = 0
    labels = checked_labels(labels, len(images)).to(images.device)
    for batch, truth in zip(torch.split(images, batch_size), torch.split(labels, batch_size)):
        made = task.run(made_on, batch, truth, epsilon, bounds).adversarial
        with evaluation_mode(scored_on):
            wrong += int((scored_on(made).argmax(1) != truth).sum())
    return wrong / len(images)


def breaking_epsilons(
    model: nn.Module,
    images: Float[Tensor, "n c h w"],
    labels: Labels,
    *,
    method: Method = attacks.IMPROVED,
    bounds: Bounds = (0.0, 1.0),
    max_gradients: int = 100,
    seed: int = 0,
    steps: int = 256,
) -> Float[Tensor, " n"]:
    """The smallest epsilon at which the attack succeeds on each image, by bisection over equal
    steps of the range.

    Args:
        model: maps images to logits (N, K); given back unchanged.
        images: (N, C, H, W) within ``bounds``.
        labels: true classes, one for all or (N,) one each.
        method: of the (untargeted) attack.
        bounds: (lowest, highest) value of a pixel.
        max_gradients: backward passes an attack may cost.
        seed: of random starting points.
        steps: of the range of pixels; 256 - 1 = 255 steps of one grey value.

    Returns:
        (N,) epsilon; 0 for an image that is taken for another class as it is, infinite where even
        the whole range does not help.
    """
    labels = checked_labels(labels, len(images)).to(images.device)
    unit = (bounds[1] - bounds[0]) / (steps - 1)
    low = torch.full((len(images),), -1)  # fails
    high = torch.full((len(images),), steps)  # succeeds, or is beyond the range
    while bool((unsettled := high - low > 1).any()):
        middle = (low + high) // 2
        for number in sorted(set(middle[unsettled].tolist())):
            part = ((middle == number) & unsettled).nonzero()[:, 0]
            success = attack(
                model,
                images[part],
                labels[part],
                min(number * unit, bounds[1] - bounds[0]),  # 255 units may be rounded up
                method=method,
                bounds=bounds,
                max_gradients=max_gradients,
                seed=seed,
            ).success.cpu()
            high[part[success]], low[part[~success]] = number, number
    return torch.where(high == steps, math.inf, high * unit)


_TRANSFERRED = Task(attacks.IMPROVED, max_gradients=20)
GROWING, MASKED_AT = (8, 15, 31, 64, 128), 31  # epsilons of ``masking_checks``, in grey values


@dataclass(frozen=True)
class MaskingCheck:
    """One sign of whether a network is robust, or just hides (masks) its gradient.

    Attributes:
        name: what is as it should be, if it is good.
        good: whether it is; None where no attack found anything, so that there is nothing to
            compare.
        finding: the numbers, with the attack and the epsilon of each; epsilons in grey values.
    """

    name: str
    good: bool | None
    finding: str


def masking_checks(
    model: nn.Module,
    images: Float[Tensor, "n c h w"],
    labels: Labels,
    bounds: Bounds,
    *,
    other: nn.Module | None = None,
) -> Iterator[MaskingCheck]:
    """Seven signs of gradient masking, after Athalye et al., "Obfuscated Gradients Give a False
    Sense of Security", 2018.

    Args:
        model: the network to look at; given back unchanged.
        images: (N, C, H, W) within ``bounds``, some dozens.
        labels: true classes, one for all or (N,) one each.
        bounds: (lowest, highest) value of a pixel.
        other: a network whose adversarial pictures should transfer no better than an attack of its
            own.

    Yields:
        The checks, one by one as they are computed.
    """
    unit = (bounds[1] - bounds[0]) / 255
    labels = checked_labels(labels, len(images)).to(images.device)

    def success(grey: int, method: Method = attacks.PGD, max_gradients: int = 20) -> float:
        task = Task(method, max_gradients=max_gradients)
        return float(task.success(model, images, labels, grey * unit, bounds).float().mean())

    yield from _epsilon_checks(success, _share_wrong(model, images, labels))
    many = success(MASKED_AT)
    yield from _method_checks(success, many)
    dead = _dead_gradients(model, images, labels)
    yield MaskingCheck(
        "Inputs have a gradient",
        dead <= 0.05,
        f"{dead:.0%} of the inputs have a gradient of exactly 0",
    )
    if other is not None:
        moved = transfer_rate(_TRANSFERRED, other, model, images, labels, MASKED_AT * unit, bounds)
        yield MaskingCheck(
            "Transfer does not beat an attack of its own",
            _compared(moved <= many + 0.05, moved, many),
            f"at epsilon {MASKED_AT} pictures that the improved attack made on another network "
            f"fool it on {moved:.0%}, PGD with its own gradient on {many:.0%}",
        )


def _compared(good: bool, *rates: float) -> bool | None:
    """None where none of the attacks that are compared found anything."""
    return good if any(rates) else None


def _method_checks(success: Callable[..., float], many: float) -> Iterator[MaskingCheck]:
    """Whether ``many`` steps of PGD find what one step and another score find."""
    at = f"at epsilon {MASKED_AT}"
    one = success(MASKED_AT, attacks.FGSM, 1)
    yield MaskingCheck(
        "Many steps are no worse than one",
        _compared(many >= one, many, one),
        f"{at} PGD fools it on {many:.0%} with 20 gradients, FGSM on {one:.0%} with one",
    )
    margin = success(MASKED_AT, attacks.IMPROVED)
    yield MaskingCheck(
        "The margin beats cross-entropy by little",
        _compared(margin - many <= 0.2, margin, many),
        f"{at}, with 20 gradients, the improved attack on the margin fools it on {margin:.0%}, "
        f"PGD on cross-entropy on {many:.0%}",
    )


def _epsilon_checks(success: Callable[..., float], wrong: float) -> Iterator[MaskingCheck]:
    """How success grows with epsilon: from nothing at 0 to everything at the whole range."""
    nothing = success(0)
    yield MaskingCheck(
        "Epsilon 0 changes nothing",
        nothing == wrong,
        f"{nothing:.0%} are wrong after PGD at epsilon 0, {wrong:.0%} without an attack",
    )
    rates = [success(grey) for grey in GROWING]
    found = ", ".join(f"{rate:.0%} at {grey}" for grey, rate in zip(GROWING, rates))
    yield MaskingCheck(
        "More epsilon never helps the defence",
        _compared(all(a <= b + 0.02 for a, b in pairwise(rates)), *rates),
        f"PGD with 20 gradients fools it on {found}",
    )
    huge = success(255, replace(attacks.PGD, step_size=0.1), 100)
    yield MaskingCheck(
        "A huge epsilon reaches everything",
        huge >= 0.99,
        f"PGD with 100 gradients fools it on {huge:.0%} at epsilon 255, the whole range",
    )


def _share_wrong(model: nn.Module, images: Tensor, labels: Tensor) -> float:
    with evaluation_mode(model):
        return float((model(images).argmax(1) != labels).float().mean())


def _dead_gradients(model: nn.Module, images: Tensor, labels: Tensor) -> float:
    with evaluation_mode(model), torch.enable_grad():
        leaf = images.clone().requires_grad_(True)
        (gradient,) = torch.autograd.grad(
            F.cross_entropy(model(leaf), labels, reduction="sum"), leaf
        )
    return float((gradient.abs().amax((1, 2, 3)) == 0).float().mean())
