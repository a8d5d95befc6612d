"""Small pictures to click, as a Vega-Lite specification. No streamlit here."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from app.ui import palette
from app.ui.palette import Spec

PICKED = "picture"  # name of the gallery's selection
COLUMNS = 5
CELL = 50  # nominal pixels
MARK, CORNER = 16, 14  # side of the cross's paper, and how far from the middle it stands
WRONG = "✕"  # on a picture that the network takes for another class


def gallery(
    urls: Sequence[str],
    numbers: Sequence[int],
    names: Sequence[str],
    picked: int | None,
    *,
    wrong: Collection[int] = (),
    turn: int = 0,
    columns: int = COLUMNS,
) -> Spec:
    """Small pictures to click; the selection ``PICKED`` holds the "number" of the clicked one.

    Args:
        urls: the pictures.
        numbers: what each is called.
        names: what a pointer over it and a screen reader learn.
        picked: the number that is outlined.
        wrong: numbers of those that have a ``WRONG`` in their corner.
        turn: of the next click: the same picture clicked again, after another one was chosen
            elsewhere, is another selection.
        columns: pictures in a row.

    Returns:
        A Vega-Lite specification.
    """
    rows = -(-len(urls) // columns)
    data = []
    for index, (image, url, name) in enumerate(zip(numbers, urls, names)):
        y, x = divmod(index, columns)
        mark = WRONG if image in wrong else ""
        row = {"number": image, "turn": turn, "url": url, "name": name, "mark": mark}
        data.append(row | {"x": x, "y": y})
    return palette.complete(
        {
            "data": {"values": data},
            "width": CELL * columns,
            "height": CELL * rows,
            "encoding": {"x": _axis("x", columns), "y": _axis("y", rows)},
            "layer": [_images(), *_marks(), _frames(-1 if picked is None else picked)],
        }
    )


def _axis(field: str, count: int) -> Spec:
    scale = {
        "domain": [-0.5, count - 0.5],
        "nice": False,
        "zero": False,
        "reverse": field == "y",
    }
    return {"field": field, "type": "quantitative", "axis": None, "scale": scale}


def _images() -> Spec:
    side = CELL - 6
    look = {"smooth": False, "tooltip": None, "width": side, "height": side}
    mark = {"type": "image", "aria": False, **look}  # the frame over it has its name
    return {"mark": mark, "encoding": {"url": {"field": "url", "type": "nominal"}}}


def _marks() -> list[Spec]:
    """A cross on paper in the lower right corner of what is wrong."""
    where = {"xOffset": CORNER, "yOffset": CORNER, "tooltip": None, "aria": False}
    paper = {"type": "square", "size": MARK**2, "color": "@paper", "opacity": 1, **where}
    cross = {"type": "text", "fontSize": 15, "fontWeight": 700, "color": "@ink", **where}
    wrong: list[Spec] = [{"filter": f"datum.mark === '{WRONG}'"}]
    return [
        {"transform": wrong, "mark": paper},
        {"transform": wrong, "mark": cross, "encoding": {"text": {"field": "mark"}}},
    ]


def _frames(picked: int) -> Spec:
    """A frame around every image, to click; that of the picked one can be seen."""
    select = {"type": "point", "fields": ["number", "turn"], "toggle": False}
    outlined = {"test": f"datum.number === {picked}", "value": "@ink"}
    return {
        "params": [{"name": PICKED, "select": select}],
        "mark": {
            "type": "square",
            "size": (CELL - 3) ** 2,
            "filled": False,
            "strokeWidth": 3,
            "cursor": "pointer",
            "fill": "#ffffff",
            "fillOpacity": 0,
        },
        "encoding": {
            "stroke": {"condition": outlined, "value": "transparent"},
            "tooltip": {"field": "name"},
            "description": {"field": "name"},
        },
    }
