"""Chart of the time to an accuracy: numbers to a Vega-Lite specification. No streamlit here."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from app.chapters.training.ingredient_charts import NAMES
from app.ui import palette
from app.ui.palette import Spec
from core.checkpoints.timed import seconds_to

LABELS = 1.05  # sizes of the type between a mark and its level, above it
ROOM = 24  # pixels at both ends; a tick's label in there stays inside


def spec(levels: Sequence[float], recipes: Sequence[Mapping[str, Any]]) -> Spec:
    """The minutes that each recipe takes to each accuracy, a row a recipe.

    Args:
        levels: accuracies as shares, rising.
        recipes: each with its title, its curve and the seconds of each epoch.

    Returns:
        A Vega-Lite specification.
    """
    points = [point for recipe in recipes for point in reached(levels, recipe)]
    y = _recipes_axis(recipes)
    x = {
        "field": "minutes",
        "type": "quantitative",
        "scale": {"type": "log", "nice": False, "padding": ROOM},
        "axis": {"title": "minutes, logarithmic", "format": "~g", "values": _ticks(points)}
        | {"labelFlush": ROOM},
    }
    texts: Spec = {
        "mark": {"type": "text", "dy": {"expr": f"{-LABELS} * rem"}, "tooltip": None},
        "encoding": {"x": x, "y": y, "text": {"field": "level"}},
    }
    tooltip = [{"field": name} for name in ("recipe", "level", "settings")]
    tooltip.append({"field": "minutes", "format": ".2f"})
    mark = {"type": "point", "filled": True, "size": 120, "opacity": 1, "color": "@subject"}
    return palette.complete(
        {
            "datasets": {"times": points},
            "data": {"name": "times"},
            "layer": [
                {
                    "mark": {"type": "line", "color": "@compared", "tooltip": None},
                    "encoding": {"x": x, "y": y, "detail": {"field": "recipe"}},
                },
                {
                    "mark": mark,
                    "encoding": {"x": x, "y": y, "tooltip": tooltip},
                },
                texts,
            ],
        }
    )


def _ticks(points: Sequence[Mapping[str, Any]]) -> list[float]:
    """Round numbers of minutes between the first mark and the last one."""
    found = [point["minutes"] for point in points]
    every = [step * 10**power for power in range(-3, 6) for step in (1, 1.5, 2, 3, 4, 5, 6, 8)]
    return [round(tick, 6) for tick in every if min(found) <= tick <= max(found)]


def _recipes_axis(recipes: Sequence[Mapping[str, Any]]) -> Spec:
    """A row a recipe; below its title stands where it ends."""
    ends = {recipe["title"]: f"ends at {recipe['curve'][-1]:.2%}" for recipe in recipes}
    two_lines = f"[datum.value, ({json.dumps(ends)})[datum.value]]"
    return {
        "field": "recipe",
        "type": "nominal",
        "scale": {"domain": list(ends)},
        "title": None,
        "axis": NAMES | {"labelExpr": two_lines},
    }


def reached(levels: Sequence[float], recipe: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The levels that a recipe reaches, each with its minutes."""
    found = [(level, minutes(level, recipe)) for level in levels]
    return [
        {
            "recipe": recipe["title"],
            "settings": recipe["settings"],
            "level": f"{level:.0%}",
            "minutes": time,
        }
        for level, time in found
        if time is not None
    ]


def minutes(level: float, recipe: Mapping[str, Any]) -> float | None:
    """The minutes that a recipe takes to an accuracy; None where it does not reach it."""
    found = seconds_to(level, recipe["curve"], recipe["seconds_per_epoch"])
    return None if found is None else found / 60
