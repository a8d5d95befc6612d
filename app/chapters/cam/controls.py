"""Pickers of the chapter on class activation maps: a picture, and how its map is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from app.ui import loaders
from app.ui.colours import COLOUR_MAPS
from app.ui.gallery import ChosenImage, pick_test_picture
from app.ui.old_keys import Key
from core.cam import METHODS, Method
from core.data.photos import LARGEST_BYTES, LARGEST_PIXELS, Fit, PictureError, read_picture

TEST, OWN = "Test pictures", "Own photo"
PREDICTED = "the predicted class"
PER_PICTURE, SHARED = "this map", "all classes"
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


def pick_picture(
    examples: loaders.Examples, classes: Sequence[str], size: int
) -> ChosenImage | None:
    """A test picture by click or number, or a photo of one's own; None (and a sentence) while there
    is none.
    """
    source = st.segmented_control(
        "Picture",
        (TEST, OWN),
        default=TEST,
        required=True,
        key=Key.CAM_SOURCE,
        bind="query-params",
        label_visibility="collapsed",
    )
    if source == OWN:
        return _own_photo(size)
    return pick_test_picture(examples, classes)


def _own_photo(size: int) -> ChosenImage | None:
    st.file_uploader(
        "Photo",
        type=["jpg", "jpeg", "png", "webp"],
        key=Key.CAM_FILE,
        on_change=_keep_photo,
        max_upload_size=LARGEST_BYTES // 1_000_000,
        label_visibility="collapsed",
    )
    fit = st.segmented_control(
        "Shape",
        tuple(FITS),
        default=next(iter(FITS)),
        required=True,
        key=Key.CAM_FIT,
        bind="query-params",
        label_visibility="collapsed",
    )
    st.caption(
        f"JPEG, PNG or WebP, up to {LARGEST_BYTES // 1_000_000} MB and "
        f"{LARGEST_PIXELS // 1_000_000} million pixels. "
        "It stays in memory for this visit and is stored nowhere."
    )
    content: bytes | None = st.session_state.get(Key.CAM_PHOTO)
    if content is None:
        return None
    try:
        return ChosenImage(read_picture(content, size, fit=FITS[fit]), "own photo")
    except PictureError as error:
        st.warning(str(error), icon=":material/broken_image:")
        return None


def _keep_photo() -> None:
    """Keep the photo for this session, since a visit to another page drops the uploader's own."""
    file = st.session_state[Key.CAM_FILE]
    st.session_state[Key.CAM_PHOTO] = None if file is None else file.getvalue()


def pick_setting(classes: Sequence[str], predicted: int) -> MapSetting:
    """The class (the predicted one by default), the upsampling, the colours and their scale."""
    options = [PREDICTED, *classes]
    name = st.selectbox("Class of the map", options, key=Key.CAM_CLASS, bind="query-params")
    method = st.selectbox(
        "Interpolation",
        METHODS,
        index=METHODS.index("bilinear"),
        key=Key.CAM_METHOD,
        bind="query-params",
    )
    colours = st.selectbox("Colours", tuple(COLOUR_MAPS), key=Key.CAM_COLOURS, bind="query-params")
    scale = st.segmented_control(
        "Scale of",
        (PER_PICTURE, SHARED),
        default=PER_PICTURE,
        required=True,
        key=Key.CAM_SHARED,
        bind="query-params",
    )
    label = predicted if name == PREDICTED else classes.index(name)
    return MapSetting(label, method, colours, scale == SHARED)


def remembered_alpha() -> float:
    """The opacity of the link, or one half."""
    try:
        alpha = float(st.query_params.get(Key.CAM_ALPHA, st.session_state.get(Key.CAM_ALPHA, 0.5)))
    except ValueError:
        return 0.5
    return alpha if 0 <= alpha <= 1 else 0.5


def remember_alpha(alpha: float) -> None:
    """Keep the opacity in the page's address."""
    st.session_state[Key.CAM_ALPHA] = alpha  # for a visit to another page, which drops the address
    if st.query_params.get(Key.CAM_ALPHA, "0.5") != f"{alpha:g}":
        st.query_params[Key.CAM_ALPHA] = f"{alpha:g}"
