"""Pickers of the chapter on class activation maps: a picture, and how its map is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from app.ui import blocks, widgets
from app.ui.address import CAM_VIEWS, FITS, PREDICTED, Name
from app.ui.colours import COLOUR_MAPS
from app.ui.examples import Examples
from app.ui.gallery import ChosenImage, pick_test_picture
from app.ui.uploads import upload
from core.cam import METHODS, Method
from core.data import photos
from core.data.photos import LARGEST_BYTES, LARGEST_PIXELS, Fit, PictureError, read_picture

OWN = "Own photo"
SHARED = "all classes"
PHOTO = "cam_photo"  # in the session
# The settings that change what a view shows.
USED = dict(
    zip(
        CAM_VIEWS,
        (
            {Name.CLASS, Name.INTERPOLATION, Name.COLOURS, Name.SCALE},
            {Name.CLASS},
            {Name.INTERPOLATION, Name.COLOURS},
            {Name.CLASS, Name.COLOURS},
            {Name.CLASS, Name.INTERPOLATION},
        ),
    )
)
READ_AS: dict[str, Fit] = dict(zip(FITS, ("crop", "pad")))


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
    kept = upload(
        "Photo",
        list(photos.ENDINGS),
        key=PHOTO,
        megabytes=LARGEST_BYTES // 1_000_000,
    )
    fit = widgets.choice(Name.FIT, "Shape", wrap=True)
    st.caption(
        f"{photos.READABLE}, up to {LARGEST_BYTES // 1_000_000} MB and "
        f"{LARGEST_PIXELS // 1_000_000} million pixels (progressive JPEG "
        f"{photos.LARGEST_PROGRESSIVE // 1_000_000}, WebP and AVIF "
        f"{photos.LARGEST_OF['WEBP'] // 1_000_000}). It stays in memory for this visit and is "
        "stored nowhere."
    )
    if kept is None:
        return None
    try:
        return ChosenImage(read_picture(kept[0], size, fit=READ_AS[fit]), "own photo")
    except PictureError as error:
        blocks.mend_box(error, ":material/broken_image:")
        return None


def pick_setting(view: str, classes: Sequence[str], predicted: int) -> MapSetting:
    """The class (the predicted one by default), the upsampling, the colours and their scale: those
    that the view uses.
    """
    used = USED[view]
    method: Method = "bilinear"
    name, colours, shared = PREDICTED, next(iter(COLOUR_MAPS)), False
    if Name.CLASS in used:
        name = widgets.select(Name.CLASS, "Class of the map", [PREDICTED, *classes])
    if Name.INTERPOLATION in used:
        method = widgets.select(Name.INTERPOLATION, "Interpolation", METHODS, default=method)
    if Name.COLOURS in used:
        colours = widgets.select(Name.COLOURS, "Colours", tuple(COLOUR_MAPS))
    if Name.SCALE in used:
        shared = widgets.choice(Name.SCALE, "Scale of", labelled=True, wrap=True) == SHARED
    label = predicted if name == PREDICTED else classes.index(name)
    return MapSetting(label, method, colours, shared)
