"""What is wrong with the text in a page's pictures, as tests/browser/drawn_text.js reads it."""

from itertools import combinations
from pathlib import Path

HOOKS = Path(__file__).with_name("drawn_text.js").read_text("utf-8")
APART = 2.0  # CSS pixels between two numbers side by side
READABLE = 12.0  # CSS pixels; see app/components/grids/geometry.js and app/ui/charts.py


def faults(page) -> list[str]:
    """Of all pictures that a page shows now; the page was opened with ``HOOKS``."""
    return [
        line
        for picture in page.evaluate("drawnText()")
        for line in cut(picture) + touching(picture) + small(picture)
    ]


def cut(picture: dict) -> list[str]:
    """Texts that reach over an edge of their picture."""
    width, height = picture["size"]
    return [
        f"{text['text']} is cut in {picture['name']}"
        for text in picture["texts"]
        for left, top, right, bottom in [text["box"]]
        if min(left, top) < -0.6 or right > width + 0.6 or bottom > height + 0.6
    ]


def touching(picture: dict) -> list[str]:
    """Texts that stand on each other, or side by side without room between them."""
    return [
        f"{one['text']} touches {other['text']} in {picture['name']}"
        for one, other in combinations(picture["texts"], 2)
        if one["box"][0] < other["box"][2] + APART
        and other["box"][0] < one["box"][2] + APART
        and one["box"][1] < other["box"][3] - 1
        and other["box"][1] < one["box"][3] - 1
    ]


def small(picture: dict) -> list[str]:
    """Texts that nobody reads from afar."""
    return [
        f"{text['text']} has {text['type']:.1f} pixels in {picture['name']}"
        for text in picture["texts"]
        if text["type"] < READABLE - 0.05
    ]
