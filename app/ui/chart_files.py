"""The charts of a page as files for slides and papers: drawings, pixels, and their numbers."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from app.ui import client, palette
from app.ui.palette import Spec

CHARTS = "charts of the page"  # in the session
SAVE = "Save the charts"
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # of every file in an archive: the same numbers, the same bytes


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


def begin() -> None:
    """A run of the page begins: it shows no chart yet."""
    st.session_state[CHARTS] = {}


def seen(chart: Chart) -> None:
    """The page shows a chart; one of pictures to choose from has nothing to save."""
    marks = [view.get("mark", {}) for view in (chart.spec, *chart.spec.get("layer", []))]
    if not any(isinstance(mark, dict) and mark.get("type") == "image" for mark in marks):
        st.session_state.setdefault(CHARTS, {})[chart.name] = chart


def offer(chapter: str) -> None:
    """The button and its menu; none where the page shows no chart.

    Args:
        chapter: as the page is called in the address.
    """
    charts: list[Chart] = list(st.session_state.get(CHARTS, {}).values())
    if not charts:
        return
    with st.popover(SAVE, icon=":material/download:", width="content"):
        client.chart_files(charts, palette.FONT)
        is_one = len(charts) == 1
        st.download_button(
            "Numbers (CSV)" if is_one else "All numbers (CSV in one ZIP)",
            lambda: numbers_of(charts[0]).encode() if is_one else archive(charts),
            f"{charts[0].name}.csv" if is_one else f"{chapter}_charts.zip",
            "text/csv" if is_one else "application/zip",
            key=f"chart_numbers_{chapter}",
            on_click="ignore",
        )


def numbers_of(chart: Chart) -> str:
    """Every number of a chart as CSV: a line for each point, a column for each of its fields.

    Points of several data sets stand below each other; a field that a point has not is empty.
    """
    rows = list(_rows(chart.spec))
    fields = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, fields, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def archive(charts: Sequence[Chart]) -> bytes:
    """The numbers of several charts as one ZIP, with their captions; the same for the same charts.

    Args:
        charts: each with another name.
    """
    file = io.BytesIO()
    captions = "".join(f"{chart.name}.csv: {chart.says}\n" for chart in charts)
    texts = {f"{chart.name}.csv": numbers_of(chart) for chart in charts} | {"README.txt": captions}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, text in texts.items():
            packed.writestr(zipfile.ZipInfo(name, LONG_AGO), text)
    return file.getvalue()


def _rows(spec: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The points of a chart's data sets; where it has none, those of its layers."""
    data = spec.get("data", {})
    sets = [*spec.get("datasets", {}).values(), data.get("values", [])]
    if not any(sets):
        sets = [view.get("data", {}).get("values", []) for view in spec.get("layer", [])]
    for points in sets:
        for point in points:
            yield {name: value for name, value in point.items() if _is_plain(value)}


def _is_plain(value: object) -> bool:
    return value is None or isinstance(value, str | int | float)
