"""A file of a person's own, kept for this visit: in memory, stored nowhere."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import streamlit as st
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.typing import UploadedFile

from app.ui import blocks, bound, own_things
from core.foreign_text import shortened, visible

Value = TypeVar("Value")
Read = Callable[[bytes, str], Value]

IN_USE = "In use: "  # before the name of a file


@dataclass
class Upload:
    """What the session knows of an uploader.

    Attributes:
        content: of the file in use.
        name: of that file; "" there is none.
        refused: what is wrong with the file that was chosen last; "" nothing.
        taken: files that were put in use.
    """

    content: bytes = b""
    name: str = ""
    refused: str = ""
    taken: int = 0


def upload(
    label: str, read: Read[Value], *, refusal: type[Exception], key: str, megabytes: int
) -> Value | None:
    """An uploader, and what the file in use holds.

    The uploader has only what was refused; a file in use stands below it, stays in use when the
    next one is refused, and is removed there. Then all begins anew: no file is listed, and nothing
    is said of one that was refused. Any name is taken: its bytes tell what a file is.
    A file that is too large the browser refuses by itself, and nothing here hears of it: the page's
    style shows Streamlit's own sentence, and hides what is said of the file before.

    Args:
        label: what a screen reader says.
        read: what a file of that content and name holds; raises ``refusal`` with one sentence.
        refusal: what it raises.
        key: of all this in the session.
        megabytes: at most.

    Returns:
        What ``read`` gives; None: there is no file in use.
    """
    about: Upload = st.session_state.setdefault(key, Upload())
    # After a restart the browser's own list means nothing, and a new uploader is empty.
    uploader = f"{key} {bound.session()} {about.taken}"
    file = st.file_uploader(
        label,
        key=uploader,
        max_upload_size=megabytes,
        on_change=partial(_take, about, uploader, read, refusal),
        label_visibility="collapsed",
    )
    if file is not None and about.refused:
        blocks.mend_box(about.refused, ":material/broken_image:")
    if not about.name:
        return None
    with st.container(horizontal=True, vertical_alignment="center"):
        st.text(IN_USE + about.name)
        st.button(
            "Remove it",
            icon=":material/close:",
            on_click=partial(_remove, about, uploader),
            key=f"{key} remove",
        )
    own_things.note(key, about.content, about.name)
    return read(about.content, about.name)


def in_use(key: str, read: Read[Value]) -> Value | None:
    """What the file in use holds, before its uploader is drawn; None: there is none.

    Args:
        key: of the uploader in the session.
        read: as for ``upload``.
    """
    about: Upload = st.session_state.get(key, Upload())
    return read(about.content, about.name) if about.name else None


def _take(about: Upload, uploader: str, read: Read[Value], refusal: type[Exception]) -> None:
    """Put the file that was chosen in use, or keep what is wrong with it."""
    file = st.session_state[uploader]
    about.refused = ""
    if not isinstance(file, UploadedFile):
        return
    content, name = file.getvalue(), shortened(visible(file.name)) or "a file without a name"
    try:
        with suppress(*blocks.IN_A_BOX):  # which are said where the page reads the file
            read(content, name)
    except refusal as error:
        about.refused = str(error)
        return
    about.content, about.name, about.taken = content, name, about.taken + 1
    _forget(file)  # else the visit would hold it twice


def _remove(about: Upload, uploader: str) -> None:
    """Begin anew, with an uploader that lists nothing."""
    file = st.session_state.get(uploader)
    if isinstance(file, UploadedFile):
        _forget(file)
    about.content, about.name, about.refused, about.taken = b"", "", "", about.taken + 1


def _forget(file: UploadedFile) -> None:
    """Streamlit keeps a file no longer."""
    context = get_script_run_ctx()
    files = context and context.uploaded_file_mgr
    if context and isinstance(files, MemoryUploadedFileManager):
        files.remove_file(context.session_id, file.file_id)
