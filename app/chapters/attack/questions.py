"""What the chapter computes of networks, here or in the processes beside the pages: whoever asks
says a network by its source.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import torch
from torch import Tensor

from app.ui import heavy, images, networks
from app.ui.networks import AttackedNetwork, Source
from core import attacks, homework, masking
from core.attacks import AttackResult
from core.checkpoints.foreign import Adapted
from core.checks import logits_of
from core.data.facts import LabelledImages, facts
from core.evaluation import UncomputableError
from core.masking import MaskingCheck
from core.models import to_input
from core.robustness import breaking_epsilons, rate
from core.ties import is_right, is_tied

OWN = "Own"  # a person's own network in links and in rows
SEARCHED = 500  # test pictures that a network is asked at once
BISECTIONS = 8  # attacks until one epsilon of 256 is found
# Seconds of one core for a gradient of one picture, measured on A, B and the ResNet: 1.5 ms with
# 22 thousand weights, 16 ms with 4.8 million.
PER_GRADIENT, PER_WEIGHT = 1.5e-3, 3e-9


@dataclass(frozen=True)
class Attacking:
    """An attack on one picture, for any epsilon.

    Attributes:
        image: (C, H, W) uint8.
        goal: the class to reach, or the true one to leave.
        method: the fields of ``core.attacks.Method``.
        targeted: whether the goal is to be reached.
        gradients: backward passes that it may cost.
    """

    image: Tensor
    goal: int
    method: tuple[Any, ...]
    targeted: bool
    gradients: int


def is_heavy(network: AttackedNetwork, gradients: int) -> bool:
    """Whether so many gradients of one picture may take too long for a page; a successful attack
    stops before.

    Args:
        network: that is attacked.
        gradients: at the most.
    """
    weights = sum(one.numel() for one in network.model.parameters())
    return gradients * (PER_GRADIENT + PER_WEIGHT * weights) > heavy.LIGHT


def attack(
    network: AttackedNetwork,
    attacking: Attacking,
    epsilon: float,
    *,
    keep_pictures: bool,
    whole: bool,
) -> AttackResult:
    """Attack a picture.

    Args:
        network: that is attacked.
        attacking: the attack.
        epsilon: largest change of a pixel, in grey values.
        keep_pictures: of every step.
        whole: look at whole grey values alone.
    """
    return attacks.attack(
        network.model,
        to_input(network.model, attacking.image[None]),
        attacking.goal,
        epsilon * network.epsilon_unit,
        method=attacks.Method(*attacking.method),
        targeted=attacking.targeted,
        bounds=network.bounds,
        max_gradients=attacking.gradients,
        keep_pictures=keep_pictures,
        whole=whole,
    )


def attacked(
    source: Source, attacking: tuple[Any, ...], epsilon: float, whole: bool
) -> AttackResult:
    """Attack a picture, as a whole class does that moves the same slider.

    Args:
        source: of the network.
        attacking: the fields of ``Attacking``.
        epsilon: largest change of a pixel, in grey values.
        whole: look at whole grey values alone.
    """
    (found,) = attack_at(source, attacking, (epsilon,), False, whole)
    return found


def attack_at(
    source: Source,
    attacking: tuple[Any, ...],
    epsilons: Sequence[float],
    keep_pictures: bool,
    whole: bool,
) -> Iterator[AttackResult]:
    """Attack a picture at several epsilons, one after the other.

    Args:
        source: of the network.
        attacking: the fields of ``Attacking``.
        epsilons: largest changes of a pixel, in grey values.
        keep_pictures: of every step.
        whole: look at whole grey values alone.
    """
    network = networks.network_of(source)
    for epsilon in epsilons:
        yield attack(
            network, Attacking(*attacking), epsilon, keep_pictures=keep_pictures, whole=whole
        )


def smallest_epsilon(source: Source, attacking: tuple[Any, ...]) -> float:
    """The epsilon in grey values at which the attack succeeds while it fails one below.

    Args:
        source: of the network.
        attacking: the fields of ``Attacking``.
    """
    network, asked = networks.network_of(source), Attacking(*attacking)
    found = breaking_epsilons(
        network.model,
        to_input(network.model, asked.image[None]),
        asked.goal,
        method=attacks.Method(*asked.method),
        bounds=network.bounds,
        max_gradients=asked.gradients,
        targeted=asked.targeted,
        whole=True,
    )
    return float(found[0]) / network.epsilon_unit


def first_success(source: Source, attacking: tuple[Any, ...], epsilons: tuple[float, ...]) -> float:
    """The first of several epsilons in grey values at which the attack succeeds; infinite where it
    does at none.

    Args:
        source: of the network.
        attacking: the fields of ``Attacking``.
        epsilons: in the order in which they are tried.
    """
    tried = attack_at(source, attacking, epsilons, False, True)
    succeeds = (epsilon for epsilon, one in zip(epsilons, tried) if bool(one.success[0]))
    return next(succeeds, math.inf)


def rate_of_ones(source: Source, epsilon: float) -> dict[str, Any]:
    """How often task 3 succeeds on a network of a person's own, over every 1 of the test set.

    Args:
        source: of the network, which takes digits.
        epsilon: largest change of a pixel, in grey values.

    Returns:
        A row as ``core.evaluation.SuccessRate`` has it.

    Raises:
        UncomputableError: the test set is not there.
    """
    network = networks.network_of(source)
    everything = images.whole_test_set(network.dataset)
    if everything is None:
        raise UncomputableError(f"Expected all of {facts(network.dataset).title} in the folder.")
    ones = everything.subset((everything.labels == homework.SOURCE).nonzero()[:, 0])
    pictures, task = to_input(network.model, ones.images), homework.EVALUATED[homework.THIRD]
    if epsilon == 0:  # no step changes a picture, however many there are
        task = replace(task, max_gradients=1)
    about = network.model, pictures, ones.labels, epsilon * network.epsilon_unit, network.bounds
    return asdict(replace(rate(homework.THIRD, task, OWN, *about), epsilon=float(epsilon)))


@dataclass(frozen=True)
class MaskingPictures:
    """On what signs of masking are looked for.

    Attributes:
        count: of the signs.
        pictures: which, as the inside of a sentence.
    """

    count: int
    pictures: str


def masking_signs(source: Source, other: str) -> Iterator[MaskingPictures | MaskingCheck]:
    """The signs of whether a network is robust or hides its gradient, on the bundled pictures that
    it gets right, or where it gets none right on others of the test set.

    Args:
        source: of the network.
        other: name of one whose attacks should transfer no better; "" = none.

    Yields:
        How many signs there are and on what, then the signs.

    Raises:
        UncomputableError: it gets no picture right that is there.
    """
    network = networks.network_of(source)
    chosen, pictures = _right_pictures(network)
    beside = None
    if other:  # in the dtype that the attacked network may need
        scale = 255 / (network.bounds[1] - network.bounds[0])
        beside = Adapted(networks.attacked_network(other).model, scale)
    yield MaskingPictures(masking.CHECKS - (beside is None), pictures)
    yield from masking.masking_checks(
        network.model,
        to_input(network.model, chosen.images),
        chosen.labels,
        network.bounds,
        other=beside,
    )


def _right_pictures(network: AttackedNetwork) -> tuple[LabelledImages, str]:
    """The bundled pictures that a network gets right, else as many of the test set if that is
    there; and in words which they are.
    """
    bundled = images.samples(network.dataset)
    count, title = len(bundled.images), facts(network.dataset).title
    right = _right(network, LabelledImages(bundled.images, bundled.labels))
    if len(right):
        return right, f"those of the {count} bundled pictures that it classifies right"
    none = f"The network classifies none of the {count} bundled pictures right{_tied(network)}"
    everything = images.whole_test_set(network.dataset)
    if everything is None:
        raise UncomputableError(
            f"{none}, so there is none to attack: with all of {title} in the data folder pictures "
            "that it classifies right are looked for there."
        )
    for start in range(0, len(everything), SEARCHED):
        part = _right(network, everything.subset(slice(start, start + SEARCHED)))
        if len(part):
            part = part.subset(slice(count))
            return part, f"{len(part)} test pictures that it classifies right, as no bundled one is"
    raise UncomputableError(
        f"{none}, and none of the {len(everything):,} test pictures, so there is none to attack."
    )


def _right(network: AttackedNetwork, pictures: LabelledImages) -> LabelledImages:
    """Those that the network gets right, and not just by rounding: it is asked for them again."""
    logits = _logits(network, pictures.images)
    return pictures.subset(is_right(logits, pictures.labels).nonzero()[:, 0])


def _tied(network: AttackedNetwork) -> str:
    """What is added where it cannot tell the classes of bundled pictures apart."""
    tied = int(is_tied(_logits(network, images.samples(network.dataset).images)).sum())
    return f" (its largest logits are equal but for rounding on {tied} of them)" if tied else ""


def _logits(network: AttackedNetwork, pictures: Tensor) -> Tensor:
    with torch.no_grad():
        return logits_of(network.model, to_input(network.model, pictures))
