"""Evasion attacks: any epsilon, live; the way there; success curves; and whether a network is
robust or only hides.
"""

from collections.abc import Callable
from functools import partial

import streamlit as st
import torch

from app.chapters.attack import controls, findings, hiding, live, steps
from app.chapters.attack.case import Case
from app.ui import blocks, networks, widgets
from app.ui.address import ATTACK_VIEWS
from app.ui.gallery import ChosenImage
from core import attack_methods, attacks, stored
from core.models import to_input

LIVE, STEPS, STRIP, HIDING, FINDINGS = ATTACK_VIEWS
CASES = {LIVE: live.view, STEPS: steps.view, STRIP: steps.strip}
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


def choose(view: str) -> Callable[[], None]:
    """The panel, with what the view needs and no more.

    Returns:
        What draws the view.
    """
    if view == FINDINGS:
        return findings.view
    model = controls.pick_model()
    network = controls.pick_network(model)
    if network is None:
        return partial(blocks.awaited, "Choose a state dict in the panel on the left.")
    if view == HIDING:
        return partial(hiding.view, model, network)
    picture = controls.pick_input(network)
    if picture is None:
        return partial(blocks.awaited, "Draw a digit in the panel on the left.")
    label = label_of(network, picture)
    setting = controls.pick_attack(network.classes, label)
    return partial(CASES[view], Case(model, network, picture, label, setting))


with blocks.title(
    "Fool the network", "How little must a picture change for the network to see something else?"
):
    view = widgets.view()
with blocks.or_error():
    with st.sidebar:
        draw = choose(view)
    draw()
    blocks.source(*CODE)
