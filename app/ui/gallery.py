"""Pickers of a test picture: by click, by number, by class and by what the network made of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import streamlit as st
import torch
from torch import Tensor

from app.chapters.cam import charts as cam_charts
from app.ui import blocks, client, loaders
from app.ui.address import Key
from app.ui.widgets import keep_within
from core.data.photos import centred_digit

ANY, RIGHT, WRONG = "all", "right", "wrong"
PAD_SIDE = 56  # of what the pad sends
PAGE = 4 * cam_charts.GALLERY_COLUMNS


@dataclass(frozen=True)
class Shown:
    """The picture that the network looks at.

    Attributes:
        image: (C, H, W) uint8.
        name: for captions.
        label: its true class; None for a picture that nobody has labelled.
        number: its place in the test set; None for one of one's own.
    """

    image: Tensor
    name: str
    label: int | None = None
    number: int | None = None


@dataclass(frozen=True)
class Keys:
    """The session's names for one chapter's gallery."""

    number: Key
    true_class: Key
    verdict: Key
    page: Key
    gallery: Key


def draw_digit(pad: Key, drawn: Key) -> Tensor | None:
    """A digit drawn by hand, centred as MNIST's are; None while nothing is drawn.

    Args:
        pad: of the component.
        drawn: where its grey values are kept for a visit to another page.

    Returns:
        (1, 28, 28) uint8.
    """
    pixels = client.pad(st.session_state.get(drawn, []), key=pad)
    st.session_state[drawn] = pixels
    if len(pixels) != PAD_SIDE**2:
        return None
    return centred_digit(torch.tensor(pixels, dtype=torch.uint8).reshape(PAD_SIDE, PAD_SIDE))


def pick_test_picture(examples: loaders.Examples, classes: Sequence[str], keys: Keys) -> Shown:
    """One of the pictures that are there: a click in the gallery, or its number."""
    places = examples.places.tolist()
    keep_within(keys.number, places)
    found = _search(examples, classes, keys) if examples.whole else torch.arange(len(places))
    if st.session_state.pop(
        f"{keys.gallery}_searched", False
    ):  # the first page and its first picture
        st.session_state.pop(keys.page, None)
        if len(found):
            st.session_state[keys.number] = places[int(found[0])]
    gallery = st.container(gap="small")
    with st.container(horizontal=True, vertical_alignment="center", wrap=False):
        st.markdown(f"Test picture {places[0]}–{places[-1]}", width="content")
        number = st.number_input(
            "Test picture",
            places[0],
            places[-1],
            key=keys.number,
            bind="query-params",
            label_visibility="collapsed",
        )
    with gallery:  # drawn after the number is known, from a link too
        _gallery(examples, found, classes, number, keys)
    at = places.index(number)
    label = int(examples.labels[at])
    return Shown(examples.images[at], f"test picture {number} ({classes[label]})", label, number)


def _gallery(
    examples: loaders.Examples, found: Tensor, classes: Sequence[str], number: int, keys: Keys
) -> None:
    if not len(found):
        st.markdown(":material/search_off: No such picture.")
    pages = max(1, -(-len(found) // PAGE))
    page = 1
    if pages > 1:
        keep_within(keys.page, range(1, pages + 1))
        page = st.pagination(pages, max_visible_pages=3, key=keys.page)
    part = found[(page - 1) * PAGE : page * PAGE]
    blocks.chart(
        loaders.gallery(examples, part.tolist(), classes, number),
        key=keys.gallery,
        alt=f"{len(part)} small pictures; click one",
        pick=cam_charts.PICKED,
        on_pick=partial(_take_clicked, keys),
    )


def _search(examples: loaders.Examples, classes: Sequence[str], keys: Keys) -> Tensor:
    names = [ANY, *classes]
    left, right = st.columns(2, gap="small")
    with left:
        name = st.selectbox(
            "True class",
            names,
            key=keys.true_class,
            bind="query-params",
            on_change=_searched,
            args=(keys,),
        )
    with right:
        verdict = st.selectbox(
            "Predicted",
            (ANY, RIGHT, WRONG),
            key=keys.verdict,
            bind="query-params",
            on_change=_searched,
            args=(keys,),
        )
    keep = torch.ones(len(examples.labels), dtype=torch.bool)
    if name != ANY:
        keep &= examples.labels == classes.index(name)
    if verdict != ANY:
        keep &= (examples.labels == examples.predictions) == (verdict == RIGHT)
    return keep.nonzero()[:, 0]


def _take_clicked(keys: Keys) -> None:
    clicked = st.session_state[keys.gallery]["selection"].get(cam_charts.PICKED)
    if clicked:
        st.session_state[keys.number] = int(clicked[0]["number"])


def _searched(keys: Keys) -> None:
    st.session_state[f"{keys.gallery}_searched"] = True
