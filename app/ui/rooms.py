"""Rooms with a width in rem, for what stands in a row with others. A width that Streamlit is given
is one in pixels, which stays as it is while the type grows with the window.
"""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

# In rem. A field for a number has its buttons − and + where it is wider than 7.5, see Streamlit.
WIDTHS = {
    "label": 4.2,
    "photo": 5.4,
    "play": 7.4,
    "number": 9.0,
    "answer": 6.5,
    "layer": 13.6,
    "sheet": 17.0,
}
_FIXED = "\n".join(
    f"[data-testid=stLayoutWrapper]:has(> [class*=st-key-room_{name}])"
    f" {{flex: none; width: {width}rem; max-width: 100%}}"
    for name, width in WIDTHS.items()
)
# The height of a field for several lines is one in pixels, too: four lines stay four.
_TEXT = "[data-testid=stTextArea] textarea {min-height: 5.9rem}"
STYLE = f"<style>\n{_FIXED}\n{_TEXT}\n</style>"


def room(name: str, of: str) -> DeltaGenerator:
    """A place of a fixed width.

    Args:
        name: out of ``WIDTHS``.
        of: what stands there; no two places of a page have the same name and this.
    """
    return st.container(key=f"room_{name}_{of}")
