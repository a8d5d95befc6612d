"""Looking at torch's operators while something of a foreign file runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch.utils._python_dispatch import TorchDispatchMode


class Operators(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Goes through every operator that runs while it is entered; ``operate`` says what is noted."""

    def __init__(self) -> None:
        """Watch from the ``with`` on."""
        super().__init__()  # type: ignore[no-untyped-call]

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
        """Run an operator by way of ``operate``."""
        return self.operate(function.overloadpacket.__name__, function, args, kwargs or {})

    def operate(
        self,
        name: str,
        function: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> object:
        """Run an operator and note what it does.

        Args:
            name: of the operator, such as "convolution".
            function: the operator.
            args: what it is given.
            kwargs: what it is given by name.

        Returns:
            What the operator returns.
        """
        raise NotImplementedError
