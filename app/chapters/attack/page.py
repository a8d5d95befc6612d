"""Evasion attacks: any epsilon, live; the way there; success curves; and whether a network is
robust or only hides.
"""

from functools import partial

import streamlit as st
import torch

from app.chapters.attack import controls, findings, live, steps
from app.chapters.attack.case import Case
from app.ui import blocks, networks, widgets
from app.ui.address import ATTACK_VIEWS
from app.ui.gallery import ChosenImage
from core import attack_methods, attacks, stored
from core.models import to_input

_FUNCTIONS = (live.view, steps.view, steps.strip, findings.hiding, findings.view)
VIEWS = dict(zip(ATTACK_VIEWS, _FUNCTIONS))
CODE = (
    attacks.step,
    attacks.climb,
    attack_methods.cross_entropy,
    attack_methods.soft_margin,
    stored.as_stored,
)


def label_of(network: networks.AttackedNetwork, picture: ChosenImage) -> int:
    """The picture's class; of one that nobody has labelled, what the network sees."""
    if picture.label is not None:
        return picture.label
    with torch.no_grad():
        logits = network.model(to_input(network.model, picture.image[None]))
    return int(logits.argmax())


def attack(name: str, network: networks.AttackedNetwork, picture: ChosenImage) -> None:
    """The controls of the attack, and its views."""
    label = label_of(network, picture)
    with st.sidebar:
        setting = controls.pick_attack(network.classes, label)
    case = Case(name, network, picture, label, setting)
    widgets.tabs({name: partial(view, case) for name, view in VIEWS.items()})


blocks.title(
    "Fool the network", "How little must a picture change for the network to see something else?"
)
with blocks.or_error():
    with st.sidebar:
        model = controls.pick_model()
        attacked = controls.pick_network(model)
        chosen = None if attacked is None else controls.pick_input(attacked)
    if attacked is None or chosen is None:
        missing = "Choose a state dict" if attacked is None else "Draw a digit"
        st.info(f"{missing} in the panel on the left.", icon=":material/arrow_back:")
    else:
        attack(model, attacked, chosen)
    blocks.source(*CODE)
