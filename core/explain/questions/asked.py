"""A layer of a network that a room is asked about."""

from __future__ import annotations

from dataclasses import dataclass

from torch import nn

from core.layers.settings import pair

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Asked:
    """A layer of a network that is asked about.

    Attributes:
        name: of the module, dotted; "flatten" for what stands between the maps and the first
            linear layer.
        text: what it is, with its settings.
        module: of the network; None for a flatten.
        before: the shape that goes in, without the batch.
        after: the shape that comes out.
    """

    name: str
    text: str
    module: nn.Module | None
    before: Shape
    after: Shape

    def setting(self, name: str) -> tuple[int, int]:
        """Height and width of a setting such as "kernel_size".

        Raises:
            AttributeError: the layer has none of that name.
        """
        return pair(name, getattr(self.module, name), 0)
