"""The chart of trainings that are under way, over that of the network that ships, as a Vega-Lite
specification; and what its lines are, as markup. No streamlit here.

The colour tells the runs apart; training is dashed, validation has a point at each epoch.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from app.ui import curve_charts, line_keys, palette
from app.ui.curve_charts import COLOURS, DASHES
from app.ui.palette import Spec

TRAINING, VALIDATION = DASHES
SHIPPED = "as shipped"  # name of the line of the network that ships
USUAL_LOSS, LARGEST_LOSS = 2.5, 4.0  # where the axis ends; a network that guesses has 2.30
THIN, THICK = 1.5, 3.0
Event = Mapping[str, Any]


def rows(
    runs: Sequence[tuple[Sequence[Event], Sequence[Event]]],
    shipped: Sequence[Event],
    quantity: str,
) -> list[dict[str, Any]]:
    """The points of the chart.

    Args:
        runs: the steps and the finished epochs of each run, as the trainer tells them.
        shipped: epochs of the network that ships.
        quantity: "loss" (cross-entropy in nats) or "accuracy" (share in [0, 1]).
    """
    found: list[dict[str, Any]] = []
    for number, (steps, epochs) in enumerate(runs, 1):
        name = f"Run {number}"
        found += [
            _point(
                name,
                TRAINING,
                step["epoch"] - 1 + step["step"] / step["steps"],
                step[f"recent_{quantity}"],
            )
            for step in steps
        ]
        found += [
            _point(name, VALIDATION, one["epoch"], one[f"validation_{quantity}"]) for one in epochs
        ]
    return found + [
        _point(SHIPPED, VALIDATION, one["epoch"], one[f"validation_{quantity}"]) for one in shipped
    ]


def _point(run: str, part: str, epoch: float, value: float) -> dict[str, Any]:
    return {"run": run, "part": part, "epoch": round(epoch, 3), "value": value}


def ends(points: Sequence[Mapping[str, Any]], quantity: str) -> tuple[float, float]:
    """Of the axis, the same for all runs: only a loss above that of guessing moves them.

    Args:
        points: of ``rows``.
        quantity: "loss" or "accuracy".
    """
    if quantity == "accuracy":
        return 0.0, 1.0
    largest = max(point["value"] for point in points)
    return 0.0, min(LARGEST_LOSS, max(USUAL_LOSS, math.ceil(largest * 2) / 2))


def chart(quantity: str, axis_ends: tuple[float, float], epochs: int) -> Spec:
    """Runs that are under way: training step by step, validation after each epoch.

    Its data set "runs" holds ``rows``. All else stays the same while the runs go on, so that the
    browser draws on instead of anew.

    Args:
        quantity: "loss" (cross-entropy in nats) or "accuracy" (share in [0, 1]).
        axis_ends: of the quantity's axis.
        epochs: where the other axis ends.

    Returns:
        A Vega-Lite specification.
    """
    names = [*(f"Run {number}" for number in (1, 2)), SHIPPED]
    encoding = {
        "x": _epochs(epochs),
        "y": _values(quantity, axis_ends),
        "color": _by("run", names, [*COLOURS[2], "@ink"]),
        "tooltip": _tooltip(quantity),
    }
    return palette.complete(
        {
            "usermeta": {line_keys.WIDTHS: {SHIPPED: THIN}},
            "data": {"name": "runs"},
            "encoding": encoding,
            "layer": [_lines(f"datum.run == '{SHIPPED}'", THIN), *_of_the_runs(axis_ends)],
        }
    )


def _epochs(last: int) -> Spec:
    return _number(
        "epoch",
        title="epoch",
        scale={"domain": [0, last], "nice": False},
        axis={"tickMinStep": 1, "format": "d", "grid": False},
    )


def _values(quantity: str, axis_ends: tuple[float, float]) -> Spec:
    cut = axis_ends[1] == LARGEST_LOSS
    loss = "loss, nats" + f" (axis ends at {LARGEST_LOSS:g})" * cut
    form = ".0%" if quantity == "accuracy" else curve_charts.LOSS_AXIS
    return _number(
        "value",
        title=quantity if quantity == "accuracy" else loss,
        scale={"domain": list(axis_ends), "nice": False},
        axis={"format": form, "tickCount": 6, "minExtent": curve_charts.EXTENT},
    )


def _tooltip(quantity: str) -> list[Spec]:
    form = ".2%" if quantity == "accuracy" else curve_charts.LOSS_FORMAT
    return [
        {"field": "run"},
        {"field": "part"},
        _number("epoch", format=".2f"),
        _number("value", title=quantity, format=form),
    ]


def _number(field: str, **more: Any) -> Spec:  # noqa: ANN401 - whatever JSON holds
    return {"field": field, "type": "quantitative", **more}


def _of_the_runs(axis_ends: tuple[float, float]) -> list[Spec]:
    """Their lines, and the points of the validation."""
    live = f"datum.run != '{SHIPPED}'"
    seen = f"datum.part == '{VALIDATION}' && datum.value <= {axis_ends[1]}"
    points = {
        "transform": [{"filter": f"{live} && {seen}"}],
        "mark": {"type": "point", "filled": True, "size": 80, "opacity": 1, "aria": False},
    }
    return [_lines(live, THICK), points]


def _lines(test: str, width: float) -> Spec:
    return {
        "transform": [{"filter": test}],
        "mark": {"type": "line", "strokeWidth": width, "clip": True},
        "encoding": {"strokeDash": _by("part", list(DASHES), list(DASHES.values()))},
    }


def _by(field: str, names: Sequence[str], values: Sequence[Any]) -> Spec:
    scale = {"domain": list(names), "range": list(values)}
    return {"field": field, "type": "nominal", "scale": scale, "legend": None}


def run_title(number: int, title: str, *, several: bool, theme: str) -> str:
    """A run as the legend of the chart has it, as markup: its line, its name, its settings.

    Args:
        number: 1 is the first.
        title: its settings.
        several: whether there is another run.
        theme: "light" or "dark".
    """
    colour = palette.TOKENS[COLOURS[2][number - 1]][theme]
    name = f"<b>Run {number}:</b> " if several else ""
    return _row(_entry(f"{name}{escape(title)}", f"{THICK}px solid {colour}"))


def key(shipped: str) -> str:
    """The other half of the legend, as markup: what the dashes are, and the thin line.

    Args:
        shipped: how the network that ships was trained, and what it reaches.
    """
    return _row(
        _entry("training", f"{THICK}px dashed currentColor"),
        _entry("validation", f"{THICK}px solid currentColor"),
        _entry(f"validation {SHIPPED}: {shipped}", f"{THIN}px solid currentColor"),
    )


def _row(*entries: str) -> str:
    look = "display: flex; flex-wrap: wrap; gap: 0.1rem 1.4rem; font-size: 1rem"
    return f'<div style="{look}">{"".join(entries)}</div>'


def _entry(text: str, line: str) -> str:
    look = f"display: inline-block; width: 2rem; border-top: {line}; vertical-align: 0.3em"
    return f'<span><span style="{look}"></span> {text}</span>'
