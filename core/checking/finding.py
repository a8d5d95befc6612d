"""Which function or class of a file is which part: by its name, by its signature, or by trying."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch

from core.checking import roles
from core.checking.parts.maps import role_of
from core.checking.roles import plain
from core.checking.worker import Found, Student
from core.models import DigitNet

MOST_TRIED = 6  # networks that are built to see what they return
SECONDS = 10.0  # for one of them
OWN = r"(my|own|our|custom|manual|naive|simple|basic|student|hand|handmade|scratch)*"
MANNER = r"(fn|func|function|forward|op|impl|layer|module|own|custom|manual|naive|scratch|loops?|"
MANNER += r"im2col|unfold|fast|einsum|fft|2d|nn|torch|v\d)*"
CONVOLUTION = rf"{OWN}f?conv(olution|olutional|olve|olver)?(2d|2)?"
POOLING = rf"{OWN}f?(max)?pool(ing|er)?(2d|2)?"
EPSILON = re.compile(r"eps(ilon)?s?|e|budget|maxperturbation|maxeps(ilon)?|linf|radius|epsval")
ATTACK = re.compile(r"attack|fgsm|pgd|bim|adversar|perturb|untarget|nontarget|targeted|evasion")
ATTACK_NAME = re.compile(r"(my)?(untargeted|targeted|improved)?attack|fgsm|pgd")
IMPROVED = re.compile(
    r"improv|better|advanc|momentum|nesterov|enhanc|strong|margin|task3|upgrad|mifgsm|mipgd|"
    r"restart|adam|carlini|apgd|optimi[sz]ed"
)
LABELS = {"y", "label", "labels", "ytrue", "truelabel", "truelabels", "trueclass"}
UNTARGETED = re.compile(r"untarget|nontarget|task1")
NO_PART = {  # words in the names of helpers
    *("plot", "show", "evaluate", "eval", "test", "rate", "run", "main", "visualize", "visualise"),
    *("train", "compare", "accuracy", "print", "save", "load", "check", "success", "loss", "draw"),
    *("overlay", "blend", "display", "upsample", "resize", "interpolate", "imshow", "normalize"),
    *("denormalize", "clip", "project", "curve", "curves", "demo", "example", "figure", "grid"),
}


@dataclass(frozen=True)
class Candidate:
    """What may be a part: the smaller its rank the surer."""

    found: Found
    rank: int
    fitting: int = 0  # parameters whose names say what they are


def words(name: str) -> set[str]:
    """The words of a name, however they are joined."""
    return {one.lower() for one in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name)}


def find(
    found: Sequence[Found], names: Mapping[str, str], student: Student | None = None
) -> tuple[dict[str, Found], list[str]]:
    """What is to be checked for each part.

    Args:
        found: what a file defines.
        names: part to name, for parts that are not to be looked for.
        student: the file, so that networks of any name can be tried; None: by name alone.

    Returns:
        Part to what was found, without the parts that are not there, and a sentence for each part
        that several could be.
    """
    targets = {
        part: one
        for part, name in names.items()
        if (one := next((one for one in found if one.name == name), None)) is not None
    }
    notes: list[str] = []
    for part, look in RULES.items():
        if part in names:
            continue
        taken = {one.name for key, one in targets.items() if not _serves(one, key, part)}
        left = [one for one in found if one.name not in taken]
        candidates = sorted(look(left), key=lambda one: (one.rank, -one.fitting, -one.found.line))
        if candidates:
            targets[part] = candidates[0].found
            notes += _others(candidates)
    for part, channels in NETWORKS.items():
        if part not in names:
            _take_network(part, channels, found, targets, student)
    return targets, notes + _unnamed_attacks(found)


def _serves(found: Found, part: str, other: str) -> bool:
    """Whether what is one part is looked at for another one too."""
    return (part, other) == ("attack", "targeted") and _aim(found) == "either"


def _others(candidates: Sequence[Candidate]) -> list[str]:
    """What could be the same part as surely."""
    first = candidates[0]
    chosen = first.found
    others = [one.found for one in candidates[1:] if one.rank == first.rank]
    # Another name of the same class is no other one.
    others = [one for one in others if replace(one, name=chosen.name) != chosen]
    if not others:
        return []
    meant = " and ".join(f"{one.name} ({one.where})" for one in others[:3])
    return [f"{chosen.name} ({chosen.where}) is checked, {meant} could be meant too."]


def _known(found: Found, expected: Sequence[str]) -> set[str]:
    """The roles that parameters have by their names."""
    names = {plain(one) for one in found.parameters}
    return {role for role in expected if names & set(roles.NAMES[role])}


def _rank(found: Found, pattern: str) -> int | None:
    """0 for a plain name, 1 for one that says how it is done, None for another one."""
    name = plain(found.name)
    if re.fullmatch(pattern, name):
        return 0
    return 1 if re.fullmatch(pattern + MANNER, name) else None


def _convolutions(found: Sequence[Found]) -> list[Candidate]:
    rows = []
    for one in found:
        known = _known(one, roles.FUNCTION)
        if {"in_channels", "out_channels"} <= _known(one, roles.LAYER):
            continue  # it builds a layer
        if one.kind != "function" or "pool" in plain(one.name) or _is_short(one, 2, CONVOLUTION):
            continue
        if (rank := _rank(one, CONVOLUTION)) is not None:
            rows.append(Candidate(one, rank, len(known)))
        elif {"input", "weight"} <= known and known & {"stride", "padding"}:
            rows.append(Candidate(one, 2 if "conv" in plain(one.name) else 3, len(known)))
        elif {"stride", "padding", "bias"} <= known and _is_behind_two(one):
            rows.append(Candidate(one, 4, len(known)))
    return rows


def _is_behind_two(found: Found) -> bool:
    """Whether bias, stride and padding follow two other parameters, as a convolution has them."""
    known = {name for role in roles.SETTINGS for name in roles.NAMES[role]}
    return [plain(one) in known for one in found.parameters] == [False] * 2 + [True] * 3


def _is_short(found: Found, least: int, pattern: str) -> bool:
    """Whether parameters are missing; a plain name is enough where ``*args`` stands for all."""
    few = len(found.parameters) < least
    return few and (bool(found.parameters) or _rank(found, pattern) != 0)


def _convolution_layers(found: Sequence[Found]) -> list[Candidate]:
    rows = []
    for one in found:
        known = _known(one, roles.LAYER)
        if one.kind != "class" or _is_short(one, 3, CONVOLUTION):
            continue
        if (rank := _rank(one, CONVOLUTION)) is not None:
            rows.append(Candidate(one, rank, len(known)))
        elif {"in_channels", "out_channels", "kernel_size"} <= known and not _is_block(one):
            rows.append(Candidate(one, 2 if "conv" in plain(one.name) else 3, len(known)))
    return rows


def _poolings(found: Sequence[Found]) -> list[Candidate]:
    rows = []
    for one in found:
        name, known = plain(one.name), _known(one, roles.POOL)
        if "avg" in name or "average" in name or _is_short(one, 1, POOLING):
            continue
        rank = _rank(one, POOLING)
        if rank is None and "pool" in name and "kernel_size" in known:
            rank = 2
        if rank is not None:
            rows.append(Candidate(one, rank + (0 if one.kind == "class" else 3), len(known)))
    return rows


def _maps(found: Sequence[Found]) -> list[Candidate]:
    rows = []
    for one in found:
        named = {"cam", "cams"} & words(one.name) or "classactivation" in plain(one.name)
        if not named or len(one.parameters) < 2:
            continue
        if not words(one.name) & NO_PART:
            short = re.fullmatch(
                r"(get|compute|make|generate|my)?(cams?|classactivationmaps?)", plain(one.name)
            )
            rows.append(Candidate(one, (not short) + (0 if one.kind == "function" else 2)))
        elif _makes_a_map(one):
            rows.append(Candidate(one, 4))
    return rows


def _makes_a_map(found: Found) -> bool:
    """Whether what is called as if it drew a map has all that one is made of."""
    given = set(map(role_of, found.parameters)) if found.kind == "function" else set()
    return {"features", "label"} <= given and bool(given & {"weights", "linear"})


def _attacks(found: Sequence[Found]) -> list[Found]:
    """Functions that look like an attack: by name, or with an epsilon among their parameters."""
    return [
        one
        for one in found
        if one.kind == "function"
        and len(one.parameters) >= 3
        and not words(one.name) & NO_PART
        and any(
            [ATTACK.search(plain(one.name)), *map(EPSILON.fullmatch, map(plain, one.parameters))]
        )
    ]


def _unnamed_attacks(found: Sequence[Found]) -> list[str]:
    """Attacks by their names that cannot be called, since ``*args`` does not say what is what."""
    return [
        f"{one.name} ({one.where}) is not checked: no parameter says what is model, images, "
        "labels and epsilon."
        for one in found
        if not one.parameters and ATTACK_NAME.fullmatch(plain(one.name))
    ]


def _aim(found: Found) -> str:
    """What an attack aims at: "one class", "any", "either" as its arguments say, or "unclear"."""
    name, parameters = plain(found.name), {plain(one) for one in found.parameters}
    if UNTARGETED.search(name):
        return "any"
    if "target" in name or "task2" in name:
        return "one class"
    targets = {one for one in parameters if one.startswith("target")}
    if not targets and "istargeted" not in parameters:
        return "any"
    if "targeted" in targets or "istargeted" in parameters or parameters & LABELS:
        return "either"
    return "unclear" if targets <= {"target", "targets"} else "one class"


def _improved(found: Sequence[Found]) -> list[Candidate]:
    return [
        Candidate(one, 1 if _aim(one) == "any" else 0)
        for one in _attacks(found)
        if IMPROVED.search(plain(one.name)) and not UNTARGETED.search(plain(one.name))
    ]


def _untargeted(found: Sequence[Found]) -> list[Candidate]:
    """Where no other attack is there, ``target`` may be what torch calls the right class."""
    ranks = {"any": 1, "either": 2, "unclear": 3}
    return [Candidate(one, _plainness(one, ranks)) for one in _attacks(found) if _aim(one) in ranks]


def _plainness(found: Found, ranks: Mapping[str, int]) -> int:
    """Lower for what its name calls untargeted, higher for what it calls improved."""
    name = plain(found.name)
    if UNTARGETED.search(name):
        return 0
    return ranks[_aim(found)] + len(ranks) * bool(IMPROVED.search(name))


def _targeted(found: Sequence[Found]) -> list[Candidate]:
    ranks = {"one class": 0, "either": 1, "unclear": 2}
    return [
        Candidate(one, ranks[_aim(one)] + len(ranks) * bool(IMPROVED.search(plain(one.name))))
        for one in _attacks(found)
        if _aim(one) in ranks
    ]


# In this order: what is taken for one part is not looked at for the next.
RULES: Mapping[str, Callable[[Sequence[Found]], list[Candidate]]] = {
    "conv": _convolutions,
    "conv_layer": _convolution_layers,
    "pool_layer": _poolings,
    "cam": _maps,
    "improved": _improved,
    "attack": _untargeted,
    "targeted": _targeted,
}
NETWORKS = {"resnet": 3, "mnist": 1}  # channels of the images
SIZES = {"resnet": 32, "mnist": 28}
SURE = {"resnet": r".*res(idual)?net.*", "mnist": r".*(mnist|cnn).*"}
LIKELY = r".*(net|network|model|classifier|lenet)(\d|v\d)*"


def _is_block(found: Found) -> bool:
    return bool(words(found.name) & {"block", "bottleneck", "shortcut", "unit"}) or (
        "block" in plain(found.name)
    )


def _take_network(
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
        if one.name not in taken and not _is_block(one) and not re.fullmatch(other, plain(one.name))
    ]
    sure = [one for one in left if re.fullmatch(SURE[part], plain(one.name)) and _builds(one)]
    if len(sure) == 1 and sure[0].kind == "class":
        targets[part] = sure[0]
        return
    classes = [one for one in left if one.kind == "class" and one not in sure]
    likely = [one for one in classes if re.fullmatch(LIKELY, plain(one.name))]
    rest = [one for one in classes if one not in likely]
    ranked = [*sorted(sure, key=lambda one: one.kind != "class"), *likely, *rest]
    tried = _that_works(part, channels, ranked[:MOST_TRIED], student)
    if tried or sure:
        targets[part] = tried or sure[0]


def _builds(found: Found) -> bool:
    """Whether it may be a network, or a function that returns one, and no helper."""
    return found.kind == "class" or (found.required == 0 and not words(found.name) & NO_PART)


def _that_works(
    part: str, channels: int, candidates: Sequence[Found], student: Student | None
) -> Found | None:
    """The first network that gives 10 numbers for an image of the part's size."""
    images = torch.zeros(1, channels, SIZES[part], SIZES[part])
    settings = {"seed": 0, "channels": channels}
    if student is None:
        return None
    for one in candidates:
        answer = student.ask("network", one.name, settings, {"images": images}, SECONDS)
        output = answer.tensors.get("output")
        works = answer.problem is None and output is not None and output.shape == (1, 10)
        if works and not _is_attacked(answer.facts):
            return one
    return None


def _is_attacked(facts: Mapping[str, Any]) -> bool:
    """Whether a network has the shapes of the two that are attacked, which come with the task."""
    given = sorted(list(one.shape) for one in DigitNet().parameters())
    try:
        return sorted(one["shape"] for one in facts["parameters"]) == given
    except (KeyError, TypeError):  # what only a forged answer lacks
        return False
