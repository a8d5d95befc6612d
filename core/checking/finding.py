"""Which function or class of a file is which part: by its name, by its signature, or by trying."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from core.checking import roles
from core.checking.candidates import NO_PART, Candidate, methods, uncalled, words
from core.checking.finding_attacks import aim, improved, targeted, unnamed, untargeted
from core.checking.finding_networks import NETWORKS, is_block, take_network
from core.checking.parts.map_calls import role_of
from core.checking.roles import plain
from core.checking.worker import Found, Student

BY_METHODS = ("cam", "improved", "attack", "targeted")  # parts that a class may be, too
OWN = r"(my|own|our|custom|manual|naive|simple|basic|student|hand|handmade|scratch)*"
MAKES = {"cam", "cams", "map", "maps", "generate", "compute", "get", "make", "heatmap", "call"}
MANNER = r"(fn|func|function|forward|op|impl|layer|module|own|custom|manual|naive|scratch|loops?|"
MANNER += r"im2col|unfold|fast|einsum|fft|2d|nn|torch|v\d)*"
CONVOLUTION = rf"{OWN}f?conv(olution|olutional|olve|olver)?(2d|2)?"
POOLING = rf"{OWN}f?(max)?pool(ing|er)?(2d|2)?"


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
        part: _used(found, part, one)
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
        if part == "targeted" and "improved" not in {*targets, *names}:
            candidates = _plain_and_improved(candidates, targets)
        if candidates:
            targets[part] = candidates[0].found
            notes += _others(candidates)
    for part, channels in NETWORKS.items():
        if part not in names:
            take_network(part, channels, found, targets, student)
    return targets, notes + unnamed(found) + ([] if "cam" in targets else _drawings(found))


def _used(found: Sequence[Found], part: str, named: Found) -> Found:
    """What was named; of a class that gives maps or attacks, what it is used by."""
    if named.kind != "class" or part not in BY_METHODS:
        return named
    of_maps = map_methods(found, named) if part == "cam" else []
    return [named, *methods(found, named), *of_maps][-1]


def _plain_and_improved(candidates: list[Candidate], targets: dict[str, Found]) -> list[Candidate]:
    """Of two attacks that aim at one class as surely the plainer one, with the shorter name, is
    task 2, and the other the improved one of task 3.
    """
    alike = [one for one in candidates if one.rank == candidates[0].rank]
    if len(alike) != 2 or aim(alike[0].found) != "one class":
        return candidates
    plainer, other = sorted(alike, key=lambda one: (len(one.found.name), one.found.line))
    targets["improved"] = other.found
    return [plainer, *candidates[2:]]


def _serves(found: Found, part: str, other: str) -> bool:
    """Whether what is one part is looked at for another one too."""
    return (part, other) == ("attack", "targeted") and aim(found) == "either"


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
        known, later = _known(one, roles.LAYER), uncalled(found, one)
        if one.kind != "class" or _is_short(one, 3, CONVOLUTION):
            continue
        if (rank := _rank(one, CONVOLUTION)) is not None:
            rows.append(Candidate(one, rank + later, len(known)))
        elif {"in_channels", "out_channels", "kernel_size"} <= known and not is_block(one):
            rank = 2 if "conv" in plain(one.name) else 3
            rows.append(Candidate(one, rank + later, len(known)))
    return rows


def _poolings(found: Sequence[Found]) -> list[Candidate]:
    rows = []
    for one in found:
        name, known = plain(one.name), _known(one, roles.POOL)
        if one.kind == "method" or "avg" in name or "average" in name:
            continue
        if _is_short(one, 1, POOLING):
            continue
        rank = _rank(one, POOLING)
        if rank is None and "pool" in name and "kernel_size" in known:
            rank = 2
        if rank is not None:
            later = uncalled(found, one) + (0 if one.kind == "class" else 3)
            rows.append(Candidate(one, rank + later, len(known)))
    return rows


def _maps(found: Sequence[Found]) -> list[Candidate]:
    rows = []
    for one in found:
        if not _is_of_maps(one):
            continue
        own = map_methods(found, one)
        rows += [Candidate(method, 2, fit) for fit, method in enumerate(own)]
        if own or len(one.parameters) < 2:
            continue
        if not words(one.name) & NO_PART:
            short = re.fullmatch(
                r"(get|compute|make|generate|my)?(cams?|classactivationmaps?)", plain(one.name)
            )
            rows.append(Candidate(one, (not short) + (0 if one.kind == "function" else 2)))
        elif _makes_a_map(one):
            rows.append(Candidate(one, 4))
    return rows


def _is_of_maps(found: Found) -> bool:
    named = {"cam", "cams"} & words(found.name) or "classactivation" in plain(found.name)
    return found.kind != "method" and bool(named)


def map_methods(found: Sequence[Found], owner: Found) -> list[Found]:
    """The methods of a class that may give maps, the likeliest one last.

    Args:
        found: what a file defines.
        owner: the class.
    """
    own = [one for one in methods(found, owner) if len(one.parameters) >= 2]
    names = {one.name: words(one.name.rpartition(".")[2]) for one in own}
    left = [one for one in own if not names[one.name] & NO_PART]
    return sorted(left, key=lambda one: bool(names[one.name] & MAKES))


def _drawings(found: Sequence[Found]) -> list[str]:
    """What may give maps, and is not asked since its name says that it does something else."""
    return [
        f"{one.name} ({one.where}) is not checked, since its name says that it draws or tests: "
        f"--cam {one.name} names it."
        for one in found
        if one.kind == "function" and _is_of_maps(one) and len(one.parameters) >= 2
        if words(one.name) & NO_PART
    ]


def _makes_a_map(found: Found) -> bool:
    """Whether what is called as if it drew a map has all that one is made of."""
    given = set(map(role_of, found.parameters)) if found.kind == "function" else set()
    return {"features", "label"} <= given and bool(given & {"weights", "linear"})


# In this order: what is taken for one part is not looked at for the next.
RULES: Mapping[str, Callable[[Sequence[Found]], list[Candidate]]] = {
    "conv": _convolutions,
    "conv_layer": _convolution_layers,
    "pool_layer": _poolings,
    "cam": _maps,
    "improved": improved,
    "attack": untargeted,
    "targeted": targeted,
}
