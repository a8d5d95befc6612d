"""Charts of what a network gets right, class by class, as Vega-Lite specifications; the first
layer's kernels as a picture. No streamlit here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np
import numpy.typing as npt
import pandas as pd

from app.ui import palette
from app.ui.palette import Spec

USUAL = 0.78  # size of a count, of the page's type: as all text of a chart
DIGIT = 0.5  # width of a digit in sizes of the type: 0.497 in Source Sans
APART = 4  # pixels of a cell that its count leaves free
ROOM = 0.35  # of the axis, that a bar must have for its number
RAREST, FAINTEST = 1e-6, 0.12  # share of any error at all, and how much colour it has
PICKED = "cell"  # name of the confusion matrix's selection


def confusion(
    matrix: Sequence[Sequence[int]],
    classes: Sequence[str],
    *,
    largest_error: float = 0.03,
    picked: tuple[int, int] | None = None,
) -> Spec:
    """A confusion matrix: colour is the share of the true class, the number is the count of images.

    Hits are nearly all and errors a few per mille: one scale for both would leave the errors white,
    and a straight one the rare ones. So the errors' colour grows as the root of their share, and a
    single one is told from none.

    Args:
        matrix: row = true class, column = predicted class, entries are counts.
        classes: names, in label order.
        largest_error: share of a true class from which an error has its full colour.
        picked: (true, predicted) of the cell that is outlined at first; then cells can be clicked,
            and the selection ``PICKED`` holds the names "true" and "predicted". None: there is
            nothing to click.

    Returns:
        A Vega-Lite specification.
    """
    base = _cells(matrix, classes)
    hits = alt.Scale(domain=[0, 1], range=[0.08, palette.UNDER_INK])
    errors = alt.Scale(
        type="sqrt",
        domain=[0, RAREST, largest_error],
        range=[0, FAINTEST, palette.UNDER_INK],
        clamp=True,
    )
    layers = [
        _shares(base, "datum.right", "@compared", hits),
        _shares(base, "!datum.right", "@subject", errors),
        base.mark_text(color="@ink", fontSize=_fitting(matrix)).encode(text="count:Q"),
    ]
    if picked is not None:
        layers.append(_outline(base, classes[picked[0]], classes[picked[1]]))
    return _steady(alt.layer(*layers).resolve_scale(opacity="independent"))


def largest_error(matrix: Sequence[Sequence[int]]) -> float:
    """The share of its true class that the commonest error has, 3 % at least.

    Args:
        matrix: as in ``confusion``.
    """
    counts = np.array(matrix, dtype=np.float64)
    shares = counts / counts.sum(1, keepdims=True).clip(min=1)
    np.fill_diagonal(shares, 0)
    return max(0.03, float(shares.max()))


def class_bars(accuracies: Sequence[float], classes: Sequence[str], *, low: float) -> Spec:
    """The accuracy of each true class, as bars with their numbers.

    Args:
        accuracies: one share in [0, 1] per class.
        classes: names, in label order.
        low: where the axis starts, the same for all pictures that are compared.

    Returns:
        A Vega-Lite specification.
    """
    rows = pd.DataFrame({"class": list(classes), "share": list(accuracies)})
    base = alt.Chart(rows).encode(
        y=alt.Y("class:N", sort=list(classes), title="true class"),
        x=alt.X(
            "share:Q",
            title=f"accuracy, axis from {low:.0%}",
            scale=alt.Scale(domain=[low, 1], clamp=True),
            axis=alt.Axis(format=".0%", values=[low, (low + 1) / 2, 1]),
        ),
        tooltip=["class:N", alt.Tooltip("share:Q", format=".2%")],
    )
    text = base.encode(text=alt.Text("share:Q", format=".1%"))
    room = f"datum.share > {low + ROOM * (1 - low)}"
    inside = text.mark_text(align="right", dx=-6, color="@on_compared", fontWeight=600)
    beside = text.mark_text(align="left", dx=6, color="@ink", fontWeight=600)
    numbers = (inside.transform_filter(room), beside.transform_filter(f"!({room})"))
    return _steady(alt.layer(base.mark_bar(color="@compared"), *numbers))


def filters(
    weights: npt.NDArray[np.float32], largest: float, *, columns: int
) -> npt.NDArray[np.uint8]:
    """Colour filters as one small picture: red, green and blue are the weights of the three input
    channels.

    A weight of zero is mid-grey, ``largest`` full light and -``largest`` none:
    pixel = 127.5 + 127.5 · weight / largest.

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
    pixels = np.clip(127.5 + 127.5 * weights / largest, 0, 255).round().astype(np.uint8)
    for index, kernel in enumerate(pixels):
        top, left = index // columns * (height + 1), index % columns * (width + 1)
        picture[top : top + height, left : left + width, :3] = kernel.transpose(1, 2, 0)
        picture[top : top + height, left : left + width, 3] = 255
    return picture


def _fitting(matrix: Sequence[Sequence[int]]) -> alt.ExprRef:
    """The size of the counts: the usual one where the longest that a row can hold has room in a
    cell, else what has; the same for every matrix of these pictures.
    """
    digits = len(str(max(sum(row) for row in matrix)))
    room = f"(width / {len(matrix)} - {APART}) / {DIGIT * digits:g}"
    return alt.ExprRef(expr=f"min({USUAL} * rem, {room})")


def _cells(matrix: Sequence[Sequence[int]], classes: Sequence[str]) -> alt.Chart:
    """The matrix's cells on their axes; what draws them comes later."""
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
    above = alt.Axis(labelAngle=angle, orient="top", labelLimit=110)
    order = list(classes)
    return alt.Chart(rows).encode(
        x=alt.X("predicted:N", sort=order, title="predicted", axis=above),
        y=alt.Y("true:N", sort=order, title="true class", axis=alt.Axis(labelLimit=110)),
        tooltip=["true:N", "predicted:N", "count:Q", alt.Tooltip("share:Q", format=".2%")],
    )


def _shares(base: alt.Chart, test: str, colour: str, scale: alt.Scale) -> alt.Chart:
    """The cells that pass a test in one colour, the fuller the larger their share."""
    opacity = alt.Opacity("share:Q", scale=scale, legend=None)
    cells: alt.Chart = base.transform_filter(test).mark_rect()
    cells = cells.encode(color=alt.value(colour), opacity=opacity)
    return cells


def _outline(base: alt.Chart, true: str, predicted: str) -> alt.Chart:
    cell = alt.selection_point(
        name=PICKED,
        fields=["true", "predicted"],
        value=[{"true": true, "predicted": predicted}],
        toggle=False,
        clear=False,
    )
    stroke = alt.condition(cell, alt.value("@ink"), alt.value("transparent"))
    frames: alt.Chart = base.mark_rect(
        fillOpacity=0, fill="#ffffff", cursor="pointer", strokeWidth=3
    )
    frames = frames.encode(stroke=stroke).add_params(cell)
    return frames


def _steady(chart: alt.LayerChart | alt.FacetChart) -> Spec:
    """The specification with names of the data that do not depend on what they hold, so that the
    browser draws other numbers into the chart that is there.
    """
    spec = chart.to_dict()
    names = {name: f"cells {number}" for number, name in enumerate(spec["datasets"])}
    named = _renamed({key: part for key, part in spec.items() if key != "datasets"}, names)
    datasets = {names[name]: rows for name, rows in spec["datasets"].items()}
    return palette.complete(named | {"datasets": datasets})


def _renamed(part: Any, names: dict[str, str]) -> Any:  # noqa: ANN401 - whatever JSON holds
    if isinstance(part, dict):
        return {key: _renamed(value, names) for key, value in part.items()}
    if isinstance(part, list):
        return [_renamed(value, names) for value in part]
    return names.get(part, part) if isinstance(part, str) else part
