"""A file of a person's own, kept for this visit: in memory, stored nowhere."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeVar

import streamlit as st

from app.ui import blocks, bound
from core.foreign_text import shortened, visible

Value = TypeVar("Value")
Kept = tuple[bytes, str]  # content, name


def upload(
    label: str,
    read: Callable[[bytes, str], Value],
    *,
    refusal: type[Exception],
    key: str,
    megabytes: int,
) -> Value | None:
    """An uploader, and what the file in use holds.

    A file that cannot be read is told so, and the one of before stays in use. A visit to another
    page or view empties Streamlit's own uploader. In both cases the page says which file is in use,
    and offers to remove it. Any name is taken: what a file is tell its bytes.

    Args:
        label: what a screen reader says.
        read: what a file of that content and name holds; raises ``refusal`` with one sentence.
        refusal: what it raises.
        key: of the file in the session.
        megabytes: at most.

    Returns:
        What ``read`` gives; None: there is no file in use.
    """
    uploader = f"{key} {bound.session()}"  # after a restart the browser's own list means nothing
    file = st.file_uploader(
        label,
        key=uploader,
        max_upload_size=megabytes,
        on_change=partial(_take_out, key, uploader),
        label_visibility="collapsed",
    )
    if file is not None:
        chosen: Kept = (file.getvalue(), shortened(visible(file.name)))
        try:
            found = read(*chosen)
        except refusal as error:
            st.session_state[_refused(key)] = True
            blocks.mend_box(error, ":material/broken_image:")
        else:
            st.session_state[key], st.session_state[_refused(key)] = chosen, False
            return found
    kept: Kept | None = st.session_state.get(key)
    if kept is None:
        return None
    with st.container(horizontal=True, vertical_alignment="center"):
        st.text(f"In use: {kept[1]}")
        st.button(
            "Remove it",
            icon=":material/close:",
            on_click=partial(_drop, key),
            key=f"{key} drop",
        )
    return read(*kept)


def _refused(key: str) -> str:
    """Where the session has whether the file in the uploader was refused."""
    return f"{key} refused"


def _take_out(key: str, uploader: str) -> None:
    """The uploader has another file, or none: then the one that it had is no longer in use."""
    if st.session_state[uploader] is None and not st.session_state.get(_refused(key)):
        _drop(key)


def _drop(key: str) -> None:
    st.session_state[key] = None
