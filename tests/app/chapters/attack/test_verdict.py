"""What the attack chapter says of a picture is true of the bytes that the browser gets."""

from __future__ import annotations

import re

import pytest
import torch
from torch import Tensor, nn

from app.chapters.attack import live
from app.chapters.attack.case import Case
from app.chapters.attack.controls import KINDS, AttackSetting
from app.ui import crisp, networks
from app.ui.gallery import ChosenImage
from core import attacks
from core.data.samples import load_samples
from core.models import to_input
from tests.app.chapters.opened import open_chapter, texts
from tests.synthetic import Threshold

EPSILONS = (2, 4, 8, 12, 16, 24, 32, 48, 64)


def case(name: str, picture: int, attack: str) -> Case:
    network = networks.attacked_network(name)
    bundled = load_samples(network.dataset)
    kind, label = KINDS[attack], int(bundled.labels[picture])
    target = (0 if label == 8 else 8) if kind.targeted else None
    return Case(
        name,
        network,
        ChosenImage(bundled.images[picture], f"test picture {picture}", label, picture),
        label,
        AttackSetting(attack, kind.method, target, kind.gradients),
    )


def class_of(model: nn.Module, picture: Tensor) -> int:
    """What the network sees in a picture (C, H, W) as it was sent."""
    with torch.no_grad():
        return int(model(to_input(model, picture[None])).argmax())


def said_of(words: str) -> str:
    """The class that a verdict names."""
    return re.search(r"the network sees \*\*(.+?)\*\*", words)[1]


def check_live(example: Case, epsilon: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The live view's words against the bytes that it draws."""
    drawn, words = [], []
    monkeypatch.setattr(crisp, "pictures_in_rows", lambda images, *_: drawn.append(images[2]))
    attack = example.run(epsilon)
    found = example.drawn(attack.adversarial, epsilon)
    live.pictures(example, found, epsilon, example.logits())
    before, after = torch.cat([example.logits(), found.logits]).softmax(1)
    words.append(example.verdict(before, after, int(attack.gradients[0])))
    sent = drawn[0][: len(example.picture.image)]
    predicted = class_of(example.network.model, sent)
    assert said_of(words[0]) == example.network.classes[predicted]
    change = sent.int() - example.picture.image.int()
    assert int(change.abs().max()) <= epsilon
    target = example.setting.target
    fooled = predicted != example.label if target is None else predicted == target
    nothing = "Nothing to do" in words[0]
    assert nothing or ("Fooled" in words[0]) == fooled == bool(attack.success[0])


@pytest.mark.parametrize("attack", KINDS)
@pytest.mark.parametrize("name", ["A", "B", "M"])
def test_the_words_are_about_the_drawn_digit(
    name: str, attack: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for picture in range(0, 20, 5 if KINDS[attack].gradients > 20 else 2):
        epsilon = EPSILONS[picture % len(EPSILONS)]
        check_live(case(name, picture, attack), epsilon, monkeypatch)


@pytest.mark.parametrize("attack", ["Task 1: untargeted", "PGD, cross-entropy", "MI-FGSM"])
def test_the_words_are_about_the_drawn_photo(attack: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for picture, epsilon in ((0, 1), (1, 2), (2, 4)):
        check_live(case("ResNet", picture, attack), epsilon, monkeypatch)


@pytest.mark.parametrize(
    ("view", "parameters"),
    [
        ("Live", {"network": "M", "image": "5", "epsilon": "12"}),
        ("Live", {"attack": "MI-FGSM", "image": "8", "epsilon": "16"}),
        ("Step by step", {"attack": "MI-FGSM", "image": "8", "epsilon": "16", "step": "9"}),
        ("Step by step", {"network": "M", "image": "5", "epsilon": "12"}),
        ("All epsilons", {"attack": "MI-FGSM", "image": "8"}),
        ("All epsilons", {"network": "M", "image": "5"}),
    ],
)
def test_every_view_names_what_it_draws(
    no_data: None, monkeypatch: pytest.MonkeyPatch, view: str, parameters: dict[str, str]
) -> None:
    rows: list[tuple[Tensor, list[str]]] = []
    monkeypatch.setattr(
        crisp, "pictures_in_rows", lambda images, captions, _: rows.append((images, captions))
    )
    app = open_chapter("attack", view=view, **parameters)
    assert not app.exception
    model = networks.attacked_network(parameters.get("network", "A")).model
    images, captions = rows[-1]
    if view == "Live":
        assert said_of(texts(app)) == str(class_of(model, images[2, :1]))
        return
    for image, caption in zip(images, captions):
        assert re.search(r": (\d), \d", caption)[1] == str(class_of(model, image))


@pytest.mark.parametrize(
    ("threshold", "epsilon", "verdict", "beside"),
    [
        (100.4, 0.6, "Holds: the network sees **0**", True),  # 100.6 fools it, 100 does not
        (100.4, 1.0, "Fooled: the network sees **1**", False),
        (102.0, 1.0, "Holds: the network sees **0**", False),
        (99.5, 1.0, "Nothing to do", False),
    ],
)
def test_success_in_real_numbers_stands_beside_it_where_it_differs(
    threshold: float, epsilon: float, verdict: str, beside: bool
) -> None:
    network = networks.AttackedNetwork(
        Threshold(threshold), "", "mnist", ("0", "1"), Threshold.bounds
    )
    picture = ChosenImage(torch.full((1, 1, 1), 100, dtype=torch.uint8), "a pixel", 0, None)
    example = Case("A", network, picture, 0, AttackSetting("FGSM", attacks.FGSM, None, 1))
    attack = example.run(epsilon)
    found = example.drawn(attack.adversarial, epsilon)
    before, after = torch.cat([example.logits(), found.logits]).softmax(1)
    assert verdict in example.verdict(before, after, int(attack.gradients[0]))
    sentence = example.beside(before, after, epsilon)
    assert sentence == (" With fractions of grey values the attack succeeds." if beside else "")
