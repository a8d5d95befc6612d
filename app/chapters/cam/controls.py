"""Pickers of the chapter on class activation maps: a picture, and how its map is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from app.ui import widgets
from app.ui.address import Name
from app.ui.colours import COLOUR_MAPS
from app.ui.examples import Examples
from app.ui.gallery import ChosenImage, pick_test_picture
from core.cam import METHODS, Method
from core.data import photos
from core.data.photos import LARGEST_BYTES, LARGEST_PIXELS, Fit, PictureError, read_picture

OWN = "Own photo"
SHARED = "all classes"
PREDICTED = "the predicted class"
FILE, PHOTO = "cam_file", "cam_photo"  # in the session: the uploader, and what it got
FITS: dict[str, Fit] = {"Crop it": "crop", "Pad it": "pad"}


@dataclass(frozen=True)
class MapSetting:
    """How a map is made and drawn.

    Attributes:
        label: the class.
        method: of the upsampling.
        colours: name of the colour map.
        shared: one scale over the maps of all classes, instead of this map's own.
    """

    label: int
    method: Method
    colours: str
    shared: bool


def pick_picture(examples: Examples, classes: Sequence[str], size: int) -> ChosenImage | None:
    """A test picture by click or number, or a photo of one's own; None (and a sentence) while there
    is none.
    """
    if widgets.choice(Name.SOURCE, "Picture") == OWN:
        return _own_photo(size)
    return pick_test_picture(examples, classes)


def _own_photo(size: int) -> ChosenImage | None:
    st.file_uploader(
        "Photo",
        type=list(photos.ENDINGS),
        key=FILE,
        on_change=_keep_photo,
        max_upload_size=LARGEST_BYTES // 1_000_000,
        label_visibility="collapsed",
    )
    fit = widgets.choice(Name.FIT, "Shape", tuple(FITS), wrap=True)
    st.caption(
        f"{photos.READABLE}, up to {LARGEST_BYTES // 1_000_000} MB and "
        f"{LARGEST_PIXELS // 1_000_000} million pixels (WebP and AVIF "
        f"{photos.LARGEST_OF['WEBP'] // 1_000_000}). It stays in memory for this visit and is "
        "stored nowhere."
    )
    content: bytes | None = st.session_state.get(PHOTO)
    if content is None:
        return None
    try:
        return ChosenImage(read_picture(content, size, fit=FITS[fit]), "own photo")
    except PictureError as error:
        st.warning(str(error), icon=":material/broken_image:")
        return None


def _keep_photo() -> None:
    """Keep the photo for this session, since a visit to another page drops the uploader's own."""
    file = st.session_state[FILE]
    st.session_state[PHOTO] = None if file is None else file.getvalue()


def pick_setting(classes: Sequence[str], predicted: int) -> MapSetting:
    """The class (the predicted one by default), the upsampling, the colours and their scale."""
    name = widgets.select(Name.CLASS, "Class of the map", [PREDICTED, *classes])
    method = widgets.select(Name.INTERPOLATION, "Interpolation", METHODS, default="bilinear")
    colours = widgets.select(Name.COLOURS, "Colours", tuple(COLOUR_MAPS))
    scale = widgets.choice(Name.SCALE, "Scale of", labelled=True, wrap=True)
    label = predicted if name == PREDICTED else classes.index(name)
    return MapSetting(label, method, colours, scale == SHARED)
