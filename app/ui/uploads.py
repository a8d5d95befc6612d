"""A file of a person's own, kept for this visit: in memory, stored nowhere."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import streamlit as st

from app.ui import bound
from core.foreign_text import shortened, visible

Kept = tuple[bytes, str]  # content, name


def upload(label: str, endings: Sequence[str], *, key: str, megabytes: int) -> Kept | None:
    """An uploader, with the file that is in use.

    A visit to another page or view empties Streamlit's own uploader; then the page says which
    file is still in use, and offers to remove it.

    Args:
        label: what a screen reader says.
        endings: of the names that are taken, without the dot.
        key: of the file in the session.
        megabytes: at most.

    Returns:
        Its content and its name; None: there is none.
    """
    uploader = f"{key} {bound.session()}"  # after a restart the browser's own list means nothing
    st.file_uploader(
        label,
        type=list(endings),
        key=uploader,
        max_upload_size=megabytes,
        on_change=partial(_keep, key, uploader),
        label_visibility="collapsed",
    )
    kept: Kept | None = st.session_state.get(key)
    if kept is not None and st.session_state.get(uploader) is None:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.text(f"In use: {kept[1]}")
            st.button(
                "Remove it",
                icon=":material/close:",
                on_click=partial(_drop, key),
                key=f"{key} drop",
            )
    return kept


def _keep(key: str, uploader: str) -> None:
    file = st.session_state[uploader]
    name = "" if file is None else shortened(visible(file.name))
    st.session_state[key] = None if file is None else (file.getvalue(), name)


def _drop(key: str) -> None:
    st.session_state[key] = None
