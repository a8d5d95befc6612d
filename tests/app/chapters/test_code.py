"""The code behind each page: functions that compute, and that fit on a slide."""

import ast
import inspect
import textwrap
from collections.abc import Callable

import pytest

from core.data.facts import ROOT

PAGES = ("convolution", "training", "cam", "attack")
SLIDE = 25  # lines of code, without the signature and the docstring


def functions(chapter: str) -> list[Callable]:
    """What the tuples called ...CODE of a page name, read without running the page."""
    tree = ast.parse((ROOT / f"app/chapters/{chapter}/page.py").read_text("utf-8"))
    names: dict[str, object] = {}
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("core"):
            exec(ast.unparse(node), names)
    found = []
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]).endswith("CODE"):
            found += eval(ast.unparse(node.value), names)
    return found


def body(function: Callable) -> list[ast.stmt]:
    """The statements of a function without its docstring."""
    (tree,) = ast.parse(textwrap.dedent(inspect.getsource(function))).body
    return tree.body[1:] if ast.get_docstring(tree) else tree.body


def hands_on(statements: list[ast.stmt]) -> bool:
    """Whether a body is nothing but a call to something private."""
    (last,) = statements if len(statements) == 1 else (None,)
    return (
        isinstance(last, ast.Return)
        and isinstance(last.value, ast.Call)
        and ast.unparse(last.value.func).split(".")[-1].startswith("_")
    )


@pytest.mark.parametrize("chapter", PAGES)
def test_what_a_page_shows_computes_and_fits_on_a_slide(chapter: str) -> None:
    listed = functions(chapter)
    assert len(listed) >= 3
    for function in listed:
        statements = body(function)
        lines = statements[-1].end_lineno - statements[0].lineno + 1
        assert not hands_on(statements), function.__name__
        assert lines <= SLIDE, f"{function.__name__}: {lines}"


def test_a_function_that_hands_on_is_found() -> None:
    (function,) = ast.parse("def f(x):\n    return module._body(x)").body
    assert hands_on(function.body)
    (function,) = ast.parse("def f(x):\n    y = x + 1\n    return _body(y)").body
    assert not hands_on(function.body)
    (function,) = ast.parse("def f(x):\n    return public(x)").body
    assert not hands_on(function.body)
