"""Charts of what ingredients bring and of the time to an accuracy: numbers to Vega-Lite
specifications. No streamlit here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from app.ui import palette
from app.ui.charts import signed
from app.ui.palette import Spec
from core.checkpoints.timed import seconds_to
from core.training.comparison import SURE, Compared, Estimate
from core.training.ingredients import INGREDIENTS, title

VERDICTS = {1: "better", -1: "worse", 0: "not told apart"}  # sign to word
COLOURS = ("@positive", "@negative", "@compared")
SHAPES = ("triangle-right", "triangle-left", "circle")
ROOM = 0.08  # of the axis, beyond the longest bar
PLAIN = {"domain": False, "ticks": False, "labelLimit": 400}  # an axis of names
LABELS = 1.05  # sizes of the type between a mark and its level, above or below it


def verdict(row: Compared) -> str:
    """Whether an ingredient's difference leaves zero, in words."""
    return VERDICTS[row.difference.sign if row.difference else 0]


def settings(row: Compared) -> str:
    """The settings that an ingredient changes, as text."""
    return ", ".join(f"{name} {_text(value)}" for name, value in row.settings.items())


def percent(share: Estimate) -> str:
    """An accuracy with its standard error."""
    return f"{100 * share.value:.2f} ± {100 * share.error:.2f} %"


def _text(value: object) -> str:
    if isinstance(value, list):
        return " and ".join(map(_text, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def brought(rows: Sequence[Compared], base: Compared) -> Spec:
    """How much each ingredient brings, in points, with bars of two standard errors.

    Args:
        rows: with a difference each, in the order in which they stand.
        base: the recipe's own, which is zero.

    Returns:
        A Vega-Lite specification whose numbers are in a named data set.
    """
    points = [_point(row) for row in rows]
    x, y = _points_axis(points, base), _names(points)
    marks: list[Spec] = [
        {
            "mark": {"type": "bar", "height": 4, "tooltip": None},
            "encoding": {"x": x | {"field": "low"}, "x2": {"field": "high"}}
            | {"y": y | {"axis": PLAIN}, "color": _by_verdict(COLOURS)},
        },
        {
            "mark": {"type": "point", "filled": True, "size": 150, "opacity": 1},
            "encoding": {"x": x, "y": y | {"axis": PLAIN | _texts_at_the_right(points)}}
            | {"color": _by_verdict(COLOURS), "shape": _by_verdict(SHAPES), "tooltip": _tooltip()},
        },
    ]
    zero = {
        "data": {"values": [{"zero": 0}]},
        "mark": {"type": "rule", "strokeWidth": 2, "color": "@ink", "tooltip": None},
        "encoding": {"x": {"field": "zero", "type": "quantitative"}},
    }
    return palette.complete(
        {
            "datasets": {"ingredients": points},
            "data": {"name": "ingredients"},
            "layer": [zero, *marks],
            "resolve": {"axis": {"y": "independent"}},
        }
    )


def _points_axis(points: Sequence[Mapping[str, Any]], base: Compared) -> Spec:
    """Symmetric about zero, as far as the longest bar."""
    most = (1 + ROOM) * max(abs(point[end]) for point in points for end in ("low", "high"))
    return {
        "field": "gain",
        "type": "quantitative",
        "scale": {"domain": [-most, most], "nice": False},
        "axis": {
            "title": f"points more than the recipe, which has {percent(base.accuracy)}",
            "format": "+.1~f",
            "tickCount": 7,
        },
    }


def _names(points: Sequence[Mapping[str, Any]]) -> Spec:
    names = [point["ingredient"] for point in points]
    return {"field": "ingredient", "type": "nominal", "sort": names, "title": None}


def _texts_at_the_right(points: Sequence[Mapping[str, Any]]) -> Spec:
    """The differences as the labels of a second axis."""
    named = json.dumps({point["ingredient"]: point["text"] for point in points})
    return {"orient": "right", "title": None, "labelExpr": f"({named})[datum.value]"}


def _point(row: Compared) -> dict[str, Any]:
    gain, about = row.difference, INGREDIENTS.get(row.name)
    if gain is None:
        raise ValueError(f"Expected a difference of {row.name}, got none.")
    word, reach = verdict(row), SURE * gain.error
    return {
        "ingredient": title(row.name),
        "gain": 100 * gain.value,
        "low": 100 * (gain.value - reach),
        "high": 100 * (gain.value + reach),
        "verdict": word,
        "text": signed(100 * gain.value) + (f", {word}" if gain.sign else ""),
        "difference": f"{signed(100 * gain.value)} ± {100 * gain.error:.2f} points",
        "accuracy": percent(row.accuracy),
        "settings": settings(row),
        "seeds": ", ".join(map(str, row.seeds)),
        "paper": about.paper if about else "",
        "what": about.sentence if about else "",
    }


def _tooltip() -> list[Spec]:
    fields = ("ingredient", "what", "settings", "difference", "verdict", "accuracy", "seeds")
    return [{"field": field} for field in (*fields, "paper")]


def _by_verdict(values: Sequence[str]) -> Spec:
    """A channel that says whether a bar leaves zero; colour and shape share one legend."""
    return {
        "field": "verdict",
        "type": "nominal",
        "scale": {"domain": list(VERDICTS.values()), "range": list(values)},
        "legend": {"orient": "top", "title": None, "symbolSize": 150},
    }


def times(levels: Sequence[float], recipes: Sequence[Mapping[str, Any]]) -> Spec:
    """The minutes that each recipe takes to each accuracy, a row a recipe.

    Args:
        levels: accuracies as shares, rising.
        recipes: each with its title, its curve and the seconds of each epoch.

    Returns:
        A Vega-Lite specification.
    """
    points = [point for recipe in recipes for point in reached(levels, recipe)]
    y = _recipes_axis(levels, recipes)
    x = {
        "field": "minutes",
        "type": "quantitative",
        "scale": {"type": "log", "nice": False, "padding": 24},
        "axis": {"title": "minutes, logarithmic", "format": "~g", "tickCount": 4, "grid": False},
    }
    texts: list[Spec] = [
        {
            "transform": [{"filter": f"datum.side == {side}"}],
            "mark": {"type": "text", "dy": {"expr": f"{side * LABELS} * rem"}, "tooltip": None},
            "encoding": {"x": x, "y": y, "text": {"field": "level"}},
        }
        for side in (-1, 1)
    ]
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
                *texts,
            ],
        }
    )


def _recipes_axis(levels: Sequence[float], recipes: Sequence[Mapping[str, Any]]) -> Spec:
    """A row a recipe; below its title stands what it does not reach."""
    missed = {recipe["title"]: missing(levels, recipe) for recipe in recipes}
    words = f"({json.dumps(missed)})[datum.value]"
    two_lines = f"{words} ? [datum.value, {words}] : datum.value"
    return {
        "field": "recipe",
        "type": "nominal",
        "scale": {"domain": list(missed)},
        "title": None,
        "axis": PLAIN | {"labelExpr": two_lines},
    }


def reached(levels: Sequence[float], recipe: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The levels that a recipe reaches, each with its minutes; labels stand above and below the
    line in turn.
    """
    found = [(level, minutes(level, recipe)) for level in levels]
    return [
        {
            "recipe": recipe["title"],
            "settings": recipe["settings"],
            "level": f"{level:.0%}",
            "minutes": time,
            "side": -1 if index % 2 == 0 else 1,
        }
        for index, (level, time) in enumerate(found)
        if time is not None
    ]


def minutes(level: float, recipe: Mapping[str, Any]) -> float | None:
    """The minutes that a recipe takes to an accuracy; None where it does not reach it."""
    found = seconds_to(level, recipe["curve"], recipe["seconds_per_epoch"])
    return None if found is None else found / 60


def missing(levels: Sequence[float], recipe: Mapping[str, Any]) -> str:
    """The levels that a recipe does not reach, in words; "" where it reaches all."""
    lacking = [f"{level:.0%}" for level in levels if minutes(level, recipe) is None]
    return f"not reached: {', '.join(lacking)}" if lacking else ""
