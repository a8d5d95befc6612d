"""Pickers of the chapter on attacks: a network, a picture, an attack."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import streamlit as st

from app.ui import client, loaders
from app.ui.gallery import ChosenImage, draw_digit, pick_test_picture
from app.ui.old_keys import Key, keep_within
from core import attacks
from core.attacks import Method
from core.checkpoints import foreign
from core.checkpoints.foreign import ForeignError

HELP = (
    "A: trained plainly. B: trained against attacks. M: A with its logits multiplied, which "
    "hides its gradient. "
    "ResNet: on CIFAR-10. Own: a state dict of yours."
)
MODELS = ("A", "B", "M", "ResNet", "Own")
FIRST_EPSILON, LARGEST_EPSILON = 24, 128  # grey values
TEST, DRAWN = "Test pictures", "Draw one"


def pick_epsilon() -> int:
    """The epsilon of the slider that is heard while it moves, in grey values; kept in the address
    and between pages.
    """
    grey = client.live_slider(
        "Epsilon",
        0,
        LARGEST_EPSILON,
        start=remembered_epsilon(),
        unit="of 255",
        key=Key.ATTACK_EPSILON,
    )
    st.session_state[Key.ATTACK_KEPT_EPSILON] = grey
    if st.query_params.get(Key.ATTACK_KEPT_EPSILON, f"{FIRST_EPSILON}") != f"{grey}":
        st.query_params[Key.ATTACK_KEPT_EPSILON] = f"{grey}"
    return grey


def remembered_epsilon() -> int:
    """Where the slider stood last: on this page, in the link, or 24."""
    kept = st.session_state.get(
        Key.ATTACK_KEPT_EPSILON, st.query_params.get(Key.ATTACK_KEPT_EPSILON, "")
    )
    grey = int(kept) if f"{kept}".isdecimal() else FIRST_EPSILON
    return grey if grey <= LARGEST_EPSILON else FIRST_EPSILON


@dataclass(frozen=True)
class Kind:
    """An attack to choose.

    Attributes:
        method: of the loop.
        targeted: whether it has a target.
        gradients: backward passes that it may cost by default.
    """

    method: Method
    targeted: bool
    gradients: int


KINDS = {
    "Task 1: untargeted": Kind(attacks.IMPROVED, False, 20),
    "Task 2: targeted PGD": Kind(attacks.PGD, True, 100),
    "Task 3: improved targeted": Kind(attacks.IMPROVED, True, 100),
    "FGSM, one step": Kind(attacks.FGSM, False, 1),
    "PGD, cross-entropy": Kind(attacks.PGD, False, 20),
    "MI-FGSM": Kind(attacks.MI_FGSM, False, 20),
}


@dataclass(frozen=True)
class AttackSetting:
    """What is attacked, and how.

    Attributes:
        name: of the attack.
        method: of the loop.
        target: the class to reach; None for an untargeted attack.
        gradients: backward passes that it may cost.
    """

    name: str
    method: Method
    target: int | None
    gradients: int


def pick_model() -> str:
    """One of the networks, by its letter."""
    return str(
        st.segmented_control(
            "Network",
            MODELS,
            default="A",
            required=True,
            key=Key.ATTACK_MODEL,
            bind="query-params",
            help=HELP,
        )
    )


def pick_network(letter: str) -> loaders.Attackable | None:
    """The network of that letter, or a person's own; None (and a sentence) while there is none."""
    if letter != "Own":
        return loaders.attackable(letter)
    st.file_uploader(
        "State dict",
        type=[ending[1:] for ending in foreign.ENDINGS],
        key=Key.ATTACK_FILE,
        max_upload_size=foreign.LARGEST_BYTES // 1_000_000,
        on_change=_keep_weights,
        label_visibility="collapsed",
    )
    kept: tuple[bytes, str] | None = st.session_state.get(Key.ATTACK_OWN)
    if kept is None:
        st.caption(
            "A state dict of the homework's network for models A and B; nothing in the file is "
            "executed."
        )
        return None
    try:
        network, words = loaders.own_network(*kept)
    except ForeignError as error:
        st.warning(str(error), icon=":material/broken_image:")
        return None
    st.caption(words)
    return network


def _keep_weights() -> None:
    file = st.session_state[Key.ATTACK_FILE]
    st.session_state[Key.ATTACK_OWN] = None if file is None else (file.getvalue(), file.name)


def pick_input(network: loaders.Attackable) -> ChosenImage | None:
    """A test picture, or for digits a drawn one; None while nothing is drawn."""
    if network.dataset == "mnist":
        source = st.segmented_control(
            "Picture",
            (TEST, DRAWN),
            default=TEST,
            required=True,
            key=Key.ATTACK_SOURCE,
            bind="query-params",
            label_visibility="collapsed",
        )
        if source == DRAWN:
            digit = draw_digit(Key.ATTACK_PAD, Key.ATTACK_DRAWN)
            return None if digit is None else ChosenImage(digit, "drawn digit")
    return pick_test_picture(loaders.examples_of(network), network.classes)


def pick_attack(classes: Sequence[str], label: int) -> AttackSetting:
    """The attack, its target (any class but the picture's own) and its budget."""
    name = st.selectbox("Attack", tuple(KINDS), key=Key.ATTACK_KIND, bind="query-params")
    kind = KINDS[name]
    target = None
    if kind.targeted:
        others = [name for name in classes if name != classes[label]]
        keep_within(Key.ATTACK_TARGET, others)
        usual = classes[8] if label != 8 else others[0]
        name_of_target = st.selectbox(
            "Target class",
            others,
            index=others.index(usual),
            key=Key.ATTACK_TARGET,
            bind="query-params",
        )
        target = classes.index(name_of_target)
    if kind.gradients == 1:
        return AttackSetting(name, kind.method, target, 1)
    gradients = st.select_slider(
        "Gradients at most",
        (1, 2, 5, 10, 20, 50, 100),
        value=kind.gradients,
        key=f"{Key.ATTACK_GRADIENTS}_{kind.gradients}",
    )
    method = (
        replace(kind.method, step_size=1 / gradients)
        if kind.method == attacks.MI_FGSM
        else kind.method
    )
    return AttackSetting(name, method, target, int(gradients))
