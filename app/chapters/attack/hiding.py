"""The view of the signs that a network is robust, or only hides its gradient."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import streamlit as st
import torch
from torch import Tensor

from app.ui import blocks, images, networks
from app.ui.cache import Growing, cached
from app.ui.link_words import network_name
from app.ui.networks import AttackedNetwork, attacked_network
from core import masking
from core.checkpoints.foreign import Adapted
from core.checks import logits_of
from core.data.facts import LabelledImages, facts
from core.evaluation import UncomputableError
from core.models import to_input
from core.ties import is_right, is_tied

SEARCHED = 500  # test pictures that a network is asked at once
SIGNS = {
    True: ":material/check_circle: good",
    False: ":material/cancel: **suspicious**",
    None: ":material/help: undecided",
}  # of a sign of masking
UNDECIDED = "; undecided: none of the attacks found anything, so there is nothing to compare"


@blocks.or_error()
def view(model: str, network: AttackedNetwork) -> None:
    """Signs of a robust network, or of one that hides its gradient, each as soon as it is found."""
    signs = signs_of_masking(model, network)
    bar, undecided = st.empty(), ""
    try:
        bar.progress(0.0, f"Attacking, sign 1 of {signs.count} …")
        for found, check in enumerate(signs.checks, 1):
            undecided = UNDECIDED if check.good is None else undecided
            with st.container(key=f"signs_{found}"):
                st.markdown(f"{SIGNS[check.good]}: **{check.name}:** {check.finding}.")
            if found < signs.count:
                bar.progress(found / signs.count, f"Attacking, sign {found + 1} of {signs.count} …")
    finally:
        bar.empty()
    st.caption(
        f"Network {network_name(model)}, on {signs.pictures}; epsilons in grey values of 255, "
        f"fractions of them allowed{undecided}"
    )


@dataclass(frozen=True)
class MaskingSigns:
    """The signs of whether a network is robust or hides its gradient.

    Attributes:
        checks: one for each sign, computed when they are asked for.
        count: of the checks.
        pictures: on which, as the inside of a sentence.
    """

    checks: Growing[masking.MaskingCheck]
    count: int
    pictures: str


def signs_of_masking(model: str, network: AttackedNetwork) -> MaskingSigns:
    """The signs of masking on the bundled pictures that a network gets right, or where it gets
    none right on others of the test set.

    Args:
        model: the network's name.
        network: that is attacked.

    Raises:
        UncomputableError: it gets no picture right that is there.
    """
    return _cached_signs(model) if network.card_name else _compute_signs(model, network)


def _check_files(model: str) -> list[Path]:
    return networks.model_files(networks.ATTACKED.get(model, "cifar10_resnet"))


@cached(_check_files, most=20)
def _cached_signs(model: str) -> MaskingSigns:
    return _compute_signs(model, attacked_network(model))


def _compute_signs(model: str, network: AttackedNetwork) -> MaskingSigns:
    chosen, pictures = _right_pictures(network)
    other = None
    if model != "ResNet":  # in the dtype that the attacked network may need
        scale = 255 / (network.bounds[1] - network.bounds[0])
        other = Adapted(attacked_network("B" if model == "A" else "A").model, scale)
    checks = masking.masking_checks(
        network.model,
        to_input(network.model, chosen.images),
        chosen.labels,
        network.bounds,
        other=other,
    )
    return MaskingSigns(Growing(checks), masking.CHECKS - (other is None), pictures)


def _right_pictures(network: AttackedNetwork) -> tuple[LabelledImages, str]:
    """The bundled pictures that a network gets right, else as many of the test set if that is
    there; and in words which they are.
    """
    bundled = images.samples(network.dataset)
    count, title = len(bundled.images), facts(network.dataset).title
    right = _right(network, LabelledImages(bundled.images, bundled.labels))
    if len(right):
        return right, f"those of the {count} bundled pictures that it classifies right"
    none = f"The network classifies none of the {count} bundled pictures right{_tied(network)}"
    everything = images.whole_test_set(network.dataset)
    if everything is None:
        raise UncomputableError(
            f"{none}, so there is none to attack: with all of {title} in the data folder pictures "
            "that it classifies right are looked for there."
        )
    for start in range(0, len(everything), SEARCHED):
        part = _right(network, everything.subset(slice(start, start + SEARCHED)))
        if len(part):
            part = part.subset(slice(count))
            return part, f"{len(part)} test pictures that it classifies right, as no bundled one is"
    raise UncomputableError(
        f"{none}, and none of the {len(everything):,} test pictures, so there is none to attack."
    )


def _right(network: AttackedNetwork, pictures: LabelledImages) -> LabelledImages:
    """Those that the network gets right, and not just by rounding: it is asked for them again."""
    logits = _logits(network, pictures.images)
    return pictures.subset(is_right(logits, pictures.labels).nonzero()[:, 0])


def _tied(network: AttackedNetwork) -> str:
    """What is added where it cannot tell the classes of bundled pictures apart."""
    tied = int(is_tied(_logits(network, images.samples(network.dataset).images)).sum())
    return f" (its largest logits are equal but for rounding on {tied} of them)" if tied else ""


def _logits(network: AttackedNetwork, pictures: Tensor) -> Tensor:
    with torch.no_grad():
        return logits_of(network.model, to_input(network.model, pictures))
