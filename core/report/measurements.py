"""The homework's two long measurements: class activation maps put to the test (part 5), and the
success of the attacks (part 6). Finished parts are kept, so that one that was ended goes on.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from jaxtyping import UInt8
from torch import Tensor, nn

from core import faithfulness, robustness
from core.cam import class_activation_maps
from core.checkpoints import Checkpoint, results
from core.checkpoints.cards import first_of
from core.checkpoints.results import Part
from core.data.checked import is_present
from core.data.facts import LabelledImages, facts
from core.data.load import load
from core.data.samples import load_samples
from core.homework import EVALUATED, FIRST, MASKED
from core.models import Saturated, bounds_of, to_input
from core.training.config import AUTOCAST, Precision

Curves = dict[str, dict[str, list[list[float]]]]
Work = tuple[str, str, str]  # what is measured, the model or the pair of models, epsilon
Described = tuple[LabelledImages, str]  # images, and what a card calls them
OnProgress = Callable[[int, int], None]  # done, of all
TRANSFER, BREAKING = "transfer", "breaking"
CAM_PART = 100  # pictures that are measured at once


@dataclass(frozen=True)
class CamSetting:
    """How class activation maps are put to the test.

    Attributes:
        method: of the upsampling.
        draws: random rankings of each kind for each picture.
        seed: of the rankings.
        precision: "fp32", "bf16" or "fp16".
    """

    method: str
    draws: int
    seed: int
    precision: Precision


def bundled_images(dataset: str, count: int) -> Described:
    """The first ``count`` bundled pictures, and what a card calls them."""
    samples = load_samples(dataset)
    images = LabelledImages(samples.images, samples.labels)
    return _first(images, count, len(images), "the bundled pictures")


def test_images(dataset: str, folder: Path, count: int, *, download: bool) -> Described:
    """The first ``count`` test images, and what a card calls them.

    Args:
        dataset: of ``core.data.facts.DATASETS``.
        folder: with the data sets.
        count: how many, 1 or more.
        download: fetch missing data.

    Raises:
        DatasetError: the data are missing or damaged.
    """
    images = load(dataset, "test", folder, download=download)
    return _first(images, count, facts(dataset).test_images, "the test images")


def cam_images(dataset: str, folder: Path, count: int, *, download: bool) -> Described:
    """As ``test_images``, but the bundled pictures where the data are missing and not fetched."""
    if download or is_present(dataset, folder):
        return test_images(dataset, folder, count, download=download)
    return bundled_images(dataset, count)


def measure_cam(
    loaded: Checkpoint,
    images: UInt8[Tensor, "n c h w"],
    setting: CamSetting,
    *,
    validated_on: str,
    device: torch.device,
    runs: Path,
    on_progress: OnProgress,
) -> dict[str, Any]:
    """Put the class activation maps of the class that a network sees to the test.

    Args:
        loaded: a network as ``core.cam.class_activation_maps`` takes it; its model is moved to
            ``device``.
        images: (N, C, H, W) uint8.
        setting: of the measurement.
        validated_on: what the images are, for the card.
        device: to compute on.
        runs: folder for the finished parts.
        on_progress: called with the number of images that are done, and of all.

    Returns:
        The content of the result: the setting, for deletion and insertion the mean probability of
        each ranking over ``core.faithfulness.SHARES``, and the seconds of all parts.
    """
    model = loaded.model.to(device)
    model = model.to(memory_format=torch.channels_last)
    fill = torch.tensor(facts(loaded.card["config"]["dataset"]).mean, device=device)

    def measure(part: slice) -> Curves:
        batch = to_input(model, images[part].to(device))
        batch = batch.contiguous(memory_format=torch.channels_last)
        return _part_curves(model, batch, fill, setting)

    settings = {
        "method": setting.method,
        "draws": setting.draws,
        "precision": setting.precision,
        "network": loaded.card["weights"]["sha256"],
        "validated_on": validated_on,
    }
    parts = results.in_parts(
        len(images),
        CAM_PART,
        measure,
        settings=settings | {"seed": setting.seed, "device": device.type},
        name="cam",
        runs=runs,
    )
    spent: list[float] = []
    curves = mean_curves(_counted(parts, len(images), on_progress, spent), len(images))
    counts = {"pictures": len(images), "shares": list(faithfulness.SHARES)}
    return settings | curves | counts | {"seconds": sum(spent)}


def mean_curves(parts: Iterable[Curves], count: int) -> dict[str, dict[str, list[float]]]:
    """The mean over all pictures of the curves that were measured in parts.

    Args:
        parts: kind to ranking to (n, S) probabilities.
        count: pictures of all parts together.

    Returns:
        Kind to ranking to S probabilities.
    """
    sums: dict[str, dict[str, Tensor]] = {}
    for part in parts:
        for kind, curves in part.items():
            rankings = sums.setdefault(kind, {})
            for ranking, rows in curves.items():
                total = torch.tensor(rows).double().sum(0)  # (S,)
                rankings[ranking] = rankings.get(ranking, 0.0) + total
    return {
        kind: {ranking: (total / count).tolist() for ranking, total in rankings.items()}
        for kind, rankings in sums.items()
    }


def attacked_models(loaded: Mapping[str, Checkpoint]) -> dict[str, nn.Module]:
    """The networks of the homework's part 6 by their names: A and B, and M, made from A.

    Args:
        loaded: name of each trained network, "A" and "B", to its checkpoint; the weights take no
            gradients from here on.
    """
    models = {network: one.model.requires_grad_(False) for network, one in loaded.items()}
    return models | {network: Saturated(models[of]) for network, of in MASKED.items()}


def measure_attacks(
    loaded: Mapping[str, Checkpoint],
    test: LabelledImages,
    epsilons: Sequence[int],
    *,
    validated_on: str,
    samples: LabelledImages,
    runs: Path,
    on_progress: OnProgress,
) -> dict[str, Any]:
    """Every attack of ``core.homework.EVALUATED`` on every model at every epsilon.

    Args:
        loaded: name of each trained network, "A" and "B", to its checkpoint.
        test: the images to attack.
        epsilons: in grey values.
        validated_on: what the images are, for the card.
        samples: pictures whose smallest successful epsilon is looked for.
        runs: folder for the finished parts.
        on_progress: called with the number of rates that are done, and of all.

    Returns:
        The content of the result: the rates, the shares that transfer from one model to another,
        for each model the smallest epsilon of each sample, None where none succeeds, and the
        seconds of all parts.
    """
    models = attacked_models(loaded)
    work = attack_work(models, loaded, epsilons)
    measure = partial(_measure_attack, models=models, test=test, samples=samples)
    settings = {
        "networks": {network: one.card["weights"]["sha256"] for network, one in loaded.items()},
        "validated_on": validated_on,
        "images": len(test),
        "epsilons": list(epsilons),
    }
    parts = results.in_parts(
        len(work),
        1,
        lambda part: measure(*work[part.start]),
        settings=settings | {"work": work} | _attack_settings(models, samples),
        name="attacks",
        runs=runs,
    )
    spent: list[float] = []
    found = sorted_results(work, _counted(parts, len(work), on_progress, spent))
    return settings | found | {"seconds": sum(spent)}


def _attack_settings(models: Mapping[str, nn.Module], samples: LabelledImages) -> dict[str, Any]:
    """What decides the attacks' result besides the networks and the images."""
    return {
        "tasks": {name: asdict(task) for name, task in EVALUATED.items()},
        "factors": {name: one.factor for name, one in models.items() if isinstance(one, Saturated)},
        "samples": hashlib.sha256(samples.images.numpy().tobytes()).hexdigest(),
    }


def attack_work(
    models: Iterable[str], transferred: Iterable[str], epsilons: Sequence[int]
) -> list[Work]:
    """Everything that ``measure_attacks`` measures, in its order.

    Args:
        models: names of the models that are attacked.
        transferred: names of those between which adversarial pictures are carried over.
        epsilons: in grey values.
    """
    networks, senders = list(models), list(transferred)
    pairs = [sender + other for sender in senders for other in senders if sender != other]
    return [
        *(
            (name, network, str(epsilon))
            for name in EVALUATED
            for network in networks
            for epsilon in epsilons
        ),
        *((TRANSFER, pair, str(epsilon)) for pair in pairs for epsilon in epsilons),
        *((BREAKING, network, "") for network in networks),
    ]


def sorted_results(work: Sequence[Work], measured: Iterable[Any]) -> dict[str, Any]:
    """What was measured, under the keys of the result.

    Args:
        work: as ``attack_work`` gives it.
        measured: what came of each.

    Returns:
        "rates": rows of ``SuccessRate``; "transfer": pair of models to shares; "breaking": model to
        epsilons.
    """
    found: dict[str, Any] = {"rates": [], TRANSFER: {}, BREAKING: {}}
    for (kind, which, _), one in zip(work, measured, strict=True):
        if kind == TRANSFER:
            found[TRANSFER].setdefault(which, []).append(one)
        elif kind == BREAKING:
            found[BREAKING][which] = one
        else:
            found["rates"].append(one)
    return found


def _measure_attack(
    kind: str,
    which: str,
    epsilon: str,
    *,
    models: Mapping[str, nn.Module],
    test: LabelledImages,
    samples: LabelledImages,
) -> Any:  # noqa: ANN401 - what JSON holds
    model = models[which[0]]
    images, bounds = to_input(model, test.images), bounds_of(model)
    if kind == TRANSFER:
        return robustness.transfer_rate(
            EVALUATED[FIRST], model, models[which[1]], images, test.labels, float(epsilon), bounds
        )
    if kind == BREAKING:
        broken = robustness.breaking_epsilons(
            model, to_input(model, samples.images), samples.labels, bounds=bounds
        )
        return [smallest if math.isfinite(smallest) else None for smallest in broken.tolist()]
    task = EVALUATED[kind]
    return asdict(
        robustness.rate(kind, task, which, model, images, test.labels, float(epsilon), bounds)
    )


def _part_curves(model: nn.Module, batch: Tensor, fill: Tensor, setting: CamSetting) -> Curves:
    labels = class_activation_maps(model, batch).logits.argmax(1)  # what the network sees in them
    compare = partial(
        faithfulness.compare,
        model,
        batch,
        labels,
        fill=fill,
        method=setting.method,
        draws=(setting.draws, setting.draws),
        seed=setting.seed,
    )
    with _autocast(batch.device, setting.precision):
        found = {"deletion": compare(insert=False), "insertion": compare(insert=True)}
    return {
        kind: {ranking: rows.tolist() for ranking, rows in curves.items()}
        for kind, curves in found.items()
    }


def _autocast(device: torch.device, precision: Precision) -> AbstractContextManager[Any]:
    half = AUTOCAST.get(precision)
    return torch.autocast(device.type, half, enabled=half is not None)


def _counted(
    parts: Iterable[Part], total: int, on_progress: OnProgress, spent: list[float]
) -> Iterator[Any]:
    """What was found in each part, whose seconds are added to ``spent``."""
    for things, found, seconds in parts:
        on_progress(things.stop, total)
        spent.append(seconds)
        yield found


def _first(images: LabelledImages, count: int, total: int, title: str) -> Described:
    chosen = images.subset(slice(count))
    return chosen, first_of(len(chosen), title) if len(chosen) < total else title
