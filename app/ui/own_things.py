"""What a visitor has brought along and no link has: files, and digits that were drawn. A page that
is saved takes them along.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st

KEY = "own things"  # in the session: those that the page has read in this run


@dataclass(frozen=True)
class OwnThing:
    """One of them.

    Attributes:
        key: under which the session keeps it.
        name: of the file; "" of a drawing.
        content: of the file, or the grey values of the drawing.
    """

    key: str
    name: str
    content: bytes


def begin() -> None:
    """A page runs, and has read nothing yet."""
    st.session_state[KEY] = {}


def note(key: str, content: bytes, name: str = "") -> None:
    """The page reads one of them.

    Args:
        key: under which the session keeps it.
        content: of a file, or the grey values of a drawing.
        name: of the file.
    """
    found: dict[str, OwnThing] | None = st.session_state.get(KEY)
    if found is not None:
        found[key] = OwnThing(key, name, content)


def of_page() -> dict[str, OwnThing]:
    """Those that the page has read, by their keys; those of a part that runs later come to it."""
    found: dict[str, OwnThing] = st.session_state.get(KEY, {})
    return found


def as_kept(one: OwnThing) -> Any:  # noqa: ANN401 - as each has it
    """What a session keeps of it, see ``uploads.Upload`` and ``gallery.draw_digit``."""
    from app.ui.uploads import Upload  # which notes what it reads here

    return Upload(one.content, one.name) if one.name else list(one.content)
