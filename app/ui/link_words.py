"""What the texts of a link may be as far as no page is needed to judge that: names and patterns."""

from __future__ import annotations

import re
from collections.abc import Iterable

from core import homework
from core.data.facts import facts
from core.explain import kernels, residual

DIGITS, THINGS = facts("mnist").classes, facts("cifar10").classes
ALL = "all"  # classes
OWN_NUMBERS = "Own numbers"
LEARNED, STEM = "Learned", "ResNet stem"
MINE = ("Mine", "Mine 2")  # networks that a visitor has trained
ATTACKS = (
    "Task 1: untargeted",
    "Task 2: targeted PGD",
    "Task 3: improved targeted",
    "FGSM, one step",
    "PGD, cross-entropy",
    "MI-FGSM",
)
# What the page calls an attack: those of the homework by what they do, not by number alone.
ATTACK_TITLES = {name: name for name in ATTACKS} | dict(
    zip(ATTACKS, (homework.TITLES[task] for task in homework.TASKS))
)
# Where that is more than a link says.
NETWORK_NAMES = {**homework.NAMES, "ResNet": "ResNet on CIFAR-10", "Own": "your own"}


def network_name(model: str) -> str:
    """What the page calls a network of the chapter on attacks."""
    return NETWORK_NAMES.get(model, model)


def _any_of(words: Iterable[str]) -> str:
    return "|".join(map(re.escape, words))


LEARNED_BY = tuple(f"{name}, {LEARNED.lower()}" for name in MINE)
_LEARNED = rf"({_any_of((LEARNED, *LEARNED_BY))}) \d{{1,4}} of \d{{1,4}}"
KERNEL = rf"{_any_of((*kernels.NAMES, OWN_NUMBERS, STEM))}|{_LEARNED}"
IMAGE = rf"\d{{1,5}}|photo \d{{1,5}}|{OWN_NUMBERS}|(Digit|Photo) .+ \(no\. \d{{1,5}}\)"
# What parts two numbers where a person types them: all that str.split parts at.
_SPACES = re.escape("".join(filter(str.isspace, map(chr, range(0x3001)))))
_MARKS = rf"{_SPACES}.,;/eE+−\-"
ROWS = rf"[{_MARKS}]*\d[{_MARKS}\d]*"  # the first digit is one: no text is read twice
CLASS = _any_of((*DIGITS, *THINGS))
CLASS_OR_ALL = f"{CLASS}|{ALL}"
MISTAKE = "|".join(f"({_any_of(classes)})-({_any_of(classes)})" for classes in (DIGITS, THINGS))
LAYERS = ("input", "conv1", "pool1", "conv2", "pool2", "hidden", "logits")  # of the small CNN
WHOLE_NETWORK = "all"  # in place of a layer of the ResNet
RESNET_LAYER = _any_of((WHOLE_NETWORK, *residual.LAYERS))
CELL = rf"({_any_of(LAYERS)}|\d)(-\d{{1,3}}){{1,3}}"
