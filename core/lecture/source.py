"""Where something stands in a TOML file: the line of each table and of each of its keys.

Python's reader of TOML says the line of what is no TOML. What is wrong in any other way is found
after the file was read, when its lines are gone.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from typing import Any

from core.foreign_text import shortened, visible

# Strings over several lines, strings in one line, comments: nothing in them is a key or a header.
_TEXTS = re.compile(
    r'"""(?:\\.|[^\\])*?"""|' + r"'''.*?'''|" + r'"(?:\\.|[^"\\\n])*"|' + r"'[^'\n]*'|#[^\n]*",
    re.DOTALL,
)
_HEADER = re.compile(r"\s*\[\[?\s*([\w.\s-]+?)\s*\]")
_KEY = re.compile(r"\s*([\w-]+)\s*[.=]")
_WHERE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")
LONGEST = 120  # characters of a reason


class TomlError(ValueError):
    """A text is no TOML; the message says why.

    Attributes:
        line: where, from 1; None where that is not known.
    """

    def __init__(self, reason: str, line: int | None = None) -> None:
        """Keeps both."""
        super().__init__(reason)
        self.line = line


@dataclass(frozen=True)
class Place:
    """A table of a TOML file.

    Attributes:
        header: between its brackets, as state.vote; "" for what stands above all of them.
        line: of the header, from 1.
        keys: name to line.
    """

    header: str
    line: int
    keys: dict[str, int] = field(default_factory=dict)


def tables(source: str) -> dict[str, Any]:
    """What TOML makes of a text.

    Args:
        source: the text.

    Raises:
        TomlError: it is no TOML.
    """
    try:
        return tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        where = _WHERE.search(str(error))
        line = int(where[1]) if where and where[1] else source.rstrip().count("\n") + 1
        raise TomlError(shortened(visible(_WHERE.sub("", str(error))), LONGEST), line) from error
    except (ValueError, RecursionError) as error:
        reason = "lists in lists too deep, or a number with too many digits"
        raise TomlError(reason) from error


def places(source: str) -> list[Place]:
    """All tables of a file, in their order, the one above all headers first.

    Args:
        source: of a file that is TOML.
    """
    found = [Place("", 1)]
    bare = _TEXTS.sub(lambda text: "\n" * text[0].count("\n"), source)
    for number, line in enumerate(bare.split("\n"), 1):
        header, key = _HEADER.match(line), _KEY.match(line)
        if header:
            found.append(Place(re.sub(r"\s", "", header[1]), number))
        elif key:
            found[-1].keys.setdefault(key[1], number)
    return found
