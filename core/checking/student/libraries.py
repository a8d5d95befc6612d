"""What stands for a library that a foreign file imports and that is not installed here."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any, NoReturn


class NotInstalled:
    """Says what is missing once it is used."""

    def __init__(self, message: str) -> None:
        """Know what the import said."""
        self._message = message

    def __getattr__(self, name: str) -> NoReturn:
        """Nothing is there."""
        if name.startswith("__"):  # what Python asks of every object
            raise AttributeError(name)
        raise ModuleNotFoundError(self._message)

    def __call__(self, *given: object, **named: object) -> NoReturn:
        """Nothing is there."""
        raise ModuleNotFoundError(self._message)


def stand_ins(
    node: ast.Import | ast.ImportFrom, error: ModuleNotFoundError, names: Mapping[str, Any]
) -> dict[str, NotInstalled]:
    """What the names of an import stand for that did not work.

    Args:
        node: the import.
        error: that it raised.
        names: that are defined already.
    """
    wanted = [one.asname or one.name.split(".")[0] for one in node.names if one.name != "*"]
    return {name: NotInstalled(str(error)) for name in wanted if name not in names}
