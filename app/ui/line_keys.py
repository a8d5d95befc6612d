"""What the colours and dashes of a chart mean where it does not say so itself: the page does, and a
saved file has to. No streamlit here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from app.ui.palette import Spec

CHANNELS = {"color": "colour", "strokeDash": "dash"}
WIDTHS = "widths"  # in a specification's "usermeta": names of lines to pixels that no scale has


@dataclass(frozen=True)
class LineKey:
    """An entry of a legend.

    Attributes:
        name: of the lines.
        colour: "#rrggbb" or a token of ``palette.TOKENS``; None: of any colour.
        dash: lengths in pixels of dash and gap; None: of any dash.
        width: in pixels; None: as most are.
    """

    name: str
    colour: str | None = None
    dash: list[float] | None = None
    width: float | None = None


def line_keys(spec: Spec) -> list[LineKey]:
    """The entries that a specification leaves to the page: its scales have no legend.

    Args:
        spec: of Vega-Lite.

    Returns:
        An entry for each name, with all that tells its lines apart.
    """
    found: dict[str, dict[str, Any]] = {}
    for channel, encoded in _without_legend(spec):
        for name, value in zip(encoded["scale"]["domain"], encoded["scale"]["range"]):
            found.setdefault(name, {})[CHANNELS[channel]] = value
    widths = spec.get("usermeta", {}).get(WIDTHS, {})
    return [LineKey(name, **known, width=widths.get(name)) for name, known in found.items()]


def _without_legend(spec: Spec) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Channels whose scales name what they stand for, but are not explained in the drawing."""
    for view in (spec, *spec.get("layer", ())):
        for channel in CHANNELS:
            encoded = view.get("encoding", {}).get(channel, {})
            is_named = encoded.get("type") == "nominal" and "range" in encoded.get("scale", {})
            if is_named and encoded.get("legend", True) is None:
                yield channel, encoded
