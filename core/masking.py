"""Whether a network is robust, or only hides (masks) its gradient from the attacks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from core import attacks
from core.attack_record import check_images, grey_epsilon
from core.attacks import Bounds, Method
from core.checks import logits_of
from core.evaluation import evaluation_mode, predicted_classes
from core.gradients import gradient_into, takes_gradients
from core.labels import Labels, checked_labels
from core.robustness import Task, check_some, transfer_rate

_TRANSFERRED = Task(attacks.IMPROVED, max_gradients=20)
GROWING, MASKED_AT = (8, 15, 31, 64, 128), 31  # epsilons of ``masking_checks``, in grey values
CHECKS = 7  # of ``masking_checks``, one fewer without another network


@dataclass(frozen=True)
class MaskingCheck:
    """One sign of whether a network is robust, or just hides (masks) its gradient.

    Attributes:
        name: what should be, in words that stay true where it is not.
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
    """Seven signs of gradient masking. Four are among those of Athalye et al., "Obfuscated
    Gradients Give a False Sense of Security", 2018: steps, transfer, and what a larger and an
    unlimited epsilon do.

    Args:
        model: the network to look at; given back unchanged.
        images: (N, C, H, W) within ``bounds``, some dozens.
        labels: true classes, one for all or (N,) one each.
        bounds: (lowest, highest) value of a pixel.
        other: a network whose adversarial pictures should transfer no better than an attack of its
            own.

    Yields:
        The checks, one by one as they are computed.

    Raises:
        UncomputableError: there are no images, the model's logits are not finite, or it passes no
            gradient on to its images.
        TypeError, ValueError: as ``attack`` does.
    """
    _, bounds = check_images(images, 0.0, bounds)
    check_some(images)
    labels = checked_labels(labels, len(images)).to(images.device)

    @cache
    def success(greys: int, method: Method = attacks.PGD, max_gradients: int = 20) -> float:
        task, epsilon = Task(method, max_gradients=max_gradients), grey_epsilon(greys, bounds)
        return float(task.success(model, images, labels, epsilon, bounds).float().mean())

    yield from _epsilon_checks(success, _share_wrong(model, images, labels))
    many = success(MASKED_AT)
    yield from _method_checks(success, many)
    dead = _dead_gradients(model, images, labels)
    yield MaskingCheck(
        "Inputs should have a gradient",
        dead <= 0.05,
        f"{dead:.0%} of the inputs have a gradient of exactly 0",
    )
    if other is not None:
        epsilon = grey_epsilon(MASKED_AT, bounds)
        moved = transfer_rate(_TRANSFERRED, other, model, images, labels, epsilon, bounds)
        yield MaskingCheck(
            "Transfer should not beat an attack of its own",
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
        "Many steps should be no worse than one",
        _compared(many >= one, many, one),
        f"{at} PGD fools it on {many:.0%} with 20 gradients, FGSM on {one:.0%} with one",
    )
    margin = success(MASKED_AT, attacks.IMPROVED)
    yield MaskingCheck(
        "The margin should beat cross-entropy by little",
        _compared(margin - many <= 0.2, margin, many),
        f"{at}, with 20 gradients, the improved attack on the margin fools it on {margin:.0%}, "
        f"PGD on cross-entropy on {many:.0%}",
    )


def _epsilon_checks(success: Callable[..., float], wrong: float) -> Iterator[MaskingCheck]:
    """How success grows with epsilon: from nothing at 0 to everything at the whole range."""
    nothing = success(0, max_gradients=1)  # a further one would start at the same picture
    yield MaskingCheck(
        "Epsilon 0 should change nothing",
        nothing == wrong,
        f"{nothing:.0%} are wrong after a step at epsilon 0, {wrong:.0%} without an attack",
    )
    rates = [success(greys) for greys in GROWING]
    found = ", ".join(f"{rate:.0%} at {grey}" for grey, rate in zip(GROWING, rates))
    yield MaskingCheck(
        "More epsilon should never help the defence",
        _compared(all(a <= b + 0.02 for a, b in pairwise(rates)), *rates),
        f"PGD with 20 gradients fools it on {found}",
    )
    huge = success(255, replace(attacks.PGD, step_size=0.1), 100)
    yield MaskingCheck(
        "A huge epsilon should reach everything",
        huge >= 0.99,
        f"PGD with 100 gradients fools it on {huge:.0%} at epsilon 255, the whole range",
    )


def _share_wrong(model: nn.Module, images: Tensor, labels: Tensor) -> float:
    with evaluation_mode(model):
        return float((predicted_classes(model, images) != labels).float().mean())


@takes_gradients
def _dead_gradients(model: nn.Module, images: Tensor, labels: Tensor) -> float:
    with evaluation_mode(model), torch.enable_grad():
        leaf = images.clone().requires_grad_(True)
        loss = F.cross_entropy(logits_of(model, leaf), labels, reduction="sum")
        gradient = gradient_into(leaf, loss)
    return float((gradient.abs().amax((1, 2, 3)) == 0).float().mean())
