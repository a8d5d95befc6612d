"""Charts about class activation maps: arrays to Vega-Lite specifications. No streamlit here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor

from app.ui import palette
from app.ui.charts import INDEPENDENT, HeatMap, cells, limit, longest, number, panel
from app.ui.palette import INK, SCHEMA, VALUES, Spec
from core.cam import Channels
from core.faithfulness import RANKINGS, areas

TILE = 150  # side of a channel's tile in nominal pixels
DASHES = dict(zip(RANKINGS, ([1, 0], [7, 3], [2, 3])))


def channel_sum(channels: Channels, cam: Tensor, *, of: int, theme: str) -> Spec:
    """The strongest channels as weight x feature, and the class's map with its numbers.

    Args:
        channels: the strongest ones.
        cam: (h, w) the map that all channels add up to.
        of: how many channels there are.
        theme: "light" or "dark".

    Returns:
        A Vega-Lite specification.
    """
    h, w = cam.shape
    datasets: dict[str, list[dict[str, Any]]] = {"map": cells(cam.tolist())}
    columns: list[Spec] = []
    most = limit(channels.products)
    for place, index in enumerate(channels.index.tolist()):
        weight, share = (
            signed(float(values[place]), 3) for values in (channels.weight, channels.shares)
        )
        title = f"{weight} × channel {index}"
        datasets[title] = cells(channels.products[place].tolist())
        tile = HeatMap(
            title, title, VALUES, most, TILE / max(h, w), h, w, longest=longest(channels.products)
        )
        columns.append(
            {
                "vconcat": [panel(tile, theme), _words(f"adds {share}", TILE, theme)],
                "spacing": 4,
                "resolve": INDEPENDENT,
            }
        )
    others = [
        _words(f"+ {of - len(columns)} others", 96, theme, 130),
        _words(f"add {signed(channels.rest)}", 96, theme),
    ]
    whole = HeatMap(
        "= Map of the class", "map", VALUES, limit(cam), 225 / max(h, w), h, w, longest=longest(cam)
    )
    return {
        "$schema": SCHEMA,
        "datasets": datasets,
        "hconcat": [*columns, {"vconcat": others, "spacing": 0}, panel(whole, theme)],
        "spacing": 14,
        "resolve": INDEPENDENT,
        "config": palette.config(theme),
        "autosize": {"type": "pad"},
    }


def signed(value: float, decimals: int = 2) -> str:
    """A number with its sign, a true minus."""
    return f"{value:+.{decimals}f}".replace("-", "−")


def _words(text: str, width: int, theme: str, height: int = 20) -> Spec:
    return {
        "data": {"values": [{"text": text}]},
        "width": width,
        "height": height,
        "mark": {
            "type": "text",
            "fontSize": 15,
            "fontWeight": 600,
            "color": INK[theme],
            "baseline": "bottom",
            "tooltip": None,
            "y": height,
        },
        "encoding": {"text": {"field": "text"}},
    }


def probabilities(
    shares: Sequence[float], classes: Sequence[str], *, marked: int, theme: str
) -> Spec:
    """The probability of every class as bars on a fixed axis, the class of the map in the other
    hue.

    Args:
        shares: one probability per class.
        classes: names, in label order.
        marked: the class of the map.
        theme: "light" or "dark".

    Returns:
        A Vega-Lite specification.
    """
    orange, blue = palette.series(theme)
    rows = [
        {"class": name, "share": share, "text": f"{share:.1%}", "marked": place == marked}
        for place, (name, share) in enumerate(zip(classes, shares))
    ]
    x = {
        "field": "class",
        "type": "nominal",
        "sort": list(classes),
        "title": None,
        "axis": {"labelLimit": 120, "labelAngle": 0},
    }
    y = {
        "field": "share",
        "type": "quantitative",
        "stack": None,
        "scale": {"domain": [0, 1]},
        "axis": {"format": ".0%", "values": [0, 0.5, 1], "title": "probability"},
    }
    return {
        "$schema": SCHEMA,
        "data": {"values": rows},
        "width": 790,
        "height": 70,
        "encoding": {"x": x, "y": y},
        "layer": [
            {
                "mark": {"type": "bar", "tooltip": None},
                "encoding": {
                    "color": {"condition": {"test": "datum.marked", "value": orange}, "value": blue}
                },
            },
            {
                "mark": {"type": "text", "dy": -8, "color": INK[theme], "tooltip": None},
                "encoding": {"text": {"field": "text"}},
            },
        ],
        "config": palette.config(theme),
        "autosize": {"type": "pad"},
    }


def pixel_curves(
    curves: Mapping[str, Sequence[float]],
    shares: Sequence[float],
    *,
    title: str,
    axis: str,
    theme: str,
) -> Spec:
    """The probability of a class over the share of pixels that are deleted or inserted.

    Args:
        curves: name (of ``DASHES``) to one probability for each share.
        shares: of the pixels.
        title: above the chart.
        axis: what the shares are.
        theme: "light" or "dark".

    Returns:
        A Vega-Lite specification.
    """
    orange, blue = palette.series(theme)
    rows = [
        {"line": name, "share": share, "probability": value}
        for name, values in curves.items()
        for share, value in zip(shares, values)
    ]
    names = list(curves)
    key = {
        "orient": "bottom",
        "title": None,
        "symbolType": "stroke",
        "symbolStrokeWidth": 4,
        "direction": "vertical",
        "labelLimit": 300,
    }
    return {
        "$schema": SCHEMA,
        "data": {"values": rows},
        "title": {"text": title, "anchor": "start"},
        "width": 320,
        "height": 200,
        "mark": {"type": "line", "strokeWidth": 3, "point": {"size": 40, "filled": True}},
        "encoding": {
            "x": {
                "field": "share",
                "type": "quantitative",
                "scale": {"domain": [0, 1]},
                "axis": {"format": ".0%", "title": axis, "grid": False},
            },
            "y": {
                "field": "probability",
                "type": "quantitative",
                "scale": {"domain": [0, 1]},
                "axis": {"format": ".0%", "tickCount": 5, "title": "probability"},
            },
            "color": {
                "field": "line",
                "type": "nominal",
                "legend": key,
                "scale": {"domain": names, "range": [orange, blue, INK[theme]][: len(names)]},
            },
            "strokeDash": {
                "field": "line",
                "type": "nominal",
                "legend": key,
                "scale": {"domain": names, "range": [DASHES[name] for name in names]},
            },
            "tooltip": [
                {"field": "line"},
                {"field": "share", "format": ".0%"},
                {"field": "probability", "format": ".1%"},
            ],
        },
        "config": palette.config(theme),
        "autosize": {"type": "pad"},
    }


def areas_line(result: Mapping[str, Any]) -> str:
    """What the pixels' deletion and insertion say over many pictures, as Markdown; above 0 the map
    is right.

    Args:
        result: as ``train_all.py cam`` keeps it.
    """
    deleted, inserted = areas(result["deletion"]), areas(result["insertion"])
    against = [
        f"against {name} **{signed(deleted[name])}** deleted, **{signed(-inserted[name])}** "
        "inserted"
        for name in deleted
    ]
    return (
        "How much better the map is than a ranking that knows nothing, as the area between the "
        "curves (above 0 it is "
        f"better), mean over {result['pictures']:,} test pictures: {'; '.join(against)}."
    )


def sum_line(cam: Tensor, bias: float, probability: float) -> str:
    """The map's mean, the bias and the logit as Markdown, and a word where no place speaks for the
    class.
    """
    mean = float(cam.double().mean())
    adds_up = round(round(mean, 2) + round(bias, 2), 2) == round(
        mean + bias, 2
    )  # in the digits that are written
    line = (
        f"The mean of these {cam.numel()} is **{number(mean)}**; {number(mean)} "
        f"{'−' if bias < 0 else '+'} "
        f"{number(abs(bias))} (bias) {'=' if adds_up else '≈'} logit **{number(mean + bias)}**; "
        "softmax over all "
        f"classes gives **{probability:.1%}**."
    )
    if float(cam.max()) < 0:
        line += " Every number is negative: no place speaks for this class."
    return line
