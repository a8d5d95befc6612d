"""Pickers of the chapter on class activation maps: a picture, and how its map is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st
import torch
from torch import Tensor

from app.ui import blocks, cam_charts, loaders
from app.ui.controls import keep_within
from app.ui.pictures import COLOUR_MAPS
from app.ui.state import Key
from core.cam import METHODS, Method
from core.pictures import LARGEST_BYTES, LARGEST_PIXELS, Fit, PictureError, read_picture

TEST, OWN = "Test pictures", "Own photo"
ANY, RIGHT, WRONG = "all", "right", "wrong"
PREDICTED = "predicted"
PER_PICTURE, SHARED = "this map", "all classes"
FITS: dict[str, Fit] = {"Crop it": "crop", "Pad it": "pad"}
PAGE = 4 * cam_charts.GALLERY_COLUMNS


@dataclass(frozen=True)
class Shown:
    """The picture that the network looks at.

    Attributes:
        image: (3, H, W) uint8.
        name: for captions.
        label: its true class; None for a picture that nobody has labelled.
    """

    image: Tensor
    name: str
    label: int | None = None


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


def pick_picture(examples: loaders.Examples, classes: Sequence[str], size: int) -> Shown | None:
    """A test picture by click or number, or a photo of one's own; None (and a sentence) while there is none."""
    source = st.segmented_control("Picture", (TEST, OWN), default=TEST, required=True, key=Key.CAM_SOURCE,
                                  bind="query-params", label_visibility="collapsed")  # fmt: skip
    if source == OWN:
        return _own_photo(size)
    places = examples.places.tolist()
    keep_within(Key.CAM_PICTURE, places)
    number = st.session_state.get(Key.CAM_PICTURE, places[0])
    found = _search(examples, classes) if examples.whole else torch.arange(len(places))
    if not len(found):
        st.markdown(":material/search_off: No such picture.")
    pages = max(1, -(-len(found) // PAGE))
    page = 1
    if pages > 1:
        keep_within(Key.CAM_PAGE, range(1, pages + 1))
        page = st.pagination(pages, max_visible_pages=3, key=Key.CAM_PAGE)
    part = found[(page - 1) * PAGE : page * PAGE]
    blocks.chart(
        loaders.gallery(examples, part.tolist(), classes, number, blocks.theme()),
        key="cam_gallery", alt=f"{len(part)} small pictures; click one", pick=cam_charts.PICKED, on_pick=_take_clicked,
    )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="center", wrap=False):
        st.markdown("Test picture", width="content")
        number = st.number_input("Test picture", places[0], places[-1], value=places[0], key=Key.CAM_PICTURE,
                                 bind="query-params", label_visibility="collapsed")  # fmt: skip
    at = places.index(number)
    label = int(examples.labels[at])
    return Shown(examples.images[at], f"test picture {number} ({classes[label]})", label)


def _search(examples: loaders.Examples, classes: Sequence[str]) -> Tensor:
    names = [ANY, *classes]
    left, right = st.columns(2, gap="small")
    with left:
        name = st.selectbox("True class", names, key=Key.CAM_CLASS_SHOWN, bind="query-params")
    with right:
        verdict = st.selectbox("Predicted", (ANY, RIGHT, WRONG), key=Key.CAM_RESULT_SHOWN, bind="query-params")
    keep = torch.ones(len(examples.labels), dtype=torch.bool)
    if name != ANY:
        keep &= examples.labels == classes.index(name)
    if verdict != ANY:
        keep &= (examples.labels == examples.predictions) == (verdict == RIGHT)
    return keep.nonzero()[:, 0]


def _take_clicked() -> None:
    clicked = st.session_state["cam_gallery"]["selection"].get(cam_charts.PICKED)
    if clicked:
        st.session_state[Key.CAM_PICTURE] = int(clicked[0]["number"])


def _own_photo(size: int) -> Shown | None:
    file = st.file_uploader("Photo", type=["jpg", "jpeg", "png", "webp"], key=Key.CAM_FILE,
                            max_upload_size=LARGEST_BYTES // 1_000_000, label_visibility="collapsed")  # fmt: skip
    fit = st.segmented_control("Shape", tuple(FITS), default=next(iter(FITS)), required=True, key=Key.CAM_FIT,
                               bind="query-params", label_visibility="collapsed")  # fmt: skip
    st.caption(
        f"JPEG, PNG or WebP, up to {LARGEST_BYTES // 1_000_000} MB and {LARGEST_PIXELS // 1_000_000} million pixels. "
        "It stays in memory and is stored nowhere."
    )
    if file is None:
        return None
    try:
        return Shown(read_picture(file.getvalue(), size, fit=FITS[fit]), "own photo")
    except PictureError as error:
        st.warning(str(error), icon=":material/broken_image:")
        return None


def pick_setting(classes: Sequence[str], predicted: int) -> MapSetting:
    """The class (the predicted one by default), the upsampling, the colours and their scale."""
    options = [PREDICTED, *classes]
    name = st.selectbox(
        "Class of the map", options, key=Key.CAM_CLASS, bind="query-params",
        format_func=lambda option: f"predicted: {classes[predicted]}" if option == PREDICTED else option,
    )  # fmt: skip
    method = st.selectbox("Interpolation", METHODS, index=METHODS.index("bilinear"), key=Key.CAM_METHOD,
                          bind="query-params")  # fmt: skip
    colours = st.selectbox("Colours", tuple(COLOUR_MAPS), key=Key.CAM_COLOURS, bind="query-params")
    scale = st.segmented_control("Scale of", (PER_PICTURE, SHARED), default=PER_PICTURE, required=True,
                                 key=Key.CAM_SHARED, bind="query-params")  # fmt: skip
    label = predicted if name == PREDICTED else classes.index(name)
    return MapSetting(label, method, colours, scale == SHARED)


def remembered_alpha() -> float:
    """The opacity of the link, or one half."""
    try:
        alpha = float(st.query_params.get(Key.CAM_ALPHA, ""))
    except ValueError:
        return 0.5
    return alpha if 0 <= alpha <= 1 else 0.5


def remember_alpha(alpha: float) -> None:
    """Keep the opacity in the page's address."""
    if alpha != remembered_alpha():
        st.query_params[Key.CAM_ALPHA] = f"{alpha:g}"
