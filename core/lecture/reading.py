"""Reads a lecture from its file; what is wrong with the file is one sentence with the line."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.data.facts import ROOT
from core.foreign_text import shortened, visible
from core.lecture.block import Block, fault
from core.lecture.block import LectureError as LectureError
from core.lecture.source import TomlError, places, tables
from core.lecture.states import CHOICES, Lecture, State, Vote

LECTURES = ROOT / "lectures"
ENDING = ".toml"
VARIABLE = "LECTURE"  # of the environment: one more file
LARGEST = 1_000_000  # bytes; the lecture that ships has 30 kB
MOST_STATES = 200
LECTURE_FIELDS = {
    "title": "a few words",
    "minutes": "how many the whole lecture takes",
}
STATE_FIELDS = {
    "title": "a few words",
    "link": "what the address bar has after the server's name, such as convolution?stride=2",
    "say": "one sentence to say",
    "ask": "one question",
    "answer": "the answer to the question",
    "minutes": "how many the state takes",
    "misconception": "what a class may take for true",
    "controls": "names of settings whose controls stay visible",
    "vote": "answers to choose from",
}
VOTE_FIELDS = {
    "choices": f"the {CHOICES} answers to choose from",
    "right": f"which of them is right, 1 to {CHOICES}",
    "wrong": f"the misconception of each of the {CHOICES - 1} other answers, in their order",
    "asked": "true where the vote opens by itself",
}
OPTIONAL = ("controls", "vote", "asked")
_LINK = re.compile(r"[a-z]*(\?[^\s\\\"<>`#]*)?", re.ASCII)
_SETTING = re.compile(r"[a-z][a-z0-9_-]{0,39}")


def names(folder: Path = LECTURES) -> list[str]:
    """What lectures there are: the names of their files without the ending.

    Args:
        folder: with the files; the one that ``LECTURE`` in the environment names comes first.
    """
    return list(_files(folder))


def find(name: str, folder: Path = LECTURES) -> Path:
    """The file of a lecture.

    Args:
        name: one of ``names``.
        folder: as there.

    Raises:
        LectureError: there is none of that name.
    """
    files = _files(folder)
    if name not in files:
        there = ", ".join(files) or "none: put a file into the folder lectures"
        raise LectureError(f"{_shown(name)} is no lecture: expected one of {there}.")
    return files[name]


def _files(folder: Path) -> dict[str, Path]:
    """Name to file."""
    chosen = os.environ.get(VARIABLE, "")
    files = [Path(chosen)] if chosen else []
    files += sorted(folder.glob(f"*{ENDING}"))
    found: dict[str, Path] = {}
    for file in files:
        found.setdefault(file.stem, file)
    return found


def read(path: Path | str) -> Lecture:
    """A lecture from its file, as ``read_with_lines``."""
    return read_with_lines(path)[0]


def read_with_lines(path: Path | str) -> tuple[Lecture, tuple[int, ...]]:
    """A lecture from its file, and the line where each of its states begins.

    Args:
        path: a TOML file of at most 1 MB with a table ``[lecture]`` and at least one ``[[state]]``;
            ``LECTURE_FIELDS``, ``STATE_FIELDS`` and ``VOTE_FIELDS`` say what they hold.

    Raises:
        LectureError: it cannot be read, or is none; the message is one sentence that begins with
            the file's name and the line.
    """
    name, source = _shown(Path(path).name), _source(Path(path))
    tables = _tables(name, source)
    found = places(source)
    headers = {place.header.split(".")[0]: place.line for place in reversed(found)}
    top = Block(name, "the file", tables, 1, headers | found[0].keys)
    top.check({"lecture": "its title and minutes", "state": "what is shown"}, ())
    where = next((place for place in found if place.header == "lecture"), found[0])
    head = Block(name, "[lecture]", top.table("lecture"), where.line, where.keys)
    head.check(LECTURE_FIELDS, ())
    blocks = _state_blocks(top, source)
    states = tuple(_state(block) for block in blocks)
    lecture = Lecture(head.text("title"), head.minutes("minutes"), states)
    return lecture, tuple(block.line for block in blocks)


def _shown(name: str) -> str:
    return visible(shortened(name, 80))


def _source(path: Path) -> str:
    """The text of a file."""
    name = _shown(path.name)
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise LectureError(f"{name} is no file: expected a lecture, a text file in TOML.")
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except FileNotFoundError:
        raise LectureError(
            f"{name} is not there: expected a file at {_shown(str(path))}."
        ) from None
    except (OSError, ValueError) as error:  # ValueError: a name with a zero in it
        raise LectureError(f"{name} cannot be read ({error}).") from error
    if len(content) > LARGEST:
        raise LectureError(f"{name} is larger than a lecture may be: expected up to 1 MB.")
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise fault(
            name, line, "expected text in UTF-8, got other bytes: save it as UTF-8"
        ) from error


def _tables(name: str, source: str) -> dict[str, Any]:
    """What TOML makes of a text."""
    try:
        return tables(source)
    except TomlError as error:
        if error.line is None:
            raise LectureError(f"{name} is no lecture: it has {error}.") from error
        raise fault(name, error.line, f"this is no TOML: {error}") from error


def _state_blocks(top: Block, source: str) -> list[Block]:
    """The tables of the states, each with its line, and the vote's within it."""
    states = top.fields["state"]
    if not isinstance(states, list) or not all(isinstance(one, Mapping) for one in states):
        raise top.fault("state", "expected blocks that begin with [[state]]", states)
    if len(states) > MOST_STATES:
        raise top.fault("state", f"expected up to {MOST_STATES} states", len(states))
    if not states:
        raise top.fault("state", "expected at least one [[state]]", states)
    blocks: list[Block] = []
    for place in places(source):
        if place.header == "state" and len(blocks) < len(states):
            fields = states[len(blocks)]
            blocks.append(Block(top.file, "the state", fields, place.line, place.keys))
        elif place.header == "state.vote" and blocks:
            blocks[-1].inner["vote"] = place
    if len(blocks) < len(states):  # written as one list in a line
        line = top.line_of("state")
        return [Block(top.file, "the state", fields, line, {}) for fields in states]
    return blocks


def _state(block: Block) -> State:
    block.check(STATE_FIELDS, OPTIONAL)
    return State(
        title=block.text("title"),
        link=_link(block),
        say=block.text("say"),
        ask=block.text("ask"),
        answer=block.text("answer"),
        minutes=block.minutes("minutes"),
        misconception=block.text("misconception"),
        controls=_controls(block),
        vote=_vote(block.within("vote", "the vote")) if "vote" in block.fields else None,
    )


def _link(block: Block) -> str:
    link = block.text("link")
    if not _LINK.fullmatch(link):
        expected = STATE_FIELDS["link"]
        raise block.fault("link", f"expected {expected}", link)
    return link


def _controls(block: Block) -> tuple[str, ...]:
    found = block.texts("controls") if "controls" in block.fields else ()
    for name in found:
        if not _SETTING.fullmatch(name):
            raise block.fault("controls", "expected names of settings as links have them", name)
    return found


def _vote(block: Block) -> Vote:
    block.check(VOTE_FIELDS, OPTIONAL)
    choices = block.texts("choices", CHOICES)
    if len(set(choices)) < CHOICES:
        twice = next(text for text in choices if choices.count(text) > 1)
        raise block.fault("choices", f"expected {CHOICES} different answers", twice)
    right = block.fields["right"]
    if isinstance(right, bool) or not isinstance(right, int) or not 1 <= right <= CHOICES:
        raise block.fault("right", f"expected a whole number from 1 to {CHOICES}", right)
    wrong = list(block.texts("wrong", CHOICES - 1))
    wrong.insert(right - 1, "")
    return Vote(choices, right - 1, tuple(wrong), block.flag("asked"))
