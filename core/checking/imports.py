"""Which modules a text imports, by their full names, and the files of a folder that they are."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from pathlib import Path

from core.checking import forbidden

INIT = "__init__"


def packages(code: str) -> set[str]:
    """The first words of what a text imports by full names: "torch" of ``import torch.nn``.

    Args:
        code: what Python can parse.
    """
    nodes = list(ast.walk(forbidden.parsed(code)))
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    names += [
        node.module
        for node in nodes
        if isinstance(node, ast.ImportFrom) and node.module and not node.level
    ]
    return {name.split(".")[0] for name in names}


def modules(code: str, package: str = "") -> set[str]:
    """What a text may import, with the packages around it, by full names.

    ``from a.b import c`` may import the module a.b.c, or take a name c out of a.b.

    Args:
        code: what Python can parse.
        package: of the text itself, which relative imports begin at; "": the folder's top.
    """
    named = {
        name
        for node in ast.walk(forbidden.parsed(code))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in _names(node, package)
    }
    return {around for name in named for around in _with_packages(name)} - {""}


def _names(node: ast.Import | ast.ImportFrom, package: str) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
        return
    above = package.split(".") if package else []
    up = node.level - 1
    if up > len(above):
        return
    begin = above[: len(above) - up] if node.level else []
    base = [*begin, *(node.module.split(".") if node.module else [])]
    yield ".".join(base)
    yield from (".".join([*base, alias.name]) for alias in node.names)


def _with_packages(name: str) -> Iterator[str]:
    words = name.split(".")
    return (".".join(words[:count]) for count in range(1, len(words) + 1))


def files(module: str, folders: Sequence[Path]) -> Iterator[Path]:
    """Where a module may stand in folders, each of which may also be the package it begins with.

    Args:
        module: its full name.
        folders: as Python would look into them, whole paths.
    """
    words = module.split(".")
    for folder in folders:
        inside = [words, words[1:]] if folder.name == words[0] else [words]
        for below in inside:
            path = folder.joinpath(*below)
            yield path / f"{INIT}.py"
            if below:
                yield path.with_name(f"{path.name}.py")


def package_of(module: str, path: Path) -> str:
    """The package that the relative imports of a module's file begin at; "" for the folder's top.

    Args:
        module: its full name.
        path: its file.
    """
    return module if path.stem == INIT else module.rpartition(".")[0]
