"""Evasion attacks under an L-infinity limit: one loop - gradient, step, project, clip - and its
variants by argument.

An attack looks for x' with max|x' - x| <= epsilon, inside the range of pixels, that the network
takes for another class (untargeted) or for a chosen one (targeted). It climbs a score s(x') that is
large where the attack succeeds:

    v  <-  momentum · v + g / mean|g|,   g = ∇ s(x')      one gradient, one backward pass
    x' <-  clip(x' + step_size · sign(v))                  into [x - epsilon, x + epsilon] and the
                                                           range of pixels

Scores and variants stand in ``core.attack_methods``, what is found in ``core.attack_record``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import SupportsIndex

import torch
from jaxtyping import Float
from torch import Tensor, nn

from core.attack_methods import FGSM, IMPROVED, MI_FGSM, PGD, SCORES, Method, Score
from core.attack_record import (
    AttackResult,
    AttackTrace,
    Bounds,
    Limits,
    Record,
    Running,
    check_gradient,
    check_images,
    finite,
    is_success,
    limits_of,
)
from core.checks import check_kind, generator, logits_of
from core.evaluation import evaluation_mode
from core.gradients import gradient_into, takes_gradients
from core.labels import Labels, checked_labels

__all__ = [
    "FGSM",
    "IMPROVED",
    "MI_FGSM",
    "PGD",
    "AttackResult",
    "AttackTrace",
    "Bounds",
    "Method",
    "Score",
    "attack",
    "climb",
    "improved_targeted",
    "random_signs",
    "step",
    "targeted",
    "untargeted",
]


def step(
    points: Float[Tensor, "n c h w"],
    gradient: Float[Tensor, "n c h w"],
    direction: Float[Tensor, "n c h w"],
    *,
    step_size: float,
    momentum: float,
    low: Float[Tensor, "n c h w"],
    high: Float[Tensor, "n c h w"],
) -> tuple[Float[Tensor, "n c h w"], Float[Tensor, "n c h w"]]:
    """One step of the formula.

        v  <-  momentum · v + g / mean|g|
        x' <-  clip(x' + step_size · sign(v))

    Args:
        points: (N, C, H, W) x', where the attack stands.
        gradient: (N, C, H, W) g of the score there.
        direction: (N, C, H, W) v; 0 before the first step.
        step_size: change of a pixel, in the unit of the pixels.
        momentum: what is kept of the direction before.
        low: (N, C, H, W) the lowest value of each pixel, max(x - epsilon, lowest pixel).
        high: (N, C, H, W) the highest value of each pixel, min(x + epsilon, highest pixel).

    Returns:
        The new x' and the new v.
    """
    mean = gradient.abs().mean((1, 2, 3), keepdim=True)
    smallest = torch.finfo(gradient.dtype).tiny  # a gradient of 0 stays 0
    direction = momentum * direction + gradient / mean.clamp(min=smallest)
    points = points + step_size * direction.sign()
    return points.clamp(low, high), direction


def climb(
    model: nn.Module,
    running: Running,
    record: Record,
    epsilon: float,
    *,
    method: Method,
    targeted: bool,
    steps: int,
    stop: bool,
) -> None:
    """One run of an attack: look, take the gradient, step.

    Args:
        model: maps images to logits (N, K); in eval mode.
        running: the inputs, and where they begin.
        record: takes down what is found.
        epsilon: largest change of a pixel, in the unit of the pixels.
        method: the variant.
        targeted: whether the labels are targets.
        steps: backward passes each input may cost.
        stop: whether an input that is done stops spending.
    """
    for number in range(steps + 1):
        pictures = running.limits.picture(running.points).requires_grad_(True)
        with torch.set_grad_enabled(number < steps):
            logits = finite(logits_of(model, pictures))
            score = SCORES[method.score](logits, running.labels, targeted)  # (n,)
        success = is_success(logits, running.labels, targeted=targeted)
        record.take(running.index, pictures.detach(), score.detach(), success)
        going = ~success if stop else torch.ones_like(success)
        if number == steps or not going.any():
            return
        index = slice(None) if bool(going.all()) else going
        with torch.enable_grad():
            gradient = gradient_into(pictures, score[going].sum())
        check_gradient(gradient)
        running = running.only(index)
        record.gradients[running.index] += 1
        running.points, running.direction = step(
            running.points,
            gradient[index],
            running.direction,
            step_size=method.size(number, steps) * epsilon,
            momentum=method.momentum,
            low=running.limits.low,
            high=running.limits.high,
        )


@takes_gradients
def attack(
    model: nn.Module,
    images: Float[Tensor, "n c h w"],
    labels: Labels,
    epsilon: float,
    *,
    method: Method,
    targeted: bool = False,
    bounds: Bounds = (0.0, 1.0),
    max_gradients: SupportsIndex = 20,
    seed: SupportsIndex = 0,
    stop: bool = True,
    whole: bool = False,
    keep_pictures: bool = False,
) -> AttackResult:
    """Every attack here: the runs of one method, which share the gradients.

    Args:
        model: maps images to logits (N, K); given back unchanged.
        images: (N, C, H, W) floats within ``bounds``.
        labels: true classes, or the targets of a targeted attack; whole numbers, one for all or
            (N,).
        epsilon: largest change of a pixel, in the unit of the pixels.
        method: the variant.
        targeted: whether ``labels`` are targets.
        bounds: (lowest, highest) value of a pixel.
        max_gradients: backward passes an input may cost.
        seed: of random starting points.
        stop: an input that is done stops spending; False: all gradients are spent, to train
            against.
        whole: look only at pictures of whole grey values, 256 of them from the lowest to the
            highest pixel: for what is drawn, see ``core.stored``.
        keep_pictures: keep the picture of every step in the trace.

    Returns:
        The result; max|adversarial - images| <= epsilon and the bounds hold exactly: of the real
        numbers, and as the images' dtype computes it. With epsilon 0 nothing changes.

    Raises:
        TypeError: the images are no floats, the labels or the number of gradients no whole numbers,
            epsilon or a bound is no number, the model no network, or the method none of these.
        ValueError: shapes, classes, bounds, epsilon or the number of gradients do not fit, or the
            model gives no finite logits (N, K), or passes no gradient on to its images.
    """
    check_kind("method", method, Method, "core.attacks.PGD")
    epsilon, bounds = check_images(images, epsilon, bounds)
    labels = checked_labels(labels, len(images)).to(images.device)
    budgets = method.budgets(max_gradients)
    limits = limits_of(images, epsilon, bounds, whole=whole)
    record = Record(images, keep_pictures)
    starts = _starts(images, limits, method, seed)
    everything = torch.arange(len(images), device=images.device)
    with evaluation_mode(model):
        for start, steps in zip(starts, budgets):
            running = Running(everything, labels, start, torch.zeros_like(images), limits)
            if stop:
                running = running.only(~record.success)
            if len(running.index):
                climb(
                    model,
                    running,
                    record,
                    epsilon,
                    method=method,
                    targeted=targeted,
                    steps=steps,
                    stop=stop,
                )
    return record.result()


def untargeted(
    model: nn.Module,
    images: Float[Tensor, "n c h w"],
    labels: Labels,
    epsilon: float,
    *,
    bounds: Bounds = (0.0, 1.0),
    max_gradients: SupportsIndex = 20,
    seed: SupportsIndex = 0,
) -> AttackResult:
    """Make the network take each image for any other class, by the improved method.

    Arguments and result are those of ``attack``; ``labels`` are the true classes.

    Raises:
        TypeError, ValueError: as ``attack`` does.
    """
    return attack(
        model,
        images,
        labels,
        epsilon,
        method=IMPROVED,
        bounds=bounds,
        max_gradients=max_gradients,
        seed=seed,
    )


def targeted(
    model: nn.Module,
    images: Float[Tensor, "n c h w"],
    target: Labels,
    epsilon: float,
    *,
    bounds: Bounds = (0.0, 1.0),
    max_gradients: SupportsIndex = 100,
    seed: SupportsIndex = 0,
) -> AttackResult:
    """Make the network take each image for the target class, by plain projected gradient descent.

    Arguments and result are those of ``attack``; ``target`` is one class for all images, or (N,)
    one each.

    Raises:
        TypeError, ValueError: as ``attack`` does.
    """
    return attack(
        model,
        images,
        target,
        epsilon,
        method=PGD,
        targeted=True,
        bounds=bounds,
        max_gradients=max_gradients,
        seed=seed,
    )


def improved_targeted(
    model: nn.Module,
    images: Float[Tensor, "n c h w"],
    target: Labels,
    epsilon: float,
    *,
    bounds: Bounds = (0.0, 1.0),
    max_gradients: SupportsIndex = 100,
    seed: SupportsIndex = 0,
) -> AttackResult:
    """As ``targeted`` with the same number of gradients, but by the improved method.

    Raises:
        TypeError, ValueError: as ``attack`` does.
    """
    return attack(
        model,
        images,
        target,
        epsilon,
        method=IMPROVED,
        targeted=True,
        bounds=bounds,
        max_gradients=max_gradients,
        seed=seed,
    )


def random_signs(
    images: Float[Tensor, "n c h w"],
    epsilon: float,
    *,
    bounds: Bounds = (0.0, 1.0),
    seed: SupportsIndex = 0,
) -> Float[Tensor, "n c h w"]:
    """Noise of the same size that knows nothing: every pixel moves by epsilon up or down, clipped
    to the bounds.

    Args:
        images: (N, C, H, W) within ``bounds``.
        epsilon: change of a pixel.
        bounds: (lowest, highest) value of a pixel.
        seed: of the signs.

    Returns:
        (N, C, H, W), at most epsilon away.

    Raises:
        TypeError, ValueError: as ``attack`` does of its images, epsilon and bounds.
    """
    epsilon, bounds = check_images(images, epsilon, bounds)
    limits = limits_of(images.detach(), epsilon, bounds, whole=False)
    drawn = torch.rand(images.shape, generator=generator(seed))
    return torch.where(drawn.to(images.device) < 0.5, limits.high, limits.low)


def _starts(
    images: Tensor, limits: Limits, method: Method, seed: SupportsIndex
) -> Iterator[Tensor]:
    """Where each run begins: the first at the images, or as the others at a random point."""
    random = generator(seed)
    for run in range(method.restarts):
        if run == 0 and not method.random_start:
            yield images
            continue
        noise = torch.rand(images.shape, generator=random, dtype=images.dtype)
        start = limits.low + noise.to(images.device) * (limits.high - limits.low)
        yield start.clamp(limits.low, limits.high)  # the sum may be rounded beyond
