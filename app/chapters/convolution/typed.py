"""A field for rows of numbers; the picture keeps the last ones that could be read."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TypeVar

import streamlit as st

from app.chapters.convolution.numbers import comma_note
from app.ui import blocks, bound, literal, widgets
from app.ui.address import Name

Value = TypeVar("Value")


def pick(
    name: Name, label: str, *, default: str, height: int, read: Callable[[str], Value]
) -> Value:
    """What a person typed, as ``read`` reads it; where it cannot, a sentence under the field.

    Then the text stays in its field, and the value and the address are those of the last text that
    could be read.

    Args:
        name: in the address.
        label: of the field.
        default: the text that it begins with, which can be read.
        height: of the field, in pixels.
        read: raises a ValueError with one sentence.
    """

    @cache
    def reading(text: str) -> Value | ValueError:
        try:
            return read(text)
        except ValueError as error:
            return error

    def readable(text: str) -> str:
        texts = (text, bound.last_read(name, default), default)
        return next(one for one in texts if not isinstance(reading(one), ValueError))

    bound.check(name, read)
    last = bound.last_read(name, default)
    text = widgets.text(name, label, default=default, height=height, link=readable)
    shown = readable(text)
    if note := comma_note(text):
        st.caption(literal.markdown(note))
    if isinstance(error := reading(text), ValueError):
        rows = " / ".join(shown.splitlines())  # of a kernel for other pictures nothing is left
        kept = "keeps the numbers of before" if shown == last else f"has {rows}"
        blocks.mend_box(f"{error} The picture {kept}.")
    return read(shown)
