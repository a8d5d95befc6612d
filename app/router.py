"""One run of whichever page is open, with what stands on every page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from app.ui import (
    address,
    blocks,
    bound,
    client,
    keys,
    own_things,
    page_files,
    routes,
    saving,
    screen,
)
from app.ui.boot import boot
from app.ui.turns import turn


@turn()
def show(pages: Mapping[str, str]) -> None:
    """One run of the open page.

    Args:
        pages: path of each chapter to its title.
    """
    boot()
    chapters = {
        path: st.Page(f"chapters/{path}/page.py", title=f"{number} {title}", url_path=path)
        for number, (path, title) in enumerate(pages.items(), 1)
    }
    home = st.Page("chapters/home.py", title=routes.HOME, default=True)
    every = [home, *chapters.values()]
    no_page = routes.find(pages)
    page = st.navigation(every, position="top")
    blocks.style()
    asked = keys.asked_chapter()
    if asked:
        st.switch_page(chapters.get(asked, home))
    about_link = st.container(key="link", gap="small")  # above the page, filled when it has run
    chapter = page.url_path or "home"
    moved = address.moved(chapter, bound.current_link())
    if moved:
        st.switch_page(chapters[moved[0]], query_params=moved[1])
    called = address.called(chapter, st.query_params)
    page_files.begin()
    own_things.begin()
    with bound.page(chapter):
        page.run()
        _end(every, page.url_path)
    with about_link:
        blocks.about_page(no_page)
        blocks.about_link(bound.refused(), called)
    client.history()
    client.panel()
    client.theme(blocks.theme())
    keys.views(["home", *chapters])


def _end(every: Sequence[StreamlitPage], path: str) -> None:
    """The last line of a page: what of it can be saved, and the next one. A file has none."""
    if screen.is_saved():
        return
    with st.container(
        horizontal=True,
        horizontal_alignment="right",
        vertical_alignment="center",
        key="next_page",
    ):
        page_files.offer(path, blocks.theme())
        saving.offer(path)
        blocks.next_page(every, path)
