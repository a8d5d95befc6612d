"""Pickers of the chapter on attacks: a network, a picture, an attack."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import streamlit as st

from app.chapters.attack.questions import OWN as OWN
from app.ui import bound, client, keys, literal, mine, networks, widgets
from app.ui.address import ATTACKS, BUDGETS, Name
from app.ui.examples import examples_of
from app.ui.gallery import ChosenImage, draw_digit, pick_test_picture
from app.ui.link_words import ATTACK_TITLES, MINE, network_name
from app.ui.uploads import upload
from core import attacks
from core.attacks import Method
from core.checkpoints import foreign
from core.checkpoints.foreign import ForeignError

HELP = (
    "A: trained as usual. B: trained on attacked pictures. M: A with its logits multiplied. Your "
    "own: a state dict of yours. Mine: the small CNN that you have trained here."
)
DRAWN, CONTROLS = "Draw one", "Controls"
EPSILON, LARGEST_EPSILON = 24, 128  # at first and at most, in units of 1/255
# In the session: components and what they got.
SLIDER, PAD, PIXELS = "attack_epsilon", "attack_pad", "attack_pixels"
WEIGHTS = "attack_weights"


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


_KINDS = (
    Kind(attacks.IMPROVED, False, 20),
    Kind(attacks.PGD, True, 100),
    Kind(attacks.IMPROVED, True, 100),
    Kind(attacks.FGSM, False, 1),
    Kind(attacks.PGD, False, 20),
    Kind(attacks.MI_FGSM, False, 20),
)
KINDS = dict(zip(ATTACKS, _KINDS))


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

    @property
    def targeted(self) -> bool:
        """Whether there is a class to reach."""
        return self.target is not None

    def goal(self, label: int) -> int:
        """The class to reach, or the true one, which is ``label``, to leave."""
        return label if self.target is None else self.target


def pick_model() -> str:
    """One of the networks, by its name."""
    mine.check(Name.NETWORK)
    own = mine.networks()
    every = bound.parameter(Name.NETWORK).choices
    options = [name for name in every if name not in MINE or name in own]
    return str(widgets.select(Name.NETWORK, "Network", options, say=network_name, help=HELP))


def pick_network(model: str) -> networks.AttackedNetwork | None:
    """The network of that name, or a person's own; None (and a sentence) while there is none."""
    if model in MINE:
        own = mine.networks()[model]
        st.caption(f"{model}: a small CNN, pixels from 0 to 1; {own.title}.")
        return networks.trained_here(own.weights)
    if model != OWN:
        return networks.attacked_network(model)
    found = upload(
        "State dict",
        networks.own_network,
        refusal=ForeignError,
        key=WEIGHTS,
        megabytes=foreign.LARGEST_BYTES // 1_000_000,
    )
    if found is None:
        st.caption(
            "A state dict of the homework's network for models A and B, as torch.save, Lightning "
            "or safetensors keeps it; nothing in the file is executed."
        )
        return None
    network, description = found
    st.caption(literal.markdown(description))
    return network


def pick_input(network: networks.AttackedNetwork) -> ChosenImage | None:
    """A test picture, or for digits a drawn one; None while nothing is drawn."""
    if network.dataset == "mnist" and widgets.choice(Name.SOURCE, "Picture") == DRAWN:
        digit = draw_digit(PAD, PIXELS)
        return None if digit is None else ChosenImage(digit, "drawn digit")
    return pick_test_picture(examples_of(network), network.classes)


def pick_attack(classes: Sequence[str], label: int) -> AttackSetting:
    """The attack, its target (any class but the picture's own) and its budget."""
    name = widgets.select(Name.ATTACK, "Attack", tuple(KINDS), say=title_of)
    kind = KINDS[name]
    target = _pick_target(classes, label) if kind.targeted else None
    if kind.gradients == 1:
        return AttackSetting(name, kind.method, target, 1)
    gradients = widgets.stops(Name.GRADIENTS, "Gradients at most", BUDGETS, default=kind.gradients)
    method = kind.method
    if method == attacks.MI_FGSM:
        method = replace(method, step_size=1 / gradients)
    return AttackSetting(name, method, target, int(gradients))


def title_of(attack: str) -> str:
    """An attack by what it does, not by its number alone; links have its name."""
    return ATTACK_TITLES[attack]


def _pick_target(classes: Sequence[str], label: int) -> int:
    others = [name for name in classes if name != classes[label]]
    usual = classes[8] if label != 8 else others[0]
    return classes.index(widgets.select(Name.TARGET, "Target class", others, default=usual))


def pick_epsilon() -> int:
    """The epsilon of the slider that is heard while it moves, in units of 1/255."""
    epsilon = int(bound.value(Name.EPSILON, EPSILON))
    client.live_slider(
        "Epsilon",
        0,
        LARGEST_EPSILON,
        value=epsilon,
        unit="of 255",
        key=SLIDER,
        version=bound.version(),
        on_move=_take_epsilon,
    )
    return epsilon


def _take_epsilon() -> None:
    bound.put(Name.EPSILON, int(client.moved_to(SLIDER)))


def pick_kept_epsilon() -> int:
    """Epsilon in a view whose keys turn something else: where the live slider stood last, to change
    here too.

    A page-turner leaves that slider at its end, where nearly every attack succeeds; the view that
    it opens then is about the usual epsilon again.
    """
    if keys.has_arrived() and bound.current(Name.EPSILON) == LARGEST_EPSILON:
        bound.reset(Name.EPSILON)
    label = "Epsilon, of 255"
    return int(widgets.slider(Name.EPSILON, label, 0, LARGEST_EPSILON, default=EPSILON))


def pick_step(last: int) -> int:
    """A step of the attack, the last one at first."""
    if last == 0:
        return 0
    keys.turns(Name.STEP, range(last + 1), thing="step", default=last)
    return int(widgets.slider(Name.STEP, "After step", 0, last, default=last))


def pick_curves() -> tuple[str, bool]:
    """Which curves, and whether only pictures count that are right without an attack."""
    with st.container(horizontal=True, vertical_alignment="center"):
        kind = widgets.choice(Name.CURVES, "Curves", wrap=True)
        first_right = kind != CONTROLS and widgets.toggle(
            Name.ONLY_RIGHT, "Only what is right without an attack"
        )
    return kind, first_right
