"""Colours and type that every chart shares. Both hue pairs stay apart for colour-blind readers."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

Spec = dict[str, Any]

VALUES = ("#D55E00", "#FFFFFF", "#0072B2")  # negative, zero, positive
WEIGHTS = ("#762A83", "#FFFFFF", "#1B7837")
SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
INK = {"light": "#1b1f24", "dark": "#eef1f4"}
FAINT = {"light": "#c4cad1", "dark": "#4a5561"}


# What a specification may name instead of a colour or a number; ``themed`` puts the theme's in.
TOKENS: dict[str, dict[str, Any]] = {
    "@ink": INK,
    "@faint": FAINT,
    "@paper": {"light": "#ffffff", "dark": "#1b1f24"},
    "@first": {"light": "#D55E00", "dark": "#F0A060"},
    "@second": {"light": "#0072B2", "dark": "#56B4E9"},
    "@third": {"light": "#8a5a9e", "dark": "#C9A0DC"},
}
UNDER_INK = 0.55  # opacity of the ends of VALUES on which ink still has a contrast of 7:1
PAPER = {"light": "#ffffff", "dark": "#14181d"}  # of the page, see app/.streamlit/config.toml
ON_LIGHT, ON_DARK = "#000000", "#ffffff"  # of numbers on coloured cells


_AXIS = {
    "labelColor": "@ink",
    "titleColor": "@ink",
    "domainColor": "@ink",
    "tickColor": "@ink",
    "labelFontSize": 14,
    "labelFlush": False,  # the first and the last stand under their ticks as the others do
    "titleFontSize": 15,
    "gridColor": "@faint",
    "gridOpacity": 0.5,
}
PADDING = {"left": 5, "top": 5, "right": 5, "bottom": 5}  # Streamlit's own has 20 below
# Vega-Lite's ``config`` of every chart: ink, type sizes and a transparent background.
CONFIG: Spec = {
    "background": "transparent",
    "font": "sans-serif",
    "view": {"stroke": None},
    "title": {"color": "@ink", "fontSize": 15, "fontWeight": 600, "offset": 6},
    "axis": _AXIS,
    "legend": {
        "labelColor": "@ink",
        "titleColor": "@ink",
        "labelFontSize": 14,
        "titleFontSize": 15,
    },
    "text": {"color": "@ink", "fontSize": 14},
}


def luminance(colour: str) -> float:
    """Relative luminance of "#rrggbb", 0 for black and 1 for white.

    Source: Web Content Accessibility Guidelines 2.2, https://www.w3.org/TR/WCAG22.
    """
    linear = [
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in (channel / 255 for channel in bytes.fromhex(colour[1:]))
    ]
    return sum(weight * value for weight, value in zip((0.2126, 0.7152, 0.0722), linear))


def contrast(one: str, other: str) -> float:
    """The contrast of two colours "#rrggbb", from 1 to 21; of the same source."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def mixed(start: str, end: str, share: float) -> str:
    """The colour "#rrggbb" at a share in [0, 1] of the way from one to another."""
    pairs = zip(bytes.fromhex(start[1:]), bytes.fromhex(end[1:]))
    return "#" + "".join(f"{round(low + (high - low) * share):02x}" for low, high in pairs)


@lru_cache
def dark_from(end: str) -> float:
    """The share of a scale from white to a colour beyond which white is read best on it."""
    for percent in range(1, 101):
        cell = mixed(VALUES[1], end, percent / 100)
        if contrast(cell, ON_DARK) > contrast(cell, ON_LIGHT):
            return (percent - 1) / 100
    return 1.0


def themed(spec: Any, theme: str) -> Any:  # noqa: ANN401 - whatever JSON holds
    """A copy of a specification with every token of ``TOKENS`` replaced by the theme's value.

    Charts are made without knowing the theme; it enters where they are drawn.

    Args:
        spec: dicts, lists, strings, numbers: what JSON holds.
        theme: "light" or "dark".

    Returns:
        The same structure.

    Raises:
        ValueError: a string begins with @ and is no token.
    """
    if isinstance(spec, dict):
        return {
            key: value if key == "datasets" else themed(value, theme)  # data hold foreign text
            for key, value in spec.items()
        }
    if isinstance(spec, list | tuple):
        return [themed(value, theme) for value in spec]
    if isinstance(spec, str) and spec.startswith("@"):
        if spec not in TOKENS:
            raise ValueError(f"Expected a token, one of {', '.join(TOKENS)}; got {spec!r}.")
        return TOKENS[spec][theme]
    return spec


def silent(spec: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
    """A copy of a specification of whose marks a screen reader hears nothing."""
    if isinstance(spec, list):
        return [silent(part) for part in spec]
    if not isinstance(spec, dict):
        return spec
    copy = {key: value if key == "datasets" else silent(value) for key, value in spec.items()}
    if "mark" in copy:
        mark = copy["mark"]
        copy["mark"] = ({"type": mark} if isinstance(mark, str) else mark) | {"aria": False}
    return copy


def complete(view: Spec) -> Spec:
    """A view, a layering or a row of views as a whole specification in the house's type."""
    whole = {"$schema": SCHEMA, **view, "config": CONFIG, "autosize": {"type": "pad"}}
    return whole | {"padding": PADDING}
