"""Colours and type that every chart shares. Both hue pairs stay apart for colour-blind readers."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from app.ui.meanings import MEANINGS, ZERO

Spec = dict[str, Any]

VALUES = (MEANINGS["negative"].light, ZERO, MEANINGS["positive"].light)  # in both themes
EVIDENCE = (MEANINGS["negative"].light, MEANINGS["evidence"].light)  # against, for
WEIGHTS = (MEANINGS["negative_weight"].light, ZERO, MEANINGS["positive_weight"].light)
SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
INK = {"light": "#1b1f24", "dark": "#eef1f4"}
FAINT = {"light": "#c4cad1", "dark": "#4a5561"}  # between cells, behind a chart
LINE = {"light": "#7d8894", "dark": "#7b8794"}  # of links, frames and hatching: 3:1 on the page
PAPER = {"light": "#ffffff", "dark": "#14181d"}  # of the page, see app/.streamlit/config.toml


# What a specification may name instead of a colour or a number; ``themed`` puts the theme's in.
TOKENS: dict[str, dict[str, Any]] = {
    "@ink": INK,
    "@faint": FAINT,
    "@paper": PAPER,
    "@on_compared": {"light": "#1b1f24", "dark": "#000000"},  # text on that colour
    **{f"@{name}": {"light": one.light, "dark": one.dark} for name, one in MEANINGS.items()},
}
UNDER_INK = 0.35  # opacity of a colour on which ink still has a contrast of 7:1
ON_LIGHT, ON_DARK = "#000000", "#ffffff"  # of numbers on coloured cells


FONT = '"Source Sans", sans-serif'  # Streamlit's own: of the page, of pictures and of charts
HEADING = 600  # weight of every heading, see app/.streamlit/config.toml
# The size of the page's type, in CSS pixels: of a window's width and height, and its ends.
REM = {"base": 6, "width": 0.009375, "height": 0.016667, "least": 18, "largest": 30}
REM_CSS = "clamp({least}px, {base}px + min(100vw * {width}, 100vh * {height}), {largest}px)".format(
    **REM
)
# Of a chart that takes the room it has; what depends on its width is reckoned anew with it.
FLUID_REM = (
    "clamp({base} + min(windowSize()[0] * {width}, windowSize()[1] * {height}) + 0 * width, "
    "{least}, {largest})"
).format(**REM)


def rem(share: float) -> Spec:
    """A length in a chart, as a share of the size of the page's type."""
    return {"expr": f"{share} * rem"}


_AXIS = {
    "labelColor": "@ink",
    "titleColor": "@ink",
    "domainColor": "@ink",
    "tickColor": "@ink",
    "labelFontSize": rem(0.78),
    "labelFlush": False,  # the first and the last stand under their ticks as the others do
    "titleFontSize": rem(0.8),
    "titleFontWeight": HEADING,
    "gridColor": "@faint",
    "gridOpacity": 0.5,
}
PADDING = {"left": 5, "top": 5, "right": 5, "bottom": 5}  # Streamlit's own has 20 below
# Vega-Lite's ``config`` of every chart: ink, type and a transparent background.
CONFIG: Spec = {
    "background": "transparent",
    "font": FONT,
    "view": {"stroke": None},
    "title": {"color": "@ink", "fontSize": rem(0.85), "fontWeight": HEADING, "offset": 6},
    "axis": _AXIS,
    "legend": {
        "labelColor": "@ink",
        "titleColor": "@ink",
        "labelFontSize": rem(0.78),
        "titleFontSize": rem(0.8),
        "titleFontWeight": HEADING,
        "clipHeight": rem(1.05),  # of a row; with it rows keep apart when the type grows
        "offset": 6,
    },
    "text": {"color": "@ink", "fontSize": rem(0.78)},
    "line": {"strokeWidth": rem(0.17)},
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
    """A view, a layering or a row of views as a whole specification in the house's type.

    One without a width of its own is fluid: it takes the room that it has on the page, and its type
    has the size of the page's. Of others the browser scales the picture as it is.
    """
    fluid = is_fluid(view)
    size: Spec = FIT if fluid else {"type": "pad"}
    whole = {"$schema": SCHEMA, **view, "config": CONFIG, "autosize": size, "padding": PADDING}
    size_of_type = {"name": "rem", "expr": FLUID_REM if fluid else str(REM["least"])}
    return whole | {"params": [*view.get("params", ()), size_of_type]}


FIT = {"type": "fit", "contains": "padding"}


def is_fluid(view: Spec) -> bool:
    """Whether a view takes the room that it has."""
    return not {"width", "hconcat", "vconcat"} & view.keys()
