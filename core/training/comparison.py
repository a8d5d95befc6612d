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


@dataclass(frozen=True)
class Compared:
    """The runs of one ingredient and one number of epochs.

    Attributes:
        name: of the ingredient.
        settings: that differ from the recipe's.
        epochs: of its runs.
        seeds: of its runs.
        accuracy: on the images held out, as a share.
        difference: to the recipe after as many epochs, as a share; None of the recipe itself, and
            where the recipe was not trained for as many.
        paired: whether the difference's error comes from each image's own answers.
        epoch_seconds: mean over the runs; None where it was not kept.
        relative_time: an epoch's seconds over the recipe's on the same hardware; None where one of
            them was not measured.
    """

    name: str
    settings: Mapping[str, Any]
    epochs: int
    seeds: tuple[int, ...]
    accuracy: Estimate
    difference: Estimate | None
    paired: bool
    epoch_seconds: float | None
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
    return Estimate(mean, math.sqrt(mean * (1 - mean) / runs[0]["held_out"] + _of_seeds(runs)))


def difference(runs: Sequence[Run], base: Sequence[Run]) -> tuple[Estimate, bool]:
    """How much more accurate some runs are than others on the same n images.

    Where each run says which images it got wrong, the images are paired: dᵢ is the share of the
    runs that get image i right, less that of the base's,

        √(Var(d)/n + s²/k + s'²/k'),   of one run each McNemar's √(b + c - (b-c)²/n) / n

    with b and c the images that one of the two alone gets right. Without these answers the two
    errors of ``mean_accuracy`` are added as if the images were others, √(e² + e'²), which is too
    large: most images are right, or wrong, in both.

    Args:
        runs: at least one.
        base: likewise.

    Returns:
        The difference of the means as a share, and whether it is paired.

    Source: McNemar, "Note on the Sampling Error of the Difference between Correlated Proportions
        or Percentages", 1947.
    """
    ours, theirs = mean_accuracy(runs), mean_accuracy(base)
    value = ours.value - theirs.value
    if any(run.get("wrong") is None for run in (*runs, *base)):
        return Estimate(value, math.hypot(ours.error, theirs.error)), False
    images = _wrong_share(base) - _wrong_share(runs)
    variances = float(images.var()) / len(images) + _of_seeds(runs) + _of_seeds(base)
    return Estimate(value, math.sqrt(variances)), True


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
    gain, paired = difference(group, base) if base and not is_base else (None, False)
    ours = _epoch_seconds(group)
    theirs = _epoch_seconds([run for run in bases if _machine(run) == _machine(first)])
    return Compared(
        name=first["name"],
        settings=first["settings"],
        epochs=first["epochs"],
        seeds=tuple(sorted(run["seed"] for run in group)),
        accuracy=mean_accuracy(group),
        difference=gain,
        paired=paired,
        epoch_seconds=ours,
        relative_time=ours / theirs if ours is not None and theirs else None,
    )


def _of_seeds(runs: Sequence[Run]) -> float:
    """The variance of the mean that is from the seeds, 0 of one run."""
    return variance(run["accuracy"] for run in runs) / len(runs) if len(runs) > 1 else 0.0


def _wrong_share(runs: Sequence[Run]) -> np.ndarray[Any, Any]:
    """For each image the share of the runs that get it wrong."""
    wrong = [unpacked(run["wrong"], run["held_out"]) for run in runs]
    share: np.ndarray[Any, Any] = np.mean(wrong, axis=0)
    return share


def _epoch_seconds(runs: Sequence[Run]) -> float | None:
    found = [run["epoch_seconds"] for run in runs if run["epoch_seconds"] is not None]
    return fmean(found) if found else None


def _machine(run: Run) -> tuple[Any, ...]:
    """What decides an epoch's seconds apart from the settings."""
    return (run["precision"], *sorted((key, str(value)) for key, value in run["hardware"].items()))
