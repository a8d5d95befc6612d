"""What of a page is offered as files: its charts and its pictures of pixels, each with its numbers.
No streamlit here.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from torch import Tensor

from app.ui.line_keys import LineKey, line_keys
from app.ui.palette import Spec

LONG_AGO = (1980, 1, 1, 0, 0, 0)  # of every file in an archive: the same numbers, the same bytes
CHANNELS = {1: ("grey",), 3: ("red", "green", "blue"), 4: ("red", "green", "blue", "opacity")}
ROWS = "crisp_"  # the key of a container with a row of pictures begins with it
Row = Mapping[str, object]


class Saveable(Protocol):
    """Something on a page that can be saved."""

    @property
    def name(self) -> str:
        """Short, for the names of its files."""

    @property
    def says(self) -> str:
        """Its caption."""

    def rows(self) -> Iterator[Row]:
        """Its numbers: a row for each point, with its fields by name."""


@dataclass(frozen=True)
class Chart:
    """A chart that a page shows.

    Attributes:
        key: of its container.
        name: short, for the names of its files.
        says: what it shows; its caption.
        spec: of Vega-Lite, with its numbers in named data sets.
    """

    key: str
    name: str
    says: str
    spec: Spec

    def rows(self) -> Iterator[Row]:
        """The points of its data sets; where it has none, those of its layers."""
        data = self.spec.get("data", {})
        sets = [*self.spec.get("datasets", {}).values(), data.get("values", [])]
        if not any(sets):
            sets = [view.get("data", {}).get("values", []) for view in self.spec.get("layer", [])]
        told: set[tuple[object, ...]] = set()  # of the sets before: a marked point stands in two
        for points in sets:
            rows = [
                {name: value for name, value in point.items() if _is_plain(value)}
                for point in points
            ]
            new = [row for row in rows if tuple(row.items()) not in told]
            told.update(tuple(row.items()) for row in new)
            yield from new

    def lines(self) -> list[LineKey]:
        """What the chart leaves to the page to explain."""
        return line_keys(self.spec)


@dataclass(frozen=True)
class PixelFigure:
    """Pictures made of pixels that a page shows beside and below each other.

    Attributes:
        name: short, for the names of its files.
        title: what a menu calls it.
        says: its caption, which names every setting that the names below the pictures do not.
        numbers: the name of each picture to its numbers: (C, H, W) grey values of its channels, or
            (H, W) of a map.
        columns: pictures in a row.
        keys: of its containers, or what these begin with; none: those of the rows of its name.
        film: makes an animation of the steps that led to them; None: there is none.
    """

    name: str
    title: str
    says: str
    numbers: Mapping[str, Tensor]
    columns: int
    keys: tuple[str, ...] = ()
    film: Callable[[], bytes] | None = None

    @property
    def found_at(self) -> tuple[str, ...]:
        """What the keys of its containers begin with."""
        return self.keys or (f"{ROWS}{self.name}_",)

    def rows(self) -> Iterator[Row]:
        """Each pixel of each picture: where it is, from 1, and its numbers."""
        for name, picture in self.numbers.items():
            channels = picture if picture.dim() == 3 else picture[None]
            fields = CHANNELS[len(channels)] if picture.dim() == 3 else ("value",)
            for y, line in enumerate(channels.permute(1, 2, 0).tolist(), 1):
                for x, values in enumerate(line, 1):
                    yield {"picture": name, "row": y, "column": x, **dict(zip(fields, values))}


def table_of(one: Saveable) -> str:
    """All numbers of a chart or a picture as CSV: a line for each row, a column for each field; a
    field that a row has not is empty.
    """
    rows = list(one.rows())
    text = io.StringIO(newline="")
    fields = dict.fromkeys(name for row in rows for name in row)
    writer = csv.DictWriter(text, [*fields], restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def archive(several: Sequence[Saveable], link: str) -> bytes:
    """The numbers of several as one ZIP, with their captions and what leads back to them; the same
    for the same ones.

    Args:
        several: each with another name.
        link: to the page that shows them, without its server.
    """
    file = io.BytesIO()
    captions = "".join(f"{hyphened(one.name)}.csv: {one.says}\n" for one in several)
    captions += f"\nSaved from the CNN explainer; the page's link: {link}\n"
    texts = {f"{hyphened(one.name)}.csv": table_of(one) for one in several}
    texts |= {"README.txt": captions}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, text in texts.items():
            packed.writestr(zipfile.ZipInfo(name, LONG_AGO), text)
    return file.getvalue()


def hyphened(name: str) -> str:
    """A name as all files of the page have it."""
    return name.replace("_", "-")


def _is_plain(value: Any) -> bool:  # noqa: ANN401 - of a data set
    return value is None or isinstance(value, str | int | float)
