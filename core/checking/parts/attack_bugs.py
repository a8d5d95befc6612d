"""What an attack does wrong, read from the points that it went through on a network of ours."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from core.checking.bugs import attacks as bugs
from core.checking.bugs.attacks import StepSetting
from core.checking.parts.attack_calls import HIGH, Scene

TOLERANCE = 1e-3  # of a grey value
NEAR = 0.01  # of a step, that a pixel may miss
AGREE = 0.97  # share of the pixels that a model has to meet
SUM_AGREES = 0.999  # share of the moved pixels
REACHED = 0.95  # of epsilon
EVEN = 0.3  # of the first step, that one in the middle has at least
OTHER_SLOPE = 0.2  # from 1, where pixels are on another scale
SIGN_LIKE = 0.05  # spread of step lengths where the sign sets them


@dataclass(frozen=True, eq=False)
class Track:
    """One image's way on the probe, all in float64 and in grey values.

    Attributes:
        scene: what was attacked.
        targeted: whether a target was asked for.
        start: (784,) the image.
        points: (T, 784) where gradients were taken.
        gradients: (T, 784) of the attack's own loss.
        last: (784,) what came back.
        first: (784,) what reached the network first; None: nothing did.
        count: backward passes.
        trained: whether the network was asked in training mode.
        clamps: rows with ``step``, ``out`` and ``bounds``, numbers or tensors.
    """

    scene: Scene
    targeted: bool
    start: Tensor
    points: Tensor
    gradients: Tensor
    last: Tensor
    first: Tensor | None
    count: int
    trained: bool
    clamps: tuple[Mapping[str, Any], ...]

    @property
    def path(self) -> Tensor:
        """(T + 1, 784) all points, and what came back."""
        return torch.cat([self.points, self.last[None]])

    @property
    def reach(self) -> float:
        """The largest change of a pixel on the whole way."""
        return float((self.path - self.start).abs().max())

    @property
    def travel(self) -> float:
        """The largest change of a pixel since the first gradient, wherever the attack begins."""
        return float((self.path - self.path[0]).abs().max())

    @property
    def beyond(self) -> float:
        """How far what came back is beyond epsilon."""
        return float((self.last - self.start).abs().max()) - self.scene.epsilon

    @property
    def outside(self) -> float:
        """How far what came back is outside of the range of pixels."""
        return max(-float(self.last.min()), float(self.last.max()) - HIGH)


def track_of(answer: Any, scene: Scene, *, targeted: bool, factor: float) -> Track:  # noqa: ANN401
    """The way that an answer tells of.

    Args:
        answer: of ``attack_calls.ask`` with ``keep``.
        scene: one image on the probe.
        targeted: whether a target was asked for.
        factor: that clamps' numbers have to be multiplied with.
    """
    tensors: Mapping[str, Tensor] = answer.tensors
    nothing = torch.zeros((0, 784), dtype=torch.float64)
    rows = []
    for index, row in enumerate(answer.facts["clamps"]):
        bounds = [
            tensors[one] if isinstance(one, str) else float(one) * factor for one in row["bounds"]
        ]
        rows.append({"step": row["step"], "out": tensors[f"clamp.{index}"], "bounds": bounds})
    first = tensors.get("first")
    is_whole = first is not None and first.numel() == 784
    return Track(
        scene,
        targeted,
        scene.images.reshape(-1),
        tensors["points"].reshape(-1, 784) if "points" in tensors else nothing,
        tensors["gradients"].reshape(-1, 784).double() if "gradients" in tensors else nothing,
        tensors["adversarial"].reshape(-1),
        first.reshape(-1) if first is not None and is_whole else None,
        max(answer.facts["counts"]),
        bool(answer.facts["trained"]),
        tuple(rows),
    )


Score = Callable[[Tensor, int], Tensor]


def _margin(logits: Tensor, label: int) -> Tensor:
    others = torch.cat([logits[:label], logits[label + 1 :]])
    return others.max() - logits[label]


SCORES: tuple[Score, ...] = (  # each falls where a class wins
    lambda logits, label: F.cross_entropy(logits[None], torch.tensor([label])),
    _margin,
    lambda logits, label: -logits[label],
    lambda logits, label: -logits.softmax(0)[label],
)


def logits_of(weights: Mapping[str, Tensor], points: Tensor) -> Tensor:
    """(10,) what the probe gives of (784,) pixels."""
    hidden = (weights["fc1.weight"] @ points + weights["fc1.bias"]).sin()
    return weights["fc2.weight"] @ hidden + weights["fc2.bias"]


def slope(track: Track, point: Tensor, score: Score, label: int) -> Tensor:
    """(784,) gradient of a score."""
    points = point.clone().requires_grad_(True)
    (found,) = torch.autograd.grad(score(logits_of(track.scene.weights, points), label), points)
    return found


def setting_at(track: Track, step: int, score: Score) -> StepSetting:
    """Where the attack stands before a step, with the gradients of a score."""
    path = track.path
    label, goal = int(track.scene.labels[0]), track.scene.goal
    true, target = (slope(track, path[step], score, one) for one in (label, goal))
    own = track.gradients[: step + 1].sum(0)
    here = track.gradients[step]
    uphill = -target if track.targeted else true
    turned = -1.0 if float((here * uphill).sum()) < 0 else 1.0  # its own loss may be the negative
    return StepSetting(
        track.start,
        path[step],
        true,
        target,
        turned * own,
        track.targeted,
        float((path[step + 1] - path[step]).abs().max()),
        track.scene.epsilon,
        HIGH,
    )


def agrees(track: Track, step: int, model: bugs.Model, score: Score = SCORES[0]) -> bool:
    """Whether a model of a step leads where the attack went."""
    setting = setting_at(track, step, score)
    if setting.step_size <= 0:
        return False
    apart = (model(setting) - track.path[step + 1]).abs()
    return float((apart <= NEAR * setting.step_size + 1e-9).double().mean()) >= AGREE


def moved(track: Track) -> list[int]:
    """The steps that moved anything."""
    path = track.path
    return [
        step
        for step in range(len(track.points))
        if float((path[step + 1] - path[step]).abs().max())
    ]


def goes_right(track: Track) -> bool:
    """Whether the first step is that of a right attack, by any of the scores."""
    return any(agrees(track, step, bugs.right, one) for step in moved(track)[:1] for one in SCORES)


OF_TARGET = ("targeted-sign-lost", "targeted-wrong-label", "target-unused")


def wrong_way(track: Track) -> str | None:
    """The bug whose first step is the attack's own, of those that go the wrong way."""
    if goes_right(track):
        return None
    steps = moved(track)[:1]
    names = OF_TARGET if track.targeted else ()
    for step in steps:
        for name in names or ("untargeted-sign-lost",):
            if any(agrees(track, step, bugs.MODELS[name], score) for score in SCORES):
                return name
    return None


def is_raw(track: Track) -> bool:
    """Whether the first step is as long as the gradient itself says, and not as its sign."""
    for step in moved(track)[:1]:
        path, gradient = track.path, track.gradients[step]
        change = path[step + 1] - path[step]
        inside = ((track.path[step + 1] - track.start).abs() < track.scene.epsilon) & (change != 0)
        inside &= (path[step + 1] > 0) & (path[step + 1] < HIGH)
        one, other = change[inside], gradient[inside]
        if len(one) < 100 or float(one.abs().std()) < SIGN_LIKE * float(one.abs().mean()):
            return False
        return abs(float(F.cosine_similarity(one, other, dim=0))) > 0.999
    return False


def is_accumulated(track: Track, *, or_momentum: bool) -> bool:
    """Whether each step follows the sum of all gradients so far, and not that of its own point.

    Args:
        track: on the probe with waves, where the signs change on the way.
        or_momentum: what to say where the sum of gradients of equal length, which is momentum,
            explains the steps as well.
    """
    steps = [step for step in moved(track) if step < len(track.points) - 1]
    lengths = track.gradients.abs().mean(1, keepdim=True).clamp(min=1e-300)
    sums = track.gradients.cumsum(0)
    momentum = (track.gradients / lengths).cumsum(0)
    own, summed, even = (
        _share_of_signs(track, steps, one) for one in (track.gradients, sums, momentum)
    )
    if own > SUM_AGREES or summed < SUM_AGREES or summed < even:
        return False
    return or_momentum or summed > even


def _share_of_signs(track: Track, steps: list[int], directions: Tensor) -> float:
    """Share of the moved pixels that went where directions (T, 784), or their negatives, lead."""
    path = track.path
    if not steps:
        return 0.0
    changes = torch.stack([path[step + 1] - path[step] for step in steps])
    leading = directions[steps]
    has_moved = changes.abs() > TOLERANCE  # what is less is rounding
    if not bool(has_moved.any()):
        return 0.0
    same = (changes.sign() == leading.sign())[has_moved].double().mean()
    return max(float(same), 1 - float(same))


def centre(track: Track) -> str:
    """What the attack clamps around in its first steps: "start", "last", or "" for nothing."""
    found: set[str] = set()
    epsilon, path = track.scene.epsilon, track.path
    for row in track.clamps:
        step = int(row["step"])
        if step == 0 or step + 1 >= len(path):  # at the start both are one
            continue
        found |= _centres(track, row, step, epsilon)
    return "start" if "start" in found else "last" if "last" in found else ""


def _centres(track: Track, row: Mapping[str, Any], step: int, epsilon: float) -> set[str]:
    found: set[str] = set()
    points = {"start": track.start, "last": track.path[step]}
    for bound in row["bounds"]:
        for name, point in points.items():
            if isinstance(bound, Tensor):
                off = ((bound.double() - point).abs() - epsilon).abs()
                found |= {name} if float(off.max()) < TOLERANCE else set()
            elif abs(abs(bound) - epsilon) < TOLERANCE:
                off = (row["out"].double() - (track.path[step + 1] - point)).abs()
                near = float((off < TOLERANCE).double().mean())
                found |= {name} if near > AGREE - 0.5 and name not in found else set()
    return found


def diagnosed(track: Track, *, loops: bool) -> str | None:
    """The first bug that explains an attack's way on the straight probe; None: none is known, or
    nothing is wrong.

    Args:
        track: the way.
        loops: whether the attack has a loop, or is told a number of steps.
    """
    epsilon = track.scene.epsilon
    if track.trained:
        return "evaluation-mode-forgotten"
    if track.first is not None and is_scaled(track.start, track.first, epsilon):
        return "normalised-twice"
    if not len(track.points):
        return None
    to_one = any(_is_one(row["bounds"]) for row in track.clamps) and not goes_right(track)
    if to_one or float(track.last.max()) <= 1 + TOLERANCE:
        return "clip-to-one"
    way = wrong_way(track)
    if way is not None:
        return way
    if track.travel < REACHED * epsilon:
        return _too_short(track, loops)
    if track.beyond > TOLERANCE:
        around = centre(track)
        names = {"last": "projection-wrong-centre", "": "projection-forgotten"}
        return names.get(around)
    if track.outside > TOLERANCE:
        return "clip-forgotten"
    return "one-step-only" if track.count == 1 and loops else None


def _is_one(bounds: list[float | Tensor]) -> bool:
    numbers = [one for one in bounds if isinstance(one, float)]
    return len(numbers) == 2 and numbers == [0.0, 1.0]


def _too_short(track: Track, loops: bool) -> str | None:
    """Why an attack stays far from epsilon."""
    if is_raw(track):
        return "no-sign"
    if track.count == 1 and loops:
        return "one-step-only"
    share = track.reach / (track.scene.epsilon / HIGH)
    if REACHED < share < 2 - REACHED:
        return "epsilon-in-wrong-unit"
    lengths = [float((track.path[one + 1] - track.path[one]).abs().max()) for one in moved(track)]
    is_even = bool(lengths) and lengths[len(lengths) // 2] > EVEN * lengths[0]
    return "step-too-small" if is_even else None  # others are held back, as by another norm


def is_scaled(image: Tensor, first: Tensor, epsilon: float) -> bool:
    """Whether what reached the network first is the image on another scale, by the line through
    both: noise that is larger than epsilon keeps its slope near 1 and its height.
    """
    if float(first.std()) == 0 or float(torch.corrcoef(torch.stack([image, first]))[0, 1]) <= 0.99:
        return False
    slope = float(torch.cov(torch.stack([image, first]))[0, 1] / image.var())
    return abs(slope - 1) > OTHER_SLOPE or abs(float((first - image).mean())) > epsilon
