"""How charts stand on the page: their containers' names, and the style that gives them their room.

A fluid chart fills its container, whose height is what the page leaves of the window, but never
less than its type needs. Any other is an SVG with a viewBox, which the browser scales.
"""

from __future__ import annotations

FLUID = "fluid"  # at the end of a container's name

LAPTOP = 40  # rem: height of the lowest window that a page is made for
# rem: a line about the link above the page, until the next action; the question gives way to it.
SAID = 2.35
# Key of a fluid chart to the height of all that surrounds it on the page, in rem, and its share of
# what is left.
HEIGHTS = {
    "": (20.5, 1.0),
    "training_accuracy": (23.5, 1.0),
    "training_loss": (23.5, 0.48),
    "training_rate": (23.5, 0.52),
    "training_ingredients": (20.5, 1.0),
    "training_time": (21.0, 1.0),
    "training_confusion": (22.0, 1.0),
    "training_classes": (22.0, 1.0),
    "cam_bars": (0.0, 0.22),
    "cam_deleted": (23.0, 1.0),
    "cam_inserted": (23.0, 1.0),
    "attack_bars": (12.0, 0.54),
    "attack_curve": (12.0, 0.46),
    "attack_path": (23.2, 1.0),
    "attack_task": (24.0, 1.0),
    "attack_model": (24.0, 1.0),
    "batch_norm": (27.0, 1.0),
    "live": (25.2, 1.0),
}
NO_LOWER = ("attack_curve",)  # its titles and its legend need all of its room
_HERO = "[class*=st-key-hero]"
_SAYS = "[data-testid=stApp]:has(.st-key-link p)"
_SCALED = f"{_HERO}:not([class*=_{FLUID}])"


def _height(around: float, share: float, *, lower: bool = True) -> str:
    """In a lower window, or one that is zoomed in, as much as in a laptop's, in its type; below a
    line about the link so much less that the page ends where it did.
    """
    least = share * (LAPTOP - around)
    usual = f"max({least:.4g}rem, {share} * (100vh - {around}rem))"
    return f"calc({usual} - {share if lower else 0} * var(--said, 0rem))"


def _heights() -> str:
    """One rule a chart; of several that fit, the last one counts, which is the longest."""
    return "\n".join(
        f"[class*=st-key-hero_{key}][class*=_{FLUID}] "
        f"{{flex: none; height: {_height(*about, lower=key not in NO_LOWER)}}}"
        for key, about in HEIGHTS.items()
    )


STYLE = f"""<style>
{_SAYS} {{--said: {SAID}rem}}
{_SAYS} [class*=st-key-title] > [data-testid=stElementContainer]:last-child {{display: none}}
{_HERO} :is([data-testid=stElementContainer], [data-testid=stFullScreenFrame],
  [data-testid=stFullScreenFrame] > div, .stVegaLiteChart, .vega-embed)
  {{width: 100% !important; display: block}}
[class*=_{FLUID}] :is([data-testid=stElementContainer], [data-testid=stFullScreenFrame],
  [data-testid=stFullScreenFrame] > div, .stVegaLiteChart) {{height: 100% !important}}
{_SCALED} svg.marks {{width: 100% !important; height: auto !important;
  max-height: {_height(20.5, 1)}}}
{_HERO} svg.marks :is(.role-title-text, .role-axis-label, .role-axis-title,
  .role-legend-label) text,
[class*=_{FLUID}]:not([class*=training_classes]) .mark-text.role-mark text {{fill: currentColor}}
{_HERO} svg.marks :is(.role-axis-domain, .role-axis-tick) line,
{_HERO} svg.marks .mark-rule.role-mark line {{stroke: currentColor}}
{_HERO} [data-testid=stElementContainer]:has(table.numbers)
  {{position: absolute; width: 1px !important; height: 1px !important; min-width: 0 !important;
    overflow: hidden; clip-path: inset(50%)}}
{_heights()}
</style>"""


def key_of(key: str, *, fluid: bool) -> str:
    """The name of a chart's container."""
    return f"hero_{key}_{FLUID}" if fluid else f"hero_{key}"


def least_height(container: str) -> float:
    """Height of a fluid chart in the lowest window, in rem.

    Args:
        container: the name of its container.
    """
    *_, (around, share) = (
        about for key, about in HEIGHTS.items() if container.startswith(f"hero_{key}")
    )
    return share * (LAPTOP - around)
