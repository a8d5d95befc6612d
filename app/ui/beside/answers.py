"""Answers of questions that are computed beside the pages: each once, for all who wait for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

from app.ui.beside.line import Line, Turn
from app.ui.beside.workers import LOOK, WORKERS, UnwantedError
from app.ui.turns import goes_first
from core.training.parallel import cores

Value = TypeVar("Value")

GRACE = 2.0  # seconds that a question is computed on when nobody waits: a run may come back
LINE = Line(cores())  # of the questions of this server
SHORT = Line(1)  # of those that are short: they never wait for the others


class Answer(Generic[Value]):
    """The values that a question yields, computed by a worker process from when somebody waits for
    them until nobody does; whole, they are kept.
    """

    def __init__(
        self, function: Callable[..., Any], arguments: tuple[Any, ...], *, short: bool = False
    ) -> None:
        """Nothing is computed before somebody waits.

        Args:
            function: that can be imported; it returns a value, or yields several.
            arguments: of the function; they can be pickled.
            short: whether it takes less than half a second.
        """
        self._short, self._goes_first = short, False
        self._question = function, arguments
        self._values: list[Value] = []
        self._error: Exception | None = None
        self._state = "new"  # "running", or "whole"
        self._waiting = 0
        self._left = 0.0  # when the last one went, on the clock of time.monotonic
        self._changed = threading.Condition()
        self.place = 0  # in the line, from 1; 0: it is computed, or not asked for

    @contextmanager
    def awaited(self) -> Iterator[None]:
        """Inside the block somebody waits for it."""
        with self._changed:
            self._waiting += 1
            if self._state == "new":
                self._start()
        try:
            yield
        finally:
            with self._changed:
                self._waiting -= 1
                self._left = time.monotonic()

    def reaches(self, index: int, seconds: float) -> bool | None:
        """Wait for a value, inside of ``awaited``.

        Args:
            index: of the value, from 0.
            seconds: to wait at most.

        Returns:
            Whether it is there; None: not yet.

        Raises:
            Exception: what ended the computing.
        """
        with self._changed:
            self._changed.wait_for(lambda: index < len(self._values) or self._is_over(), seconds)
            if index < len(self._values):
                return True
            if self._error is not None:
                raise self._error
            return False if self._state == "whole" else None

    @property
    def values(self) -> Sequence[Value]:
        """The values that are there."""
        return self._values

    def whole(self) -> list[Value]:
        """Wait for all values, where no page waits for them.

        Raises:
            Exception: what ended the computing.
        """
        with self.awaited():
            count = 0
            while (found := self.reaches(count, LOOK)) is not False:
                count += bool(found)
            return list(self._values)

    def here(self) -> Sequence[Value]:
        """All values, computed once in this process, where no page of others waits for it."""
        if self._state != "whole":
            function, arguments = self._question
            found = function(*arguments)
            self._values = list(found) if isinstance(found, Iterator) else [found]
            self._state = "whole"
        return self._values

    def is_wanted(self) -> bool:
        """Whether somebody waits, or did until just now."""
        with self._changed:
            return self._waiting > 0 or time.monotonic() - self._left < GRACE

    def _is_over(self) -> bool:
        return self._state == "whole" or self._error is not None

    def _start(self) -> None:
        self._state, self._error, self._values = "running", None, []
        self._goes_first = goes_first()
        threading.Thread(target=self._compute, daemon=True).start()

    def _compute(self) -> None:
        try:
            with (SHORT if self._short else LINE).join(goes_first=self._goes_first) as turn:
                self._wait_for(turn)
                for value in WORKERS.ask(*self._question, self.is_wanted):
                    self._add(value)
        except UnwantedError:
            self._end("new")
        except Exception as error:
            self._end("new", error)
        else:
            self._end("whole")
        finally:
            self.place = 0

    def _wait_for(self, turn: Turn) -> None:
        while not turn.wait(LOOK):
            self.place = turn.place
            if not self.is_wanted():
                raise UnwantedError
        self.place = 0

    def _add(self, value: Value) -> None:
        with self._changed:
            self._values.append(value)
            self._changed.notify_all()

    def _end(self, state: str, error: Exception | None = None) -> None:
        """Tell it to all who wait. An error is for these alone, whoever comes later asks again; and
        so does one who came while what nobody wanted was ended.
        """
        with self._changed:
            self._state, self._error = state, error
            if state == "whole":  # a person's file, which may be an argument, is not kept with it
                self._question = self._question[0], ()
            if state == "new" and error is None and self._waiting:
                self._start()
            self._changed.notify_all()
