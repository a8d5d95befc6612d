"""The one cache of the app: what is read from files or computed is kept once for all sessions.

What comes from here is never changed by who gets it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial, update_wrapper
from pathlib import Path
from threading import Lock
from typing import Generic, ParamSpec, TypeVar

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx
from torch import Tensor

Arguments = ParamSpec("Arguments")
Value = TypeVar("Value")
Stamp = tuple[str, int, int]


@dataclass(frozen=True)
class OwnFile:
    """A large file of a person's own, told from others by its digest: to read all of it at every
    action would take longer than many a page.

    Attributes:
        content: of the file.
        name: of the file.
        digest: of the content, SHA-256.
    """

    content: bytes
    name: str
    digest: str


class Growing(Generic[Value]):
    """Values that are computed one by one, by whoever asks first for the next; all get the same."""

    def __init__(self, values: Iterable[Value]) -> None:
        """Nothing is computed before somebody asks.

        Args:
            values: computes the next one when it is asked for it.
        """
        self._coming = iter(values)
        self._found: list[Value] = []
        self._end: Exception | None = None
        self._lock = Lock()

    def __iter__(self) -> Iterator[Value]:
        """All of them from the first; what ends the computing early is raised for everybody."""
        index = 0
        while self._reaches(index):
            yield self._found[index]
            index += 1
        if not isinstance(self._end, StopIteration) and self._end is not None:
            raise self._end

    def _reaches(self, index: int) -> bool:
        with self._lock:
            if index >= len(self._found) and self._end is None:
                try:
                    self._found.append(next(self._coming))
                except Exception as error:
                    self._end = error
            return index < len(self._found)


def stamp(path: Path) -> Stamp:
    """A file's path, time and size, so that another file shows without a restart.

    Args:
        path: of a file, or of none: then time and size are 0.
    """
    try:
        status = path.stat()
    except OSError:
        return (str(path), 0, 0)
    return (str(path), status.st_mtime_ns, status.st_size)


def _told_by(file: OwnFile) -> tuple[str, str]:
    return file.digest, file.name


def _bytes_of(tensor: Tensor) -> tuple[str, tuple[int, ...], bytes]:
    return str(tensor.dtype), tuple(tensor.shape), tensor.numpy().tobytes()


HASHED = {Tensor: _bytes_of, OwnFile: _told_by}


def cached(
    files: Callable[..., Iterable[Path]] | None = None,
    *,
    most: int = 50,
    spinner: str | bool = False,
) -> Callable[[Callable[Arguments, Value]], Callable[Arguments, Value]]:
    """Keep what a function returns, until one of the files that it reads is another one.

    Args:
        files: the function's arguments to the files that it reads; None: it reads none.
        most: values that are kept; of more the oldest go.
        spinner: what a visitor reads while it is computed; where no page runs, nobody does.

    Returns:
        A decorator. Arguments are strings, numbers, tuples, lists, bytes, arrays, tensors or
        files of a person's own.
    """

    def decorate(function: Callable[Arguments, Value]) -> Callable[Arguments, Value]:
        def keep(
            stamps: tuple[Stamp, ...], *args: Arguments.args, **kwargs: Arguments.kwargs
        ) -> Value:
            return function(*args, **kwargs)

        # Streamlit tells functions apart by module and name.
        keep.__module__, keep.__qualname__ = function.__module__, function.__qualname__
        kept = partial(st.cache_resource, max_entries=most, hash_funcs=HASHED)
        silent = kept(show_spinner=False)(keep)
        told = kept(show_spinner=spinner)(keep) if spinner else silent  # the values are the same

        def read(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Value:
            paths = files(*args, **kwargs) if files else ()
            cached_function = told if get_script_run_ctx(suppress_warning=True) else silent
            value: Value = cached_function(tuple(map(stamp, paths)), *args, **kwargs)
            return value

        update_wrapper(read, function)
        return read

    return decorate
