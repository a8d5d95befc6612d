"""Functions of a foreign file whose defaults cannot be evaluated, such as one from data that is not
there.
"""

from __future__ import annotations

import ast
from types import ModuleType


class Without(ast.NodeTransformer):
    """Puts None in place of each default that raises."""

    def __init__(self, module: ModuleType) -> None:
        """Evaluate them in a module."""
        self.module, self.count = module, 0

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        """Look at a function's defaults, and not into it."""
        given = node.args
        given.defaults = [self._kept(one) for one in given.defaults]
        given.kw_defaults = [one and self._kept(one) for one in given.kw_defaults]
        return node

    def _kept(self, default: ast.expr) -> ast.expr:
        try:
            code = compile(ast.Expression(default), "<yours>", "eval")
            eval(code, vars(self.module))  # noqa: S307 - as all of the file
        except Exception:
            self.count += 1
            return ast.copy_location(ast.Constant(None), default)
        return default


def without_defaults(node: ast.stmt, module: ModuleType) -> ast.stmt | None:
    """A function or class, changed so that it can be defined; None where no default is the reason.

    Args:
        node: its definition, which raised.
        module: in which it stands.
    """
    if not isinstance(node, ast.FunctionDef | ast.ClassDef):
        return None
    way = Without(module)
    changed: ast.stmt = way.visit(node)
    return changed if way.count else None
