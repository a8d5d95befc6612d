"""The view of the minutes that each recipe takes to an accuracy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from app.chapters.training import time_chart
from app.ui import blocks
from app.ui.cache import cached
from app.ui.palette import Spec
from app.ui.results import result, result_files
from app.ui.tables import Table
from core import homework
from core.checkpoints.cards import processor
from core.checkpoints.timed import seconds_to

MEASURED = homework.TIME_RESULT
CODE = (seconds_to,)


def view() -> None:
    """The minutes that each recipe takes to each accuracy."""
    measured = result(MEASURED)
    levels, recipes = measured["levels"], measured["recipes"]
    blocks.chart(
        chart(),
        key="training_time",
        alt="minutes that each recipe takes to each accuracy",
        tables=[table(levels, recipes)],
    )
    st.caption(caption(measured), help=settings(recipes))


def caption(measured: Mapping[str, Any]) -> str:
    """What was timed, and on which images each accuracy was reached; the images that most recipes
    share stand without their names.
    """
    validated: dict[str, list[str]] = {}
    for recipe in measured["recipes"]:
        validated.setdefault(recipe["validated_on"], []).append(recipe["title"])
    usual = max(validated, key=lambda images: len(validated[images]))
    del validated[usual]
    others = "".join(f"; {', '.join(titles)}: on {images}" for images, titles in validated.items())
    return (
        "Minutes until an epoch ends at this accuracy or above: its epochs, times the seconds of "
        f"an epoch on {_cores(measured['hardware'])}. Accuracy on {usual}{others}."
        f"{_without_a_mark(measured)}"
    )


def _cores(hardware: Mapping[str, Any]) -> str:
    """What was timed, with how many of its cores."""
    count, name = hardware["cores"], processor(hardware)
    return f"{count} core{'s' if count > 1 else ''} of {name}" if count else name


def _without_a_mark(measured: Mapping[str, Any]) -> str:
    """The rows that reach no level at all, which would look forgotten."""
    least = min(measured["levels"])
    rows = [one["title"] for one in measured["recipes"] if max(one["curve"]) < least]
    return f" Without a mark, since below {least:.0%}: {', '.join(rows)}." if rows else ""


def settings(recipes: Sequence[Mapping[str, Any]]) -> str:
    """What each recipe is, what is typed for it and what computed its accuracies, as a Markdown
    list.
    """
    return "\n".join(
        f"- **{recipe['title']}**: {recipe['what']} `{recipe['settings']}`, accuracies computed by "
        f"{recipe['computed_by']}"
        for recipe in recipes
    )


@cached(lambda: result_files(MEASURED))
def chart() -> Spec:
    """The minutes to each accuracy.

    Raises:
        CheckpointError: the result is missing or damaged.
    """
    measured = result(MEASURED)
    return time_chart.spec(measured["levels"], measured["recipes"])


def table(levels: Sequence[float], recipes: Sequence[Mapping[str, Any]]) -> Table:
    """The chart's numbers, for a screen reader."""
    found = {
        recipe["title"]: [time_chart.minutes(level, recipe) for level in levels]
        for recipe in recipes
    }
    rows = {
        name: [f"{time:.1f}" if time is not None else "not reached" for time in times]
        for name, times in found.items()
    }
    return Table("Minutes to an accuracy", [f"{level:.0%}" for level in levels], rows, "recipe")
