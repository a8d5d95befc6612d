"""How long the ResNet trains until it is right on 85, 90, 92 and 93 % of pictures that it has not
seen, on this machine's cores: `python -m benchmarks.time_to_accuracy`.

A whole training takes an hour, and a machine is not quiet for so long. So the two factors are
measured apart:

- The curve, accuracy after each epoch, does not depend on the machine's load. Recipes with
  "train" are trained on 45,000 images and validated on the other 5,000 (`train_all.py resnet
  --held-out 5000`; a run that was ended goes on); `--untrained` leaves out those that have not been
  trained yet. The others have their curve from a card or from the table of ingredients: the output
  says from which.
- The images per second of each kind of step (sharpness-aware or not, how large the images are) are
  measured side by side: each in a process of its own, all taking turns; the second epoch counts.

The time to a level is the sum of the epochs' times up to the first epoch that reaches it, for
45,000 images an epoch. It is the training alone, as the speed runs count it: no validation.

airbench (Keller Jordan, 94 % in 2.6 s of an A100) needs CUDA and a network of its own. What its
settings bring here is measured in our loop with the homework's network and transforms: batches of
1,024, stochastic gradient descent with momentum 0.85, peak rate 11.5 and decay 0.0153 per 1,024
examples (1.5 and 0.00133 as torch counts them), label smoothing 0.2, ten epochs, a moving average.
Not taken: its whitening layer, the scaled biases, Nesterov's step, alternating flips,
translations in place of the homework's crops, test-time augmentation.
"""

from __future__ import annotations

import argparse
import json
import platform
import shlex
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from benchmarks.training import run, student_process
from core import checkpoints, homework
from core.checkpoints import results
from core.checkpoints.cards import processor
from core.checkpoints.timed import LEVELS, seconds_to
from core.data.facts import ROOT, data_folder
from core.training.config import TrainConfig
from core.training.sizes import image_size_at

HELD_OUT, IMAGES, WHOLE = 5_000, 45_000, 32
RESNET = [sys.executable, str(ROOT / "train_all.py"), "resnet", "--json", "--no-download"]
FAST = ("--set", "sharpness=0", "--set", "precise_bn=False")
GROWING = ("--set", "first_size=16", "--set", "full_size_from=0.7")
TRAIN = "train"


@dataclass(frozen=True)
class Recipe:
    """One row of the table.

    Attributes:
        name: short.
        title: what a class reads.
        options: of ``train_all.py resnet``; None: the plain script.
        curve: "train", the name of a card, or "INGREDIENT EPOCHS" of the table of ingredients.
    """

    name: str
    title: str
    options: tuple[str, ...] | None
    curve: str = TRAIN

    @property
    def settings(self) -> str:
        """What is typed for it."""
        if self.options is None:
            return "the plain script of python -m benchmarks.training"
        return shlex.join(["train_all.py", "resnet", *self.options])


PLAIN = Recipe("plain", "Plain script", None, homework.PLAIN_RESNET)
RECIPES = (
    PLAIN,
    Recipe(
        "fast 5",
        "Ours, 5 epochs",
        ("--epochs", "5", *FAST, *GROWING, "--set", "average=0.99"),
    ),
    Recipe(
        "fast 15",
        "Ours, 15 epochs",
        ("--epochs", "15", *FAST, *GROWING),
    ),
    Recipe("short", "Ours, 30 epochs", ("--short",), homework.SHORT_RESNET),
    Recipe(
        "airbench",
        "airbench's settings",
        (
            *("--epochs", "10", "--batch-size", "1024", "--lr", "1.5"),
            *("--set", "optimizer=sgd", "--set", "momentum=0.85", "--set", "warmup=0.23"),
            *("--set", "weight_decay=0.00133", "--set", "label_smoothing=0.2"),
            *("--set", "sharpness=0", "--set", "precise_bn=False", "--set", "average=0.99"),
        ),
    ),
)


@dataclass(frozen=True)
class Curve:
    """Accuracy after each epoch, and where it is from."""

    accuracies: list[float]
    origin: str
    config: TrainConfig


def curve_of(recipe: Recipe, folder: Path, runs: Path, *, train: bool) -> Curve | None:
    """A recipe's curve: trained, or read.

    Args:
        recipe: of the table.
        folder: with the data sets.
        runs: where trainings leave their state and their cards.
        train: whether one that is not there is trained; else it is None.
    """
    if recipe.curve != TRAIN:
        return of_card(recipe.curve, checkpoints.CHECKPOINTS)
    out = runs / "time_to_accuracy" / recipe.name.replace(" ", "_")
    if not (out / f"{homework.RESNET}.json").is_file():
        if not train:
            return None
        print(f"training {recipe.title}: {recipe.settings}", flush=True)
        places = ("--data-dir", str(folder), "--runs-dir", str(runs), "--out", str(out))
        run([*RESNET, "--held-out", str(HELD_OUT), *(recipe.options or ()), *places])
    return of_card(homework.RESNET, out)


def of_card(name: str, folder: Path) -> Curve:
    """The curve in a card."""
    card = checkpoints.load_card(name, folder)
    accuracies = [record["validation_accuracy"] for record in card["history"]]
    origin = f"{card['validated_on']}, {processor(card['hardware'])}"
    return Curve(accuracies, origin, TrainConfig.from_dict(card["config"]))


def steps_by_size(config: TrainConfig) -> list[Counter[int]]:
    """How many steps of each epoch have images of which side.

    Args:
        config: of the training.
    """
    steps = -(-IMAGES // config.batch_size)
    return [
        Counter(
            image_size_at(config, (epoch + step / steps) / config.epochs, WHOLE)
            for step in range(steps)
        )
        for epoch in range(config.epochs)
    ]


def seconds_per_epoch(config: TrainConfig, rates: dict[int, float]) -> list[float]:
    """The time of each epoch.

    Args:
        config: of the training.
        rates: side of the images to images per second.
    """
    return [
        sum(IMAGES * count / (epoch.total() * rates[size]) for size, count in sorted(epoch.items()))
        for epoch in steps_by_size(config)
    ]


def rates_of(recipe: Recipe, config: TrainConfig, folder: Path, images: int) -> dict[int, float]:
    """Images per second of a recipe's steps, by the side of the images, measured once.

    Args:
        recipe: of the table.
        config: its settings.
        folder: with the data sets.
        images: of each epoch.
    """
    if recipe.options is None:
        return {WHOLE: student_process(folder, images).images_per_second}
    sizes = sorted({size for epoch in steps_by_size(config) for size in epoch})
    return {size: _rate(recipe.options, size, folder, images) for size in sizes}


def _rate(options: Sequence[str], size: int, folder: Path, images: int) -> float:
    """Of the second of two epochs with images of one size."""
    asked = () if size == WHOLE else ("--set", f"first_size={size}", "--set", "full_size_from=1")
    if size < WHOLE - 8:  # four epochs, of which the first two have this size
        epochs, counted = 4, 1
    else:
        epochs, counted = 2, 1
    without = [one for one in _without_sizes(options) if one]
    with tempfile.TemporaryDirectory() as runs:
        places = ("--data-dir", str(folder), "--runs-dir", runs, "--limit", str(images))
        output = run([*RESNET, *without, *asked, "--epochs", str(epochs), *places])
    events = [json.loads(line) for line in output.splitlines()]
    found = [event["images_per_second"] for event in events if event["event"] == "epoch"]
    return float(found[counted])


def _without_sizes(options: Sequence[str]) -> list[str]:
    """The options without those that are set for a measurement: sizes and epochs."""
    pairs = [options[at : at + 2] for at in range(0, len(options), 2)]
    if list(options) == ["--short"]:
        return ["--short"]
    kept = [pair for pair in pairs if pair[0] != "--epochs" and "_size" not in pair[1]]
    return [word for pair in kept for word in pair]


def measured(
    curves: dict[Recipe, Curve], folder: Path, images: int, turns: int
) -> dict[Recipe, dict[int, float]]:
    """The median rate of each kind of step; all recipes take turns."""
    found: dict[Recipe, list[dict[int, float]]] = {recipe: [] for recipe in curves}
    for turn in range(turns):
        for recipe, curve in curves.items():
            found[recipe].append(rates_of(recipe, curve.config, folder, images))
        print(f"turn {turn + 1} of {turns} is measured", flush=True)
    return {
        recipe: {size: statistics.median(one[size] for one in every) for size in every[0]}
        for recipe, every in found.items()
    }


def row(recipe: Recipe, curve: Curve, seconds: list[float], plain: list[float | None]) -> str:
    """A recipe's line of the table: minutes to each level, and how many times as fast."""
    cells = []
    for level, theirs in zip(LEVELS, plain, strict=True):
        own = seconds_to(level, curve.accuracies, seconds)
        ratio = f"({theirs / own:.1f} x)" if own and theirs else ""
        cells.append(f"{f'{own / 60:.1f} {ratio}' if own else '-':>16}")
    whole = f"{sum(seconds) / 60:.1f}"
    return f"{recipe.title:<22}{whole:>9}{max(curve.accuracies):>8.2%}{''.join(cells)}"


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="the ResNet's time to accuracy")
    add = parser.add_argument
    add("--data-dir", help="folder with the data sets (default: $CNN_DATA, else data/)")
    add("--runs-dir", type=Path, default=ROOT / "runs", help="folder of the trainings")
    add("--images", type=int, default=2_560, help="of each measured epoch (default: 2560)")
    add("--turns", type=int, default=3, help="how often each is measured (default: 3)")
    add("--untrained", action="store_true", help="leave out what has not been trained yet")
    add("--write", type=Path, metavar="FOLDER", help="keep the result in this folder")
    return parser.parse_args()


def main() -> None:
    """Print the table."""
    options, started = parse(), time.perf_counter()
    folder = data_folder(options.data_dir)
    found = {
        recipe: curve_of(recipe, folder, options.runs_dir, train=not options.untrained)
        for recipe in RECIPES
    }
    curves = {recipe: curve for recipe, curve in found.items() if curve}
    rates = measured(curves, folder, options.images, options.turns)
    seconds = {one: seconds_per_epoch(curve.config, rates[one]) for one, curve in curves.items()}
    print(f"torch {torch.__version__}, {platform.machine()}, {checkpoints.cards.cpu_name()}")
    levels = "".join(f"{f'min to {level:.0%}':>16}" for level in LEVELS)
    print(f"{'recipe':<22}{'minutes':>9}{'best':>8}{levels}")
    plain = [seconds_to(level, curves[PLAIN].accuracies, seconds[PLAIN]) for level in LEVELS]
    for recipe, curve in curves.items():
        print(row(recipe, curve, seconds[recipe], plain))
    for recipe, curve in curves.items():
        rate = ", ".join(f"{size} px {rate:.0f}/s" for size, rate in rates[recipe].items())
        print(f"{recipe.title}: {recipe.settings}; {rate}; curve: {curve.origin}")
    if options.write:
        keep(curves, seconds, time.perf_counter() - started, options.write)


def keep(
    curves: dict[Recipe, Curve], seconds: dict[Recipe, list[float]], took: float, folder: Path
) -> None:
    """Write what was measured as a result."""
    results.save(
        homework.TIME_RESULT,
        {
            "levels": list(LEVELS),
            "recipes": [
                {
                    "name": recipe.name,
                    "title": recipe.title,
                    "settings": recipe.settings,
                    "curve": curve.accuracies,
                    "curve_from": curve.origin,
                    "seconds_per_epoch": seconds[recipe],
                }
                for recipe, curve in curves.items()
            ],
        },
        command="python -m benchmarks.time_to_accuracy --write checkpoints",
        seconds=took,
        seed=0,
        device="cpu",
        folder=folder,
    )


if __name__ == "__main__":
    main()
