"""What is told of the statements of a foreign file that are not executed as they stand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.checking.source import Source, beginning
from core.checking.student.alarm import TooSlowError
from core.foreign_text import visible

SLOW = TooSlowError.__name__
NAMED: Mapping[str, str] = {  # what a note says of a name
    "not run": "is not defined, since it stands in a loop or in what runs only as a program: put "
    "it at the top level.",
    "built": "is not checked, since it is a network that is built already: return it from a "
    "function such as build_cnn() or build_resnet().",
    "default": "is defined with None in place of each default that raises here.",
}


def left_out(note: Mapping[str, Any], source: Source) -> str:
    """A sentence of a statement that was left out, or defined otherwise.

    Args:
        note: of the process that defines the file.
        source: the file.
    """
    place = source.place(note["statement"])
    message = one_line(note["message"]).rstrip(".")
    if note["kind"] in NAMED:
        return f"{message} ({place}) {NAMED[note['kind']]}"
    inside = f" in {source.place(note['inside'])}" if note["inside"] else ""
    if note["error"] == SLOW:
        return f"{beginning(place)} is left out, since it takes too long{inside}."
    raised = note["error"] + inside + (f" ({message})" if message else "")
    if note["kind"] == "import":
        return f"The import in {place} does not work here: {raised}."
    return f"{beginning(place)} is left out, since it raises {raised}."


def one_line(message: str) -> str:
    """What an exception says, on one line."""
    return visible(" ".join(message.split()))
