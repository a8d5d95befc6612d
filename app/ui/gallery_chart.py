"""Small pictures to click, as a Vega-Lite specification. No streamlit here."""

from __future__ import annotations

from collections.abc import Sequence

from app.ui import palette
from app.ui.palette import SCHEMA, Spec

PICKED = "picture"  # name of the gallery's selection
COLUMNS = 5


def gallery(
    urls: Sequence[str],
    numbers: Sequence[int],
    names: Sequence[str],
    picked: int | None,
) -> Spec:
    """Small pictures to click; the selection ``PICKED`` holds the "number" of the clicked one.

    Args:
        urls: the pictures.
        numbers: what each is called.
        names: what a pointer over it and a screen reader learn.
        picked: the number that is outlined.

    Returns:
        A Vega-Lite specification.
    """
    cell, rows = 50, -(-len(urls) // COLUMNS)
    data = [
        {
            "number": number,
            "url": url,
            "name": name,
            "x": index % COLUMNS,
            "y": index // COLUMNS,
        }
        for index, (number, url, name) in enumerate(zip(numbers, urls, names))
    ]
    position = {
        axis: {
            "field": axis,
            "type": "quantitative",
            "axis": None,
            "scale": {
                "domain": [-0.5, count - 0.5],
                "nice": False,
                "zero": False,
                "reverse": axis == "y",
            },
        }
        for axis, count in (("x", COLUMNS), ("y", rows))
    }
    size = {"width": cell - 6, "height": cell - 6}
    frame = {
        "type": "square",
        "size": (cell - 3) ** 2,
        "filled": False,
        "strokeWidth": 3,
        "cursor": "pointer",
    }
    return {
        "$schema": SCHEMA,
        "data": {"values": data},
        "width": cell * COLUMNS,
        "height": cell * rows,
        "encoding": position,
        "layer": [
            {
                "mark": {"type": "image", "smooth": False, "tooltip": None, **size},
                "encoding": {"url": {"field": "url", "type": "nominal"}},
            },
            {
                "params": [
                    {
                        "name": PICKED,
                        "select": {"type": "point", "fields": ["number"], "toggle": False},
                    }
                ],
                "mark": {**frame, "fill": "#ffffff", "fillOpacity": 0},
                "encoding": {
                    "stroke": {
                        "condition": {
                            "test": f"datum.number === {-1 if picked is None else picked}",
                            "value": "@ink",
                        },
                        "value": "transparent",
                    },
                    "tooltip": {"field": "name"},
                    "description": {"field": "name"},
                },
            },
        ],
        "config": palette.CONFIG,
        "autosize": {"type": "pad"},
    }
