"""Part 3: does the ResNet begin as He et al. 2015 say, when it is built or by a function after?"""

from __future__ import annotations

import ast
import math
from collections.abc import Mapping, Sequence

from torch import Tensor

from core.checking import forbidden
from core.checking.bugs import resnet
from core.checking.candidates import words
from core.checking.parts.parameters import Layer
from core.checking.parts.saying import finding, told, wrong
from core.checking.results import Found, Question
from core.checking.worker import Student

MISS = 0.08  # of a standard deviation, by which drawn weights may miss it
MOST = 6  # functions that are tried
BUILDS = {"build", "make", "create", "get", "new", "init", "initialise", "initialize", "setup"}
NAME, BUG = "He initialisation", "initialisation-default"


def question(
    student: Student, target: Found, layers: Sequence[Layer], images: Tensor, seconds: float
) -> Question:
    """Whether every convolution begins with He's standard deviation.

    Args:
        student: the file.
        target: its network.
        layers: of the network, as it was built.
        images: that it takes.
        seconds: that one answer may take.
    """
    convolutions = [one for one in layers if one.kind == "convolution"]
    if not convolutions:
        return Question(NAME, "not asked")
    missed = next((one for one in convolutions if not is_he(_shape(one), one.std)), None)
    if missed is None or _afterwards(student, target, convolutions, images, seconds):
        return Question(NAME, "right")
    wanted = resnet.he(_shape(missed))[0]
    detail = (
        f"{missed.name} begins with a standard deviation of {missed.std:.4f} instead of "
        f"{wanted:.4f}, the root of 2 / {math.prod(missed.weight.shape[1:]):,}"
    )
    return wrong(NAME, finding(told(BUG, detail), BUG))


def _shape(layer: Layer) -> tuple[int, ...]:
    return tuple(layer.weight.shape)


def is_he(shape: tuple[int, ...], std: float) -> bool:
    """Whether weights are as large as He et al. say, by what comes in or by what goes out.

    Args:
        shape: (out, in, k, k).
        std: standard deviation of the weights.
    """
    return any(abs(std / one - 1) < MISS for one in resnet.he(shape))


def _afterwards(
    student: Student,
    target: Found,
    convolutions: Sequence[Layer],
    images: Tensor,
    seconds: float,
) -> bool:
    """Whether a function of the file initialises a network that is built without, as
    ``model.apply(function)`` in a training does, or builds one that is initialised.
    """
    asked = {target.name: initialisers(student.source.code)}
    asked |= {name: [""] for name in _builders(student, target)}
    for name, functions in asked.items():
        settings = {"functions": functions, "channels": images.shape[1]}
        answer = student.ask("initialised", name, settings, {"images": images}, seconds)
        tried = answer.facts.get("parameters", {}) if answer.problem is None else {}
        if any(_are_he(rows, convolutions) for rows in tried.values()):
            return True
    return False


def _builders(student: Student, target: Found) -> list[str]:
    """Functions whose name says that they build something, and that refer to the network."""
    return [
        one.name
        for one in student.found
        if one.kind == "function" and not one.required and words(one.name) & BUILDS
        if target.name in forbidden.reached(student.source.code, one.name)
    ][:MOST]


def _are_he(rows: Sequence[Mapping[str, object]], convolutions: Sequence[Layer]) -> bool:
    deviations = {row["name"]: float(str(row["std"])) for row in rows}
    return all(is_he(_shape(one), deviations.get(one.name, 0.0)) for one in convolutions)


def initialisers(code: str) -> list[str]:
    """The functions and methods that may initialise a network: by their name, or by what they call.

    Args:
        code: what Python can parse.
    """
    found = {
        node.name: None
        for node in ast.walk(forbidden.parsed(code))
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("__")
        if "init" in node.name.lower() or "kaiming" in ast.unparse(node)
    }
    return list(found)[:MOST]
