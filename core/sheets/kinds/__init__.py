"""The twelve kinds of exercises, in the order of the homework."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from core.sheets.exercise import MOST as MOST
from core.sheets.exercise import Exercise
from core.sheets.kinds import attacks, convolutions, maps, networks, pooling

Kind = Callable[[Random, int], Exercise | None]
KINDS: dict[str, Kind] = {  # a sheet's number counts on this order: new ones go to the end
    "cell": convolutions.cell,
    "relu": convolutions.relu,
    "im2col": convolutions.im2col,
    "dilation": convolutions.dilation,
    "pooling": pooling.pooling,
    "chain": networks.chain,
    "field": networks.field,
    "residual": networks.residual,
    "cam": maps.cam,
    "attack": attacks.attack,
    "entropy": attacks.entropy,
    "rate": attacks.rate,
}
LEVELS = (1, 2, 3)
MIX = ("cell", "pooling", "chain", "residual", "cam", "attack")  # one of each part of the homework
MOST_DRAWS = 5000


def make(kind: str, key: str, level: int) -> Exercise:
    """One exercise: the same for the same arguments.

    Args:
        kind: one of ``KINDS``.
        key: another one has other numbers.
        level: 1, 2 or 3.

    Raises:
        ValueError: there is no such kind or level.
        RuntimeError: none of many draws can be solved by head.
    """
    if kind not in KINDS:
        raise ValueError(f"Expected a kind of exercise, one of {', '.join(KINDS)}; got {kind!r}.")
    if level not in LEVELS:
        raise ValueError(f"Expected a level from {LEVELS[0]} to {LEVELS[-1]}, got {level!r}.")
    rng = Random(f"{key} {kind} {level}")
    for _ in range(MOST_DRAWS):
        found = KINDS[kind](rng, level)
        if found is not None:
            return found
    raise RuntimeError(f"Expected a {kind} within {MOST_DRAWS} draws, got none.")
