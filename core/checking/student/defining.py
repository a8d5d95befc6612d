"""A foreign file is defined, not run: its imports, functions, classes and assignments."""

from __future__ import annotations

import ast
import contextlib
import inspect
import linecache
import sys
import traceback
from collections.abc import Iterator
from types import CodeType, ModuleType
from typing import Any

from core.checking.student.alarm import TooSlowError, alarm

FILE = "<yours>"  # the name that a foreign file has in tracebacks
MODULE = "submission"
IMPORTS = ast.Import | ast.ImportFrom
ASSIGNMENTS = ast.Assign | ast.AnnAssign | ast.AugAssign
DEFINITIONS = IMPORTS | ASSIGNMENTS | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
SLOWEST = 2.0  # seconds of one statement; an import may take longer


def line_of(error: BaseException) -> int | None:
    """The innermost line of the foreign file that an exception went through."""
    lines = [
        one.lineno for one in traceback.extract_tb(error.__traceback__) if one.filename == FILE
    ]
    return lines[-1] if lines else None


def definitions(statements: list[ast.stmt]) -> list[ast.stmt]:
    """The statements that define something, with those inside of ``if`` and ``try``."""
    found: list[ast.stmt] = []
    for node in statements:
        if isinstance(node, DEFINITIONS):
            found.append(node)
        elif isinstance(node, ast.If) and "__name__" not in ast.unparse(node.test):
            node.body, node.orelse = definitions(node.body), definitions(node.orelse)
            found += [node] if node.body else []
        elif isinstance(node, ast.Try):
            node.body, node.orelse = definitions(node.body), definitions(node.orelse)
            node.finalbody = definitions(node.finalbody)
            for handler in node.handlers:
                handler.body = definitions(handler.body) or [
                    ast.Pass(lineno=handler.lineno, col_offset=0)
                ]
            found += [node] if node.body else []
        elif isinstance(node, ast.With):
            node.body = definitions(node.body)
            found += [node] if node.body else []
    return found


def define(code: str, skipped: set[int]) -> tuple[ModuleType, list[dict[str, Any]]]:
    """Execute what a file defines, statement by statement.

    Args:
        code: its text.
        skipped: lines in statements that are left out, since they ended a process before.

    Returns:
        The module, and a note for each statement that raised or took too long.
    """
    module = ModuleType(MODULE)
    module.__file__ = FILE  # without it no class has lines
    sys.modules[MODULE] = module
    linecache.cache[FILE] = (len(code), None, code.splitlines(keepends=True), FILE)
    notes = []
    for node in definitions(ast.parse(code).body):
        if any(node.lineno <= line <= (node.end_lineno or node.lineno) for line in skipped):
            continue
        compiled = compile(ast.Module([node], []), FILE, "exec")
        try:
            _execute(compiled, module, None if isinstance(node, IMPORTS) else SLOWEST)
        except (Exception, SystemExit, KeyboardInterrupt, TooSlowError) as error:
            notes.append(_note(node, error))
    return module, notes


def _execute(compiled: CodeType, module: ModuleType, seconds: float | None) -> None:
    with alarm(seconds) if seconds else contextlib.nullcontext():
        exec(compiled, module.__dict__)  # noqa: S102 - this is what the process is for


def _note(node: ast.stmt, error: BaseException) -> dict[str, Any]:
    kinds = {IMPORTS: "import", ASSIGNMENTS: "assignment"}
    kind = next((name for one, name in kinds.items() if isinstance(node, one)), "definition")
    return {
        "line": line_of(error) or node.lineno,
        "kind": kind,
        "error": type(error).__name__,
        "message": str(error)[:300],
    }


def found(module: ModuleType) -> list[dict[str, Any]]:
    """The functions and classes that the file itself defines, in the order of its lines."""
    rows = [
        row
        for name, value in vars(module).items()
        if getattr(value, "__module__", None) == MODULE
        for row in _rows(name, value)
    ]
    return sorted(rows, key=lambda row: row["line"])


def _rows(name: str, value: object) -> Iterator[dict[str, Any]]:
    if not callable(value):
        return
    try:
        signature = inspect.signature(value)
        line = inspect.getsourcelines(value)[1]
    except (TypeError, ValueError, OSError):
        return
    kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    parameters = [one for one in signature.parameters.values() if one.kind not in kinds]
    yield {
        "name": name,
        "kind": "class" if isinstance(value, type) else "function",
        "line": line,
        "parameters": [one.name for one in parameters],
        "required": sum(one.default is inspect.Parameter.empty for one in parameters),
    }
