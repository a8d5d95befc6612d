"""A foreign file as code: a Python file, or the code cells of a notebook."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


class SourceError(ValueError):
    """A file is none that can be checked; the message is one sentence."""


@dataclass(frozen=True)
class Source:
    """The code of a file.

    Attributes:
        name: of the file.
        code: its text, which Python can parse.
    """

    name: str
    code: str

    def place(self, line: int) -> str:
        """Where a line of the code is in the file."""
        return f"line {line}"


def read(path: Path) -> Source:
    """Read a file.

    Raises:
        SourceError: it cannot be checked.
    """
    return Source(path.name, path.read_text("utf-8"))
