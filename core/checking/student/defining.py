"""A foreign file is defined, not run: its imports, functions, classes and assignments."""

from __future__ import annotations
import __future__

import ast
import contextlib
import importlib
import inspect
import linecache
import re
import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import FunctionType, ModuleType
from typing import Any

from torch import nn

from core.checking.student.alarm import alarm
from core.checking.student.defaults import without_defaults
from core.checking.student.libraries import stand_ins
from core.checking.student.methods import as_function, as_written, methods

FILE = "<yours>"  # the name that a foreign file has in tracebacks
MODULE = "submission"
STATEMENT = "Statement of line"  # before each line that is told as executed
IMPORTS = ast.Import | ast.ImportFrom
ASSIGNMENTS = ast.Assign | ast.AnnAssign | ast.AugAssign
NAMED = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
DEFINITIONS = IMPORTS | ASSIGNMENTS | NAMED
HOOK = re.compile(r"register_(full_)?(forward|backward)_(pre_)?hook")
CLASSES = 10
MOST = 1000  # functions and classes that are told
SLOWEST = 2.0  # seconds of one statement; an import may take longer


def line_of(error: BaseException) -> int | None:
    """The innermost line of the foreign file that an exception went through."""
    lines = [
        one.lineno for one in traceback.extract_tb(error.__traceback__) if one.filename == FILE
    ]
    return lines[-1] if lines else None


def definitions(statements: list[ast.stmt]) -> list[ast.stmt]:
    """The statements that define something, with those inside of ``if`` and ``try``, and those that
    hook a function into a network.
    """
    found: list[ast.stmt] = []
    for node in statements:
        if isinstance(node, DEFINITIONS) or _hooks(node):
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


def _hooks(node: ast.stmt) -> bool:
    """Whether a statement is a call such as ``model.layer4.register_forward_hook(keep)``."""
    called = (
        node.value.func if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) else node
    )
    return isinstance(called, ast.Attribute) and HOOK.fullmatch(called.attr) is not None


def named(node: ast.AST) -> list[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    """The functions and classes of a statement, but for those inside of others."""
    if isinstance(node, NAMED):
        return [node]
    return [one for child in ast.iter_child_nodes(node) for one in named(child)]


@dataclass(frozen=True)
class Text:
    """One of the texts that a foreign file is made of.

    Attributes:
        module: the name to import it by; MODULE is the file itself.
        first: the number of its first line, so that each line has one number among all texts.
        code: the text.
    """

    module: str
    first: int
    code: str


def _own_name(module: str) -> str:
    """A module's name as its folder has it: a file that imports relatively is taken for a package,
    so that ``from .layers import`` finds ``submission.layers``, the text "layers".
    """
    return module.removeprefix(f"{MODULE}.")


class Beside(MetaPathFinder, Loader):
    """Imports the files beside a foreign one, defined like it instead of run."""

    def __init__(
        self, texts: list[Text], skipped: set[int], mark: Callable[[int], None], package: str = ""
    ) -> None:
        """Know their texts.

        Args:
            texts: of the file itself and of those that it imports from its own folder.
            skipped: lines in statements that are left out, since they ended a process before.
            mark: called with the line of each statement before it is executed.
            package: that relative imports of the file itself begin at.
        """
        self.texts, self.skipped = {one.module: one for one in texts}, skipped
        self.mark, self.package = mark, package
        self.notes: list[dict[str, Any]] = []
        self.lines: dict[str, int] = {}  # of functions and classes
        self.values: dict[str, int] = {}  # lines of what else has a name

    def find_spec(
        self, fullname: str, path: object = None, target: object = None
    ) -> ModuleSpec | None:
        """Say that a text's module is here, or a package around one."""
        name = _own_name(fullname)
        inside = any(one.startswith(f"{name}.") for one in (*self.texts, f"{self.package}."))
        is_package = name == MODULE or inside
        is_here = is_package or name in self.texts
        return ModuleSpec(fullname, self, is_package=is_package) if is_here else None

    def exec_module(self, module: ModuleType) -> None:
        """Define the text of a module."""
        module.__file__ = FILE
        if module.__name__ == MODULE and self.package:
            module.__package__ = self.package
            module.__spec__ = ModuleSpec(f"{self.package}.{MODULE}", self)
        text = self.texts.get(_own_name(module.__name__))
        if text is None:  # a folder without __init__.py
            return
        tree = ast.increment_lineno(ast.parse(text.code), text.first - 1)
        flags = future_flags(tree)
        every = named(tree)  # with those that are not executed, which the next line takes away
        statements = definitions(tree.body)
        defined = [one for node in statements for one in named(node)]
        self.lines |= {one.name: one.lineno for one in defined}
        self.notes += [_not_run(one) for one in every if one not in defined]
        for node in statements:
            lines = range(node.lineno, (node.end_lineno or node.lineno) + 1)
            if isinstance(node, ast.Assign):
                self.values |= {ast.unparse(one): node.lineno for one in node.targets}
            if not self.skipped.intersection(lines):
                self._execute(node, module, flags)

    def _execute(self, node: ast.stmt, module: ModuleType, flags: int) -> None:
        """Execute a statement; one that raises is left out, or defined without its defaults."""
        seconds = None if isinstance(node, IMPORTS) else SLOWEST
        self.mark(node.lineno)
        try:
            with alarm(seconds) if seconds else contextlib.nullcontext():
                _run(node, module, flags)
        except BaseException as error:  # whatever a foreign file raises
            self.notes.append(_note(node, error))
            if isinstance(error, ModuleNotFoundError) and isinstance(node, IMPORTS):
                vars(module).update(stand_ins(node, error, vars(module)))
            elif isinstance(error, Exception):
                with contextlib.suppress(BaseException), alarm(SLOWEST):
                    self._define(node, module, flags)

    def _define(self, node: ast.stmt, module: ModuleType, flags: int) -> None:
        """Define what raised without the defaults that raise, and tell of them instead."""
        left = without_defaults(node, module)
        if left is not None:
            _run(left, module, flags)
            self.notes[-1] |= {"kind": "default", "message": getattr(left, "name", "")}


def _run(node: ast.stmt, module: ModuleType, flags: int) -> None:
    compiled = compile(ast.Module([node], []), FILE, "exec", flags, dont_inherit=True)
    exec(compiled, module.__dict__)  # noqa: S102 - this is what the process is for


def future_flags(tree: ast.Module) -> int:
    """What the file's ``from __future__ import`` means for each of its statements."""
    names = [
        alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module == "__future__"
        for alias in node.names
    ]
    flags = 0
    for name in names:
        flags |= getattr(__future__, name).compiler_flag
    return flags


def define(texts: list[Text], beside: Beside) -> ModuleType:
    """Execute what a file defines, statement by statement.

    Args:
        texts: of the file itself and of those that it imports from its own folder.
        beside: what imports them; it has a note for each statement that raised or took too long.

    Returns:
        The module of the file.
    """
    lines = [line for text in texts for line in f"{text.code}\n".splitlines(keepends=True)]
    linecache.cache[FILE] = (sum(map(len, lines)), None, lines, FILE)
    sys.meta_path.insert(0, beside)
    return importlib.import_module(MODULE)


def _note(node: ast.stmt, error: BaseException) -> dict[str, Any]:
    kinds = {IMPORTS: "import", ASSIGNMENTS: "assignment"}
    kind = next((name for one, name in kinds.items() if isinstance(node, one)), "definition")
    inner = line_of(error) or node.lineno
    return {
        "inside": None if node.lineno <= inner <= (node.end_lineno or inner) else inner,
        "statement": node.lineno,
        "kind": kind,
        "error": type(error).__name__,
        "message": str(error).replace(f" ({FILE})", "")[:300],
    }


def built(module: ModuleType, beside: Beside) -> list[dict[str, Any]]:
    """Notes of networks for ten classes that are there already, without a class of the file's."""
    return [
        {"inside": None, "statement": line, "kind": "built", "error": "", "message": name}
        for name, line in beside.values.items()
        if isinstance(network := vars(module).get(name), nn.Sequential)
        and len(network)
        and getattr(network[-1], "out_features", None) == CLASSES
    ]


def _not_run(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> dict[str, Any]:
    """That a function or class stands where nothing is executed."""
    place = {"inside": None, "statement": node.lineno}
    return place | {"kind": "not run", "error": "", "message": node.name}


def found(module: ModuleType, beside: Beside) -> list[dict[str, Any]]:
    """The functions, classes and methods of a file, in the order of its lines.

    Args:
        module: the file.
        beside: what has defined it.
    """
    rows = [
        row
        for name, value in names(module, beside).items()
        if _own_name(str(getattr(value, "__module__", None))) in beside.texts
        for row in _rows(name, value, beside.values | beside.lines)
    ]
    # Of one with several names its own comes first.
    return sorted(rows, key=lambda row: (row["line"], row["name"] not in beside.lines))[:MOST]


def names(module: ModuleType, beside: Beside) -> dict[str, Any]:
    """What a file defines, by every name: its own too where it is imported as something else."""
    for name, value in list(vars(module).items()):
        vars(module)[name] = as_written(name, value)
    for value in list(vars(module).values()):
        if isinstance(value, type | FunctionType) and value.__name__ in beside.lines:
            vars(module).setdefault(value.__name__, value)
    return dict(vars(module))


def _first_line(value: object) -> int:
    """Where a function begins that has no name of its own."""
    return int(getattr(getattr(value, "__code__", None), "co_firstlineno", 1))


def _rows(name: str, value: object, lines: dict[str, int]) -> Iterator[dict[str, Any]]:
    if not callable(value):
        return
    line = lines.get(getattr(value, "__name__", name)) or lines.get(name) or _first_line(value)
    try:
        if isinstance(value, type):
            yield _row(name, "class", line, inspect.signature(value))
            for method in methods(value):
                function = as_function(value, method)
                begin = _first_line(inspect.unwrap(function))
                yield _row(f"{name}.{method}", "method", begin, inspect.signature(function))
        elif inspect.isfunction(inspect.unwrap(value)):
            yield _row(name, "function", line, inspect.signature(value))
    except (TypeError, ValueError):  # it has no signature
        return


def _row(name: str, kind: str, line: int, signature: inspect.Signature) -> dict[str, Any]:
    """What is told of a function, a class or a method."""
    kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    parameters = [one for one in signature.parameters.values() if one.kind not in kinds]
    return {
        "name": name,
        "kind": kind,
        "line": line,
        "parameters": [one.name for one in parameters],
        "required": sum(one.default is inspect.Parameter.empty for one in parameters),
    }
