"""Rewriting that harms nothing: other names, what people leave in their files, notebooks."""

from __future__ import annotations

import ast
import json
import random
from collections.abc import Callable
from pathlib import Path

NAMINGS: tuple[Callable[[str], str], ...] = (
    lambda name: f"{name}_",
    lambda name: f"my_{name}",
    lambda name: f"{name}_val",
    lambda name: f"{name}2",
)
LEFT_OVERS = (
    'print("torch", torch.__version__)\n',
    'import matplotlib.pyplot as plt\n\nplt.figure()\nplt.title("training loss")\n',
    "for step in range(2):\n    print('testing', step)\n",
    "import time\n\nstart = time.time()\ntest_image = torch.rand(1, 3, 8, 8)\nprint(start)\n",
    'if __name__ == "__main__":\n    raise SystemExit("train() takes an hour")\n',
    "assert torch.ones(2).sum() == 2\n",
)
RENAMED, WITH_LEFT_OVERS, NOTEBOOK = 0.5, 0.5, 0.2  # how often each is done
OF_NAMES = 0.7  # how many of them are other ones


class Renaming(ast.NodeTransformer):
    """Gives variables other names."""

    def __init__(self, names: dict[str, str]) -> None:
        """Rename by a table of old names to new ones."""
        self.names = names

    def visit_Name(self, node: ast.Name) -> ast.Name:
        """Rename one use."""
        node.id = self.names.get(node.id, node.id)
        return node


def local_names(tree: ast.Module) -> set[str]:
    """The names of variables inside functions that no parameter and nothing outside has, too."""
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    inside = {
        node.id
        for function in functions
        for node in ast.walk(function)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    parameters = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    outside = {
        node.id
        for statement in tree.body
        if not isinstance(statement, ast.FunctionDef | ast.ClassDef)
        for node in ast.walk(statement)
        if isinstance(node, ast.Name)
    }
    return inside - parameters - outside


def renamed(source: str, rng: random.Random) -> str:
    """The source with other names for its variables, and without its comments."""
    tree = ast.parse(source)
    naming = rng.choice(NAMINGS)
    taken = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    names = {
        name: naming(name)
        for name in sorted(local_names(tree))
        if rng.random() < OF_NAMES and naming(name) not in taken
    }
    return f"{ast.unparse(Renaming(names).visit(tree))}\n"


def notebook(source: str) -> str:
    """The source as a Jupyter notebook: a cell for each definition, with magics and a title."""
    lines = source.splitlines(keepends=True)
    starts = [0] + [
        min(node.lineno, *(one.lineno for one in node.decorator_list), node.lineno) - 1
        for node in ast.parse(source).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
    ]
    pieces = [lines[one:other] for one, other in zip(starts, [*starts[1:], len(lines)])]
    code = [["%matplotlib inline\n", "!pip list\n"], *(piece for piece in pieces if piece)]
    cells: list[dict[str, object]] = [
        {"cell_type": "markdown", "metadata": {}, "source": ["# Exercise sheet 4\n"]}
    ]
    for count, piece in enumerate(code, 1):
        cell = {"cell_type": "code", "metadata": {}, "execution_count": count, "outputs": []}
        cells.append({**cell, "source": piece})
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def as_named(source: str, name: str, seed: int) -> str:
    """The source with the names that one person gives, or as it is.

    Args:
        source: Python.
        name: of the person's file.
        seed: of the choice.
    """
    rng = random.Random(f"{name} {seed}")
    return renamed(source, rng) if rng.random() < RENAMED else source


def write(source: str, folder: Path, name: str, seed: int) -> Path:
    """Write a submission with what one person leaves in it, which the seed and the name choose.

    Args:
        source: Python.
        folder: to write to.
        name: of the file, without an ending.
        seed: of the choices.

    Returns:
        The file: ``.py`` or ``.ipynb``.
    """
    rng = random.Random(f"{seed} {name}")
    if rng.random() < WITH_LEFT_OVERS:
        source = f"{source}\n\n{rng.choice(LEFT_OVERS)}"
    is_notebook = rng.random() < NOTEBOOK
    path = folder / f"{name}.{'ipynb' if is_notebook else 'py'}"
    path.write_text(notebook(source) if is_notebook else source, "utf-8")
    return path
