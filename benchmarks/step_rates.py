"""How fast the steps of a ResNet's training are, and how long its epochs take therefore."""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from benchmarks.training import run
from core.data.facts import ROOT, LabelledImages, facts
from core.training.batches import plain_batches
from core.training.computing import Computing
from core.training.config import SIZE_STEP, TrainConfig
from core.training.sizes import image_size_at
from core.training.state import new_state
from core.training.statistics import measure_statistics

WHOLE = 32  # side of an image in pixels
RESNET = [sys.executable, str(ROOT / "train_all.py"), "resnet", "--json", "--no-download"]
# Settings that decide how long a step takes, apart from the batch, the precision and the sizes.
COSTLY = ("optimizer", "momentum", "sharpness", "cutmix", "mixup", "average", "gradient_clip")


@dataclass(frozen=True)
class Rates:
    """What was measured of one kind of training, in images per second.

    Attributes:
        steps: of the training, by the side of the images.
        statistics: of batch normalisation's statistics; None where they are left alone.
    """

    steps: dict[int, float]
    statistics: float | None = None


def epoch_images(config: TrainConfig) -> int:
    """On how many images each epoch trains: those that are not held out.

    Args:
        config: of the training.
    """
    return facts(config.dataset).train_images - config.held_out


def steps_by_size(config: TrainConfig) -> list[Counter[int]]:
    """How many steps of each epoch have images of which side.

    Args:
        config: of the training.
    """
    steps = -(-epoch_images(config) // config.batch_size)
    return [
        Counter(
            image_size_at(config, (epoch + step / steps) / config.epochs, WHOLE)
            for step in range(steps)
        )
        for epoch in range(config.epochs)
    ]


def seconds_per_epoch(config: TrainConfig, rates: Rates) -> list[float]:
    """The time of each epoch: Σ images / rate over the sizes of its images; the last one's with
    that of the statistics.

    Args:
        config: of the training.
        rates: of its steps.
    """
    images = epoch_images(config)
    seconds = [
        sum(images * count / (epoch.total() * rates.steps[size]) for size, count in epoch.items())
        for epoch in steps_by_size(config)
    ]
    if rates.statistics:
        seconds[-1] += statistics_images(config) / rates.statistics
    return seconds


def statistics_images(config: TrainConfig) -> int:
    """On how many images batch normalisation's statistics are measured after the last epoch."""
    images = epoch_images(config)
    return min(images, config.precise_images or images) if config.precise_bn else 0


def measured_steps(config: TrainConfig) -> tuple[list[str], list[int]]:
    """The training that shows how fast a recipe's steps are: two epochs with images of each size.

    Trainings whose steps take as long are the same one. Its rate is low, so that none of so few
    steps leaves the finite numbers.

    Args:
        config: of the recipe.

    Returns:
        Its options, and the sides in pixels, in order.
    """
    first = config.first_size or WHOLE
    sizes = list(range(first, WHOLE + 1, SIZE_STEP))
    settings = [f"{name}={getattr(config, name)}" for name in COSTLY]
    settings += ["precise_bn=False", *(["mixed_until=1"] if config.cutmix + config.mixup else [])]
    if len(sizes) > 1:
        growing = (len(sizes) - 1) / len(sizes)
        settings += [f"first_size={first}", f"full_size_from={growing}"]
    sets = [word for setting in settings for word in ("--set", setting)]
    computed = ["--batch-size", str(config.batch_size), "--precision", config.precision]
    return [*computed, "--lr", "0.001", "--epochs", str(2 * len(sizes)), *sets], sizes


def step_rates(options: Sequence[str], sizes: list[int], folder: Path, images: int) -> Rates:
    """The rate of each size's second epoch.

    Args:
        options: of ``measured_steps``.
        sizes: likewise.
        folder: with the data sets.
        images: of an epoch.
    """
    with tempfile.TemporaryDirectory() as runs:
        places = ("--data-dir", str(folder), "--runs-dir", runs, "--limit", str(images))
        output = run([*RESNET, *options, *places])
    events = [json.loads(line) for line in output.splitlines()]
    found = [event["images_per_second"] for event in events if event["event"] == "epoch"]
    return Rates(dict(zip(sizes, map(float, found[1::2]), strict=True)))


def statistics_rate(config: TrainConfig, train: LabelledImages) -> float:
    """Images per second of which batch normalisation's statistics are measured.

    Args:
        config: of the training.
        train: images; all of them are used.
    """
    state = new_state(config, Computing())
    batches, weight = plain_batches(state, train)
    started = time.perf_counter()
    with torch.no_grad(), state.autocast():
        measure_statistics(state.averaged, batches, weight)
    return len(train) / (time.perf_counter() - started)


def medians(turns: Sequence[Rates]) -> Rates:
    """The median of each rate over the turns.

    Args:
        turns: at least one.
    """
    steps = {size: statistics.median(turn.steps[size] for turn in turns) for size in turns[0].steps}
    others = [turn.statistics for turn in turns if turn.statistics is not None]
    return Rates(steps, statistics.median(others) if others else None)
