"""The bookkeeping of ``core.attacks``: what may be attacked, how far a pixel may move, which inputs
are still attacked, and the best that was found for each.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from core.checks import check_tensor, check_values, described, real_number
from core.evaluation import UncomputableError

Bounds = tuple[float, float]
Index = Bool[Tensor, " n"] | slice


@dataclass(frozen=True)
class AttackTrace:
    """What happened on the way; an input that is done keeps its last values.

    Attributes:
        score: (steps, N) the score before each step and after the last.
        success: (steps, N) whether a success had been found by then.
        pictures: (steps, N, C, H, W) where the attack stood; no steps if they were not asked for.
    """

    score: Float[Tensor, "steps n"]
    success: Bool[Tensor, "steps n"]
    pictures: Float[Tensor, "stored n c h w"]


@dataclass(frozen=True)
class AttackResult:
    """What an attack found.

    Attributes:
        adversarial: (N, C, H, W) the first success of each input, or the one with the highest score
            where no input stops early; without a success the point with the highest score.
        success: (N,) whether the model takes it for another class, or for the target.
        gradients: (N,) backward passes spent on each input, never above max_gradients.
        trace: what happened on the way.
    """

    adversarial: Float[Tensor, "n c h w"]
    success: Bool[Tensor, " n"]
    gradients: Int[Tensor, " n"]
    trace: AttackTrace


@dataclass(frozen=True)
class Limits:
    """How far each pixel may move.

    Attributes:
        low: (N, C, H, W) the lowest value of each pixel.
        high: (N, C, H, W) the highest value of each pixel.
        bounds: (lowest, highest) value of any pixel.
        whole: whether a picture has whole grey values, 256 of them between the bounds.
    """

    low: Float[Tensor, "n c h w"]
    high: Float[Tensor, "n c h w"]
    bounds: Bounds
    whole: bool

    def only(self, index: Index) -> Limits:
        """The limits of some inputs."""
        return Limits(self.low[index], self.high[index], self.bounds, self.whole)

    def picture(self, points: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c h w"]:
        """What the network sees at a point: a copy of it, of whole grey values where asked for."""
        if not self.whole:
            return points.detach().clone()
        lowest, unit = self.bounds[0], grey_unit(self.bounds)
        rounded = ((points - lowest) / unit).round() * unit + lowest
        return rounded.clamp(self.low, self.high).detach()


@dataclass
class Running:
    """The inputs that are still attacked.

    Attributes:
        index: (n,) which of the N inputs they are.
        labels: (n,) their true classes or their targets.
        points: (n, C, H, W) where the attack stands.
        direction: (n, C, H, W) v of the formula.
        limits: of the pixels.
    """

    index: Int[Tensor, " n"]
    labels: Int[Tensor, " n"]
    points: Float[Tensor, "n c h w"]
    direction: Float[Tensor, "n c h w"]
    limits: Limits

    def only(self, index: Index) -> Running:
        """Some of them."""
        return Running(
            self.index[index],
            self.labels[index],
            self.points[index],
            self.direction[index],
            self.limits.only(index),
        )


def is_success(
    logits: Float[Tensor, "n k"], goals: Int[Tensor, " n"], *, targeted: bool
) -> Bool[Tensor, " n"]:
    """(N,) bool: whether the network takes an input for another class than its true one, or where
    the goals are targets for its target.
    """
    return (logits.argmax(1) == goals) == targeted


class Record:
    """The best of each input so far, and what happened on the way to it."""

    def __init__(self, images: Float[Tensor, "n c h w"], keep_pictures: bool) -> None:
        """Begin with the images as they are and no success."""
        self.adversarial = images.clone()
        dtype = torch.float64 if images.dtype == torch.float64 else torch.float32
        self.score = torch.full((len(images),), -math.inf, dtype=dtype, device=images.device)
        self.success = torch.zeros(len(images), dtype=torch.bool, device=images.device)
        self.gradients = torch.zeros(len(images), dtype=torch.long, device=images.device)
        self._last = self.score.clone()
        self._here = images.clone() if keep_pictures else None
        self._scores: list[Tensor] = []
        self._successes: list[Tensor] = []
        self._pictures: list[Tensor] = []

    def take(
        self,
        index: Int[Tensor, " m"],
        pictures: Float[Tensor, "m c h w"],
        score: Float[Tensor, " m"],
        success: Bool[Tensor, " m"],
    ) -> None:
        """Note where the attack stands. A success takes the place of what is none; else what has
        the higher score is kept, of equal ones the last. An input that stops at its first success
        keeps it.
        """
        score = score.to(self.score.dtype)
        before = self.success[index]
        higher = (success == before) & (score >= self.score[index])
        better = (success & ~before) | higher
        self.adversarial[index[better]] = pictures[better]
        self.score[index[better]] = score[better]
        self.success[index] |= success
        self._last[index] = score
        self._scores.append(self._last.clone())
        self._successes.append(self.success.clone())
        if self._here is not None:
            self._here[index] = pictures
            self._pictures.append(self._here.clone())

    def result(self) -> AttackResult:
        """The best of each input with the trace."""
        trace = AttackTrace(
            _stacked(self._scores, self.score),
            _stacked(self._successes, self.success),
            _stacked(self._pictures, self.adversarial),
        )
        return AttackResult(self.adversarial, self.success, self.gradients, trace)


def _stacked(steps: list[Tensor], like: Tensor) -> Tensor:
    return torch.stack(steps) if steps else like.new_zeros((0, *like.shape))


def limits_of(
    images: Float[Tensor, "n c h w"], epsilon: float, bounds: Bounds, *, whole: bool
) -> Limits:
    """The lowest and highest value of each pixel, so that |picture - image| <= epsilon holds: of
    the real numbers, and as the images' dtype computes it.

    Args:
        images: (N, C, H, W) within ``bounds``.
        epsilon: largest change of a pixel, 0 or more.
        bounds: (lowest, highest) value of a pixel.
        whole: only whole grey values, 256 of them between the bounds, are looked at.

    Returns:
        max(x - epsilon, lowest) and min(x + epsilon, highest), rounded towards x in its dtype.
    """
    reach = _not_above(epsilon, images.dtype)
    lowest, highest = -_not_above(-bounds[0], images.dtype), _not_above(bounds[1], images.dtype)
    low, high = (images - reach).clamp(min=lowest), (images + reach).clamp(max=highest)
    if whole:
        first, last = _whole_limits(images, epsilon, bounds)
        low, high = torch.maximum(low, first), torch.minimum(high, last)
    low, high = torch.minimum(low, images), torch.maximum(high, images)
    return Limits(_within(low, images, reach), _within(high, images, reach), bounds, whole)


def _not_above(number: float, dtype: torch.dtype) -> float:
    """The largest number of a dtype that is not above another one."""
    nearest = torch.tensor(number, dtype=dtype)
    if float(nearest) > number:
        nearest = torch.nextafter(nearest, torch.tensor(-math.inf, dtype=dtype))
    return float(nearest)


def _further(ends: Tensor, images: Tensor, reach: float) -> Tensor:
    """Which ends of intervals around images are further than reach from them.

    A difference is rounded too, so where it equals reach its rounding error decides.

    Source of the error's formula: Knuth, "The Art of Computer Programming", volume 2, 4.2.2.
    """
    change = ends - images
    back = change - ends  # -images, rounded
    error = (ends - (change - back)) - (images + back)  # ends - images is change + error
    return (change.abs() > reach) | ((change.abs() == reach) & (error * change > 0))


def _within(ends: Tensor, images: Tensor, reach: float) -> Tensor:
    """The ends, moved to the next number towards the images where they are further than reach."""
    return torch.where(_further(ends, images, reach), torch.nextafter(ends, images), ends)


def _whole_limits(images: Tensor, epsilon: float, bounds: Bounds) -> tuple[Tensor, Tensor]:
    """The first and last whole grey value that is not further than epsilon, as pixels."""
    unit = grey_unit(bounds)
    fine = images if images.dtype == torch.float64 else images.float()
    reach = _not_above(grey_values(epsilon, bounds), fine.dtype)
    exact = (fine - bounds[0]) / unit
    error = 4 * torch.finfo(images.dtype).eps * max(map(abs, bounds)) / unit
    nearest = exact.round()
    values = torch.where((exact - nearest).abs() <= error, nearest, exact)
    first, last = (values - reach).ceil(), (values + reach).floor()
    first = torch.where(_further(first, values, reach), first + 1, first)
    last = torch.where(_further(last, values, reach), last - 1, last)
    return (first * unit + bounds[0]).to(images), (last * unit + bounds[0]).to(images)


def grey_unit(bounds: Bounds, levels: int = 256) -> float:
    """One step between the values of a pixel, in the unit of the bounds.

    unit = (highest - lowest) / (levels - 1)
    """
    return (bounds[1] - bounds[0]) / (levels - 1)


def grey_epsilon(count: int, bounds: Bounds, levels: int = 256) -> float:
    """So many grey values as an epsilon; all steps are the whole range, which rounding may pass."""
    return min(count * grey_unit(bounds, levels), bounds[1] - bounds[0])


def grey_values(epsilon: float, bounds: Bounds) -> float:
    """How many grey values epsilon is, 255 of them from the lowest to the highest pixel.

    On most scales a grey value is no exact float: there 12 * (1 / 255) counts as 12.
    """
    unit = grey_unit(bounds)
    count = epsilon / unit
    return round(count) if unit != 1 and abs(count - round(count)) <= 1e-6 else count


def finite(logits: Float[Tensor, "n k"]) -> Float[Tensor, "n k"]:
    """The logits themselves.

    Raises:
        UncomputableError: one is NaN or infinite, as large weights make them.
    """
    if not bool(torch.isfinite(logits).all()):
        raise UncomputableError(
            "The model gives logits that are not finite (NaN or infinite): it cannot be attacked."
        )
    return logits


def check_gradient(gradient: Float[Tensor, "n c h w"]) -> None:
    """Refuse a gradient that names no direction.

    Raises:
        UncomputableError: it is NaN or infinite somewhere.
    """
    if not bool(torch.isfinite(gradient).all()):
        raise UncomputableError(
            "The gradient of the score is not finite (NaN or infinite), since the model's logits "
            "are too large: it cannot be attacked."
        )


def _as_rounded(bounds: Bounds, dtype: torch.dtype) -> Bounds:
    """The bounds, or where a dtype of 16 bits rounds a pixel beyond them that pixel."""
    info = torch.finfo(dtype)
    if info.bits > 16:
        return bounds
    low, high = (float(torch.tensor(end, dtype=dtype).clamp(info.min, info.max)) for end in bounds)
    return min(low, bounds[0]), max(high, bounds[1])


def check_images(
    images: Float[Tensor, "n c h w"], epsilon: float, bounds: Bounds
) -> tuple[float, Bounds]:
    """Refuse images that are no floats (N, C, H, W) within the bounds, or an impossible epsilon.

    Returns:
        Epsilon and the bounds as numbers of Python, whatever held them.

    Raises:
        TypeError: the images are no floating-point tensor, epsilon or a bound is no number.
        ValueError: shape, bounds, pixels or epsilon do not fit; a pixel at a bound may be beyond it
            as far as a dtype of 16 bits rounds it.
    """
    check_tensor("images", images, "(N, C, H, W)")
    check_values(images)
    low, high = _as_numbers(bounds)
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise ValueError(f"Expected bounds (lowest, highest), got ({low:g}, {high:g}).")
    ends = images.detach().aminmax() if images.numel() else (low, high)
    least, most = map(float, ends)
    lowest, highest = _as_rounded((low, high), images.dtype)
    if not lowest <= least <= most <= highest:  # also false for NaN
        raise ValueError(
            f"Expected pixels from {low:.9g} to {high:.9g}, got {least:.9g} to {most:.9g}: "
            "name the model's own range with bounds=."
        )
    reach = real_number("epsilon", epsilon)
    if not 0 <= reach <= high - low:  # also false for NaN
        raise ValueError(
            f"Expected epsilon from 0 to {high - low:g}, the range of the pixels, got {reach:g}."
        )
    return reach, (low, high)


def _as_numbers(bounds: Bounds) -> Bounds:
    """The bounds as two numbers of Python."""
    given: object = bounds
    ends = list(bounds) if isinstance(given, Sequence) or getattr(given, "ndim", False) else []
    if len(ends) != 2:
        error = ValueError if ends else TypeError
        raise error(f"Expected bounds as two numbers (lowest, highest), got {described(bounds)}.")
    return real_number("bounds", ends[0]), real_number("bounds", ends[1])
