"""A chart of a page as a picture in the file: SVG in the colours of both themes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pyarrow as arrow
import vl_convert

from app.export.marked import attribute
from app.ui import palette
from core.json_files import parse_json

TYPE = 18  # CSS pixels of the page's type that a chart is drawn for
SMALLER = 16  # of a chart with a size of its own: other types than the app's are wider
# A colour that no chart has stands for each token, until the style's variable takes its place.
MARKS = {token: f"#fe{number:02x}fd" for number, token in enumerate(palette.TOKENS)}
_MARK = re.compile("|".join(MARKS.values()))
_VARIABLES = {mark: f"var(--{token[1:]})" for token, mark in MARKS.items()}
_HEAD = re.compile(r"<svg[^>]*>")
_SIZE = re.compile(r'\b(width|height)="([\d.]+)"')


def variables(theme: str) -> str:
    """Every token as a variable of CSS.

    Args:
        theme: "light" or "dark".
    """
    return "".join(f"--{token[1:]}:{one[theme]};" for token, one in palette.TOKENS.items())


def svg(spec: dict[str, Any], size: tuple[float, float], alt: str) -> str:
    """A chart as SVG without a namespace, which it needs in no HTML file and which names a host.

    Args:
        spec: of Vega-Lite with its points, and with tokens in place of colours.
        size: width and height of a fluid one, in CSS pixels.
        alt: what a screen reader says.
    """
    drawn = vl_convert.vegalite_to_svg(_sized(_marked(spec), *size))
    head = _HEAD.search(drawn)
    if head is None:
        raise ValueError(f"Expected a picture of a chart, got {drawn[:80]!r}.")
    across, down = (float(found[2]) for found in _SIZE.finditer(head[0]))
    begin = (
        f'<svg class="chart" role="img" aria-label="{attribute(alt)}" '
        f'viewBox="0 0 {across:g} {down:g}" style="--natural:{across / TYPE:.1f}rem">'
    )
    body = drawn[head.end() :]
    return begin + _MARK.sub(lambda found: _VARIABLES[found[0]], body)


def _marked(spec: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
    if isinstance(spec, dict):
        return {key: value if key == "datasets" else _marked(value) for key, value in spec.items()}
    if isinstance(spec, list | tuple):
        return [_marked(value) for value in spec]
    return MARKS.get(spec, spec) if isinstance(spec, str) else spec


def _sized(spec: dict[str, Any], width: float, height: float) -> dict[str, Any]:
    """With a size of its own, and its type's."""
    params = [one for one in spec.get("params", ()) if one.get("name") != "rem"]
    fluid = palette.is_fluid(spec)
    sized = spec | {"params": [*params, {"name": "rem", "value": TYPE if fluid else SMALLER}]}
    if not fluid:
        return sized
    return sized | {"width": width, "height": height}


def points(proto: Any) -> dict[str, Any]:  # noqa: ANN401 - streamlit's own
    """The specification that a page sends, with its points inside.

    Args:
        proto: Streamlit's message of a Vega-Lite chart.
    """
    spec: dict[str, Any] = parse_json(proto.spec.encode())
    datasets = dict(spec.get("datasets", {}))
    for one in proto.datasets:
        rows = list(_rows(one.data.data))
        if one.has_name:
            datasets[one.name] = rows
        else:
            spec["data"] = {"values": rows}
    if proto.HasField("data"):
        spec["data"] = {"values": list(_rows(proto.data.data))}
    return spec | {"datasets": datasets} if datasets else spec


def _rows(table: bytes) -> Iterator[dict[str, Any]]:
    """The points of a table of Arrow; what a point does not have is left out."""
    for row in arrow.ipc.open_stream(table).read_all().to_pylist():
        yield {name: value for name, value in row.items() if value is not None}
