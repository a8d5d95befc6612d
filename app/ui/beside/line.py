"""A line in front of a few places: first come, first served, and all see where they stand."""

from __future__ import annotations

from threading import Condition
from types import TracebackType


class Line:
    """Who may go now, and who waits."""

    def __init__(self, places: int) -> None:
        """Nobody is here.

        Args:
            places: how many may go at a time.
        """
        self.places = places
        self._turns: list[Turn] = []  # in the order in which they came, those that go included
        self._changed = Condition()

    def join(self, *, goes_first: bool = False) -> Turn:
        """Stand at the end of the line.

        Args:
            goes_first: or else before all who wait.
        """
        with self._changed:
            turn = Turn(self)
            self._turns.insert(self.places if goes_first else len(self._turns), turn)
            return turn

    def place_of(self, turn: Turn) -> int:
        """0: it goes, or has left; else its place in the line, from 1.

        Args:
            turn: of this line.
        """
        with self._changed:
            return self._place(turn)

    def wait_for(self, turn: Turn, seconds: float) -> bool:
        """Wait until it is a turn's time.

        Args:
            turn: of this line.
            seconds: to wait at most.

        Returns:
            Whether it goes.
        """
        with self._changed:
            return self._changed.wait_for(lambda: self._place(turn) == 0, seconds)

    def leave(self, turn: Turn) -> None:
        """Make room for those behind; once more does no harm.

        Args:
            turn: of this line.
        """
        with self._changed:
            if turn in self._turns:
                self._turns.remove(turn)
                self._changed.notify_all()

    def _place(self, turn: Turn) -> int:
        if turn not in self._turns:
            return 0
        return max(0, self._turns.index(turn) + 1 - self.places)


class Turn:
    """One that stands in a line, as a block: it leaves the line at its end."""

    def __init__(self, line: Line) -> None:
        """Join with ``Line.join``."""
        self._line = line

    @property
    def place(self) -> int:
        """0: it goes; else its place in the line, from 1."""
        return self._line.place_of(self)

    def wait(self, seconds: float) -> bool:
        """Wait, at most so many seconds.

        Returns:
            Whether it goes.
        """
        return self._line.wait_for(self, seconds)

    def __enter__(self) -> Turn:
        """Stand in the line inside the block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        """Leave it."""
        self._line.leave(self)


def in_line(place: int) -> str:
    """A place in a line in words.

    Args:
        place: from 1.
    """
    ending = {1: "st", 2: "nd", 3: "rd"}.get(place % 10, "th")
    return f"{place}{'th' if place % 100 in (11, 12, 13) else ending} in the queue"
