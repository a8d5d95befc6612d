"""Ready-made convolutions and poolings in the text of a file, under whatever name."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import nn

LAYER = r".*(conv(?!ert)|pool).*"
# By the package that a name is of: which of its last words are such layers.
PACKAGES = {
    "torch": LAYER,
    "torchvision.ops": LAYER,
    "scipy.signal": r"(fft|oa)?(convolve|correlate)(2d)?|sepfir2d|lfilter",
    "scipy.ndimage": r"(convolve|correlate)(1d)?|(maximum|uniform|generic)_filter(1d)?",
    "numpy": r"convolve|correlate",
    "skimage.measure": r"block_reduce",
    "cv2": r"filter2D|sepFilter2D",
    "tensorflow": LAYER,
    "keras": LAYER,
    "jax": LAYER,
    "flax": LAYER,
    "kornia": r".*filter2d.*|" + LAYER,
}
STARS: dict[str, object] = {"torch": torch, "torch.nn": nn, "torch.nn.functional": nn.functional}
ALLOWED = re.compile(r"torch\.(multiprocessing|cuda|backends|utils|_dynamo)\b.*")
PATTERNS = {name: re.compile(text, re.IGNORECASE) for name, text in PACKAGES.items()}


@dataclass(frozen=True)
class Use:
    """A place that names a ready-made layer.

    Attributes:
        name: in full, such as "torch.nn.functional.conv2d".
        line: of the file.
        within: the top-level definition around it; "" where there is none.
    """

    name: str
    line: int
    within: str


def uses(code: str) -> tuple[Use, ...]:
    """All places that name a ready-made convolution or pooling, in the order of their lines.

    Args:
        code: what Python can parse.
    """
    return _uses(code)


@lru_cache(maxsize=8)
def _uses(code: str) -> tuple[Use, ...]:
    tree = parsed(code)
    names = Names(tree)
    found = {
        Use(name, line, within)
        for within, statement in _statements(tree.body)
        for name, line in _named(statement, names)
    }
    return tuple(sorted(found, key=lambda one: (one.line, one.name)))


def reached(code: str, target: str) -> set[str]:
    """The top-level names that a definition refers to, itself included, by way of others too.

    Args:
        code: what Python can parse.
        target: the name of the definition.
    """
    refers: dict[str, set[str]] = {}
    for name, statement in _statements(parsed(code).body):
        if name:
            refers.setdefault(name, set()).update(_references(statement))
    waiting, done = [target], {target}
    while waiting:
        following = (refers.get(waiting.pop(), set()) & set(refers)) - done
        done |= following
        waiting += sorted(following)
    return done


def parsed(code: str) -> ast.Module:
    """The syntax tree, without Python's warnings about it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(code)


def _statements(body: list[ast.stmt]) -> Iterator[tuple[str, ast.stmt]]:
    """The statements of the top level, those in ``if`` and ``try`` too, by what they define."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name, node
        elif isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for name in {one.id for one in targets if isinstance(one, ast.Name)} or {""}:
                yield name, node
        elif isinstance(node, ast.If | ast.Try | ast.With):
            for inner in ast.iter_child_nodes(node):
                yield from _statements(getattr(inner, "body", []) or _alone(inner))
        else:
            yield "", node


def _references(node: ast.AST) -> set[str]:
    """Names that a statement uses and does not bind itself."""
    if isinstance(node, ast.Name):
        return {node.id}
    below = {name for child in ast.iter_child_nodes(node) for name in _references(child)}
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        return below - _bound(node)
    return below


def _bound(node: ast.AST) -> set[str]:
    """Names that parameters and assignments below a node bind."""
    return {one.arg for one in ast.walk(node) if isinstance(one, ast.arg)} | {
        one.id
        for one in ast.walk(node)
        if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)
    }


def _alone(node: ast.AST) -> list[ast.stmt]:
    return [node] if isinstance(node, ast.stmt) else []


class Names:
    """What the names of a file stand for, as its imports and plain assignments say."""

    def __init__(self, tree: ast.Module) -> None:
        """Read them wherever they are in the file."""
        self.full: dict[str, str] = {}
        self.stars: list[str] = []
        definitions = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
        self.own = {node.name for node in ast.walk(tree) if isinstance(node, definitions)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                self._import(node)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                self._import_from(node.module, node)
        for node in tree.body:
            if isinstance(node, definitions):
                self.full.pop(node.name, None)
        self.own |= _bound(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                self._assign(node.targets[0].id, node.value)

    def _import(self, node: ast.Import) -> None:
        for alias in node.names:
            top = alias.name.split(".")[0]
            self.full[alias.asname or top] = alias.name if alias.asname else top

    def _import_from(self, module: str, node: ast.ImportFrom) -> None:
        for alias in node.names:
            if alias.name == "*":
                self.stars.append(module)
            else:
                self.full[alias.asname or alias.name] = f"{module}.{alias.name}"

    def _assign(self, name: str, value: ast.expr) -> None:
        """A module under another name; what else is assigned is a use at that place."""
        full = self.resolve(value)
        if full and not is_layer(full) and name not in self.full:
            self.full[name] = full

    def resolve(self, node: ast.expr) -> str:
        """The full name of an expression; "" where it is none that was imported."""
        if isinstance(node, ast.Name):
            return self.full.get(node.id) or self._star(node.id)
        if isinstance(node, ast.Attribute):
            return _joined(self.resolve(node.value), node.attr)
        if not isinstance(node, ast.Call):
            return ""
        called = node.func
        words = [one.value for one in node.args if isinstance(one, ast.Constant)]
        text = next((word for word in words if isinstance(word, str)), "")
        if isinstance(called, ast.Name) and called.id == "getattr":
            return _joined(self.resolve(node.args[0]), text) if node.args else ""
        is_import = ast.unparse(called).endswith(("import_module", "__import__"))
        return text if is_import else ""

    def _star(self, name: str) -> str:
        """The full name of what only ``from MODULE import *`` can have brought."""
        if name in self.own:
            return ""
        modules = (module for module in self.stars if hasattr(STARS.get(module), name))
        return next((f"{module}.{name}" for module in modules), "")


def _joined(left: str, right: str) -> str:
    return f"{left}.{right}" if left and right else ""


def is_layer(full: str) -> bool:
    """Whether a full name is that of a ready-made convolution or pooling."""
    return not ALLOWED.fullmatch(full) and any(
        full.startswith(f"{package}.") and pattern.fullmatch(full.rsplit(".", 1)[1])
        for package, pattern in PATTERNS.items()
    )


def _named(statement: ast.stmt, names: Names) -> Iterator[tuple[str, int]]:
    """Ready-made layers in a statement; neither imported without a use nor asked for a type."""
    waiting: list[ast.AST] = [statement]
    while waiting:
        node = waiting.pop()
        full = names.resolve(node) if isinstance(node, ast.expr) else ""
        if full and is_layer(full):
            yield full, getattr(node, "lineno", 1)
        elif not (isinstance(node, ast.Call) and ast.unparse(node.func) == "isinstance"):
            waiting += _used(node)


def _used(node: ast.AST) -> list[ast.AST]:
    """What is below a node, without annotations."""
    hints = {id(getattr(node, name, None)) for name in ("annotation", "returns")}
    return [one for one in ast.iter_child_nodes(node) if id(one) not in hints - {id(None)}]
