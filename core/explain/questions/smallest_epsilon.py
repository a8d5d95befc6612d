"""Which epsilon is the smallest that breaks this picture? For a room that has seen one attack."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from core.explain.questions.live import LiveQuestion, in_order
from core.explain.questions.question import OPTIONS

NAME = "the smallest epsilon"
EPSILONS = (1, 2, 4, 8, 16, 32, 64, 128)  # in units of 1/255
OPEN = 3  # answers that what is on the screen leaves open, if there are so many


@dataclass(frozen=True)
class Shown:
    """What the room has seen already.

    Attributes:
        epsilon: at which the attack was made.
        succeeds: whether it did.
    """

    epsilon: float
    succeeds: bool

    def leaves_open(self, epsilon: float) -> bool:
        """Whether that may be the smallest epsilon, for all that was seen."""
        return epsilon <= self.epsilon if self.succeeds else epsilon > self.epsilon


def smallest_epsilon(
    text: str, smallest: float, shown: Shown | None, *, seed: object, seen: str
) -> LiveQuestion | None:
    """The question, with four neighbours among ``EPSILONS`` to choose from.

    Args:
        text: what is asked.
        smallest: of ``EPSILONS``, at which the attack succeeds.
        shown: what the room has seen of the same attack; None: nothing.
        seed: decides which neighbours are offered.
        seen: what the network sees at the smallest.

    Returns:
        None where no epsilon succeeds, or one of 0 does.
    """
    if smallest not in EPSILONS:
        return None
    starts = range(len(EPSILONS) - OPTIONS + 1)
    windows = [EPSILONS[start : start + OPTIONS] for start in starts]
    fitting = [window for window in windows if smallest in window]
    most = max(_count_open(window, shown) for window in fitting)
    best = [window for window in fitting if _count_open(window, shown) == most]
    chosen = Random(str(seed)).choice(best)
    mistakes = {str(one): _mistake(one, smallest, shown) for one in chosen if one != smallest}
    right = f"{smallest:g}"
    answer = _answer(int(smallest), seen)
    return in_order(NAME, text, tuple(map(str, chosen)), right, mistakes, answer=answer)


def _answer(smallest: int, seen: str) -> str:
    """What was tried just below, and what comes of the smallest."""
    tried = EPSILONS.index(smallest)
    before = f"At {EPSILONS[tried - 1]} it still fails, at" if tried else "Already at"
    return f"{before} {smallest} the network sees {seen}."


def _count_open(window: Sequence[int], shown: Shown | None) -> int:
    return min(OPEN, sum(shown is None or shown.leaves_open(one) for one in window))


def _mistake(epsilon: int, smallest: float, shown: Shown | None) -> str:
    is_on_screen = shown is not None and epsilon == shown.epsilon
    if epsilon < smallest:
        if is_on_screen:
            return "took the epsilon on the screen, at which it fails"
        near = epsilon * 2 >= smallest
        return "stopped one step short" if near else "thought that hardly any change is enough"
    if is_on_screen:
        return "took the epsilon on the screen: a smaller one works as well"
    if epsilon <= 2 * smallest:
        return "took more than it needs: half of it works"
    return "thought that the picture must look like another one"
