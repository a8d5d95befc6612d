"""A student's file with its mutants beside the lines that they change.

Below a line of code stand its changes, `#~ NAME: CODE`: the mutant NAME has CODE in the place of
that line, and `\\n` in CODE begins another line, indented as the first. A name that stands below
several lines changes all of them; a number behind a name (`NAME 2`) makes another mutant of the
same name.
`equal` names a change that changes nothing, `other` a bug without a name of its own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent
SUFFIX = ".py.txt"
EQUAL, OTHER, ORIGINAL = "equal", "other", "original"
CHANGE = re.compile(r"#~ (?P<name>[a-z-]+)(?: (?P<number>\d+))?: (?P<code>.+)")


@dataclass(frozen=True)
class Submission:
    """What one student hands in.

    Attributes:
        part: the folder: layers, networks, maps or attacks.
        style: the file that it was made from.
        label: the name of its bug; ``original`` and ``equal`` are right, ``other`` is wrong.
        number: which of the mutants of that label.
        source: Python.
    """

    part: str
    style: str
    label: str
    number: int
    source: str

    @property
    def name(self) -> str:
        """The part, the style, the label and its number."""
        return f"{self.part}-{self.style}-{self.label}-{self.number}"

    @property
    def is_right(self) -> bool:
        """Whether it has no bug."""
        return self.label in (ORIGINAL, EQUAL)


def read_style(path: Path) -> list[Submission]:
    """The solution that a file holds, and each of its mutants.

    Args:
        path: a file of a style.

    Returns:
        The original first, then the mutants in the order of their first lines.

    Raises:
        ValueError: if a change has no line above it, or is written in another way.
    """
    lines: list[str] = []
    changes: dict[tuple[str, int], dict[int, str]] = {}
    for text in path.read_text("utf-8").splitlines():
        if not text.startswith("#~"):
            lines.append(text)
            continue
        found = CHANGE.fullmatch(text)
        if found is None or not lines:
            raise ValueError(f"{path.name}: expected `#~ NAME: CODE` below a line, got {text!r}.")
        key = (found["name"], int(found["number"] or 1))
        changes.setdefault(key, {})[len(lines) - 1] = found["code"]
    part, style = path.parent.name, path.name.removesuffix(SUFFIX)
    original = Submission(part, style, ORIGINAL, 1, "\n".join(lines) + "\n")
    return [original] + [
        Submission(part, style, label, number, changed(lines, edits))
        for (label, number), edits in changes.items()
    ]


def changed(lines: list[str], edits: dict[int, str]) -> str:
    """The source with some lines replaced, each as far in as it was."""
    result = []
    for at, line in enumerate(lines):
        indent = line[: len(line) - len(line.lstrip())]
        code = edits.get(at)
        result += [line] if code is None else [f"{indent}{one}" for one in code.split("\\n")]
    return "\n".join(result) + "\n"


def read_all(part: str | None = None) -> list[Submission]:
    """Every submission.

    Args:
        part: one folder alone; None is all.
    """
    pattern = f"{part or '*'}/*{SUFFIX}"
    return [one for path in sorted(FOLDER.glob(pattern)) for one in read_style(path)]
