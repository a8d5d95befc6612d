"""What each colour means: the same in every picture, chart and key of the app.

A hue stands for one thing. What has none is told by a line's dashes or by words. All are apart for
colour-blind readers wherever they stand side by side; see tests/app/ui/test_meanings.py.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Meaning:
    """A colour of the app.

    Attributes:
        what: that it means.
        light: "#rrggbb" in the light theme.
        dark: likewise in the dark one.
    """

    what: str
    light: str
    dark: str


MEANINGS = {
    "negative": Meaning("a value below 0, a darker pixel", "#D55E00", "#D55E00"),
    "positive": Meaning("a value above 0, a brighter pixel", "#0072B2", "#0072B2"),
    "negative_weight": Meaning("a weight below 0", "#762A83", "#762A83"),
    "positive_weight": Meaning("a weight above 0", "#1B7837", "#1B7837"),
    "evidence": Meaning("what speaks for a class, over a photo", "#D600D6", "#D600D6"),
    "subject": Meaning(
        "what the view is about: this run, after the attack, this picture, the map, a mistake",
        "#99155C",
        "#FF8FC7",
    ),
    "compared": Meaning(
        "what it is held against: another run, before the attack, other pictures, no mistake",
        "#858E98",
        "#707B87",
    ),
    "A": Meaning("network A", "#007F8C", "#45C9D2"),
    "B": Meaning("network B", "#8A5A00", "#E5B84A"),
    "M": Meaning("network M", "#6A56C8", "#AE9DFF"),
    "chosen": Meaning("what is chosen in a control", "#004C7A", "#9AD3F4"),
}
ZERO = "#FFFFFF"  # between below and above
