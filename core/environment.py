"""What the environment of a process may hold, and what must not depend on it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any


@contextlib.contextmanager
def variables(**values: str | None) -> Iterator[None]:
    """Set environment variables, or take them away where the value is None, and put them back."""
    before = {name: os.environ.get(name) for name in values}
    _set_variables(values)
    try:
        yield
    finally:
        _set_variables(before)


def _set_variables(values: Mapping[str, str | None]) -> None:
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


@cache
def import_scipy() -> Any:  # noqa: ANN401 - scipy has no types
    """``scipy.ndimage``, whatever SOURCE_DATE_EPOCH says: numpy.f2py, which scipy imports, reads it
    as a date, and one that is none would end the import.
    """
    with variables(SOURCE_DATE_EPOCH=None):
        import scipy.ndimage

        return scipy.ndimage
