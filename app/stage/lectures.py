"""The lectures of this copy, read again when their file has changed."""

from __future__ import annotations

from pathlib import Path

from core.lecture import reading
from core.lecture.block import LectureError
from core.lecture.states import Lecture

Stamp = tuple[Path, int]
MOST = 50  # files that are remembered
_read: dict[str, tuple[Stamp, Lecture]] = {}  # by name, as they could be read last


def lecture(name: str) -> Lecture:
    """A lecture by the name of its file.

    Raises:
        LectureError: there is none, or it cannot be read; one sentence says what to do.
    """
    path = reading.find(name)
    stamp = _stamp(path)
    known = _read.get(name)
    if known is None or known[0] != stamp:
        while len(_read) >= MOST:
            _read.pop(next(iter(_read)))
        known = _read[name] = stamp, reading.read(path)
    return known[1]


def going_on(name: str) -> tuple[Lecture, str]:
    """A lecture that is given already: a file that is broken for a moment does not stop it.

    Args:
        name: of its file.

    Returns:
        The lecture as its file was last whole, and what is wrong with the file; "": nothing.

    Raises:
        LectureError: it was never whole since the server has started.
    """
    try:
        return lecture(name), ""
    except LectureError as error:
        if name in _read:
            return _read[name][1], str(error)
        raise


def _stamp(path: Path) -> Stamp:
    try:
        return path, path.stat().st_mtime_ns
    except OSError:
        return path, 0  # whoever reads it says so
