"""What a training warns of, as a sentence for a person."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

from core.training.computing import TrainingWarning


@contextmanager
def warnings_as_sentences(say: Callable[[str], None]) -> Iterator[None]:
    """Inside the block a ``TrainingWarning`` is said, every time and without where it arose; other
    warnings are shown as ever.

    Args:
        say: takes the sentence.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("always", TrainingWarning)
        others = warnings.showwarning

        def show(
            message: Warning | str,
            category: type[Warning],
            filename: str,
            lineno: int,
            file: TextIO | None = None,
            line: str | None = None,
        ) -> None:
            if issubclass(category, TrainingWarning):
                say(str(message))
            else:
                others(message, category, filename, lineno, file, line)

        warnings.showwarning = show
        yield
