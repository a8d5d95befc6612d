"""Charts and sentences about class activation maps, from arrays. No streamlit here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor

from app.ui import palette
from app.ui.charts import (
    INDEPENDENT,
    HeatMap,
    cells,
    equals,
    limit,
    longest,
    number,
    panel,
    signed,
)
from app.ui.palette import VALUES, Spec
from core.cam import Channels
from core.faithfulness import RANKINGS, areas

TILE, MAP = 172, 172  # sides of a channel's tile and of the map, nominal pixels: 12 real ones fit
DASHES = dict(zip(RANKINGS, ([1, 0], [7, 3], [2, 3])))


def channel_sum(channels: Channels, cam: Tensor, *, of: int) -> Spec:
    """The strongest channels, each times its weight, and the class's map with its numbers.

    Args:
        channels: the strongest ones.
        cam: (h, w) the map that all channels add up to.
        of: how many channels there are.

    Returns:
        A Vega-Lite specification.
    """
    h, w = cam.shape
    most, digits = limit(channels.products), longest(channels.products)
    datasets: dict[str, list[dict[str, Any]]] = {"map": cells(cam.tolist(), "map of the class")}
    views: list[Spec] = []
    for index, weight, share, product in zip(
        channels.index.tolist(), channels.weight, channels.shares, channels.products
    ):
        title = f"Channel {index + 1}, weighted"
        datasets[title] = cells(product.tolist(), title)
        tile = HeatMap(title, title, VALUES, most, TILE / max(h, w), h, w, digits)
        texts = (f"weight {signed(float(weight), 3)}", f"adds {signed(float(share), 3)}")
        views.append(_column(panel(tile), *(_text(text, TILE) for text in texts)))
    others = _text(f"+ {of - len(views)} others", 90, 100)
    rest = _text(f"add {signed(channels.rest)}", 90)
    side, digits = MAP / max(h, w), longest(cam)
    whole = HeatMap("= Map of the class", "map", VALUES, limit(cam), side, h, w, digits)
    views += [{"vconcat": [others, rest], "spacing": 0}, panel(whole)]
    return palette.complete(
        {"datasets": datasets, "hconcat": views, "spacing": 6, "resolve": INDEPENDENT}
    )


def _column(*views: Spec) -> Spec:
    return {"vconcat": list(views), "spacing": 4, "resolve": INDEPENDENT}


def _text(text: str, width: int, height: int = 20) -> Spec:
    return {
        "data": {"values": [{"text": text}]},
        "width": width,
        "height": height,
        "mark": {
            "type": "text",
            "fontSize": 15,
            "fontWeight": 600,
            "color": "@ink",
            "baseline": "bottom",
            "tooltip": None,
            "y": height,
        },
        "encoding": {"text": {"field": "text"}},
    }


def probabilities(shares: Sequence[float], classes: Sequence[str], *, marked: int) -> Spec:
    """The probability of every class as bars on a fixed axis, the class of the map in the other
    hue.

    Args:
        shares: one probability per class.
        classes: names, in label order.
        marked: the class of the map.

    Returns:
        A Vega-Lite specification.
    """
    rows = [
        {"class": name, "share": share, "text": f"{share:.1%}", "marked": label == marked}
        for label, (name, share) in enumerate(zip(classes, shares))
    ]
    x = {
        "field": "class",
        "type": "nominal",
        "sort": list(classes),
        "title": None,
        "axis": {"labelLimit": 120, "labelAngle": 0},
    }
    y = _share_axis("share", "probability", values=[0, 0.5, 1]) | {"stack": None}
    colour = {"condition": {"test": "datum.marked", "value": "@subject"}, "value": "@compared"}
    bars = {"mark": {"type": "bar", "tooltip": None}, "encoding": {"color": colour}}
    numbers = {
        "mark": {"type": "text", "dy": -8, "color": "@ink", "tooltip": None},
        "encoding": {"text": {"field": "text"}},
    }
    return palette.complete(
        {
            "data": {"values": rows},
            "encoding": {"x": x, "y": y},
            "layer": [bars, numbers],
        }
    )


def _share_axis(field: str, title: str, **axis: Any) -> Spec:  # noqa: ANN401 - whatever JSON holds
    """A channel for a share, from 0 to 100 %."""
    return {
        "field": field,
        "type": "quantitative",
        "scale": {"domain": [0, 1]},
        "axis": {"format": ".0%", "title": title, **axis},
    }


def pixel_curves(
    curves: Mapping[str, Sequence[float]],
    shares: Sequence[float],
    *,
    title: str,
    axis: str,
) -> Spec:
    """The probability of a class over the share of pixels that are deleted or inserted.

    Args:
        curves: name (of ``DASHES``) to one probability for each share.
        shares: of the pixels.
        title: above the chart.
        axis: what the shares are.

    Returns:
        A Vega-Lite specification.
    """
    rows = [
        {"line": name, "share": share, "probability": value}
        for name, values in curves.items()
        for share, value in zip(shares, values)
    ]
    return palette.complete(
        {
            "data": {"values": rows},
            "title": {"text": title, "anchor": "start"},
            "mark": {"type": "line", "point": {"size": 40, "filled": True}},
            "encoding": {
                "x": _share_axis("share", axis, grid=False, tickCount=5),
                "y": _share_axis("probability", "probability", tickCount=5),
                **_ranking_channels(list(curves)),
                "tooltip": [
                    {"field": "line"},
                    {"field": "share", "format": ".0%"},
                    {"field": "probability", "format": ".1%"},
                ],
            },
        }
    )


def _ranking_channels(names: list[str]) -> Spec:
    """Colour and dashes of the rankings, which share one legend."""
    key = {
        "orient": "bottom",
        "title": None,
        "symbolType": "stroke",
        "symbolStrokeWidth": 4,
        "direction": "vertical",
        "labelLimit": 300,
    }
    ranges = {
        "color": ["@subject", "@compared", "@compared"][: len(names)],
        "strokeDash": [DASHES[name] for name in names],
    }
    line = {"field": "line", "type": "nominal", "legend": key}
    return {
        channel: {**line, "scale": {"domain": names, "range": values}}
        for channel, values in ranges.items()
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
        f"curves (above 0 it is better), mean over {result['pictures']:,} test pictures, each with "
        f"the map of the class that the network sees, {result['method']}: "
        f"{'; '.join(against)}."
    )


def sum_line(cam: Tensor, bias: float, probability: float) -> str:
    """The map's mean, the bias and the logit as Markdown, and a word where no place speaks for the
    class.
    """
    mean = float(cam.double().mean())
    line = (
        f"The mean of these {cam.numel()} is **{number(mean)}**; {number(mean)} "
        f"{'−' if bias < 0 else '+'} {number(abs(bias))} (bias) {equals(mean + bias)} logit "
        f"**{number(mean + bias)}**; softmax over all classes gives **{probability:.1%}**."
    )
    if float(cam.max()) < 0:
        line += " Every number is negative: no place speaks for this class."
    return line
