"""Pickers of a test picture: by click, by number, by class and by what the network made of it."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import streamlit as st
import torch
from torch import Tensor

from app.ui import (
    blocks,
    bound,
    client,
    fetched,
    gallery_chart,
    keys,
    own_things,
    widgets,
)
from app.ui.address import FITS, OWN_PHOTO, Name
from app.ui.examples import Examples
from app.ui.number_field import UNREADABLE
from app.ui.uploads import upload
from core.data import photos
from core.data.photos import (
    LARGEST_BYTES,
    LARGEST_PIXELS,
    Fit,
    PictureError,
    centred_digit,
    read_picture,
)

ANY, RIGHT, WRONG = "all", "right", "wrong"
BUNDLED = "Bundled picture"
PAD_SIDE = 56  # of what the pad sends
READ_AS: dict[str, Fit] = dict(zip(FITS, ("crop", "pad")))
PAGE = 4 * gallery_chart.COLUMNS
BUNDLED_PAGE = 3 * gallery_chart.COLUMNS  # below it the panel goes on as if there were no pages


@dataclass(frozen=True)
class ChosenImage:
    """The image that the network looks at.

    Attributes:
        image: (C, H, W) uint8.
        name: for captions.
        label: its true class; None for one that nobody has labelled.
        index: in the test set; None for one of one's own.
    """

    image: Tensor
    name: str
    label: int | None = None
    index: int | None = None


def draw_digit(pad: str, drawn: str) -> Tensor | None:
    """A digit drawn by hand, centred as MNIST's are; None while nothing is drawn.

    Args:
        pad: of the component.
        drawn: where its grey values are kept for a visit to another page.

    Returns:
        (1, 28, 28) uint8.
    """
    pixels = client.pad(st.session_state.get(drawn, []), key=pad)
    st.session_state[drawn] = pixels
    st.caption("Scaled and centred as MNIST's digits are.")
    if len(pixels) != PAD_SIDE**2:
        return None
    own_things.note(drawn, bytes(pixels))
    return centred_digit(torch.tensor(pixels, dtype=torch.uint8).reshape(PAD_SIDE, PAD_SIDE))


def own_photo(size: int, *, key: str) -> Tensor | None:
    """A photo of one's own, made square; None (and a sentence) while there is none to be read.

    Args:
        size: of its sides.
        key: under which it is kept for this visit.

    Returns:
        (3, size, size) uint8.
    """
    megabytes = LARGEST_BYTES // 1_000_000
    uploader = st.container()
    fit = READ_AS[widgets.choice(Name.FIT, "Shape", wrap=True)]
    st.caption(
        f"{photos.READABLE}, up to {megabytes} MB and {LARGEST_PIXELS // 1_000_000} million pixels "
        f"(progressive JPEG {photos.LARGEST_PROGRESSIVE // 1_000_000}, WebP and AVIF "
        f"{photos.LARGEST_OF['WEBP'] // 1_000_000}). It stays in memory for this visit and is "
        "stored nowhere."
    )
    with uploader:
        return upload(
            "Photo",
            lambda content, _: _photo(key, content, size, fit),
            refusal=PictureError,
            key=key,
            megabytes=megabytes,
        )


def _photo(key: str, content: bytes, size: int, fit: Fit) -> Tensor:
    """A photo is read once, not at every action: one of 50 million pixels takes a second."""
    asked = hash(content), size, fit
    before, found = st.session_state.get(f"{key} read", (None, None))
    if before != asked:
        found = read_picture(content, size, fit=fit)
        st.session_state[f"{key} read"] = asked, found
    picture: Tensor = found
    return picture


def pick_picture(
    examples: Examples, classes: Sequence[str], size: int, *, photo: str, part: str = ""
) -> ChosenImage | None:
    """A test picture by click or number, or a photo of one's own; None (and a sentence) while there
    is none.

    Args:
        examples: the pictures to choose from.
        classes: names, in label order.
        size: of a photo's sides.
        photo: key under which a photo is kept for this visit.
        part: of the parameters for the source and the number.
    """
    if widgets.choice(Name.SOURCE, "Picture", part=part) == OWN_PHOTO:
        found = own_photo(size, key=photo)
        return None if found is None else ChosenImage(found, "own photo")
    return pick_test_picture(examples, classes, part=part)


def pick_test_picture(examples: Examples, classes: Sequence[str], *, part: str = "") -> ChosenImage:
    """One of the pictures that are there: a click in the gallery, or its number; ``part`` is that
    of the number's parameter.
    """
    indices = examples.indices.tolist()
    searched = st.session_state.pop(f"{_key()}_searched", False)
    typed = st.session_state.pop(f"{_key()}_typed", False)
    if examples.whole and not searched:
        _let_number_win(examples, classes, typed, part)
    found = _search(examples, classes) if examples.whole else _all(examples)
    unasked = examples.whole and not typed and bound.current(Name.IMAGE, part) is None
    if searched:
        bound.reset(Name.PAGE)
    if len(found) and (searched or (unasked and not bool((found == 0).any()))):
        bound.put(Name.IMAGE, indices[int(found[0])], part=part)
    keys.turns(
        Name.IMAGE,
        _numbers(examples, found),
        thing="picture",
        default=indices[0],
        part=part,
        sequence=False,
        also=_typed,
    )
    gallery = st.container(gap="small")
    with st.container(horizontal=True, vertical_alignment="center", wrap=False):
        index = _pick_number(sorted(indices), whole=examples.whole, part=part)
    if not examples.whole and typed:
        bound.reset(Name.PAGE)  # to that of its picture
    with gallery:  # drawn after the number is known, from a link too
        _gallery(examples, found, classes, index, part)
    here = indices.index(index)
    label = int(examples.labels[here])
    name = f"test picture {index} ({classes[label]})"
    return ChosenImage(examples.images[here], name, label, index)


def _pick_number(indices: Sequence[int], *, whole: bool, part: str) -> int:
    """A test picture by its number; of the bundled ones there are only some numbers."""
    st.markdown(f"Test picture {indices[0]}–{indices[-1]}" if whole else BUNDLED, width="content")
    last = f"{_key()}_number"
    index = widgets.number(
        Name.IMAGE,
        "Test picture",
        indices[0],
        indices[-1],
        only=() if whole else indices,
        before=st.session_state.get(last),
        part=part,
        expected="" if whole else f"the number of a bundled picture, like 7 or {indices[-1]}",
        label_visibility="collapsed",
        on_change=bound.callback(_typed),
    )
    st.session_state[last] = index
    return int(index)


def _numbers(examples: Examples, found: Tensor) -> array[int]:
    """The numbers of those that were found; every session keeps them, as a list 400 kB of them."""
    return array("i", examples.indices[found].int().numpy().tobytes())


def _key() -> str:
    """Of the gallery in the session, where every chapter has its own."""
    return f"{bound.chapter()}_gallery"


def _gallery(
    examples: Examples, found: Tensor, classes: Sequence[str], picked: int, part: str
) -> None:
    if not len(found):
        st.markdown(":material/search_off: No such picture.")
    page = _page(examples, found, picked)
    names = [
        f"{int(examples.indices[index])}: {classes[int(examples.labels[index])]}, predicted "
        f"{examples.predicted(index, classes)}"
        for index in page
    ]
    blocks.chart(
        gallery_chart.gallery(
            [fetched.picture(examples.dataset, int(examples.indices[index])) for index in page],
            [int(examples.indices[index]) for index in page],
            names,
            picked,
            wrong=[int(examples.indices[index]) for index in page if examples.wrong[index]],
            turn=st.session_state.get(f"{_key()}_turn", 0),
        ),
        key=_key(),
        alt=f"{len(page)} small pictures; click one",
        pick=gallery_chart.PICKED,
        on_pick=partial(_take_clicked, part),
    )


def _page(examples: Examples, found: Tensor, picked: int) -> list[int]:
    """Positions of the pictures of the open page, of the bundled ones at first that of the picked
    one; beside the pager stands what their mark means.
    """
    size, first = PAGE, 0
    if not examples.whole:
        size, first = BUNDLED_PAGE, examples.indices.tolist().index(picked)
    with st.container(horizontal=True, vertical_alignment="center", wrap=False, gap=None):
        page = found[widgets.pages(len(found), size, first=first, most_visible=3)]
        if examples.wrong[page].any():
            st.caption(f"{gallery_chart.WRONG} wrong", width="content")
    return [int(index) for index in page]


def _all(examples: Examples) -> Tensor:
    """Positions of the bundled pictures, among which nothing is searched."""
    for name in (Name.TRUE_CLASS, Name.PREDICTED):
        bound.check(name, _refuse_search)
        widgets.only(name, ANY)
    return examples.order


def _refuse_search(asked: str) -> None:
    if asked != ANY:
        raise ValueError("only all test pictures are searched, and they are not on this computer")


def _search(examples: Examples, classes: Sequence[str]) -> Tensor:
    left, right = st.columns(2, gap="small")
    searched = bound.callback(_searched)
    with left:
        name = widgets.select(Name.TRUE_CLASS, "True class", [ANY, *classes], on_change=searched)
    with right:
        verdict = widgets.select(Name.PREDICTED, "Predicted", on_change=searched)
    return _matching(examples, classes, name, verdict)


def _matching(examples: Examples, classes: Sequence[str], name: str, verdict: str) -> Tensor:
    """Positions of the pictures of a true class that the network gets right, or wrong, by number;
    where nothing is searched, of all in the order in which they are offered.
    """
    if name not in classes and verdict not in (RIGHT, WRONG):
        return examples.order
    keep = torch.ones(len(examples.labels), dtype=torch.bool)
    if name in classes:
        keep &= examples.labels == classes.index(name)
    if verdict in (RIGHT, WRONG):
        keep &= (examples.labels == examples.predictions) == (verdict == RIGHT)
    return keep.nonzero()[:, 0]


def _let_number_win(examples: Examples, classes: Sequence[str], typed: bool, part: str) -> None:
    """Before the filters are drawn: they are lifted if they hide the picture of a number that was
    typed, stands in a link, or was chosen before another network was, which may get it right where
    the one before got it wrong. Its page is opened, but for a link.
    """
    number = bound.current(Name.IMAGE, part)
    if not typed and number is None:
        return
    number = 0 if number in (None, UNREADABLE) else number
    index = min(max(number, 0), len(examples.labels) - 1)
    lifted = False
    if typed or len(_matching(examples, classes, *_filters())):
        true_class, verdict = _filters()
        for name, one in ((Name.TRUE_CLASS, (true_class, ANY)), (Name.PREDICTED, (ANY, verdict))):
            if not bool((_matching(examples, classes, *one) == index).any()):
                bound.check(name, partial(_refuse_filter, int(examples.indices[index])))
                bound.reset(name)
                lifted = True
    if typed or (lifted and bound.is_drawn(Name.IMAGE, part)):
        position = (_matching(examples, classes, *_filters()) == index).nonzero()
        bound.put(Name.PAGE, int(position[0]) // PAGE + 1)


def _filters() -> tuple[str, str]:
    """The true class and the verdict that are searched for."""
    return bound.current(Name.TRUE_CLASS) or ANY, bound.current(Name.PREDICTED) or ANY


def _refuse_filter(number: int, asked: str) -> None:
    raise ValueError(f"test picture {number}, which the link asks for, is not among “{asked}”")


def _typed() -> None:
    st.session_state[f"{_key()}_typed"] = True


def _take_clicked(part: str) -> None:
    clicked = st.session_state[_key()]["selection"].get(gallery_chart.PICKED)
    if clicked:
        turn = f"{_key()}_turn"
        st.session_state[turn] = st.session_state.get(turn, 0) + 1
        bound.put(Name.IMAGE, int(clicked[0]["number"]), part=part)


def _searched() -> None:
    st.session_state[f"{_key()}_searched"] = True
