"""Charts about attacks: arrays to Vega-Lite specifications. No streamlit here."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from app.ui import palette
from app.ui.palette import INK, SCHEMA, Spec
from core.evaluation import wilson_interval

COLOURS = {"A": "#0072B2", "B": "#D55E00", "M": "#8a5a9e"}
DASHES = {"A": [1, 0], "B": [7, 3], "M": [2, 3]}
Rows = Sequence[Mapping[str, Any]]


def bars(
    before: Sequence[float],
    after: Sequence[float],
    classes: Sequence[str],
    theme: str,
    *,
    logits: bool = False,
) -> Spec:
    """Two bars a class on one axis: before the attack and after it.

    Args:
        before: one probability (or logit) per class.
        after: likewise.
        classes: names, in label order.
        theme: "light" or "dark".
        logits: whether these are logits, on an axis that is symmetric about 0; probabilities have 0
            to 100 %.

    Returns:
        A Vega-Lite specification whose numbers are in a named data set, so that others keep it as
        it is.
    """
    orange, blue = palette.series(theme)
    rows = [
        {"class": name, "when": when, "value": share}
        for when, shares in (("before", before), ("after", after))
        for name, share in zip(classes, shares)
    ]
    most = max(1.0, *map(abs, before), *map(abs, after))
    domain = [-most, most] if logits else [0, 1]
    axis = {
        "title": "logit" if logits else "probability",
        "format": ".4~g" if logits else ".0%",
        "tickCount": 3,
    }
    return {
        "$schema": SCHEMA,
        "datasets": {"bars": rows},
        "data": {"name": "bars"},
        "width": 260,
        "height": 300,
        "mark": {"type": "bar", "tooltip": None},
        "encoding": {
            "y": {"field": "class", "type": "nominal", "sort": list(classes), "title": None},
            "yOffset": {"field": "when", "sort": ["before", "after"]},
            "x": {
                "field": "value",
                "type": "quantitative",
                "stack": None,
                "scale": {"domain": domain, "nice": False},
                "axis": axis,
            },
            "color": {
                "field": "when",
                "type": "nominal",
                "scale": {"domain": ["before", "after"], "range": [blue, orange]},
                "legend": {"orient": "top", "title": None},
            },
        },
        "config": palette.config(theme),
        "autosize": {"type": "pad"},
    }


def rates(
    rows: Rows,
    *,
    epsilon: float,
    breaking: float | None,
    theme: str,
    size: tuple[int, int] = (520, 250),
    first_right: bool = False,
    most: float = 128,
) -> Spec:
    """Success over epsilon for each model, with Wilson's 95 % bands and the slider's epsilon as a
    line.

    Args:
        rows: of one attack, as ``core.evaluation.SuccessRate`` has them.
        epsilon: where the slider stands; NaN draws no line.
        breaking: the smallest epsilon that breaks the shown picture on the shown model; None: not
            known.
        theme: "light" or "dark".
        size: width and height in nominal pixels.
        first_right: count only inputs that are classified right without an attack.
        most: where the axis of epsilon ends.

    Returns:
        A Vega-Lite specification; line and breaking point are in named data sets.
    """
    data = []
    for row in rows:
        count, of = (
            (row["successes_right"], row["right"])
            if first_right
            else (row["successes"], row["inputs"])
        )
        low, high = wilson_interval(count, max(1, of))
        data.append(
            {
                "model": row["model"],
                "epsilon": row["epsilon"],
                "rate": count / max(1, of),
                "low": low,
                "high": high,
            }
        )
    models = [name for name in COLOURS if any(row["model"] == name for row in rows)]
    scale = {
        "domain": models,
        "range": [COLOURS[name] if theme == "light" else _LIGHTER[name] for name in models],
    }
    key = {
        "orient": "right",
        "title": "model",
        "symbolType": "stroke",
        "symbolStrokeWidth": 4,
        "symbolOpacity": 1,
    }
    x = {
        "field": "epsilon",
        "type": "quantitative",
        "scale": {"domain": [0, most], "nice": False},
        "axis": {"title": "epsilon, grey values", "grid": False},
    }
    y = {
        "field": "rate",
        "type": "quantitative",
        "scale": {"domain": [0, 1]},
        "axis": {"format": ".0%", "title": "success", "tickCount": 5},
    }
    marks: list[Spec] = [
        {
            "data": {"name": "rates"},
            "mark": {"type": "area", "opacity": 0.25, "tooltip": None},
            "encoding": {
                "x": x,
                "y": {**y, "field": "low"},
                "y2": {"field": "high"},
                "color": {"field": "model", "type": "nominal", "scale": scale, "legend": key},
            },
        },
        {
            "data": {"name": "rates"},
            "mark": {"type": "line", "strokeWidth": 3, "point": {"size": 40, "filled": True}},
            "encoding": {
                "x": x,
                "y": y,
                "color": {"field": "model", "type": "nominal", "scale": scale, "legend": key},
                "strokeDash": {
                    "field": "model",
                    "type": "nominal",
                    "legend": key,
                    "scale": {"domain": models, "range": [DASHES[name] for name in models]},
                },
                "tooltip": [
                    {"field": "model"},
                    {"field": "epsilon"},
                    {"field": "rate", "format": ".2%"},
                ],
            },
        },
        {
            "data": {"name": "now"},
            "mark": {"type": "rule", "strokeWidth": 2, "color": INK[theme], "tooltip": None},
            "encoding": {"x": {"field": "epsilon", "type": "quantitative"}},
        },
        {
            "data": {"name": "breaking"},
            "mark": {
                "type": "point",
                "shape": "diamond",
                "size": 170,
                "filled": True,
                "color": INK[theme],
            },
            "encoding": {
                "x": {"field": "epsilon", "type": "quantitative"},
                "y": {"datum": 0},
                "tooltip": [{"field": "epsilon", "title": "this picture breaks at"}],
            },
        },
    ]
    shown = breaking is not None and math.isfinite(breaking)
    return {
        "$schema": SCHEMA,
        "datasets": {
            "rates": data,
            "now": [{"epsilon": epsilon}] if math.isfinite(epsilon) else [],
            "breaking": [{"epsilon": breaking}] if shown else [],
        },
        "width": size[0],
        "height": size[1],
        "layer": marks,
        "config": palette.config(theme),
        "autosize": {"type": "pad"},
    }


_LIGHTER = {"A": "#56B4E9", "B": "#F0A060", "M": "#C9A0DC"}


def path(scores: Sequence[float], *, name: str, step: int, theme: str) -> Spec:
    """The score that the attack climbs, step by step.

    Args:
        scores: before each step and after the last.
        name: of the score.
        step: the one that is shown.
        theme: "light" or "dark".

    Returns:
        A Vega-Lite specification.
    """
    blue = palette.series(theme)[1]
    rows = [{"step": place, "score": score} for place, score in enumerate(scores)]
    x = {
        "field": "step",
        "type": "quantitative",
        "axis": {"tickMinStep": 1, "format": "d", "grid": False},
        "scale": {"domain": [0, max(1, len(scores) - 1)], "nice": False},
    }
    y = {"field": "score", "type": "quantitative", "axis": {"title": name}, "scale": {"zero": True}}
    return {
        "$schema": SCHEMA,
        "datasets": {"path": rows, "now": [row for row in rows if row["step"] == step]},
        "width": 420,
        "height": 250,
        "encoding": {"x": x, "y": y},
        "layer": [
            {
                "data": {"name": "path"},
                "mark": {"type": "line", "strokeWidth": 3, "color": blue, "point": True},
            },
            {
                "data": {"name": "now"},
                "mark": {"type": "point", "size": 200, "filled": True, "color": INK[theme]},
            },
        ],
        "config": palette.config(theme),
        "autosize": {"type": "pad"},
    }
