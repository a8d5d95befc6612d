"""Evasion attacks under an L-infinity limit: one loop - gradient, step, project, clip - and its
variants by argument.

An attack looks for x' with max|x' - x| <= epsilon, inside the range of pixels, that the network
takes for another class (untargeted) or for a chosen one (targeted). It climbs a score s(x') that is
large where the attack succeeds:

    v  <-  momentum · v + g / mean|g|,   g = ∇ s(x')          one gradient, one backward pass
    x' <-  clip(x' + step_size · sign(v))                      into [x - epsilon, x + epsilon] and
    the range of pixels

    s = cross-entropy of the true class (untargeted), or minus that of the target (targeted)
    s = margin: largest other logit - true logit (untargeted), or target logit - largest other logit
    (targeted) s = soft margin: the same with log(Σ exp(3 · logit)) / 3 over the others instead of
    the largest of them

FGSM is one step of size epsilon (Goodfellow et al., "Explaining and Harnessing Adversarial
Examples", 2015); PGD many smaller ones from a random point (Madry et al., "Towards Deep Learning
Models Resistant to Adversarial Attacks", 2018); MI-FGSM has momentum (Dong et al., "Boosting
Adversarial Attacks with Momentum", 2018). The margin is that of Carlini & Wagner, "Towards
Evaluating the Robustness of Neural Networks", 2017: it has a gradient where cross-entropy
saturates. The soft margin keeps that, and pulls at several other classes where they are close to
each other.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.evaluation import evaluation_mode

Score = Literal["cross_entropy", "margin", "soft_margin"]
Bounds = tuple[float, float]
SHARPNESS = 3.0  # of the soft margin


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


FGSM = Method(step_size=1.0)  # with one gradient
PGD = Method(step_size=0.25, random_start=True)
MI_FGSM = Method(step_size=0.1, momentum=1.0)  # its paper takes ten steps of epsilon / 10
IMPROVED = Method(score="soft_margin", step_size=2.0, decay="cosine", momentum=0.4)


@dataclass(frozen=True)
class Trace:
    """What happened on the way; an input that is done keeps its last values.

    Attributes:
        score: (steps, N) the score before each step and after the last.
        success: (steps, N) bool, whether a success had been found by then.
        pictures: (steps, N, C, H, W) where the attack stood, () if they were not asked for.
    """

    score: Tensor
    success: Tensor
    pictures: Tensor


@dataclass(frozen=True)
class AttackResult:
    """What an attack found.

    Attributes:
        adversarial: (N, C, H, W) the first success of each input, or the point with the highest
            score.
        success: (N,) bool.
        gradients: (N,) int: backward passes spent on each input, never above max_gradients.
        trace: what happened on the way.
    """

    adversarial: Tensor
    success: Tensor
    gradients: Tensor
    trace: Trace


def untargeted(
    model: nn.Module,
    images: Tensor,
    labels: Tensor,
    epsilon: float,
    *,
    bounds: Bounds = (0.0, 1.0),
    max_gradients: int = 20,
    seed: int = 0,
) -> AttackResult:
    """Make the network take each image for any other class (the homework's task 1), by the improved
    method.

    Args:
        model: maps images to logits (N, K); given back unchanged.
        images: (N, C, H, W) within ``bounds``.
        labels: (N,) true classes.
        epsilon: largest change of a pixel, in the unit of the pixels.
        bounds: (lowest, highest) value of a pixel.
        max_gradients: backward passes an input may cost.
        seed: of random starting points.

    Returns:
        The result; max|adversarial - images| <= epsilon and the bounds hold exactly.

    Raises:
        TypeError, ValueError: as ``attack`` has it.
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
    images: Tensor,
    target: int | Tensor,
    epsilon: float,
    *,
    bounds: Bounds = (0.0, 1.0),
    max_gradients: int = 100,
    seed: int = 0,
) -> AttackResult:
    """Make the network take each image for the target class (task 2): plain projected gradient
    descent.

    Args:
        model: maps images to logits (N, K); given back unchanged.
        images: (N, C, H, W) within ``bounds``.
        target: the class, one for all or (N,).
        epsilon: largest change of a pixel, in the unit of the pixels.
        bounds: (lowest, highest) value of a pixel.
        max_gradients: backward passes an input may cost.
        seed: of random starting points.

    Returns:
        The result; max|adversarial - images| <= epsilon and the bounds hold exactly.

    Raises:
        TypeError, ValueError: as ``attack`` has it.
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
    images: Tensor,
    target: int | Tensor,
    epsilon: float,
    *,
    bounds: Bounds = (0.0, 1.0),
    max_gradients: int = 100,
    seed: int = 0,
) -> AttackResult:
    """Task 3: as ``targeted`` with the same number of gradients, but by the improved method.

    Args:
        model: maps images to logits (N, K); given back unchanged.
        images: (N, C, H, W) within ``bounds``.
        target: the class, one for all or (N,).
        epsilon: largest change of a pixel, in the unit of the pixels.
        bounds: (lowest, highest) value of a pixel.
        max_gradients: backward passes an input may cost.
        seed: of random starting points.

    Returns:
        The result; max|adversarial - images| <= epsilon and the bounds hold exactly.

    Raises:
        TypeError, ValueError: as ``attack`` has it.
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


def attack(
    model: nn.Module,
    images: Tensor,
    labels: int | Tensor,
    epsilon: float,
    *,
    method: Method,
    targeted: bool = False,
    bounds: Bounds = (0.0, 1.0),
    max_gradients: int = 20,
    seed: int = 0,
    stop: bool = True,
    whole: bool = False,
    keep_pictures: bool = False,
) -> AttackResult:
    """The loop behind every attack here.

    Args:
        model: maps images to logits (N, K); given back unchanged.
        images: (N, C, H, W) within ``bounds``.
        labels: true classes, or the targets of a targeted attack; one for all or (N,).
        epsilon: largest change of a pixel, in the unit of the pixels.
        method: the variant.
        targeted: whether ``labels`` are targets.
        bounds: (lowest, highest) value of a pixel.
        max_gradients: backward passes an input may cost.
        seed: of random starting points.
        stop: an input that is done stops spending; False: all gradients are spent, to train
            against.
        whole: look only at pictures of whole grey values, 256 of them from the lowest to the
            highest pixel.
        keep_pictures: keep the picture of every step in the trace.

    Returns:
        The result. With epsilon 0 nothing changes.

    Raises:
        TypeError: images or labels are no tensors of the right kind.
        ValueError: shapes, classes, bounds, epsilon or the number of gradients do not fit, or the
            model gives no finite logits (N, K).
    """
    wanted = _check(images, labels, epsilon, bounds, max_gradients, method)
    low, high = _limits(images, epsilon, bounds, whole)
    generator = torch.Generator().manual_seed(seed)
    found = _Found(images, keep_pictures)
    with evaluation_mode(model):
        for run in range(method.restarts):
            steps = (
                max_gradients * (run + 1) // method.restarts
                - max_gradients * run // method.restarts
            )
            active = (
                (~found.success).nonzero()[:, 0]
                if stop
                else torch.arange(len(images), device=images.device)
            )
            point = images
            if run or method.random_start:
                noise = torch.rand(images.shape, generator=generator, dtype=images.dtype).to(
                    images.device
                )
                point = low + noise * (high - low)
            point, direction = point[active], torch.zeros_like(images[active])
            lowest, highest = low[active], high[active]
            for step in range(steps + 1):
                if not len(active):
                    break
                leaf = _snap(point, lowest, highest, bounds, whole).requires_grad_(True)
                with torch.set_grad_enabled(step < steps):
                    logits = _logits(model, leaf, wanted)
                    score = _SCORES[method.score](logits, wanted[active], targeted)  # (n,)
                    won = (logits.argmax(1) == wanted[active]) == targeted
                    going = ~won if stop else torch.ones_like(won)
                    climbed = score[going].sum()
                found.take(active, leaf.detach(), score.detach(), won)
                if step == steps or not going.any():
                    break
                (gradient,) = torch.autograd.grad(climbed, leaf)
                if not bool(going.all()):
                    active, point, direction, gradient, lowest, highest = (
                        part[going]
                        for part in (active, point, direction, gradient, lowest, highest)
                    )
                found.gradients[active] += 1
                size = (
                    gradient.abs()
                    .mean((1, 2, 3), keepdim=True)
                    .clamp(min=torch.finfo(gradient.dtype).tiny)
                )
                direction = method.momentum * direction + gradient / size
                share = (
                    (1 + math.cos(math.pi * step / steps)) / 2 if method.decay == "cosine" else 1.0
                )
                point = point + method.step_size * share * epsilon * direction.sign()
                point = point.clamp(lowest, highest)
    return found.result()


def random_signs(
    images: Tensor, epsilon: float, *, bounds: Bounds = (0.0, 1.0), seed: int = 0
) -> Tensor:
    """Noise of the same size that knows nothing: every pixel moves by epsilon up or down, clipped
    to the bounds.

    Args:
        images: (N, C, H, W) within ``bounds``.
        epsilon: change of a pixel.
        bounds: (lowest, highest) value of a pixel.
        seed: of the signs.

    Returns:
        (N, C, H, W), at most epsilon away.
    """
    _check(images, 0, epsilon, bounds, 0, PGD)
    low, high = _limits(images, epsilon, bounds, False)
    up = (
        torch.rand(images.shape, generator=torch.Generator().manual_seed(seed)).to(images.device)
        < 0.5
    )
    return torch.where(up, high, low)


def breaking_epsilons(
    model: nn.Module,
    images: Tensor,
    labels: Tensor,
    *,
    method: Method = IMPROVED,
    bounds: Bounds = (0.0, 1.0),
    max_gradients: int = 100,
    seed: int = 0,
    steps: int = 256,
) -> Tensor:
    """The smallest epsilon at which the attack succeeds on each image, by bisection over equal
    steps of the range.

    Args:
        model: maps images to logits (N, K); given back unchanged.
        images: (N, C, H, W) within ``bounds``.
        labels: (N,) true classes.
        method: of the (untargeted) attack.
        bounds: (lowest, highest) value of a pixel.
        max_gradients: backward passes an attack may cost.
        seed: of random starting points.
        steps: of the range of pixels; 256 - 1 = 255 steps of one grey value.

    Returns:
        (N,) epsilon; 0 for an image that is taken for another class as it is, infinite where even
        the whole range does not help.
    """
    unit = (bounds[1] - bounds[0]) / (steps - 1)
    low = torch.full((len(images),), -1)  # fails
    high = torch.full((len(images),), steps)  # succeeds, or is beyond the range
    while bool((high - low > 1).any()):
        middle = (low + high) // 2
        for step in sorted(set(middle[high - low > 1].tolist())):
            part = ((middle == step) & (high - low > 1)).nonzero()[:, 0]
            success = attack(
                model,
                images[part],
                labels[part],
                step * unit,
                method=method,
                bounds=bounds,
                max_gradients=max_gradients,
                seed=seed,
            ).success.cpu()
            high[part[success]], low[part[~success]] = step, step
    return torch.where(high == steps, math.inf, high * unit)


class _Found:
    """The best of each input so far, and the way to it."""

    def __init__(self, images: Tensor, keep_pictures: bool) -> None:
        self.adversarial = images.clone()
        self.score = torch.full((len(images),), -math.inf, device=images.device)
        self.success = torch.zeros(len(images), dtype=torch.bool, device=images.device)
        self.gradients = torch.zeros(len(images), dtype=torch.long, device=images.device)
        self.last = self.score.clone()
        self.here = images.clone() if keep_pictures else None
        self.scores: list[Tensor] = []
        self.successes: list[Tensor] = []
        self.pictures: list[Tensor] = []

    def take(self, active: Tensor, pictures: Tensor, score: Tensor, won: Tensor) -> None:
        """Note where the attack stands: a first success is kept, before that the highest score."""
        score = score.to(self.score.dtype)
        before = self.success[active]
        better = (won & ~before) | (
            (won == before) & (score >= self.score[active])
        )  # of equal ones the last
        chosen = active[better]
        self.adversarial[chosen] = pictures[better]
        self.score[chosen] = score[better]
        self.success[active] |= won
        self.last[active] = score
        self.scores.append(self.last.clone())
        self.successes.append(self.success.clone())
        if self.here is not None:
            self.here[active] = pictures
            self.pictures.append(self.here.clone())

    def result(self) -> AttackResult:
        n = len(self.success)
        none = self.adversarial.new_zeros((0, *self.adversarial.shape))
        trace = Trace(
            torch.stack(self.scores) if self.scores else self.score.new_zeros((0, n)),
            torch.stack(self.successes) if self.successes else self.success.new_zeros((0, n)),
            torch.stack(self.pictures) if self.pictures else none,
        )
        return AttackResult(self.adversarial, self.success, self.gradients, trace)


def _cross_entropy(logits: Tensor, labels: Tensor, targeted: bool) -> Tensor:
    loss = F.cross_entropy(logits, labels, reduction="none")
    return -loss if targeted else loss


def _margin(logits: Tensor, labels: Tensor, targeted: bool) -> Tensor:
    own = logits.gather(1, labels[:, None])[:, 0]
    others = logits.scatter(1, labels[:, None], -math.inf).amax(1)
    return own - others if targeted else others - own


def _soft_margin(logits: Tensor, labels: Tensor, targeted: bool) -> Tensor:
    own = logits.gather(1, labels[:, None])[:, 0]
    others = logits.scatter(1, labels[:, None], -math.inf)
    soft = (SHARPNESS * others).logsumexp(1) / SHARPNESS
    return own - soft if targeted else soft - own


_SCORES: dict[Score, Callable[[Tensor, Tensor, bool], Tensor]] = {
    "cross_entropy": _cross_entropy,
    "margin": _margin,
    "soft_margin": _soft_margin,
}


def _limits(images: Tensor, epsilon: float, bounds: Bounds, whole: bool) -> tuple[Tensor, Tensor]:
    """The lowest and highest value of each pixel, so that the difference to the image is at most
    epsilon exactly.
    """
    exact = images.double()
    lowest, highest = (exact - epsilon).clamp(min=bounds[0]), (exact + epsilon).clamp(max=bounds[1])
    low, high = lowest, highest
    if whole:
        unit = (bounds[1] - bounds[0]) / 255
        slack = (
            0.0 if unit == 1 else 1e-6
        )  # of grey values, which are no exact floats on other scales
        low = torch.maximum(low, ((low - bounds[0]) / unit - slack).ceil() * unit + bounds[0])
        high = torch.minimum(high, ((high - bounds[0]) / unit + slack).floor() * unit + bounds[0])
    low, high = torch.minimum(low.to(images), images), torch.maximum(high.to(images), images)
    low = torch.where(
        low.double() < lowest, torch.nextafter(low, images), low
    )  # rounded to the wrong side
    high = torch.where(high.double() > highest, torch.nextafter(high, images), high)
    return low, high


def _snap(point: Tensor, low: Tensor, high: Tensor, bounds: Bounds, whole: bool) -> Tensor:
    if not whole:
        return point.detach().clone()
    unit = (bounds[1] - bounds[0]) / 255
    return (((point - bounds[0]) / unit).round() * unit + bounds[0]).clamp(low, high).detach()


def _logits(model: nn.Module, images: Tensor, labels: Tensor) -> Tensor:
    logits: Tensor = model(images)
    if logits.dim() != 2 or len(logits) != len(images) or not logits.is_floating_point():
        raise ValueError(
            f"Expected a model that gives logits ({len(images)}, classes), got "
            f"{tuple(logits.shape)}."
        )
    if len(labels) and int(labels.max()) >= logits.shape[1]:
        raise ValueError(
            f"Expected labels from 0 to {logits.shape[1] - 1}, got {int(labels.max())}."
        )
    if not bool(torch.isfinite(logits).all()):
        raise ValueError(
            "The model gives logits that are not finite (NaN or infinite): it cannot be attacked."
        )
    return logits


def _check(
    images: Tensor,
    labels: int | Tensor,
    epsilon: float,
    bounds: Bounds,
    max_gradients: int,
    method: Method,
) -> Tensor:
    if not isinstance(images, Tensor) or not images.is_floating_point():
        raise TypeError(
            f"Expected images as floats, got {getattr(images, 'dtype', type(images).__name__)}."
        )
    if images.dim() != 4:
        raise ValueError(f"Expected images (N, C, H, W), got {tuple(images.shape)}.")
    if isinstance(labels, int) and not isinstance(labels, bool):
        labels = torch.full((len(images),), labels, dtype=torch.long)
    if not isinstance(labels, Tensor) or labels.is_floating_point() or labels.dtype == torch.bool:
        raise TypeError(
            "Expected labels as whole numbers, got "
            f"{getattr(labels, 'dtype', type(labels).__name__)}."
        )
    if labels.shape != (len(images),):
        raise ValueError(
            f"Expected one label for each of {len(images)} images, got shape {tuple(labels.shape)}."
        )
    if len(labels) and int(labels.min()) < 0:
        raise ValueError(f"Expected labels from 0 on, got {int(labels.min())}.")
    low, high = bounds
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise ValueError(f"Expected bounds (lowest, highest), got {bounds}.")
    if (
        images.numel() and not low <= float(images.min()) <= float(images.max()) <= high
    ):  # also false for NaN
        raise ValueError(
            f"Expected pixels from {low:g} to {high:g}, got {float(images.min()):g} to "
            f"{float(images.max()):g}: "
            "name the model's own range with bounds=."
        )
    if not 0 <= epsilon <= high - low:  # also false for NaN
        raise ValueError(
            f"Expected epsilon from 0 to {high - low:g}, the range of the pixels, got {epsilon:g}."
        )
    if max_gradients < 0 or method.restarts < 1:
        raise ValueError(
            f"Expected max_gradients from 0 and restarts from 1, got {max_gradients}, "
            f"{method.restarts}."
        )
    return labels.long().to(images.device)
