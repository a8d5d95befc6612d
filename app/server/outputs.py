"""The server's output, which is written to as long as the server runs, whoever reads it.

Streamlit prints that it stops before it stops. Where the output is a pipe that was closed, as by
`make app | head -1`, or a full disk, that is an error, and the server would never stop.
"""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class _Untroubled(io.FileIO):
    """An open file that takes whatever is written, and loses it where it cannot be kept."""

    def write(self, content: ReadableBuffer) -> int | None:  # type: ignore[override]
        """Write it; returns how many bytes were taken."""
        try:
            return super().write(content)
        except OSError:
            return memoryview(content).nbytes


def keep_open() -> None:
    """See that nothing that is printed can fail; once is enough."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None or stream is not getattr(sys, f"__{name}__"):
            continue  # there is none, or somebody else looks after it
        file = _Untroubled(stream.fileno(), "wb", closefd=False)
        untroubled = io.TextIOWrapper(
            io.BufferedWriter(file), stream.encoding, stream.errors, line_buffering=True
        )
        setattr(sys, name, untroubled)
