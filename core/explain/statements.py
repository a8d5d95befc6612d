"""The statements of a function as they stand in its source: what each one reads and writes."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from types import CodeType
from typing import Any, TypeGuard

Block = ast.For | ast.While | ast.With | ast.If | ast.Try
BLOCKS = (ast.For, ast.While, ast.With, ast.If, ast.Try)
FOR_TOOLS = re.compile(r"\s*# (type: ignore|noqa)\b.*$")  # remarks that no reader needs
METADATA = ("shape", "dtype", "device", "ndim", "dim", "size", "new_empty", "new_zeros", "new_full")


@dataclass(frozen=True)
class Statement:
    """One statement, or the head of a block.

    Attributes:
        first: its first line, counted from the function's own first line, which is 0.
        last: its last line; of a block the last one of its head.
        reads: names whose values it uses.
        asks: names of which it asks a shape, a type or the like alone.
        writes: names that it gives values to.
        places: parts of tensors that it writes into, as text and as code that gives the part.
        body: the lines of a loop's or a block's body; empty for a plain statement.
        is_loop: whether it runs its body several times.
        returns: whether it gives the function's value.
    """

    first: int
    last: int
    reads: tuple[str, ...]
    asks: tuple[str, ...]
    writes: tuple[str, ...]
    places: tuple[tuple[str, CodeType], ...]
    body: range
    is_loop: bool
    returns: bool


@dataclass(frozen=True)
class Source:
    """A function's source.

    Attributes:
        name: of the function.
        lines: its text without the common indentation and without what only tools read.
        line: of its first one in its file.
        arguments: their names.
        statements: in the order of the text, without the docstring.
    """

    name: str
    lines: tuple[str, ...]
    line: int
    arguments: tuple[str, ...]
    statements: tuple[Statement, ...]

    @cached_property
    def by_line(self) -> dict[int, Statement]:
        """Each line of a statement to the statement."""
        return {line: one for one in self.statements for line in range(one.first, one.last + 1)}

    @cached_property
    def loop(self) -> Statement | None:
        """The innermost loop; None where there is none."""
        loops = [one for one in self.statements if one.is_loop]
        inner = [one for one in loops if not any(other.first in one.body for other in loops)]
        return inner[0] if inner else None


def plain(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function as it is written, without what decorators put around it."""
    written: Callable[..., Any] = inspect.unwrap(function)
    return written


def source_of(function: Callable[..., Any]) -> Source:
    """What a function's source says.

    Args:
        function: written in Python, in a file.

    Returns:
        Its statements, with line numbers that count from its first line (``def`` or a decorator).

    Raises:
        TypeError: it is no function whose source can be read.
    """
    try:
        lines, first = inspect.getsourcelines(plain(function))
        code = textwrap.dedent("".join(lines))
        (tree,) = ast.parse(code).body
    except (OSError, TypeError, ValueError, SyntaxError) as error:
        raise TypeError(f"Expected a function with a source, got {function!r}.") from error
    if not isinstance(tree, ast.FunctionDef):
        raise TypeError(f"Expected a function with a source, got {function!r}.")
    about = tree.args
    arguments = [one.arg for one in (*about.posonlyargs, *about.args, *about.kwonlyargs)]
    body = tree.body[1:] if ast.get_docstring(tree) is not None else tree.body
    statements = tuple(_statements(body))
    written = tuple(FOR_TOOLS.sub("", line) for line in code.splitlines())
    return Source(tree.name, written, first, tuple(arguments), statements)


def _statements(body: list[ast.stmt]) -> Iterator[Statement]:
    for node in body:
        yield _statement(node)
        for inner in ("body", "handlers", "orelse", "finalbody"):
            for part in getattr(node, inner, []) if isinstance(node, BLOCKS) else ():
                yield from _statements(part.body if isinstance(part, ast.ExceptHandler) else [part])


def _statement(node: ast.stmt) -> Statement:
    own = list(_own(node))
    inside = [one for part in own for one in ast.walk(part)]
    lines = range(node.body[0].lineno - 1, _end(node)) if isinstance(node, BLOCKS) else range(0)
    last = max([node.lineno, *(_end(part) for part in own)]) if lines else _end(node)
    asked, stored = _asked(inside), [one for one in inside if _is_part(one)]
    silent = asked.keys() | {id(one.value) for one in stored}
    names = [one for one in inside if isinstance(one, ast.Name) and id(one) not in silent]
    reads = [one.id for one in names if isinstance(one.ctx, ast.Load)]
    writes = [one.id for one in names if isinstance(one.ctx, ast.Store)]
    if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
        reads.append(node.target.id)
    return Statement(
        node.lineno - 1,
        last - 1,
        tuple(dict.fromkeys(reads)),
        tuple(dict.fromkeys(name for name in asked.values() if name not in reads)),
        tuple(dict.fromkeys(writes)),
        tuple((ast.unparse(one), _loading(one)) for one in stored),
        lines,
        isinstance(node, ast.For | ast.While),
        isinstance(node, ast.Return),
    )


def _own(node: ast.stmt) -> list[ast.AST]:
    """What belongs to a statement itself: of a block its head."""
    if isinstance(node, ast.For):
        return [node.target, node.iter]
    if isinstance(node, ast.If | ast.While):
        return [node.test]
    if isinstance(node, ast.With):
        return list(node.items)
    return [] if isinstance(node, ast.Try) else [node]


def _end(node: ast.AST) -> int:
    ends = [getattr(one, "end_lineno", None) or 0 for one in ast.walk(node)]
    return max(ends)


def _asked(inside: list[ast.AST]) -> dict[int, str]:
    """Names of which only what is no number is asked."""
    return {
        id(one.value): one.value.id
        for one in inside
        if isinstance(one, ast.Attribute)
        and one.attr in METADATA
        and isinstance(one.value, ast.Name)
    }


def _is_part(node: ast.AST) -> TypeGuard[ast.Subscript]:
    """Whether this is a part of something, and is written into."""
    return isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store)


def _loading(node: ast.Subscript) -> CodeType:
    """Code that gives the part of a tensor that a statement writes into."""
    text = ast.unparse(node)
    return compile(text, "<part>", "eval")
