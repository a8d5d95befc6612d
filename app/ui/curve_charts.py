"""Charts of how a training went, as Vega-Lite specifications. No streamlit here.

The colour tells the runs apart; training is dashed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import altair as alt
import pandas as pd

from app.ui import palette
from app.ui.palette import Spec

History = Sequence[Mapping[str, Any]]

FIELDS = {"training": "train", "validation": "validation"}  # part to its name in an epoch record
DASHES = {"training": [6, 4], "validation": [1, 0]}
FINAL = "final result"  # what a diamond is
EXTENT = 44  # nominal pixels for the labels of an axis: charts below each other begin alike
LOSS_AXIS, LOSS_FORMAT = ".3~g", ".4~g"  # of a huge loss the power of ten
# Sizes of a legend, of the type's. A row is as high as in the largest window that the page may have
# had before: Vega keeps it when the window shrinks.
LEGEND_SYMBOL, LEGEND_LETTER, LEGEND_ROW = 2.3, 0.36, 1.6
SAMPLE = 26  # pixels of a line in a legend: two dashes and what is between them
COLOURS = {  # of one run, of two, of three
    1: ("@subject",),
    2: ("@subject", "@compared"),
    3: ("@subject", "@ink", "@compared"),
}
MANY, CLOSER = 6, 0.88
EPOCH_TICKS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000)
ROOM_FOR_LAST = 1.3  # times the tick before from which on the last epoch has one of its own
FAR_APART = 3.0  # times the shortest run's epochs from which on the axis is logarithmic


@dataclass(frozen=True)
class Line:
    """One line of the chart: a part, "training" or "validation", of a run."""

    name: str
    run: str
    part: str
    colour: str


def curves(
    runs: Mapping[str, History],
    quantity: str,
    *,
    goal: float | None,
    epochs: int | None = None,
    legend: bool = True,
    final: Mapping[str, float] | None = None,
) -> Spec:
    """Training and validation per epoch, with a tooltip and a legend that can be clicked.

    Args:
        runs: name to epoch records, as a card's history has them, or without some of the numbers;
            the first is the one that the page is about.
        quantity: "loss" (cross-entropy in nats) or "accuracy" (share in [0, 1]).
        goal: what the homework asks of the accuracy, drawn as a line; None draws none.
        epochs: where the axis ends; None: with the longest run.
        legend: whether the legend is drawn.
        final: name of a run to the quantity that it ends with, where that is not the last epoch's;
            drawn as a diamond.

    Returns:
        A Vega-Lite specification.
    """
    lines = [line for line in _lines(list(runs)) if _is_known(line, runs[line.run], quantity)]
    axis = epoch_axis([len(history) for history in runs.values()], last=epochs)
    longest = max(map(len, runs.values()))
    rows = _rows(runs, lines, quantity)
    base = alt.Chart(rows).encode(
        x=axis,
        y=_quantity_axis(rows[quantity], quantity, goal, ticks=6 if legend else 3),
        **_line_channels(lines, quantity if legend else ""),
    )
    layers = [_line_marks(base, with_points=longest < 2), _points(base, quantity)]
    if final:
        layers.append(_diamonds(runs, lines, quantity, final, legend=legend))
    if goal is not None:
        layers += _goal_line(goal, at_left=len(runs) > 2)
    return palette.complete(alt.layer(*layers).to_dict())


def learning_rates(
    runs: Mapping[str, Sequence[tuple[float, float]]],
    *,
    colours: Sequence[str] = (),
    others: Sequence[int] = (),
) -> Spec:
    """The learning rate over the training.

    Args:
        runs: name to (epoch, rate) points.
        colours: of the runs; none: as in the other charts.
        others: epochs of further runs that the other charts have on the same axis.

    Returns:
        A Vega-Lite specification.
    """
    lengths = [*(max(epoch for epoch, _ in line) for line in runs.values()), *others]
    first = 1 if _is_logarithmic(lengths, max(lengths)) else 0  # of what the axis shows
    points = [(run, *point) for run, line in runs.items() for point in line if point[0] >= first]
    rows = pd.DataFrame(points, columns=["run", "epoch", "rate"])
    scale = alt.Scale(domain=list(runs), range=list(colours or COLOURS[len(runs)]))
    chart = alt.Chart(rows).encode(
        x=epoch_axis(lengths),
        y=alt.Y(
            "rate:Q",
            title="learning rate",
            scale=alt.Scale(zero=True),
            axis=alt.Axis(format="~g", tickCount=3, minExtent=EXTENT),
        ),
        color=alt.Color("run:N", legend=None, scale=scale),
        tooltip=[
            "run:N",
            alt.Tooltip("epoch:Q", format=".1f"),
            alt.Tooltip("rate:Q", format=".2g"),
        ],
    )
    return palette.complete(alt.layer(chart.mark_line()).to_dict())


def _lines(runs: Sequence[str]) -> list[Line]:
    alone = len(runs) == 1
    return [
        Line(part if alone else f"{run}: {part}", run, part, colour)
        for run, colour in zip(runs, COLOURS[len(runs)])
        for part in FIELDS
    ]


def _is_known(line: Line, history: History, quantity: str) -> bool:
    """Whether a line is there or may come: some histories know nothing of the validation."""
    field = f"{FIELDS[line.part]}_{quantity}"
    return not history or any(record[field] is not None for record in history)


def _rows(runs: Mapping[str, History], lines: Sequence[Line], quantity: str) -> pd.DataFrame:
    points = [
        (record["epoch"], line.name, value)
        for line in lines
        for record in runs[line.run]
        if (value := record[f"{FIELDS[line.part]}_{quantity}"]) is not None
    ]
    return pd.DataFrame(points, columns=["epoch", "line", quantity])


def epoch_axis(lengths: Sequence[float], *, last: float | None = None) -> alt.X:
    """The epochs, for charts one below the other: from 0, the beginning of the training; of runs
    whose lengths are far apart from 1 on a logarithmic scale, since the shorter ones would be a
    strip at the left.

    Args:
        lengths: epochs of each run.
        last: where the axis ends; None: with the longest run.
    """
    last = last or max(lengths)
    if _is_logarithmic(lengths, last):
        ticks: list[float] = [tick for tick in EPOCH_TICKS if tick <= last]
        ticks += [last] if last >= ROOM_FOR_LAST * ticks[-1] else []
        return alt.X(
            "epoch:Q",
            title="epoch (logarithmic)",
            scale=alt.Scale(type="log", domain=[1, last], nice=False, clamp=True),
            axis=alt.Axis(values=ticks, grid=False),
        )
    return alt.X(
        "epoch:Q",
        title="epoch",
        scale=alt.Scale(domain=[0, last], nice=False),
        axis=alt.Axis(tickMinStep=1, format="d", grid=False),
    )


def _is_logarithmic(lengths: Sequence[float], last: float) -> bool:
    return last > FAR_APART * min(lengths) > FAR_APART


def _quantity_axis(values: pd.Series, quantity: str, goal: float | None, *, ticks: int) -> alt.Y:
    """The loss from 0; the accuracy from the 5 % below its lowest value or its goal up to 1."""
    if quantity == "loss":
        title, format_, scale = "loss, nats", LOSS_AXIS, alt.Scale(zero=True)
    else:
        lowest = min([*values, goal or 1.0])
        domain = [math.floor(lowest * 20 - 0.5) / 20, 1.0]
        title, format_, scale = "accuracy", ".0%", alt.Scale(domain=domain)
    axis = alt.Axis(format=format_, tickCount=ticks, minExtent=EXTENT)
    return alt.Y(f"{quantity}:Q", title=title, scale=scale, axis=axis)


def _line_channels(lines: Sequence[Line], quantity: str) -> dict[str, Any]:
    """Colour and dashes of the lines, which share one legend where no line of the quantity is; none
    for "".
    """
    legend = bool(quantity)
    names = [line.name for line in lines]
    key = alt.Legend(
        **_corner(names, from_below=rows_of(names) if quantity == "accuracy" else None),
        title=None,
        symbolType="stroke",
        symbolStrokeWidth=4,
        symbolSize=SAMPLE**2,
        labelLimit=400,
    )
    colours = alt.Scale(domain=names, range=[line.colour for line in lines])
    dashes = alt.Scale(domain=names, range=[DASHES[line.part] for line in lines])
    return {
        "color": alt.Color("line:N", scale=colours, legend=key if legend else None),
        "strokeDash": alt.StrokeDash("line:N", scale=dashes, legend=key if legend else None),
    }


def rows_of(names: Sequence[str]) -> float:
    """How many rows a legend has; many stand closer."""
    return len(names) if len(names) < MANY else CLOSER * len(names)


def _corner(labels: Sequence[str], *, from_below: float | None) -> dict[str, Any]:
    """The place of a legend at the right: so many rows above the axis, or at the top.

    It is reckoned with the type. Vega lays a legend of its own corners out before it has measured
    type that has grown with the window, and its last line runs out of the picture.
    """
    right = LEGEND_SYMBOL + LEGEND_LETTER * max(map(len, labels))
    top = "0" if from_below is None else f"height - {LEGEND_ROW * from_below:.4g} * rem"
    return {
        "orient": "none",
        "legendX": alt.expr(f"width - {right:.4g} * rem"),
        "legendY": alt.expr(top),
    }


def _line_marks(base: alt.Chart, *, with_points: bool) -> alt.Chart:
    """The lines; a click in the legend fades the others."""
    picked = alt.selection_point(name="line", fields=["line"], bind="legend")
    opacity = alt.condition(picked, alt.value(1), alt.value(0.12))
    lines: alt.Chart = base.mark_line(point=with_points)
    lines = lines.encode(opacity=opacity).add_params(picked)
    return lines


def _points(base: alt.Chart, quantity: str) -> alt.Chart:
    """The points of the epoch under the pointer, with their numbers; none when it has left."""
    near = alt.selection_point(
        name="near",
        fields=["epoch"],
        nearest=True,
        on="pointerover",
        clear="pointerout",
        empty=False,
    )
    opacity = alt.condition(near, alt.value(1), alt.value(0))
    tooltip = _tooltip(quantity, alt.Tooltip("line:N"))
    points: alt.Chart = base.mark_point(filled=True, size=90)
    points = points.encode(opacity=opacity, tooltip=tooltip).add_params(near)
    return points


def _tooltip(quantity: str, name: alt.Tooltip) -> list[alt.Tooltip]:
    format_ = ".2%" if quantity == "accuracy" else LOSS_FORMAT
    return [alt.Tooltip("epoch:Q"), name, alt.Tooltip(f"{quantity}:Q", format=format_)]


def _diamonds(
    runs: Mapping[str, History],
    lines: Sequence[Line],
    quantity: str,
    final: Mapping[str, float],
    *,
    legend: bool,
) -> alt.Chart:
    """What each run ends with, at the end of its line of validation."""
    points = [
        (len(runs[line.run]), line.name, final[line.run], FINAL)
        for line in lines
        if line.run in final and line.part == "validation"
    ]
    rows = pd.DataFrame(points, columns=["epoch", "line", quantity, "text"])
    names = [line.name for line in lines]
    key = alt.Legend(
        **_corner(names, from_below=rows_of(names) + 0.8),
        title=None,
        symbolFillColor="@ink",
        symbolSize=120,
    )
    marks: alt.Chart = alt.Chart(rows).mark_point(shape="diamond", filled=True, size=180, opacity=1)
    marks = marks.encode(
        x="epoch:Q",
        y=f"{quantity}:Q",
        color=alt.Color("line:N", legend=None),
        shape=alt.Shape(
            "text:N",
            scale=alt.Scale(domain=[FINAL], range=["diamond"]),
            legend=key if legend else None,
        ),
        tooltip=_tooltip(quantity, alt.Tooltip("text:N", title="line")),
    )
    return marks


def _goal_line(goal: float, *, at_left: bool) -> list[alt.Chart]:
    """What is asked, with its words at the right; where a legend of many lines stands, at the
    left.
    """
    rows = pd.DataFrame({"goal": [goal], "text": [f"homework asks {goal:.0%}"]})
    chart = alt.Chart(rows).encode(y="goal:Q")
    at = alt.value(0 if at_left else "width")

    def words(**look: Any) -> alt.Chart:  # noqa: ANN401 - of Vega-Lite
        dx, dy = (6, -10) if at_left else (0, 12)
        align: Literal["left", "right"] = "left" if at_left else "right"
        text: alt.Chart = chart.mark_text(align=align, dx=dx, dy=dy, color="@ink", **look)
        return text.encode(x=at, text="text")

    around = {"stroke": "@paper", "strokeWidth": 5}  # a line through the words is hidden there
    return [chart.mark_rule(strokeWidth=2, color="@ink"), words(**around, aria=False), words()]
