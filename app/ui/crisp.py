"""Pictures made of pixels, each of which is seen as a square, and what their colours stand for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Literal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from torch import Tensor

from app.ui import page_files, picture_files, screen
from app.ui.saveable import ROWS, PixelFigure

SMALL = 100 * 100  # pixels of a picture that a page brings itself


def pictures_in_rows(
    images: Iterable[Tensor], captions: Sequence[str], figure: PixelFigure
) -> None:
    """Pictures in rows, crisp, each with its caption below.

    Args:
        images: (C, H, W) uint8 each.
        captions: one for each; what a screen reader says, too.
        figure: what is saved of them, and how many stand in a row.
    """
    page_files.seen(figure)
    row: list[DeltaGenerator] = []
    for index, (image, caption) in enumerate(zip(images, captions)):
        column = index % figure.columns
        if not column:
            row = st.container(key=f"{ROWS}{figure.name}_{index}").columns(figure.columns)
        with row[column]:
            alt = caption.replace("*", "") or "the same over the picture"
            picture(image, caption=caption, alt=alt)


def picture(
    image: Tensor, *, alt: str, caption: str = "", width: int | Literal["stretch"] = "stretch"
) -> None:
    """One picture. A small one is in the page itself: a browser that had to fetch it would show it
    later than the words that stand beside it.

    Args:
        image: (C, H, W) uint8.
        alt: what a screen reader says.
        caption: below it.
        width: in pixels of the screen, or that of the room.
    """
    small = image[0].numel() <= SMALL or screen.is_saved()
    shown = picture_files.data_url(image) if small else picture_files.pixels(image)
    st.image(shown, width=width, caption=caption or None, output_format="PNG", alt=alt)


def colour_key(named: Mapping[str, str], figure: str) -> None:
    """What colours stand for, in one small line.

    Args:
        named: text to colour.
        figure: the name of what is drawn in them, which is saved with it.
    """
    entries = "".join(
        f'<span style="white-space: nowrap"><span style="display: inline-block; width: 0.8em; '
        f"height: 0.8em; border: 1px solid currentColor; background: {colour}; "
        f'vertical-align: -0.05em"></span> {escape(text)}</span>'
        for text, colour in named.items()
    )
    line = "display: flex; flex-wrap: wrap; gap: 0 1.2rem; font-size: 0.85rem; margin-top: -0.6rem"
    with st.container(key=f"legend_{figure}"):
        st.html(f'<div style="{line}">{entries}</div>')
