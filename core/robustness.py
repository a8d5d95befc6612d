"""How robust a network is: the success rates of attacks on it, beside honest controls."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from core import attacks
from core.attack_record import check_images, grey_epsilon, is_success
from core.attacks import Bounds, Method, attack
from core.checks import logits_of, spelled, whole_number
from core.evaluation import (
    SuccessRate,
    UncomputableError,
    check_batches,
    evaluation_mode,
    predicted_classes,
    success_rates,
)
from core.labels import Labels, checked_labels
from core.stored import as_stored, grey_levels


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

    def goals(self, labels: Labels) -> Labels:
        """The classes that a success is judged by: the target, or without one the true ones."""
        return labels if self.target is None else self.target

    def success(
        self,
        model: nn.Module,
        images: Float[Tensor, "n c h w"],
        labels: Labels,
        epsilon: float,
        bounds: Bounds,
    ) -> Bool[Tensor, " n"]:
        """(N,) bool: which inputs the attack succeeds on."""
        return self.tried(model, images, labels, epsilon, bounds)[1]

    def tried(
        self,
        model: nn.Module,
        images: Float[Tensor, "n c h w"],
        labels: Labels,
        epsilon: float,
        bounds: Bounds,
    ) -> tuple[Float[Tensor, "n c h w"], Bool[Tensor, " n"]]:
        """The pictures that the attack or the noise makes, and (N,) bool: which are a success."""
        if self.method is None:
            pictures = attacks.random_signs(images, epsilon, bounds=bounds)
            with evaluation_mode(model):
                logits = logits_of(model, pictures)
            goals = checked_labels(self.goals(labels), len(images), classes=logits.shape[1])
            goals = goals.to(logits.device)
            return pictures, is_success(logits, goals, targeted=self.target is not None)
        result = self.run(model, images, labels, epsilon, bounds)
        return result.adversarial, result.success

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
            self.goals(labels),
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
        The counts, on the real-valued pictures and on those rounded to grey values.

    Raises:
        TypeError, ValueError: as ``success_rates`` and the task's attack do.
    """
    labels = checked_labels(labels, len(images)).to(images.device)
    if task.source is not None:
        chosen = labels == task.source
        images, labels = images[chosen], labels[chosen]

    successes_stored = 0

    def once(network: nn.Module, batch: Tensor, truth: Tensor, radius: float) -> Tensor:
        nonlocal successes_stored
        pictures, success = task.tried(network, batch, truth, radius, bounds)
        stored = as_stored(network, pictures, grey_levels(batch, bounds), radius, bounds=bounds)
        found = stored.success(task.goals(truth), targeted=task.target is not None)
        successes_stored += int(found.sum())
        return success

    row = next(iter(success_rates({model_name: model}, {name: once}, images, labels, [epsilon])))
    return replace(row, successes_stored=successes_stored)


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

    Raises:
        UncomputableError: there are no images.
        TypeError, ValueError: as the task's attack does, or a batch size below 1.
    """
    check_images(images, epsilon, bounds)
    check_some(images)
    check_batches(images, batch_size)
    wrong = 0
    labels = checked_labels(labels, len(images)).to(images.device)
    for batch, truth in zip(torch.split(images, batch_size), torch.split(labels, batch_size)):
        made = task.run(made_on, batch, truth, epsilon, bounds).adversarial
        with evaluation_mode(scored_on):
            wrong += int((predicted_classes(scored_on, made) != truth).sum())
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
    levels: int = 256,
    targeted: bool = False,
    whole: bool = False,
) -> Float[Tensor, " n"]:
    """The smallest epsilon at which the attack succeeds on each image, by bisection over equal
    steps of the range.

    Args:
        model: maps images to logits (N, K); given back unchanged.
        images: (N, C, H, W) within ``bounds``.
        labels: true classes, or the targets of a targeted attack; one for all or (N,) one each.
        method: of the attack.
        bounds: (lowest, highest) value of a pixel.
        max_gradients: backward passes an attack may cost.
        seed: of random starting points.
        levels: values of a pixel that are told apart, equally far from each other; the range has
            one step less, 255 of one grey value.
        targeted: whether ``labels`` are targets.
        whole: look only at pictures of whole grey values, as ``attack`` does.

    Returns:
        (N,) epsilon in float64, at which the attack succeeds while it fails one step below; 0 for
        an image that is a success as it is, infinite where even the whole range does not help. An
        attack of few gradients may fail at a larger epsilon again, and succeed at a smaller one.

    Raises:
        TypeError, ValueError: as ``attack`` does, or fewer than two levels.
    """
    _, bounds = check_images(images, 0.0, bounds)
    if not 2 <= whole_number("levels", levels) <= 2**31:
        raise ValueError(f"Expected 2 or more levels of a pixel, got {spelled(int(levels))}.")
    labels = checked_labels(labels, len(images)).to(images.device)
    low = torch.full((len(images),), -1)  # fails
    high = torch.full((len(images),), levels)  # succeeds, or is beyond the range
    while bool((unsettled := high - low > 1).any()):
        middle = (low + high) // 2
        for number in sorted(set(middle[unsettled].tolist())):
            part = ((middle == number) & unsettled).nonzero()[:, 0]
            success = attack(
                model,
                images[part],
                labels[part],
                grey_epsilon(number, bounds, levels),
                method=method,
                targeted=targeted,
                bounds=bounds,
                max_gradients=max_gradients,
                seed=seed,
                whole=whole,
            ).success.cpu()
            high[part[success]], low[part[~success]] = number, number
    epsilons = [grey_epsilon(number, bounds, levels) for number in high.tolist()]
    return torch.tensor(epsilons, dtype=torch.float64).masked_fill(high == levels, math.inf)


def check_some(images: Float[Tensor, "n c h w"]) -> None:
    """Refuse a share of no images.

    Raises:
        UncomputableError: there are none.
    """
    if not len(images):
        raise UncomputableError(
            "There is no picture that the network classifies right, so none can be attacked."
        )
