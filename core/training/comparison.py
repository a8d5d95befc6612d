"""How much runs differ that were validated on the same images, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, variance
from typing import Any

import numpy as np

from core.checkpoints.ingredients import unpacked

Run = Mapping[str, Any]  # as ``core.checkpoints.ingredients.IngredientRun`` has it
SURE = 2  # standard errors; a difference within so many says nothing


@dataclass(frozen=True)
class Estimate:
    """A measured number with its standard error.

    Attributes:
        value: that was measured.
        error: its standard error, in the same unit.
    """

    value: float
    error: float

    @property
    def sign(self) -> int:
        """1 above zero by more than two standard errors, -1 below it, else 0."""
        return 0 if abs(self.value) <= SURE * self.error else int(math.copysign(1, self.value))

    @property
    def percent(self) -> str:
        """A share and its standard error as a text, such as "90.26 ± 0.44 %"."""
        return f"{100 * self.value:.2f} ± {100 * self.error:.2f} %"


@dataclass(frozen=True)
class Compared:
    """The runs of one ingredient and one number of epochs.

    Attributes:
        name: of the ingredient.
        settings: that differ from the recipe's.
        epochs: of its runs.
        seeds: of its runs.
        accuracy: on the images held out, as a share.
        difference: to the recipe's runs of as many epochs and the same seeds, as a share; None of
            the recipe itself, and where there are none.
        paired: whether the difference's error comes from each image's own answers.
        relative_time: an epoch's seconds over the recipe's on the same GPU, mean over the runs;
            None where no run has both. A processor's seconds say what else it had to do.
    """

    name: str
    settings: Mapping[str, Any]
    epochs: int
    seeds: tuple[int, ...]
    accuracy: Estimate
    difference: Estimate | None
    paired: bool
    relative_time: float | None


def mean_accuracy(runs: Sequence[Run]) -> Estimate:
    """The mean accuracy of runs that differ in their seed alone, all validated on the same n
    images.

        √(p(1-p)/n + s²/k),   p = mean accuracy,  s² = variance between the k seeds, 0 of one run

    The first term is the binomial one of the images, which more seeds do not make smaller, the
    second that of the seeds. A part of the images' chance is in both: the error is rather too
    large than too small. Of one run the chance of its seed is not in it.

    Args:
        runs: at least one.

    Returns:
        Shares in [0, 1].
    """
    accuracies = [run["accuracy"] for run in runs]
    mean = fmean(accuracies)
    of_images = mean * (1 - mean) / runs[0]["held_out"]
    return Estimate(mean, math.sqrt(of_images + _of_seeds(accuracies)))


def twins(runs: Sequence[Run], base: Sequence[Run]) -> list[tuple[Run, Run]]:
    """The runs of two recipes that have the same seed: they begin with the same weights and see the
    images in the same order, so that what the recipes do not share is what tells them apart.

    Args:
        runs: of one recipe.
        base: of the other.

    Returns:
        A run of each for every seed that both have.
    """
    others = {run["seed"]: run for run in base}
    return [(run, others[run["seed"]]) for run in runs if run["seed"] in others]


def difference(runs: Sequence[Run], base: Sequence[Run]) -> tuple[Estimate, bool]:
    """How much more accurate some runs are than others on the same n images: the mean over the k
    pairs of runs that have the same seed.

        √(e² + s²/k),   e = the images' error,  s² = variance between the k pairs, 0 of one pair

    Where both of a pair say which images they got wrong, the images are paired: dᵢ is the share of
    such pairs in which the run gets image i right, less that in which the base's does,

        e = √(Var(d)/n),   of one pair McNemar's √(b + c - (b-c)²/n) / n

    with b and c the images that one of the two alone gets right. Without these answers two errors
    are added as if the images were others, e = √((p(1-p) + q(1-q)) / n), which is too large: most
    images are right, or wrong, in both. Where some pairs have them, e is the mean of both kinds
    over the pairs, as if all erred the same way: the images are the same.

    Args:
        runs: at least one.
        base: likewise; one of them has the seed of one of the runs.

    Returns:
        The mean difference as a share, and whether all pairs are paired by image.

    Raises:
        ValueError: no seed is in both.

    Source: McNemar, "Note on the Sampling Error of the Difference between Correlated Proportions
        or Percentages", 1947.
    """
    pairs = twins(runs, base)
    if not pairs:
        raise ValueError("Expected runs that share a seed, got none.")
    gains = [run["accuracy"] - other["accuracy"] for run, other in pairs]
    answered = [pair for pair in pairs if all(run.get("wrong") is not None for run in pair)]
    errors = [_added_error(pair) for pair in pairs if pair not in answered]
    errors += [_paired_error(answered)] * len(answered)
    error = math.hypot(fmean(errors), math.sqrt(_of_seeds(gains)))
    return Estimate(fmean(gains), error), len(answered) == len(pairs)


def compared(runs: Sequence[Run], *, base: str) -> list[Compared]:
    """Every ingredient against the recipe, for each number of epochs.

    Args:
        runs: of all ingredients.
        base: name of the recipe's own.

    Returns:
        By epochs, then from the best difference to the worst, the recipe's own at zero; without a
        difference by accuracy.
    """
    groups: dict[tuple[int, str], list[Run]] = {}
    for run in runs:
        groups.setdefault((run["epochs"], run["name"]), []).append(run)
    bases = [run for run in runs if run["name"] == base]
    rows = [
        _compared(group, groups.get((epochs, base), []), bases)
        for (epochs, _), group in groups.items()
    ]
    return sorted(
        rows,
        key=lambda row: (
            row.epochs,
            -(row.difference.value if row.difference else 0.0),
            -row.accuracy.value,
        ),
    )


def _compared(group: Sequence[Run], base: Sequence[Run], bases: Sequence[Run]) -> Compared:
    """One ingredient.

    Args:
        group: its runs of one number of epochs.
        base: the recipe's of as many.
        bases: all of the recipe.
    """
    first = group[0]
    is_base = bool(base) and first["name"] == base[0]["name"]
    comparable = not is_base and twins(group, base)
    gain, paired = difference(group, base) if comparable else (None, False)
    return Compared(
        name=first["name"],
        settings=first["settings"],
        epochs=first["epochs"],
        seeds=tuple(sorted(run["seed"] for run in group)),
        accuracy=mean_accuracy(group),
        difference=gain,
        paired=paired,
        relative_time=_mean([_relative_time(run, bases) for run in group]),
    )


def _of_seeds(values: Sequence[float]) -> float:
    """The variance of a mean over seeds that is from the seeds, 0 of one."""
    return variance(values) / len(values) if len(values) > 1 else 0.0


def _added_error(pair: tuple[Run, Run]) -> float:
    """The images' error of a difference, as if each run had been tested on others."""
    return math.hypot(*(mean_accuracy([run]).error for run in pair))


def _paired_error(pairs: Sequence[tuple[Run, Run]]) -> float:
    """The images' error of the mean difference of runs that say which images they got wrong."""
    gains = [_wrong(other) - _wrong(run) for run, other in pairs]
    return math.sqrt(np.mean(gains, axis=0).var() / len(gains[0])) if gains else 0.0


def _wrong(run: Run) -> np.ndarray[Any, np.dtype[np.float64]]:
    """1 for each image that a run got wrong, else 0."""
    return unpacked(run["wrong"], run["held_out"]).astype(np.float64)


def _relative_time(run: Run, bases: Sequence[Run]) -> float | None:
    """An epoch's seconds over the mean of the recipe's runs on the same GPU."""
    if run["hardware"]["device"] == "cpu":
        return None
    ours = run["epoch_seconds"]
    theirs = _mean([one["epoch_seconds"] for one in bases if _machine(one) == _machine(run)])
    return ours / theirs if ours is not None and theirs else None


def _mean(values: Sequence[float | None]) -> float | None:
    """The mean of those that were measured; None of none."""
    found = [value for value in values if value is not None]
    return fmean(found) if found else None


def _machine(run: Run) -> tuple[Any, ...]:
    """What decides an epoch's seconds apart from the settings."""
    return (run["precision"], *sorted((key, str(value)) for key, value in run["hardware"].items()))
