"""Class activation maps: where the network looks, how the map adds up to the logit, and whether it
matters.
"""

import streamlit as st
from torch import Tensor

from app.chapters.cam import asked, channels, controls, faithfulness, maps
from app.chapters.cam.case import Case
from app.ui import blocks, live_questions, networks, own_resnet, resnets, widgets
from app.ui.address import CAM_VIEWS
from app.ui.cache import OwnFile, cached
from app.ui.gallery import ChosenImage
from app.ui.resnets import ChosenResNet
from core import cam
from core.data.facts import to_unit
from core.evaluation import UncomputableError
from core.homework import RESNET

_FUNCTIONS = (
    maps.overlay,
    channels.view,
    maps.every_class,
    maps.interpolations,
    faithfulness.view,
)
VIEWS = dict(zip(CAM_VIEWS, _FUNCTIONS))
EVERY_CLASS = CAM_VIEWS[2]
PHOTO = "cam_photo"  # in the session
CODE = (cam.class_activation_maps, cam.strongest_channels, cam.upsample, cam.blend)


@cached(lambda file, image: own_resnet.files_of(file), most=500)
def maps_of(file: OwnFile | None, image: Tensor) -> cam.CamResult:
    """What a network makes of a picture, once for a whole class that looks at it.

    Args:
        file: that the network is read from; None: the one that ships.
        image: (3, H, W) uint8.
    """
    return cam.class_activation_maps(own_resnet.model_of(file), to_unit(image[None]))


def look(view: str, network: ChosenResNet, picture: ChosenImage, classes: list[str]) -> Case:
    """What the network sees in the picture, and how the view shows its map."""
    result = maps_of(network.file, picture.image)
    if not bool(result.maps.isfinite().all()):
        raise UncomputableError(
            "The network gives numbers that are not finite (NaN or infinite): it has no map."
        )
    predicted = int(result.logits[0].argmax())
    with st.sidebar:
        setting = controls.pick_setting(view, classes, predicted)
    probability = float(result.logits[0].softmax(0)[predicted])
    blocks.verdict(classes, predicted, probability, picture.label)
    return Case(picture, result, setting, classes, network)


with blocks.title("Where does it look?", "Which places of the picture speak for a class?"):
    view = widgets.view()
with blocks.or_error():
    names = networks.card(RESNET)["classes"]
    found = resnets.pick_with_picture(names, PHOTO)
    if found is not None:
        case = look(view, *found, names)
        VIEWS[view](case)
        if view != EVERY_CLASS:  # that view shows what would be asked
            live_questions.put(lambda: [asked.whose_map_of(case, view)])
    blocks.source(*CODE)
