"""Which function of a file is which attack: by its name, and by the names of its parameters."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from core.checking.candidates import NO_PART, Candidate, methods, words
from core.checking.parts.attack_calls import role_of
from core.checking.roles import plain
from core.checking.worker import Found

EPSILON = re.compile(r"eps(ilon)?s?|e|budget|maxperturbation|maxeps(ilon)?|linf|radius|epsval")
ATTACK = re.compile(r"attack|fgsm|pgd|bim|adversar|perturb|untarget|nontarget|targeted|evasion")
ATTACK_NAME = re.compile(r"(my)?(untargeted|targeted|improved)?attack|fgsm|pgd")
SHORT = re.compile(r"(un)?targetedattack|attack(un)?targeted|fgsm|pgd")  # by name alone
IMPROVED = re.compile(
    r"improv|better|advanc|momentum|nesterov|enhanc|strong|margin|task3|upgrad|mifgsm|mipgd|"
    r"restart|adam|carlini|apgd|optimi[sz]ed"
)
LABELS = {"y", "label", "labels", "ytrue", "truelabel", "truelabels", "trueclass"}
# What a function takes that calls attacks, over epsilons or over a data set, or is a step of one.
HELPER = re.compile(
    r"(eps(ilon)?|budget)(s|list|values|range)|(attack|method)(s|fn|func|function|er)?|.*loader|"
    r"dataset|grad(ient)?s?"
)
USED = {"run"}  # words of a method that a class may be used by
UNTARGETED = re.compile(r"untarget|nontarget|task1")


def attacks(found: Sequence[Found]) -> list[Found]:
    """Functions that look like an attack: by name, or with an epsilon among their parameters; and
    the methods that a class of such a name is used by.
    """
    classes = [one for one in found if one.kind == "class" and not _is_unnamed(one)]
    called = [method for one in classes for method in methods(found, one)]
    return [
        one
        for one in found
        if (one.kind == "function" or one in called)
        and len(one.parameters) >= (2 if SHORT.fullmatch(plain(one.name)) else 3)
        and not words(one.name) & (NO_PART - USED if one in called else NO_PART)
        and (ATTACK_NAME.fullmatch(plain(one.name)) or not _is_helper(one))
        and (not _is_unnamed(one) or any(map(EPSILON.fullmatch, map(plain, one.parameters))))
    ]


def _is_helper(found: Found) -> bool:
    """Whether a function calls attacks, or is a part of one, as its parameters say."""
    return any(HELPER.fullmatch(plain(one)) for one in found.parameters)


def _is_unnamed(found: Found) -> bool:
    """Whether nothing but its epsilon says that a function is an attack."""
    return not ATTACK.search(plain(found.name))


def unnamed(found: Sequence[Found]) -> list[str]:
    """Attacks by their names that cannot be called, since ``*args`` does not say what is what."""
    return [
        f"{one.name} ({one.where}) is not checked: no parameter says what is model, images, "
        "labels and epsilon."
        for one in found
        if not one.parameters and ATTACK_NAME.fullmatch(plain(one.name))
    ]


def aim(found: Found) -> str:
    """What an attack aims at: "one class", "any", "either" as its arguments say, or "unclear"."""
    name, parameters = plain(found.name), {plain(one) for one in found.parameters}
    if UNTARGETED.search(name):
        return "any"
    if "target" in name or "task2" in name:
        return "one class"
    targets = {plain(one) for one in found.parameters if role_of(one) in ("target", "targeted")}
    if not targets and "istargeted" not in parameters:
        return "any"
    if "targeted" in targets or "istargeted" in parameters or parameters & LABELS:
        return "either"
    return "unclear" if targets <= {"target", "targets"} else "one class"


def improved(found: Sequence[Found]) -> list[Candidate]:
    """What may be the improved attack of task 3."""
    return [
        Candidate(one, (aim(one) == "any") + 2 * _is_unnamed(one) + _last(one))
        for one in attacks(found)
        if IMPROVED.search(plain(one.name)) and not UNTARGETED.search(plain(one.name))
    ]


def untargeted(found: Sequence[Found]) -> list[Candidate]:
    """Where no other attack is there, ``target`` may be what torch calls the right class."""
    ranks = {"any": 1, "either": 2, "unclear": 3}
    return [Candidate(one, _plainness(one, ranks)) for one in attacks(found) if aim(one) in ranks]


def _plainness(found: Found, ranks: Mapping[str, int]) -> int:
    """Lower for what its name calls untargeted, higher for what it calls improved."""
    name = plain(found.name)
    if UNTARGETED.search(name):
        return _last(found)
    return _rank(found, ranks)


def _rank(found: Found, ranks: Mapping[str, int]) -> int:
    """By what an attack aims at, after these what its name calls improved, then the unnamed."""
    later = bool(IMPROVED.search(plain(found.name))) + 2 * _is_unnamed(found)
    return ranks[aim(found)] + len(ranks) * later + _last(found)


def _last(found: Found) -> int:
    """What puts methods behind all functions, and what is called private behind these."""
    return 100 * (found.kind == "method") + 200 * found.name.startswith("_")


def targeted(found: Sequence[Found]) -> list[Candidate]:
    """What may be the attack of task 2."""
    ranks = {"one class": 0, "either": 1, "unclear": 2}
    return [Candidate(one, _rank(one, ranks)) for one in attacks(found) if aim(one) in ranks]
