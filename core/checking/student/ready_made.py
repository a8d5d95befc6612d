"""Which ready-made convolutions and poolings run while something of a foreign file does."""

from __future__ import annotations

import re
from typing import Any

from torch.utils._python_dispatch import TorchDispatchMode

# By the names of torch's operators; im2col, which F.unfold is, has none of these words in it.
LAYER = re.compile(r"conv(?!ert)|pool|mkldnn_rnn", re.IGNORECASE)


class Watch(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Writes down the ready-made layers among the operators that run while it is entered."""

    def __init__(self) -> None:
        """Find nothing yet."""
        super().__init__()  # type: ignore[no-untyped-call]
        self.found: dict[str, None] = {}

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Leave torch.compile out, whose import would take the first question two seconds."""
        return False

    def __torch_dispatch__(
        self,
        function: Any,  # noqa: ANN401 - as torch calls it
        types: object,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> object:
        """Run an operator, and note its name."""
        name = function.overloadpacket.__name__
        if LAYER.search(name):
            self.found[name] = None
        return function(*args, **(kwargs or {}))

    def names(self) -> list[str]:
        """Names of the operators, in the order in which they first ran."""
        return list(self.found)
