"""What a person sees of a drawn page: its texts and its pictures, with the places they take."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from core.report.environment import own_settings

SEEN = "_texts_and_pictures"  # of a page that was looked at


@dataclass(frozen=True)
class Placed:
    """A text or a picture, and the box that it takes, in inches from the lower left corner."""

    artist: Text | AxesImage
    box: Bbox

    @property
    def text(self) -> str:
        return self.artist.get_text() if isinstance(self.artist, Text) else ""

    def overlaps(self, other: Placed, by: float = 0.005) -> bool:
        """Whether both share more than a sliver."""
        width = min(self.box.x1, other.box.x1) - max(self.box.x0, other.box.x0)
        height = min(self.box.y1, other.box.y1) - max(self.box.y0, other.box.y0)
        return width > by and height > by


def placed(page: Figure) -> list[Placed]:
    """All texts and pictures that are drawn on a page; they go with it."""
    found: list[Placed] | None = getattr(page, SEEN, None)
    if found is None:
        found = _placed(page)
        setattr(page, SEEN, found)
    return found


@own_settings()
def _placed(page: Figure) -> list[Placed]:
    dots, fine = page.dpi, 400  # where a letter's width is rounded to less than a hair
    page.set_dpi(fine)
    page.draw_without_rendering()
    found, hidden = [], undrawn_ticks(page)
    for artist in page.findobj(lambda one: isinstance(one, Text | AxesImage)):
        if artist in hidden:
            continue
        if artist.get_visible() and (isinstance(artist, AxesImage) or artist.get_text().strip()):
            box = artist.get_window_extent()
            found.append(Placed(artist, Bbox(box.get_points() / fine)))
    page.set_dpi(dots)
    return [one for one in found if one.box.width > 0 and one.box.height > 0]


def undrawn_ticks(page: Figure) -> set[Text]:
    """Labels of ticks beyond the ends of their axis, which matplotlib keeps and does not draw."""
    hidden = set()
    for axis in (axis for axes in page.axes for axis in (axes.xaxis, axes.yaxis)):
        low, high = sorted(axis.get_view_interval())
        for tick in axis.get_major_ticks():
            if not low <= tick.get_loc() <= high:
                hidden |= {tick.label1, tick.label2}
    return hidden


def texts(page: Figure) -> list[str]:
    return [one.text for one in placed(page) if one.text]


def overlapping(page: Figure) -> list[tuple[str, str]]:
    """Texts that run into another text or into a picture."""
    return [
        (one.text or "a picture", other.text or "a picture")
        for one, other in combinations(placed(page), 2)
        if (one.text or other.text) and one.overlaps(other)
    ]


def beyond(page: Figure, margin: float) -> list[str]:
    """Texts and pictures that stand over the margins."""
    width, height = page.get_size_inches()
    return [
        one.text or "a picture"
        for one in placed(page)
        if one.box.x0 < margin - 0.03
        or one.box.x1 > width - margin + 0.03
        or one.box.y0 < margin - 0.03
        or one.box.y1 > height - margin + 0.03
    ]
