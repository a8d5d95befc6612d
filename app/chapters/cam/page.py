"""Class activation maps: where the network looks, how the map adds up to the logit, and whether it
matters.
"""

import streamlit as st

from app.chapters.cam import channels, controls, faithfulness, maps
from app.chapters.cam.case import NETWORK, SIZE, Case
from app.ui import blocks, loaders
from app.ui.address import Key
from app.ui.gallery import Shown
from core import cam
from core.data.facts import to_unit

VIEWS = {
    "Map": maps.overlay,
    "The sum": channels.view,
    "All ten classes": maps.every_class,
    "Interpolations": maps.interpolations,
    "Does it matter?": faithfulness.view,
}
CODE = (cam.class_activation_maps, cam.strongest_channels, cam.upsample, cam.blend)


def look(picture: Shown, classes: list[str]) -> None:
    """What the network sees in the picture, and the views of its maps."""
    result = cam.class_activation_maps(loaders.model(NETWORK), to_unit(picture.image[None]))
    predicted = int(result.logits[0].argmax())
    with st.sidebar:
        setting = controls.pick_setting(classes, predicted)
    probability = float(result.logits[0].softmax(0)[predicted])
    blocks.verdict(classes, predicted, probability, picture.label)
    open_view(Case(picture, result, setting, classes))


def open_view(case: Case) -> None:
    """The tabs; what is in the open one."""
    tabs = st.tabs(list(VIEWS), key=Key.CAM_VIEW, bind="query-params")
    for tab, view in zip(tabs, VIEWS.values()):
        if tab.open:
            with tab:
                view(case)


blocks.title("Where does it look?", "Which places of the picture speak for a class?")
with blocks.or_error():
    names = loaders.card(NETWORK)["classes"]
    loaders.model(NETWORK)
    with st.sidebar:
        chosen = controls.pick_picture(loaders.examples(NETWORK), names, SIZE)
    if chosen is None:
        st.info(
            "Choose a JPEG, PNG or WebP photo in the panel on the left.",
            icon=":material/arrow_back:",
        )
    else:
        look(chosen, names)
    blocks.source(*CODE)
