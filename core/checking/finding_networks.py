"""Which class or function of a file is which network: by its name, or by what it returns."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import torch

from core.checking.candidates import NO_PART, words
from core.checking.roles import plain
from core.checking.worker import Answer, Found, Student
from core.models import DigitNet

MOST_TRIED = 6  # networks that are built to see what they return
SECONDS = 10.0  # for one of them
NETWORKS = {"resnet": 3, "mnist": 1}  # channels of the images
SIZES = {"resnet": 32, "mnist": 28}
SURE = {"resnet": r".*res(idual)?net.*", "mnist": r".*(mnist|cnn).*"}
LIKELY = r".*(net|network|model|classifier|lenet)(\d|v\d)*"


def is_block(found: Found) -> bool:
    """Whether a class is called as a part of a network is."""
    return bool(words(found.name) & {"block", "bottleneck", "shortcut", "unit"}) or (
        "block" in plain(found.name)
    )


def take_network(
    part: str,
    channels: int,
    found: Sequence[Found],
    targets: dict[str, Found],
    student: Student | None,
) -> None:
    """Find a network by its name; where that says too little, by what it returns."""
    taken = {one.name for one in targets.values()}
    other = next(pattern for name, pattern in SURE.items() if name != part)
    left = [
        one
        for one in found
        if one.name not in taken and not is_block(one) and not re.fullmatch(other, plain(one.name))
    ]
    sure = [one for one in left if re.fullmatch(SURE[part], plain(one.name)) and _builds(one)]
    classes = [one for one in left if one.kind == "class" and one not in sure]
    likely = [one for one in classes if re.fullmatch(LIKELY, plain(one.name))]
    if len(sure) == 1 and sure[0].kind == "class":
        is_unclear = part == "mnist" and bool(likely)  # the attacked ones are for digits, too
        answer = _answer(part, channels, sure[0], student) if is_unclear else None
        if answer is None or not _is_attacked(answer.facts):
            targets[part] = sure[0]
            return
    rest = [one for one in classes if one not in likely]
    ranked = [*sorted(sure, key=lambda one: one.kind != "class"), *likely, *rest]
    tried = _that_works(part, channels, ranked[:MOST_TRIED], student)
    if tried or sure:
        targets[part] = tried or sure[0]


def _builds(found: Found) -> bool:
    """Whether it may be a network, or a function that returns one, and no helper."""
    if found.kind != "function":
        return found.kind == "class"
    return found.required == 0 and not words(found.name) & NO_PART


def _that_works(
    part: str, channels: int, candidates: Sequence[Found], student: Student | None
) -> Found | None:
    """The first network that gives 10 numbers for an image of the part's size."""
    for one in candidates:
        answer = _answer(part, channels, one, student)
        if answer is None:
            return None
        output = answer.tensors.get("output")
        works = answer.problem is None and output is not None and output.shape == (1, 10)
        if works and not _is_attacked(answer.facts):
            return one
    return None


def _answer(part: str, channels: int, found: Found, student: Student | None) -> Answer | None:
    """What a network gives for an image of the part's size; None: nothing is tried."""
    if student is None:
        return None
    images = torch.zeros(1, channels, SIZES[part], SIZES[part])
    settings = {"seed": 0, "channels": channels}
    return student.ask("network", found.name, settings, {"images": images}, SECONDS)


def _is_attacked(facts: Mapping[str, Any]) -> bool:
    """Whether a network has the shapes of the two that are attacked, which come with the task."""
    given = sorted(list(one.shape) for one in DigitNet().parameters())
    try:
        return sorted(one["shape"] for one in facts["parameters"]) == given
    except (KeyError, TypeError):  # what only a forged answer lacks
        return False
