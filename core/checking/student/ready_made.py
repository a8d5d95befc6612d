"""Which ready-made convolutions and poolings run while something of a foreign file does."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from core.checking.student.operators import Operators

# By the names of torch's operators; im2col, which F.unfold is, has none of these words in it.
LAYER = re.compile(r"conv(?!ert)|pool|mkldnn_rnn", re.IGNORECASE)


class Watch(Operators):  # type: ignore[no-untyped-call]
    """Writes down the ready-made layers among the operators that run while it is entered."""

    def __init__(self) -> None:
        """Find nothing yet."""
        super().__init__()
        self.found: dict[str, None] = {}

    def operate(
        self,
        name: str,
        function: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> object:
        """Run an operator, and note its name."""
        if LAYER.search(name):
            self.found[name] = None
        return function(*args, **kwargs)

    def names(self) -> list[str]:
        """Names of the operators, in the order in which they first ran."""
        return list(self.found)
