"""Charts about attacks: arrays to Vega-Lite specifications. No streamlit here."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.ui import palette
from app.ui.charts import number
from app.ui.curve_charts import SAMPLE
from app.ui.link_words import network_name
from app.ui.palette import VALUES, Spec
from core.evaluation import wilson_interval

# Of a network's line.
DASHES = {"Own": [2, 2], "A": [1, 0], "B": [7, 3], "M": [1, 0]}
OWN_COLOUR = {"Own": "@subject"}  # of the network that the page is about; others have their own
UNDER = "M"  # its line lies under A's, which it follows, and is wider
WIDE, USUAL = 0.45, 0.17  # widths of these lines, of the type's size
POINTS = {WIDE: 110, USUAL: 40}  # sizes of their points
TASKS = ([2, 3], [7, 3], [1, 0])  # dashes of three attacks
Rows = Sequence[Mapping[str, Any]]
# With 100 % among the labels, which in a low chart have no room for more than it, 50 % and 0 %.
TICKS = {"expr": "height < 8 * rem ? 2 : 5"}
HUGE = 1e6  # from here on a number has an exponent
STOPS = "an attack stops at its first success, so a larger epsilon can end less sure"


def bars(
    before: Sequence[float],
    after: Sequence[float],
    classes: Sequence[str],
    *,
    logits: bool = False,
) -> Spec:
    """Two bars a class on one axis: before the attack and after it.

    Args:
        before: one probability (or logit) per class.
        after: likewise.
        classes: names, in label order.
        logits: whether these are logits, on an axis that is symmetric about 0; probabilities have 0
            to 100 %.

    Returns:
        A Vega-Lite specification whose numbers are in a named data set, so that others keep it as
        it is.
    """
    pair = {"before": before, "after": after}
    rows = [
        {"class": name, "when": when, "value": value}
        for when, values in pair.items()
        for name, value in zip(classes, values)
    ]
    return palette.complete(
        {
            "datasets": {"bars": rows},
            "data": {"name": "bars"},
            "mark": {"type": "bar", "tooltip": None},
            "encoding": {
                "y": {"field": "class", "type": "nominal", "sort": list(classes), "title": None},
                "yOffset": {"field": "when", "sort": list(pair)},
                "x": _value_axis(max(1.0, *map(abs, before), *map(abs, after)), logits),
                "color": {
                    "field": "when",
                    "type": "nominal",
                    "scale": {"domain": list(pair), "range": ["@compared", "@subject"]},
                    "legend": {"orient": "top", "title": None},
                },
            },
        }
    )


def logit(value: float) -> str:
    """A logit as a table has it: as any number, but a huge one in four digits."""
    return number(value) if abs(value) < HUGE else f"{value:.4g}".replace("-", "\N{MINUS SIGN}")


def _value_axis(most: float, logits: bool) -> Spec:
    if logits:
        domain, axis = [-most, most], {"title": "logit", "format": ".4~g"}
    else:
        domain, axis = [0, 1], {"title": "probability", "format": ".0%"}
    return {
        "field": "value",
        "type": "quantitative",
        "stack": None,
        "scale": {"domain": domain, "nice": False},
        "axis": {**axis, "tickCount": 3},
    }


def perturbation_key(epsilon: float, *, grey: bool) -> dict[str, str]:
    """What the colours of a perturbation stand for: text to colour.

    Args:
        epsilon: the largest change, in grey values.
        grey: whether the picture is grey; of a colour picture each channel is lighter or darker.
    """
    most = max(1.0, epsilon)
    low, zero, high = VALUES if grey else ("#000000", "#808080", "#ffffff")
    if not epsilon:
        return {"no change": zero}
    each = "" if grey else " in each of red, green, blue"
    return {f"darker, −{most:g}": low, "no change": zero, f"brighter, +{most:g}{each}": high}


def rates(
    rows: Rows,
    *,
    epsilon: float,
    breaking: float | None,
    first_right: bool = False,
    most: float = 128,
) -> Spec:
    """Success over epsilon for each model, with Wilson's 95% bands and the slider's epsilon as a
    line.

    Args:
        rows: of one attack, as ``core.evaluation.SuccessRate`` has them.
        epsilon: where the slider stands, in units of 1/255; NaN draws no line.
        breaking: the epsilon from which the attack succeeds on the picture; None: no diamond.
        first_right: count only inputs that are classified right without an attack.
        most: where the axis of epsilon ends.

    Returns:
        A Vega-Lite specification; line and breaking point are in named data sets.
    """
    models = [name for name in DASHES if any(row["model"] == name for row in rows)]
    looks = tuple((OWN_COLOUR.get(name, f"@{name}"), DASHES[name]) for name in models)
    under = network_name(UNDER) if UNDER in models else ""
    lines = Lines("network", tuple(map(network_name, models)), looks, under)
    now = [{"epsilon": epsilon}] if math.isfinite(epsilon) else []
    broken = breaking is not None and math.isfinite(breaking)
    points: dict[str, Rows] = {"now": now, "breaking": [{"epsilon": breaking}] if broken else []}
    shares = [_rate(row, network_name(row["model"]), first_right) for row in rows]
    return _rates(shares, lines, points, most=most)


def tasks(
    model: str,
    rows: Mapping[str, Rows],
    *,
    first_right: bool = False,
    most: float = 80,
) -> Spec:
    """Success over epsilon of several attacks on one network, a line each in its colour.

    Args:
        model: "A", "B" or "M".
        rows: name of an attack to its rows, of this network alone, three attacks at most.
        first_right: count only inputs that are classified right without an attack.
        most: where the axis of epsilon ends.

    Returns:
        A Vega-Lite specification.
    """
    shares = [_rate(row, name, first_right) for name, found in rows.items() for row in found]
    lines = Lines(
        "task", tuple(rows), tuple((f"@{model}", dashes) for dashes in TASKS[: len(rows)])
    )
    return _rates(shares, lines, {"now": [], "breaking": []}, most=most)


@dataclass(frozen=True)
class Lines:
    """The lines of a chart of success rates.

    Attributes:
        title: what they tell apart.
        names: of each.
        looks: colour and dashes of each.
        under: name of a line that lies under the others, and is wider; "": none.
    """

    title: str
    names: tuple[str, ...]
    looks: tuple[tuple[str, list[int]], ...]
    under: str = ""


def _rates(
    shares: Rows,
    lines: Lines,
    points: Mapping[str, Rows],
    *,
    most: float,
) -> Spec:
    return palette.complete(
        {
            "datasets": {"rates": shares, **points},
            "layer": [
                *_bands_and_lines(lines, most),
                {"data": {"name": "now"}, **_epsilon_rule()},
                {"data": {"name": "breaking"}, **_breaking_point()},
            ],
        }
    )


def _rate(row: Mapping[str, Any], line: str, first_right: bool) -> dict[str, Any]:
    """The share of successes of one row, with its interval, as a point of a line."""
    if first_right:
        successes, inputs = row["successes_right"], row["right"]
    else:
        successes, inputs = row["successes"], row["inputs"]
    low, high = wilson_interval(successes, max(1, inputs))
    rate = successes / max(1, inputs)
    return {
        "line": line,
        "epsilon": row["epsilon"],
        "rate": rate,
        "low": low,
        "high": high,
    }


def _bands_and_lines(lines: Lines, most: float) -> list[Spec]:
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
        "axis": {"format": ".0%", "title": "success rate", "tickCount": TICKS},
    }
    colour = _line_channel([colour for colour, _ in lines.looks], lines)
    dashes = _line_channel([dashes for _, dashes in lines.looks], lines)
    low, high = {**y, "field": "low"}, {"field": "high"}
    tooltip = [
        {"field": "line", "title": lines.title},
        {"field": "epsilon"},
        {"field": "rate", "title": "success rate", "format": ".2%"},
    ]
    band = {
        "data": {"name": "rates"},
        "mark": {"type": "area", "opacity": 0.25, "tooltip": None},
        "encoding": {"x": x, "y": low, "y2": high, "color": colour},
    }
    drawn = {"x": x, "y": y, "color": colour, "strokeDash": dashes, "tooltip": tooltip}
    under = [_line(drawn, WIDE, f"datum.line == '{lines.under}'")] if lines.under else []
    return [band, *under, _line(drawn, USUAL, f"datum.line != '{lines.under}'")]


def _line(encoding: Spec, width: float, which: str) -> Spec:
    """Lines with points, of a width of their own: a channel for it would not be heard, since the
    type's size gives every line its width.
    """
    return {
        "data": {"name": "rates"},
        "transform": [{"filter": which}],
        "mark": {
            "type": "line",
            "strokeWidth": palette.rem(width),
            "point": {"size": POINTS[width], "filled": True},
        },
        "encoding": encoding,
    }


def _line_channel(values: Sequence[Any], lines: Lines) -> Spec:
    key = {
        "orient": "bottom",
        "title": None,
        "direction": "vertical",
        "labelLimit": 400,
        "symbolType": "stroke",
        "symbolStrokeWidth": 4,
        "symbolSize": SAMPLE**2,
        "symbolOpacity": 1,
    }
    scale = {"domain": list(lines.names), "range": list(values)}
    return {"field": "line", "type": "nominal", "scale": scale, "legend": key}


def _epsilon_rule() -> Spec:
    """For the eye alone: a screen reader has the slider's number."""
    rule = {"type": "rule", "strokeWidth": 2, "color": "@ink", "tooltip": None, "aria": False}
    return {
        "mark": rule,
        "encoding": {"x": {"field": "epsilon", "type": "quantitative"}},
    }


def _breaking_point() -> Spec:
    """For the eye alone: the chart's title says its number."""
    diamond = {"type": "point", "shape": "diamond", "size": 170, "filled": True, "color": "@ink"}
    return {
        "mark": {**diamond, "aria": False},
        "encoding": {
            "x": {"field": "epsilon", "type": "quantitative"},
            "y": {"datum": 0},
            "tooltip": [
                {"field": "epsilon", "title": "this attack fools it on this picture at epsilon"}
            ],
        },
    }
