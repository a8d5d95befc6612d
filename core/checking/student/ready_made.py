"""Which ready-made convolutions and poolings run while something of a foreign file does."""

from __future__ import annotations

import re
from types import TracebackType
from typing import Any

from torch.utils._python_dispatch import TorchDispatchMode

# By the names of torch's operators; im2col, which F.unfold is, has none of these words in it.
LAYER = re.compile(r"conv(?!ert)|pool|mkldnn_rnn", re.IGNORECASE)


class Watch(TorchDispatchMode):
    """Writes down the ready-made layers among the operators that run while it is entered."""

    def __init__(self, *, on: bool = True) -> None:
        """Watch from the ``with`` on.

        Args:
            on: False watches nothing, and costs nothing.
        """
        super().__init__()
        self.on, self.found = on, dict[str, None]()

    def __enter__(self) -> Watch:
        """Begin."""
        if self.on:
            super().__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End."""
        if self.on:
            super().__exit__(kind, error, trace)

    def __torch_dispatch__(
        self, function: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        """Run an operator, and note its name."""
        name = function.overloadpacket.__name__
        if LAYER.search(name):
            self.found[name] = None
        return function(*args, **(kwargs or {}))

    def names(self) -> list[str]:
        """Names of the operators, in the order in which they first ran."""
        return list(self.found)
