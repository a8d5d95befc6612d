"""The view of the signs that a network is robust, or only hides its gradient."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from app.chapters.attack import questions
from app.chapters.attack.questions import MaskingPictures
from app.ui import blocks, heavy, images, networks
from app.ui.link_words import network_name
from app.ui.networks import AttackedNetwork, Source
from core.masking import MaskingCheck

SIGNS = {
    True: ":material/check_circle: good",
    False: ":material/cancel: **suspicious**",
    None: ":material/help: undecided",
}  # of a sign of masking
UNDECIDED = "; undecided: none of the attacks found anything, so there is nothing to compare"


def _files(source: Source, other: str) -> list[Path]:
    others = networks.model_files(networks.ATTACKED[other]) if other else []
    return [*networks.source_files(source), *others, *images.sample_files()]


SIGNS_OF_MASKING = heavy.question(questions.masking_signs, _files, most=20)


@blocks.or_error()
def view(model: str, network: AttackedNetwork) -> None:
    """Signs of a robust network, or of one that hides its gradient, each as soon as it is found."""
    if network.source is None:
        raise TypeError("Expected a network that can be read again, got one without a source.")
    other = {"ResNet": "", "A": "B"}.get(model, "A")
    asked, pictures, undecided = SIGNS_OF_MASKING(network.source, other), "", ""
    for found, sign in enumerate(heavy.values(asked, _next)):
        if isinstance(sign, MaskingPictures):
            pictures = sign.pictures
            continue
        undecided = UNDECIDED if sign.good is None else undecided
        with st.container(key=f"signs_{found}"):
            st.markdown(f"{SIGNS[sign.good]}: **{sign.name}:** {sign.finding}.")
    st.caption(
        f"Network {network_name(model)}, on {pictures}; epsilons in grey values of 255, "
        f"fractions of them allowed{undecided}"
    )


def _next(signs: Sequence[MaskingPictures | MaskingCheck]) -> tuple[float, str]:
    """The share of the signs that is there, and what is looked for next.

    Args:
        signs: that are there, after what they are about.
    """
    if not signs or not isinstance(signs[0], MaskingPictures):
        return 0.0, "Looking for pictures to attack …"
    count, next_one = signs[0].count, len(signs)
    return (next_one - 1) / count, f"Attacking, sign {min(next_one, count)} of {count} …"
