"""The charts and pictures of a page as files for slides and papers: drawings, pixels, numbers."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from html import escape

import streamlit as st

from app.export.links import Link
from app.ui import client, memory, screen
from app.ui.next_link import next_link
from app.ui.saveable import Chart, PixelFigure, Saveable, archive, hyphened, table_of

FILES = "charts and pictures of the page"  # in the session
PARTS = "files of the page's parts"  # in the session: those that each part shows
SAVE_CHARTS, SAVE_PICTURES = "Save the charts", "Save the pictures"


def begin() -> None:
    """A run of the page begins: it shows nothing to save yet."""
    st.session_state[FILES], st.session_state[PARTS] = {}, {}


def run_part(name: str, run: Callable[[], None]) -> bool:
    """Run a part of the page, which may happen by itself: what it shows now takes the place of what
    it showed before.

    Args:
        name: of the part.
        run: draws it.

    Returns:
        Whether it shows other files than before, so that the menu has to be drawn anew; not where
        it was called off before: another run of the page would lose what a slider says meanwhile.
    """
    files = st.session_state.setdefault(FILES, {})
    parts: dict[str, set[str]] = st.session_state.setdefault(PARTS, {})
    before = parts.get(name)
    for gone in before or ():
        files.pop(gone, None)
    around = set(files)
    run()
    parts[name] = set(files) - around
    return before is not None and parts[name] != before


def seen(one: Saveable) -> None:
    """The page shows a chart or pictures; a chart of pictures to choose from has nothing to save.

    What the menu needs of pictures stands beside them, unseen: it is right when a part of the page
    has run by itself, too.
    """
    if isinstance(one, Chart) and _is_gallery(one):
        return
    st.session_state.setdefault(FILES, {})[one.name] = one
    if isinstance(one, PixelFigure) and not screen.is_saved():
        texts = {"name": one.name, "title": one.title, "says": one.says}
        about = json.dumps(texts | {"keys": one.found_at, "columns": one.columns})
        with st.container(key=f"about_{one.name}"):
            st.html(f'<p data-about="{escape(about)}"></p>')


def offer(chapter: str, theme: str) -> None:
    """The button and its menu; none where the page shows nothing to save.

    Args:
        chapter: as the page is called in the address.
        theme: "light" or "dark".
    """
    files: dict[str, Saveable] = st.session_state.get(FILES, {})
    if not files:
        return
    session = memory.of_session()
    has_pictures = any(isinstance(one, PixelFigure) for one in files.values())
    label = SAVE_PICTURES if has_pictures else SAVE_CHARTS
    with st.popover(label, icon=":material/download:", width="content"):
        charts = [one for one in files.values() if isinstance(one, Chart)]
        client.page_files(charts, theme)
        (first, *others) = files
        st.download_button(
            "All numbers (CSV in one ZIP)" if others else "Numbers (CSV)",
            lambda: (
                archive([*files.values()], Link(chapter, next_link(session, {})).text)
                if others
                else table_of(files[first]).encode()
            ),
            f"{chapter}-numbers.zip" if others else f"{hyphened(first)}.csv",
            "application/zip" if others else "text/csv",
            key=f"numbers_{chapter}",
            on_click="ignore",
        )
        for one in files.values():
            if isinstance(one, PixelFigure) and one.film:
                _offer_film(files, one.name)


def _offer_film(files: Mapping[str, Saveable], name: str) -> None:
    """The steps of a figure as an animation, as it is when the button is pressed."""

    def film() -> bytes:
        figure = files[name]
        if not isinstance(figure, PixelFigure) or figure.film is None:
            raise TypeError(f"Expected a figure with an animation, got {figure!r}.")
        return figure.film()

    st.download_button(
        "All steps (animated WebP)",
        film,
        f"{hyphened(name)}s.webp",
        "image/webp",
        key=f"film_{name}",
        on_click="ignore",
    )


def _is_gallery(chart: Chart) -> bool:
    marks = [view.get("mark", {}) for view in (chart.spec, *chart.spec.get("layer", []))]
    return any(isinstance(mark, dict) and mark.get("type") == "image" for mark in marks)
