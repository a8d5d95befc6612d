"""Part 3: does the ResNet begin as He et al. 2015 say, when it is built or by a function after?"""

from __future__ import annotations

import ast
import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

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
SETS = re.compile(r"\b(kaiming|xavier)_\w+\(|\.(normal|uniform|copy)_\(")
BUILDS = {"build", "make", "create", "get", "new", "init", "initialise", "initialize", "setup"}
NAME, BUG = "He initialisation", "initialisation-default"


def question(
    student: Student, target: Found, layers: Sequence[Layer], images: Tensor, seconds: float
) -> Question:
    """Whether every convolution begins with He's standard deviation; where the linear layer, which
    no ReLU follows, does not, it is told and not counted.

    Args:
        student: the file.
        target: its network.
        layers: of the network, as it was built.
        images: that it takes.
        seconds: that one answer may take.
    """
    asked = [one for one in layers if one.kind in ("convolution", "linear")]
    if all(one.kind == "linear" for one in asked):
        return Question(NAME, "not asked")
    fewest: Sequence[Layer] | None = None
    unused = ""
    for begun, idle in _beginnings(student, target, asked, images, seconds):
        missed = [one for one in begun if not is_he(_shape(one), one.std)]
        if not missed and not idle:
            return Question(NAME, "right")
        has_all = not _rank(missed)[0]
        unused = unused or (idle if has_all else "")
        is_better = fewest is None or (not idle and _rank(missed) < _rank(fewest))
        fewest = missed if is_better else fewest
    fewest = fewest or asked
    said = _how(fewest[0])
    if not _rank(fewest)[0]:
        note = f"The convolutions begin as He et al. say, and the linear layer does not: {said}."
        return wrong(NAME, finding(note), "beyond")
    if unused:
        note = f"{unused} would do what He et al. say, and no line of the file calls it."
        return wrong(NAME, finding(note), "beyond")
    return wrong(NAME, finding(told(BUG, said), BUG))


def _rank(missed: Sequence[Layer]) -> tuple[bool, bool]:
    """How much is missed: a convolution, anything."""
    return any(one.kind == "convolution" for one in missed), bool(missed)


def _how(missed: Layer) -> str:
    wanted = resnet.he(_shape(missed))[0]
    return (
        f"{missed.name} begins with a standard deviation of {missed.std:.4f} instead of "
        f"{wanted:.4f}, the root of 2 / {math.prod(missed.weight.shape[1:]):,}"
    )


def _shape(layer: Layer) -> tuple[int, ...]:
    return tuple(layer.weight.shape)


def is_he(shape: tuple[int, ...], std: float) -> bool:
    """Whether weights are as large as He et al. say, by what comes in or by what goes out.

    Args:
        shape: (out, in, k, k).
        std: standard deviation of the weights.
    """
    return any(abs(std / one - 1) < MISS for one in resnet.he(shape))


def _beginnings(
    student: Student, target: Found, layers: Sequence[Layer], images: Tensor, seconds: float
) -> Iterator[tuple[list[Layer], str]]:
    """The layers as they begin: as the network is built, after a function of the file has
    initialised it, as ``model.apply(function)`` in a training does, after statements that do it in
    place, and as a function builds it; with the name of a function that nothing calls, or "".
    """
    yield list(layers), ""
    code, builders = student.source.code, _builders(student, target)
    names = [target.name, *builders]
    functions = initialisers(code, names)
    ways: list[tuple[str, list[str], list[tuple[str, str]], str]]
    ways = [(target.name, [name], [], idle) for name, idle in functions.items()]
    ways += [(target.name, [], [one], "") for one in in_place(code, names)]
    ways += [(name, [""], [], "") for name in builders]
    for name, called, statements, idle in ways:
        settings = {"functions": called, "statements": statements, "channels": images.shape[1]}
        answer = student.ask("initialised", name, settings, {"images": images}, seconds)
        tried = answer.facts.get("parameters", {}) if answer.problem is None else {}
        for rows in tried.values():
            deviations = {row["name"]: float(str(row["std"])) for row in rows}
            yield [replace(one, std=deviations.get(one.name, 0.0)) for one in layers], idle


def _builders(student: Student, target: Found) -> list[str]:
    """Functions whose name says that they build something, and that refer to the network."""
    return [
        one.name
        for one in student.found
        if one.kind == "function" and not one.required and words(one.name) & BUILDS
        if target.name in forbidden.reached(student.source.code, one.name)
    ][:MOST]


def initialisers(code: str, networks: Sequence[str] = ()) -> dict[str, str]:
    """The functions and methods that may initialise a network, by their name or by what they call,
    without those that a constructor calls, whose networks are built initialised: "" for one that
    something calls, its name for one that nothing does.

    Args:
        code: what Python can parse.
        networks: classes and functions that build one; what calls them is handed none.
    """
    tree = forbidden.parsed(code)
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    builders = [one for one in functions if one.name == "__init__"]
    building = Counter(name for one in builders for name in _names(one))
    named, found = Counter(_names(tree)), dict[str, str]()
    for node in functions:
        name, own = node.name, _names(node).count(node.name)
        is_likely = "init" in name.lower() or "kaiming" in ast.unparse(node)
        if is_likely and not name.startswith("__") and not _calls(node, networks):
            is_called = named[name] > own + building[name]
            if is_called or not building[name]:
                found[name] = "" if is_called else name
    return dict(list(found.items())[:MOST])


def _names(node: ast.AST) -> list[str]:
    """The names and attributes that stand in a syntax tree."""
    return [
        one.id if isinstance(one, ast.Name) else one.attr
        for one in ast.walk(node)
        if isinstance(one, ast.Name | ast.Attribute)
    ]


def _calls(node: ast.AST, names: Sequence[str]) -> bool:
    """Whether one of these is called anywhere in a syntax tree."""
    called = [one.func for one in ast.walk(node) if isinstance(one, ast.Call)]
    return any(isinstance(one, ast.Name) and one.id in names for one in called)


def in_place(code: str, networks: Sequence[str]) -> list[tuple[str, str]]:
    """Statements that initialise a network where it has been built, such as a loop over its modules
    at the top level or in a function that trains: the network's name there, and their text.

    Args:
        code: what Python can parse.
        networks: the classes and functions that build it.
    """
    bodies = [getattr(node, "body", None) for node in ast.walk(forbidden.parsed(code))]
    blocks = [body for body in bodies if isinstance(body, list)]
    found: list[tuple[str, str]] = []
    for block in blocks:
        for name in _built(block, networks):
            texts = [ast.unparse(node) for node in block if _initialises(node, name)]
            found += [(name, "\n".join(texts))] if texts else []
    return found[:MOST]


def _built(block: Sequence[ast.stmt], networks: Sequence[str]) -> list[str]:
    """The names that a block gives to networks."""
    return [
        node.targets[0].id
        for node in block
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
        if _calls(node.value, networks)
    ]


def _initialises(node: ast.stmt, name: str) -> bool:
    """Whether a statement sets weights of a network by one of torch's functions."""
    text = ast.unparse(node) if isinstance(node, ast.For | ast.With | ast.Expr) else ""
    return bool(SETS.search(text)) and bool(re.search(rf"\b{re.escape(name)}\b", text))
