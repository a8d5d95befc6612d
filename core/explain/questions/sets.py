"""Sets of ten questions, each about another idea, the same for the same seed."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from core.explain.questions import pooling, sizes, sums
from core.explain.questions.question import Question

Idea = Callable[[Random], Question | None]
MOST_DRAWS = 2000
TEN_IDEAS, POOL_WINNER, OUTPUT_SIZE = "Ten ideas", "Pool winner", "Output size"
SETS: dict[str, tuple[Idea, ...]] = {
    TEN_IDEAS: (
        sums.sign,
        sums.bias,
        sums.border,
        sums.stride,
        sums.relu,
        sums.channels,
        sums.dilation,
        sums.flipped,
        pooling.tie,
        sizes.strided_and_padded,
    ),
    POOL_WINNER: (
        pooling.maximum,
        pooling.negative,
        pooling.winner,
        pooling.stride,
        pooling.padding,
        pooling.dilation,
        sizes.pooled_channels,
        pooling.loser,
        pooling.tie,
        pooling.overlap,
    ),
    OUTPUT_SIZE: (
        sizes.plain,
        sizes.padding,
        sizes.same,
        sizes.stride,
        sizes.remainder,
        sizes.dilation,
        sizes.oblong,
        sizes.pooling,
        sizes.filters,
        sizes.two_layers,
    ),
}
QUESTIONS = 10


def question(name: str, seed: int, index: int) -> Question:
    """One question of a set.

    Args:
        name: of the set, one of ``SETS``.
        seed: another one has other numbers.
        index: of the question in the set, from 0 to 9.

    Returns:
        The same question for the same arguments.

    Raises:
        ValueError: no such set or question.
    """
    if name not in SETS:
        raise ValueError(f"Expected a set of questions, one of {', '.join(SETS)}; got {name!r}.")
    ideas = SETS[name]
    if not 0 <= index < len(ideas):
        raise ValueError(f"Expected a question from 0 to {len(ideas) - 1}, got {index}.")
    return drawn(ideas[index], Random(f"{name} {index} {seed}"))


def drawn(idea: Idea, rng: Random) -> Question:
    """The first draw of an idea that a room can answer.

    Raises:
        RuntimeError: none of many draws is one.
    """
    for _ in range(MOST_DRAWS):
        found = idea(rng)
        if found is not None:
            return found
    raise RuntimeError(
        f"Expected a question within {MOST_DRAWS} draws of {idea.__name__}, got none."
    )
