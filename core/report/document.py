"""The report's sheets: one size, one margin, filled from top to bottom; and their PDF."""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.textpath import text_to_path

from core.checkpoints.files import write_whole
from core.report.environment import MONO, SANS, own_settings
from core.report.lines import in_lines

PAGE = (8.27, 11.69)  # A4 in inches
MARGIN = 0.8  # on all four sides, in inches
WIDTH = PAGE[0] - 2 * MARGIN
LEADING = 1.45  # from line to line, as a share of the size of the type
INK, PALE = "#111111", "#666666"
BELOW_TEXT = 0.07  # in inches
TITLE_HEIGHT = 0.5  # of a page, in inches, with what is left below it
TITLE = "Convolutional networks: the homework"


class Sheet:
    """A page that is filled from top to bottom; what finds no room goes on on the next one.

    Attributes:
        figures: the pages so far.
        top: where the next thing begins, in inches above the lower edge.
        held: the last heading, where it ended and what was drawn of it: nothing has to follow it
            on its page, then it goes to the next one.
    """

    def __init__(self, title: str, size: tuple[float, float] = PAGE) -> None:
        """Begin with a title; all lengths are in inches."""
        self.title, self.size = title, size
        self.figures: list[Figure] = []
        self.held: tuple[str, float, list[Text]] | None = None
        self._begin(title)

    @property
    def width(self) -> float:
        """Between the margins."""
        return self.size[0] - 2 * MARGIN

    @property
    def room(self) -> float:
        """Left above the lower margin."""
        return self.top - MARGIN

    def space(self, height: float) -> None:
        """Leave some room."""
        self.top -= height

    def heading(self, text: str, *, keep: float = 0.5) -> None:
        """A line in bold, with some room above it, on one page with ``keep`` inches below it, and
        with the paragraph or the drawing that follows.
        """
        self._reserve(keep + 0.4)
        self.space(0.12)
        before = len(self.figures[-1].texts)
        self.text(text, weight="bold", size=10.5)
        self.held = (text, self.top, self.figures[-1].texts[before:])

    def text(
        self, text: str, *, size: float = 9.5, weight: str = "normal", mono: bool = False
    ) -> None:
        """A paragraph over the whole width, and some room below it; it stays on one page unless it
        is longer than a page.
        """
        family = MONO if mono else SANS
        lines = wrapped(text, self.width, size, weight=weight, family=family)
        line_height = size * LEADING / 72
        self._reserve(min(len(lines) * line_height, self.size[1] - 2 * MARGIN - TITLE_HEIGHT))
        for line in lines:
            self._reserve(line_height)
            self.write(0, line, size=size, weight=weight, family=family)
            self.space(line_height)
        self.space(BELOW_TEXT)

    def text_height(self, text: str, *, size: float = 9.5) -> float:
        """What a paragraph will take."""
        return len(wrapped(text, self.width, size)) * size * LEADING / 72 + BELOW_TEXT

    def write(
        self,
        left: float,
        text: str,
        *,
        size: float = 9.5,
        weight: str = "normal",
        family: str = SANS,
        color: str = INK,
        align: str = "left",
    ) -> None:
        """One line at the height where the next thing begins, which stays there."""
        self.figures[-1].text(
            (MARGIN + left) / self.size[0],
            self.top / self.size[1],
            text,
            fontsize=size,
            weight=weight,
            family=family,
            color=color,
            ha=align,
            va="top",
        )

    def table(
        self,
        head: Sequence[str],
        rows: Sequence[Sequence[str]],
        edges: Sequence[float],
        size: float = 8.5,
    ) -> None:
        """Rows of cells under a head.

        Args:
            head: a name for each column.
            rows: a cell for each column.
            edges: where each column begins, from the left margin; a negative one is where a column
                ends, and its cells are set to the right.
            size: of the type, in points.
        """
        line = size * LEADING / 72
        for number, cells in enumerate((head, *rows)):
            self._reserve((1.3 if number else 4) * line)
            for edge, cell in zip(edges, cells, strict=True):
                align = "right" if edge < 0 else "left"
                weight = "normal" if number else "bold"
                self.write(abs(edge), cell, size=size, weight=weight, align=align)
            self.space(1.15 * line)
            if number == 0:
                self.rule()
        self.space(0.1)

    def rule(self) -> None:
        """A thin line over the whole width."""
        self.space(0.02)
        left, right = MARGIN / self.size[0], 1 - MARGIN / self.size[0]
        height = self.top / self.size[1]
        self.figures[-1].add_artist(
            Line2D([left, right], [height, height], color="#999999", linewidth=0.6)
        )
        self.space(0.06)

    def axes(self, left: float, width: float, height: float, *, below: float = 0.0) -> Axes:
        """Axes that begin ``below`` the place where the next thing does, which stays there."""
        whole, high = self.size
        corner = ((MARGIN + left) / whole, (self.top - below - height) / high)
        return self.figures[-1].add_axes((*corner, width / whole, height / high))

    def canvas(self, height: float) -> Axes:
        """Axes over the whole width whose unit is the inch, y from the top down, for drawings."""
        self._reserve(height + 0.08)
        axes = self.axes(0, self.width, height)
        axes.set(xlim=(0, self.width), ylim=(height, 0))
        axes.set_axis_off()
        self.space(height + 0.08)
        return axes

    def _begin(self, title: str) -> None:
        self.figures.append(Figure(figsize=self.size))
        self.top = self.size[1] - MARGIN
        self.text(title, size=14, weight="bold")
        self.space(0.08)

    def _reserve(self, height: float) -> None:
        if self.room >= height:
            return
        heading = self.held if self.held and self.held[1] == self.top else None
        for line in heading[2] if heading else ():
            line.remove()
        self._begin(f"{self.title}, continued")
        if heading:
            self.heading(heading[0])


def text_width(text: str, size: float, *, weight: str = "normal", family: str = SANS) -> float:
    """How wide a line of text is, in inches."""
    properties = FontProperties(family=family, size=size, weight=weight)
    width: float = text_to_path.get_text_width_height_descent(text, properties, ismath=False)[0]
    return width / 72


def wrapped(
    text: str, width: float, size: float, *, weight: str = "normal", family: str = SANS
) -> list[str]:
    """Lines that are no wider than ``width`` inches; a word that is gets broken."""
    return in_lines(text, width, partial(text_width, size=size, weight=weight, family=family))


def number_pages(pages: Sequence[Figure]) -> None:
    """Write the number of each page, and of all, below its lower margin."""
    for number, page in enumerate(pages, 1):
        width, height = page.get_size_inches()
        page.text(
            1 - MARGIN / width,
            0.45 / height,
            f"{number} of {len(pages)}",
            fontsize=8,
            color=PALE,
            ha="right",
        )


@own_settings()
def pdf_bytes(pages: Sequence[Figure], title: str = TITLE) -> bytes:
    """Figures as the pages of one PDF with embedded fonts; the same figures give the same bytes."""
    with io.BytesIO() as file:
        with PdfPages(file, metadata={"CreationDate": None, "Title": title}) as pdf:
            for page in pages:
                pdf.savefig(page)
        return file.getvalue()


def write_pdf(path: Path, pages: Sequence[Figure], title: str = TITLE) -> None:
    """Write figures as the pages of one PDF, whole or not at all."""
    write_whole(path, pdf_bytes(pages, title))


@own_settings()
def png_bytes(figure: Figure, *, dots: int = 200, description: str = "") -> bytes:
    """A figure as a PNG file.

    Args:
        figure: what is drawn.
        dots: pixels an inch.
        description: what it shows in words, kept in the file; none by default.
    """
    about = {"Software": None} | ({"Description": description} if description else {})
    with io.BytesIO() as file:
        figure.savefig(file, format="png", dpi=dots, metadata=about)
        return file.getvalue()


def write_png(path: Path, figure: Figure) -> None:
    """Write a figure as a picture, whole or not at all."""
    write_whole(path, png_bytes(figure))
