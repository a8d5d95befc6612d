"""How long the ResNet trains until it is right on 85, 90, 92 and 93 % of pictures that it has not
seen, on this machine's cores: `python -m benchmarks.time_to_accuracy`.

A whole training takes an hour, and a machine is not quiet for so long. So the two factors are
measured apart:

- The curve, accuracy after each epoch, does not depend on the machine's load. Recipes with
  "train" are trained on 45,000 images and validated on the other 5,000 (`train_all.py resnet
  --held-out 5000`; a run that was ended goes on); `--untrained` leaves out those that have not been
  trained yet. The others have their curve from a card or from a run of `train_all.py ingredients`:
  the output says from which, and what computed it.
- The images per second of each kind of step (its batch, optimizer and precision, sharpness-aware or
  not, how large the images are) are measured side by side: each in a training of its own, all
  taking turns; the second epoch of each size counts, and of the turns the median. So is the rate at
  which batch normalisation's statistics are measured anew.

The time to a level is the sum of the epochs' times up to the first epoch that reaches it. An epoch
has the images that the curve was trained on: 45,000, of the plain script's card 50,000. It is the
training alone, as the speed runs count it: no validation. Where statistics are measured after the
last epoch, that epoch has their time and the accuracy with them.

airbench (Keller Jordan, 94 % in 2.6 s of an A100) needs CUDA and a network of its own. What its
settings bring here is measured in our loop with the homework's network and transforms: batches of
1,024, stochastic gradient descent with momentum 0.85, peak rate 11.5 and decay 0.0153 per 1,024
examples (1.5 and 0.00133 as torch counts them), reached after 23 % of the steps, label smoothing
0.2, ten epochs for its 9.9. In place of its own: a moving average for its Lookahead, a cosine down
to zero for its line down to 7 %. Not taken: its whitening layer and its network, the rate of the
biases (64 times as high), Nesterov's step, alternating flips, translations in place of the
homework's crops, test-time augmentation.
"""

from __future__ import annotations

import argparse
import platform
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch

from benchmarks.step_rates import (
    RESNET,
    WHOLE,
    Rates,
    measured_steps,
    medians,
    seconds_per_epoch,
    statistics_images,
    statistics_rate,
    step_rates,
)
from benchmarks.timed_recipes import HELD, PLAIN, RECIPES, TRAIN, Recipe
from benchmarks.training import run, student_process
from core import checkpoints, homework
from core.checkpoints import results
from core.checkpoints.cards import processor, validated_on
from core.checkpoints.timed import LEVELS, seconds_to
from core.data.facts import ROOT, data_folder
from core.data.load import load
from core.training.config import TrainConfig, with_overrides
from core.training.recipes import RECIPES as TRAININGS

Kind = tuple[tuple[str, ...], tuple[int, ...]] | None


@dataclass(frozen=True)
class Curve:
    """Accuracy after each epoch, on which images, and what computed it."""

    accuracies: list[float]
    validated_on: str
    computed_by: str
    config: TrainConfig


def curve_of(recipe: Recipe, folder: Path, runs: Path, *, train: bool) -> Curve | None:
    """A recipe's curve: trained, or read.

    Args:
        recipe: of the table.
        folder: with the data sets.
        runs: where trainings leave their state and their cards.
        train: whether one that is not there is trained; else it is None.
    """
    if " " in recipe.curve:
        ingredient, epochs = recipe.curve.rsplit(" ", 1)
        return of_ingredient(ingredient, int(epochs), checkpoints.CHECKPOINTS)
    if recipe.curve != TRAIN:
        return of_card(recipe.curve, checkpoints.CHECKPOINTS)
    out = runs / "time_to_accuracy" / recipe.name.replace(" ", "_")
    name = homework.SHORT_RESNET if "--short" in (recipe.options or ()) else homework.RESNET
    if not (out / f"{name}.json").is_file():
        if not train:
            return None
        print(f"training {recipe.title}: {recipe.settings}", flush=True)
        places = ("--data-dir", str(folder), "--runs-dir", str(runs), "--out", str(out))
        run([*RESNET, *HELD, *(recipe.options or ()), *places])
    return of_card(name, out)


def of_card(name: str, folder: Path) -> Curve:
    """The curve in a card; its end is what the network reaches that was kept."""
    card = checkpoints.load_card(name, folder)
    accuracies = [record["validation_accuracy"] for record in card["history"]]
    accuracies[-1] = card["result"]["validation_accuracy"]
    config = TrainConfig.from_dict(card["config"])
    return Curve(accuracies, card["validated_on"], processor(card["hardware"]), config)


def of_ingredient(name: str, epochs: int, folder: Path) -> Curve | None:
    """The curve of an ingredient's run; its end is what the run reaches. None: there is none yet.

    Args:
        name: of the ingredient.
        epochs: of the run.
        folder: with the result.
    """
    if not results.path(homework.INGREDIENTS_RESULT, folder).is_file():
        return None
    runs = results.load(homework.INGREDIENTS_RESULT, folder)["runs"]
    found = [run for run in runs if (run["name"], run["epochs"]) == (name, epochs)]
    if not found:
        return None
    first = min(found, key=lambda run: run["seed"])
    config = with_overrides(
        TrainConfig.from_dict(asdict(TRAININGS[homework.SHORT_RESNET]) | first["settings"]),
        epochs=epochs,
        held_out=first["held_out"],
        precision=first["precision"],
    )
    accuracies = [*first["curve"][:-1], first["accuracy"]]
    return Curve(accuracies, validated_on(config), processor(first["hardware"]), config)


def measured(
    curves: dict[Recipe, Curve], folder: Path, images: int, turns: int
) -> dict[Recipe, Rates]:
    """The rates of each recipe's steps; all kinds of steps take turns.

    Args:
        curves: of the recipes.
        folder: with the data sets.
        images: of each measured epoch.
        turns: how often each is measured.
    """
    few = load("cifar10", "train", folder, download=False).subset(slice(images))
    kinds = {recipe: kind_of(recipe, curve.config) for recipe, curve in curves.items()}
    found: dict[Kind, list[Rates]] = {kind: [] for kind in kinds.values()}
    for turn in range(turns):
        for kind, rates in found.items():
            rates.append(measured_once(kind, folder, images))
        for recipe, kind in kinds.items():
            config = curves[recipe].config
            if statistics_images(config) and found[kind][-1].statistics is None:
                rate = statistics_rate(config, few)
                found[kind][-1] = replace(found[kind][-1], statistics=rate)
        print(f"turn {turn + 1} of {turns} is measured", flush=True)
    return {recipe: medians(found[kind]) for recipe, kind in kinds.items()}


def kind_of(recipe: Recipe, config: TrainConfig) -> Kind:
    """What is measured for a recipe: the options of a training and the sides of its images; None:
    the plain script. Recipes with the same steps share it.
    """
    if recipe.options is None:
        return None
    options, sizes = measured_steps(config)
    return (*options, *recipe.processes), tuple(sizes)


def measured_once(kind: Kind, folder: Path, images: int) -> Rates:
    """The rates of one kind of steps, in one turn."""
    if kind is None:
        return Rates({WHOLE: student_process(folder, images).images_per_second})
    options, sizes = kind
    return step_rates(options, list(sizes), folder, images)


def row(recipe: Recipe, curve: Curve, seconds: list[float], plain: list[float | None]) -> str:
    """A recipe's line of the table: minutes to each level, and how many times as fast."""
    cells = []
    for level, theirs in zip(LEVELS, plain, strict=True):
        own = seconds_to(level, curve.accuracies, seconds)
        ratio = f"({theirs / own:.1f} x)" if own and theirs else ""
        cells.append(f"{f'{own / 60:.1f} {ratio}' if own else '-':>16}")
    whole = f"{sum(seconds) / 60:.1f}"
    return f"{recipe.title:<34}{whole:>9}{curve.accuracies[-1]:>8.2%}{''.join(cells)}"


def told(rates: Rates) -> str:
    """Rates as they are printed."""
    found = [f"{size} px {rate:.0f}/s" for size, rate in rates.steps.items()]
    if rates.statistics is not None:
        found.append(f"statistics {rates.statistics:.0f}/s")
    return ", ".join(found)


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
    for recipe in (recipe for recipe in RECIPES if recipe not in curves):
        print(f"left out, as it has no curve yet: {recipe.title}")
    rates = measured(curves, folder, options.images, options.turns)
    seconds = {one: seconds_per_epoch(curve.config, rates[one]) for one, curve in curves.items()}
    print(f"torch {torch.__version__}, {platform.machine()}, {checkpoints.cards.cpu_name()}")
    levels = "".join(f"{f'min to {level:.0%}':>16}" for level in LEVELS)
    print(f"{'recipe':<34}{'minutes':>9}{'end':>8}{levels}")
    plain = [seconds_to(level, curves[PLAIN].accuracies, seconds[PLAIN]) for level in LEVELS]
    for recipe, curve in curves.items():
        print(row(recipe, curve, seconds[recipe], plain))
    for recipe, curve in curves.items():
        origin = f"curve: {curve.validated_on}, {curve.computed_by}"
        print(f"{recipe.title}: {recipe.settings}; {told(rates[recipe])}; {origin}")
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
                    "what": recipe.what,
                    "settings": recipe.settings,
                    "curve": curve.accuracies,
                    "validated_on": curve.validated_on,
                    "computed_by": curve.computed_by,
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
