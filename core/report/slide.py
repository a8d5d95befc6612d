"""Pictures side by side as one picture for a slide: its type can be read from the back row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import UInt8
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from torch import Tensor

from core.overlay import blend
from core.report.colours import draw_picture
from core.report.document import INK, PALE, png_bytes, text_width, wrapped
from core.report.environment import own_settings

WIDTH, MARGIN, GAP = 13.33, 0.4, 0.35  # inches; a slide of 16 : 9 is as wide
TITLE, TYPE = 26, 20  # points
LINE = 0.4  # from line to line, inches
BAR = (3.2, 0.3)  # of the scale, inches
DOTS = 150  # an inch


@dataclass(frozen=True)
class Scale:
    """What the colours mean.

    Attributes:
        colours: from the low end to the high end, of 3 channels or with their opacity.
        low: the number at the low end, as text.
        high: the number at the high end, as text.
    """

    colours: UInt8[Tensor, "c 1 n"]
    low: str
    high: str


@own_settings()
def slide(
    title: str, pictures: Sequence[tuple[str, UInt8[Tensor, "c h w"]]], scale: Scale, note: str
) -> bytes:
    """Pictures in a row, each with its name below, under a title and over a scale.

    What is clear in a picture is white here.

    Args:
        title: what they are about, in a line or two.
        pictures: the name of each, and the picture, of 3 channels or with their opacity.
        scale: of the colours.
        note: beside the scale; how the pictures were made.

    Returns:
        A PNG file, which has title, names and note as its description too.
    """
    side = (WIDTH - 2 * MARGIN - GAP * (len(pictures) - 1)) / len(pictures)
    lines = wrapped(title, WIDTH - 2 * MARGIN, TITLE, weight="bold")
    top = MARGIN + LINE * 1.25 * len(lines) + 0.1
    names = [wrapped(name, side, TYPE) for name, _ in pictures]
    below = top + side + LINE * max(map(len, names)) + 0.45
    figure = Figure(figsize=(WIDTH, below + BAR[1] + MARGIN))
    canvas = _canvas(figure)
    for index, line in enumerate(lines):
        _write(canvas, MARGIN, MARGIN + LINE * 1.25 * (index + 0.5), line, TITLE, weight="bold")
    for index, (_, picture) in enumerate(pictures):
        left = MARGIN + index * (side + GAP)
        _draw(canvas, picture, (left, top, side, side))
        for number, line in enumerate(names[index]):
            _write(canvas, left, top + side + 0.1 + LINE * (number + 0.5), line)
    _draw_scale(canvas, scale, below)
    _write(canvas, WIDTH - MARGIN, below + BAR[1] / 2, note, color=PALE, ha="right")
    said = ", ".join(name for name, _ in pictures)
    return png_bytes(figure, dots=DOTS, description=f"{title}: {said}; {note}")


def on_white(picture: UInt8[Tensor, "c h w"]) -> UInt8[Tensor, "3 h w"]:
    """A picture of 3 channels, or with its opacity as a fourth one, over white."""
    return blend(torch.full_like(picture[:3], 255), picture, 1)


def _canvas(figure: Figure) -> Axes:
    """The whole figure, whose unit is the inch, y from the top down."""
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, figure.get_figwidth()), ylim=(figure.get_figheight(), 0))
    axes.set_axis_off()
    return axes


def _write(
    canvas: Axes,
    left: float,
    middle: float,
    text: str,
    size: float = TYPE,
    **look: Any,  # noqa: ANN401 - of matplotlib
) -> float:
    """A line of text; where it ends."""
    given: dict[str, Any] = {"color": INK, "fontsize": size, "va": "center"} | look
    canvas.text(left, middle, text, **given)
    return left + text_width(text, size)


def _draw(canvas: Axes, picture: Tensor, place: tuple[float, float, float, float]) -> None:
    """A picture with a thin frame, which shows where it is white."""
    left, top, width, height = place
    draw_picture(canvas, on_white(picture), place)
    canvas.add_patch(Rectangle((left, top), width, height, fill=False, edgecolor=PALE))


def _draw_scale(canvas: Axes, scale: Scale, top: float) -> None:
    left = _write(canvas, MARGIN, top + BAR[1] / 2, scale.low) + 0.15
    _draw(canvas, scale.colours, (left, top, *BAR))
    _write(canvas, left + BAR[0] + 0.15, top + BAR[1] / 2, scale.high)
