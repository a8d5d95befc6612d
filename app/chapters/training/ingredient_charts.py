"""Chart of what ingredients bring: numbers to a Vega-Lite specification. No streamlit here."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from app.ui import palette
from app.ui.charts import signed
from app.ui.palette import Spec
from core.training.comparison import SURE, Compared
from core.training.ingredients import INGREDIENTS, title

VERDICTS = {1: "better", -1: "worse", 0: "not told apart"}  # sign to word
COLOURS = ("@positive", "@negative", "@compared")
SHAPES = ("triangle-right", "triangle-left", "circle")
ROOM = 0.08  # of the axis, beyond the longest bar
NAMES = {"domain": False, "ticks": False, "labelLimit": 400}  # an axis of names


def verdict(row: Compared) -> str:
    """Whether an ingredient's difference leaves zero, in words."""
    return VERDICTS[row.difference.sign if row.difference else 0]


def settings(row: Compared) -> str:
    """The settings that an ingredient changes, as text."""
    return ", ".join(f"{name} {_text(value)}" for name, value in row.settings.items())


def seeds(row: Compared) -> str:
    """The seeds of an ingredient's runs, as text."""
    return ", ".join(map(str, row.seeds))


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
    reach = {"x": x | {"field": "low"}, "x2": {"field": "high"}}
    marks: list[Spec] = [
        {
            "mark": {"type": "bar", "height": 4, "tooltip": None},
            "encoding": reach | {"y": y | {"axis": NAMES}, "color": _by_verdict(COLOURS)},
        },
        {
            "mark": {"type": "point", "filled": True, "size": 150, "opacity": 1},
            "encoding": {"x": x, "y": y | {"axis": NAMES | _texts_at_the_right(points)}}
            | {"color": _by_verdict(COLOURS), "shape": _by_verdict(SHAPES), "tooltip": _tooltip()},
        },
    ]
    hover: Spec = {  # a bar is too thin to be met
        "mark": {"type": "bar", "opacity": 0},
        "encoding": reach | {"y": y | {"axis": None}, "tooltip": _tooltip()},
    }
    zero = {
        "data": {"values": [{"zero": 0}]},
        "mark": {"type": "rule", "strokeWidth": 2, "color": "@ink", "tooltip": None},
        "encoding": {"x": {"field": "zero", "type": "quantitative"}},
    }
    return palette.complete(
        {
            "datasets": {"ingredients": points},
            "data": {"name": "ingredients"},
            "layer": [zero, *marks, hover],
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
            "title": f"points more than the recipe, which has {base.accuracy.percent} (one "
            "standard error)",
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
        "accuracy": row.accuracy.percent,
        "settings": settings(row),
        "seeds": seeds(row),
        "paper": about.paper if about else "",
        "what": about.sentence if about else "",
    }


def _tooltip() -> list[Spec]:
    fields = ("ingredient", "what", "settings", "difference", "verdict", "accuracy", "seeds")
    titles = {name: f"{name} ± standard error" for name in ("difference", "accuracy")}
    return [{"field": field, "title": titles.get(field, field)} for field in (*fields, "paper")]


def _by_verdict(values: Sequence[str]) -> Spec:
    """A channel that says whether a bar leaves zero; colour and shape share one legend."""
    return {
        "field": "verdict",
        "type": "nominal",
        "scale": {"domain": list(VERDICTS.values()), "range": list(values)},
        "legend": {"orient": "top", "title": None, "symbolSize": 150},
    }
