"""What takes more than a moment to compute: asked of processes beside the pages, so that these go
on for everybody else.

    CURVES = heavy.question(questions.pixel_curves, files, most=200)
    curves = heavy.value(CURVES(name, image), "Deleting and inserting pixels …")

A question is a function that can be imported, and its arguments can be pickled. As many are
computed at a time as there are cores; the others wait in one line and say their place. The same
question of several visitors is computed once, and its answer kept until one of the files that it
reads changes. When nobody waits any more, its process is ended.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import ParamSpec, TypeVar, overload

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.ui import screen
from app.ui.beside.answers import Answer
from app.ui.beside.line import in_line
from app.ui.beside.workers import LOOK
from app.ui.cache import cached
from app.ui.called_off import end_if_called_off
from app.ui.turns import aside

Arguments = ParamSpec("Arguments")
Value = TypeVar("Value")

LIGHT = 0.35  # seconds of one core at the worst: what may take longer is asked here


@overload
def question(
    function: Callable[Arguments, Iterator[Value]],
    files: Callable[..., Iterable[Path]] | None = None,
    *,
    most: int = 50,
    short: bool = False,
) -> Callable[Arguments, Answer[Value]]: ...
@overload
def question(
    function: Callable[Arguments, Value],
    files: Callable[..., Iterable[Path]] | None = None,
    *,
    most: int = 50,
    short: bool = False,
) -> Callable[Arguments, Answer[Value]]: ...
def question(
    function: Callable[Arguments, Iterator[Value] | Value],
    files: Callable[..., Iterable[Path]] | None = None,
    *,
    most: int = 50,
    short: bool = False,
) -> Callable[Arguments, Answer[Value]]:
    """A question that can be asked of the processes beside the pages.

    Args:
        function: that can be imported; it returns a value, or yields several. It reaches no page.
        files: the function's arguments to the files that it reads; None: it reads none.
        most: answers that are kept; of more the oldest go.
        short: whether it takes less than half a second; it does not wait behind those that do not.

    Returns:
        The function's arguments to its answer, which nothing computes before somebody waits for it.
    """

    def asked(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Answer[Value]:
        if kwargs:
            raise TypeError(f"Expected the arguments of a question by place, got {sorted(kwargs)}.")
        return Answer(function, args, short=short)

    # kept apart from what the same function returns where it is called right here
    asked.__module__ = function.__module__
    asked.__qualname__ = f"asked {function.__qualname__}{' in short' if short else ''}"
    return cached(files, most=most)(asked)


def values(
    answer: Answer[Value], progress: Callable[[Sequence[Value]], tuple[float, str]]
) -> Iterator[Value]:
    """The values of an answer, each as soon as it is there; until then the page says what it waits
    for, and ends where its visitor has gone on.

    Args:
        answer: of a question.
        progress: the values that are there to the share of the work that is done, in [0, 1], and
            to a sentence of what is computed next.

    Yields:
        The values.

    Raises:
        EndedError: the process that computed them has ended.
        Exception: the question's own.
    """
    if screen.is_saved():
        yield from answer.here()
        return
    bar = st.empty()
    try:
        with answer.awaited():
            yield from _coming(answer, progress, bar)
    except Exception:
        bar.empty()
        raise
    bar.empty()


def _coming(
    answer: Answer[Value],
    progress: Callable[[Sequence[Value]], tuple[float, str]],
    bar: DeltaGenerator,
) -> Iterator[Value]:
    index, said = 0, (0.0, "", 0)
    while (found := _reaches(answer, index)) is not False:
        if found:
            yield answer.values[index]
            index += 1
            continue
        share, doing = progress(answer.values)
        place = answer.place
        if said != (share, doing, place):
            said = share, doing, place
            bar.progress(share, f"Waits: {in_line(place)}" if place else doing)
        end_if_called_off()


def _reaches(answer: Answer[Value], index: int) -> bool | None:
    """As ``Answer.reaches``; while it waits, another page is drawn."""
    found = answer.reaches(index, 0.0)
    if found is not None:
        return found
    with aside():
        return answer.reaches(index, LOOK)


def value(answer: Answer[Value], doing: str) -> Value:
    """The one value of an answer; until it is there the page says what it waits for.

    Args:
        answer: of a question that has one value.
        doing: what is computed, as a sentence.

    Raises:
        EndedError: the process that computed it has ended.
        Exception: the question's own.
    """
    (found,) = values(answer, lambda _: (0.0, doing))
    return found
