"""How long recipes take to an accuracy: what was measured, and the minutes that follow from it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Annotated, Self

from pydantic import Field, model_validator

from core.checkpoints.schema import Layout, Result, Seconds, Share, Text

LEVELS = (0.85, 0.90, 0.92, 0.93)  # accuracies whose times are compared


class TimedRecipe(Layout):
    """One way to train a network.

    Attributes:
        name: of the recipe, short.
        title: what a class reads.
        what: a plain sentence about it.
        settings: what is typed for it.
        curve: validation accuracy after each epoch.
        validated_on: what the curve was validated on.
        computed_by: the processor or GPU of that training.
        seconds_per_epoch: of the training alone, one for each epoch of the curve.
    """

    name: Text
    title: Text
    what: Text
    settings: Text
    curve: Annotated[list[Share], Field(min_length=1)]
    validated_on: Text
    computed_by: Text
    seconds_per_epoch: list[Seconds]

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if len(self.seconds_per_epoch) != len(self.curve):
            raise ValueError(
                f"expected {len(self.curve)} numbers in seconds_per_epoch, got "
                f"{len(self.seconds_per_epoch)}"
            )
        return self


class TimeToAccuracy(Result):
    """What each recipe takes to each level; the first is the one that the others are held against.

    Attributes:
        levels: accuracies, as shares.
        recipes: in the order in which they are shown.
    """

    levels: Annotated[list[Share], Field(min_length=1)]
    recipes: Annotated[list[TimedRecipe], Field(min_length=1)]


def seconds_to(
    level: float, curve: Sequence[float], seconds_per_epoch: Sequence[float]
) -> float | None:
    """The training time up to the end of the first epoch whose accuracy reaches a level.

        t(level) = Σ seconds[e] over e = 1 .. min{e : curve[e] >= level}

    Args:
        level: an accuracy, as a share.
        curve: accuracy after each epoch.
        seconds_per_epoch: one for each.

    Returns:
        Seconds; None where no epoch reaches it.
    """
    for accuracy, seconds in zip(curve, accumulate(seconds_per_epoch), strict=True):
        if accuracy >= level:
            return seconds
    return None
