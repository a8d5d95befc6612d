"""Charts about trainings and their results, as Vega-Lite specifications. No streamlit here."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import numpy as np
import numpy.typing as npt
import pandas as pd

from app.ui import palette
from app.ui.palette import INK, Spec

History = Sequence[Mapping[str, Any]]

PARTS = ("training", "validation")
DASHES = {"training": [6, 4], "validation": [1, 0]}
PICKED = "cell"  # name of the confusion matrix's selection


def curves(
    runs: Mapping[str, History],
    quantity: str,
    *,
    goal: float | None,
    theme: str,
    epochs: int | None = None,
    size: tuple[int, int] = (500, 290),
    legend: bool = True,
    shipped: Mapping[str, float] | None = None,
) -> Spec:
    """Training and validation per epoch, with a tooltip and a legend that can be clicked.

    Of one run the colour tells training from validation; of several it tells the runs apart.
    Training is dashed.

    Args:
        runs: name to epoch records, as a card's history has them; the first is the one that the
            page is about.
        quantity: "loss" (cross-entropy in nats) or "accuracy" (share in [0, 1]).
        goal: what the homework asks of the accuracy, drawn as a line; None draws none.
        theme: "light" or "dark".
        epochs: where the axis ends; None: with the longest run.
        size: width and height in nominal pixels; the page scales the whole picture.
        legend: whether the legend is drawn.
        shipped: name of a run to the quantity of what ships, where that is not the last epoch's;
            drawn as a diamond.

    Returns:
        A Vega-Lite specification.
    """
    orange, blue = palette.series(theme)
    several = len(runs) > 1
    lines = [(f"{run}: {part}" if several else part, run, part) for run in runs for part in PARTS]
    rows = pd.DataFrame(
        [
            {"epoch": record["epoch"], "line": line, quantity: record[f"{_FIELD[part]}_{quantity}"]}
            for line, run, part in lines
            for record in runs[run]
        ],
        columns=["epoch", "line", quantity],
    )
    colours = [
        (blue, orange)[list(runs).index(run)] if several else {"training": orange}.get(part, blue)
        for _, run, part in lines
    ]
    names = [line for line, _, _ in lines]
    accuracy = quantity == "accuracy"
    points_format = ".2%" if accuracy else ".4f"
    lowest = min(rows[quantity].min() if len(rows) else 1.0, goal or 1.0) if accuracy else 0.0
    scale = (
        alt.Scale(domain=[math.floor(lowest * 20 - 0.5) / 20, 1.0])
        if accuracy
        else alt.Scale(zero=True)
    )
    shown = alt.selection_point(name="line", fields=["line"], bind="legend")
    near = alt.selection_point(
        name="near", fields=["epoch"], nearest=True, on="pointerover", empty=False
    )
    key = alt.Legend(
        orient="top",
        title=None,
        symbolType="stroke",
        symbolStrokeWidth=4,
        columns=2,
        labelLimit=300,
    )
    last = epochs or max(map(len, runs.values()))
    base = alt.Chart(rows).encode(
        x=alt.X(
            "epoch:Q",
            title="epoch",
            scale=alt.Scale(domain=[1, max(2, last)], nice=False),
            axis=alt.Axis(tickMinStep=1, format="d", grid=False),
        ),
        y=alt.Y(
            f"{quantity}:Q",
            title="share right" if accuracy else "loss, nats",
            scale=scale,
            axis=alt.Axis(format=".0%" if accuracy else ".2f", tickCount=max(3, size[1] // 50)),
        ),
        color=alt.Color(
            "line:N", scale=alt.Scale(domain=names, range=colours), legend=key if legend else None
        ),
        strokeDash=alt.StrokeDash(
            "line:N",
            scale=alt.Scale(domain=names, range=[DASHES[part] for _, _, part in lines]),
            legend=key if legend else None,
        ),
        opacity=alt.condition(shown, alt.value(1), alt.value(0.12)),
    )
    line_marks = base.mark_line(strokeWidth=3, point=max(map(len, runs.values())) < 2).add_params(
        shown
    )
    points = (
        base.mark_point(filled=True, size=90)
        .encode(
            opacity=alt.condition(near, alt.value(1), alt.value(0)),
            tooltip=[
                alt.Tooltip("epoch:Q"),
                alt.Tooltip("line:N"),
                alt.Tooltip(f"{quantity}:Q", format=points_format),
            ],
        )
        .add_params(near)
    )
    layers: list[alt.Chart] = [line_marks, points]
    if shipped:
        ends = pd.DataFrame(
            [
                {
                    "epoch": len(runs[run]),
                    "line": line,
                    quantity: shipped[run],
                    "text": "as shipped",
                }
                for line, run, part in lines
                if run in shipped and part == "validation"
            ]
        )
        end = alt.Chart(ends).encode(
            x="epoch:Q", y=f"{quantity}:Q", color=alt.Color("line:N", legend=None)
        )
        tooltip = [
            alt.Tooltip("epoch:Q"),
            alt.Tooltip("text:N", title="line"),
            alt.Tooltip(f"{quantity}:Q", format=points_format),
        ]
        layers.append(
            end.mark_point(shape="diamond", filled=True, size=180, opacity=1).encode(
                tooltip=tooltip
            )
        )
    if goal is not None:
        bar = alt.Chart(pd.DataFrame({"goal": [goal], "text": [f"homework asks {goal:.0%}"]}))
        layers.append(bar.mark_rule(strokeWidth=2, color=INK[theme]).encode(y="goal:Q"))
        layers.append(
            bar.mark_text(align="right", dy=12, color=INK[theme]).encode(
                x=alt.value("width"), y="goal:Q", text="text"
            )
        )
    return _finished(alt.layer(*layers), theme, width=size[0], height=size[1])


_FIELD = {
    "training": "train",
    "validation": "validation",
}  # how the parts are called in an epoch record


def learning_rates(runs: Mapping[str, Sequence[tuple[float, float]]], *, theme: str) -> Spec:
    """The learning rate over the training.

    Args:
        runs: name to (epoch, rate) points; colours as in ``curves``.
        theme: "light" or "dark".

    Returns:
        A Vega-Lite specification.
    """
    orange, blue = palette.series(theme)
    rows = pd.DataFrame(
        [
            {"run": run, "epoch": epoch, "rate": rate}
            for run, points in runs.items()
            for epoch, rate in points
        ]
    )
    base = alt.Chart(rows).encode(
        x=alt.X(
            "epoch:Q",
            title="epoch",
            scale=alt.Scale(domain=[0, rows["epoch"].max()], nice=False),
            axis=alt.Axis(format="d", grid=False, tickMinStep=1),
        ),
        y=alt.Y(
            "rate:Q",
            title="learning rate",
            scale=alt.Scale(zero=True),
            axis=alt.Axis(format="~g", tickCount=3),
        ),
        color=alt.Color(
            "run:N",
            legend=None,
            scale=alt.Scale(domain=list(runs), range=[blue, orange][: len(runs)]),
        ),
        tooltip=[
            "run:N",
            alt.Tooltip("epoch:Q", format=".1f"),
            alt.Tooltip("rate:Q", format=".2g"),
        ],
    )
    return _finished(alt.layer(base.mark_line(strokeWidth=3)), theme, width=500, height=150)


def confusion(
    matrix: Sequence[Sequence[int]],
    classes: Sequence[str],
    *,
    theme: str,
    largest_error: float = 0.03,
    picked: tuple[int, int] | None = None,
) -> Spec:
    """A confusion matrix: colour is the share of the true class, the number is the count of
    pictures.

    Args:
        matrix: row = true class, column = predicted class, entries are counts.
        classes: names, in label order.
        theme: "light" or "dark".
        largest_error: share of a true class from which an error has its full colour, which grows as
            the share's root.
        picked: (true, predicted) of the cell that is outlined at first; then cells can be clicked,
            and the selection ``PICKED`` holds the names "true" and "predicted". None: there is
            nothing to click.

    Returns:
        A Vega-Lite specification.
    """
    rows = pd.DataFrame(
        {
            "true": true,
            "predicted": predicted,
            "count": matrix[i][j],
            "share": matrix[i][j] / max(1, sum(matrix[i])),
            "right": i == j,
        }
        for i, true in enumerate(classes)
        for j, predicted in enumerate(classes)
    )
    angle = 0 if max(map(len, classes)) <= 3 else -35
    base = alt.Chart(rows).encode(
        x=alt.X(
            "predicted:N",
            sort=list(classes),
            title="predicted",
            axis=alt.Axis(labelAngle=angle, orient="top", labelLimit=110),
        ),
        y=alt.Y("true:N", sort=list(classes), title="true class", axis=alt.Axis(labelLimit=110)),
        tooltip=["true:N", "predicted:N", "count:Q", alt.Tooltip("share:Q", format=".2%")],
    )
    # Errors are a few per mille and hits nearly all: one scale for both would leave the errors
    # white, and a straight one the rare ones. The ink has to be read on the strongest colour.
    most = 0.7 if theme == "dark" else 0.9
    error_colour, hit_colour = palette.series(theme)
    hits = (
        base.transform_filter("datum.right")
        .mark_rect()
        .encode(
            color=alt.value(hit_colour),
            opacity=alt.Opacity(
                "share:Q", scale=alt.Scale(domain=[0, 1], range=[0.08, 0.75]), legend=None
            ),
        )
    )
    errors = (
        base.transform_filter("!datum.right")
        .mark_rect()
        .encode(
            color=alt.value(error_colour),
            opacity=alt.Opacity(
                "share:Q",
                scale=alt.Scale(
                    type="sqrt", domain=[0, largest_error], range=[0, most], clamp=True
                ),
                legend=None,
            ),
        )
    )
    layers: list[alt.Chart] = [
        hits,
        errors,
        base.mark_text(fontSize=14, color=INK[theme]).encode(text="count:Q"),
    ]
    if picked is not None:
        first = {"true": classes[picked[0]], "predicted": classes[picked[1]]}
        cell = alt.selection_point(
            name=PICKED, fields=["true", "predicted"], value=[first], toggle=False, clear=False
        )
        layers.append(
            base.mark_rect(fillOpacity=0, fill="#ffffff", cursor="pointer", strokeWidth=3)
            .encode(stroke=alt.condition(cell, alt.value(INK[theme]), alt.value("transparent")))
            .add_params(cell)
        )
    return _finished(
        alt.layer(*layers).resolve_scale(opacity="independent"), theme, width=460, height=330
    )


def class_bars(
    accuracies: Sequence[float], classes: Sequence[str], *, low: float, theme: str
) -> Spec:
    """Share of each true class that is classified right, as bars with their numbers.

    Args:
        accuracies: one share in [0, 1] per class.
        classes: names, in label order.
        low: where the axis starts, the same for all pictures that are compared.
        theme: "light" or "dark".

    Returns:
        A Vega-Lite specification.
    """
    rows = pd.DataFrame({"class": list(classes), "share": list(accuracies)})
    base = alt.Chart(rows).encode(
        y=alt.Y("class:N", sort=list(classes), title="true class"),
        x=alt.X(
            "share:Q",
            title=f"share right, axis from {low:.0%}",
            scale=alt.Scale(domain=[low, 1], clamp=True),
            axis=alt.Axis(format=".0%", tickCount=4),
        ),
        tooltip=["class:N", alt.Tooltip("share:Q", format=".2%")],
    )
    bars = base.mark_bar(color=palette.series(theme)[1])
    numbers = base.mark_text(
        align="right", dx=-6, color="#ffffff" if theme == "light" else INK["light"], fontWeight=600
    )
    return _finished(
        alt.layer(bars, numbers.encode(text=alt.Text("share:Q", format=".1%"))),
        theme,
        width=250,
        height=330,
    )


def filters(
    weights: npt.NDArray[np.float32], largest: float, *, columns: int
) -> npt.NDArray[np.uint8]:
    """Colour filters as one small picture: red, green and blue are the weights of the three input
    channels.

    A weight of zero is mid-grey, ``largest`` full light and -``largest`` none: grey = 127.5 + 127.5
    · w / largest.

    Args:
        weights: (kernels, 3, height, width).
        largest: the symmetric limit of the scale.
        columns: filters in a row of the picture.

    Returns:
        (H, W, 4) uint8: red, green, blue and opacity; a transparent line of one pixel lies between
        the filters.
    """
    count, _, height, width = weights.shape
    rows = math.ceil(count / columns)
    picture = np.zeros((rows * (height + 1) - 1, columns * (width + 1) - 1, 4), dtype=np.uint8)
    grey = np.clip(127.5 + 127.5 * weights / largest, 0, 255).round().astype(np.uint8)
    for place, kernel in enumerate(grey):
        top, left = place // columns * (height + 1), place % columns * (width + 1)
        picture[top : top + height, left : left + width, :3] = kernel.transpose(1, 2, 0)
        picture[top : top + height, left : left + width, 3] = 255
    return picture


def _finished(
    chart: alt.LayerChart | alt.FacetChart, theme: str, *, width: int, height: int
) -> Spec:
    spec: Spec = (
        chart.properties(width=width, height=height).configure(**palette.config(theme)).to_dict()
    )
    return spec
