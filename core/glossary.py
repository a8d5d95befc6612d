"""The terms of the field: one sentence each, and the view of the app where it is seen.

They stand in ``glossary.toml`` beside this file; tooltips, the glossary of the app and the pages
``docs/glossary.md`` and ``docs/glossary/`` are made from it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import parse_qs

from core.chapters import TITLES
from core.lecture.block import Block, fault
from core.lecture.source import TomlError, places, tables

FILE = Path(__file__).with_suffix(".toml")
TABLE = "term"
FIELDS = {
    "name": "the term",
    "sentence": "what it means, in one sentence",
    "link": "where it is seen, as the address bar has it after the server's name",
}


@dataclass(frozen=True)
class Term:
    """A word of the field.

    Attributes:
        name: with a capital letter, as a list has it.
        sentence: what it means.
        link: to the view where it is seen, without the leading slash.
    """

    name: str
    sentence: str
    link: str

    @property
    def chapter(self) -> str:
        """The chapter where it is seen, as links have it."""
        return self.link.partition("?")[0]

    @property
    def anchor(self) -> str:
        """What leads to it on a page of the glossary: stays the same as long as its name does."""
        return re.sub(r"[^a-z0-9]+", "-", self.name.lower())

    @property
    def view(self) -> str:
        """Where the link leads, in words: the chapter, and its view where the link names one."""
        views = parse_qs(self.link.partition("?")[2]).get("view", [])
        return ", ".join([TITLES[self.chapter], *views])


def read(source: str, file: str = FILE.name) -> tuple[Term, ...]:
    """The terms of a glossary.

    Args:
        source: TOML, a table ``[[term]]`` for each term.
        file: its name, for the sentences.

    Raises:
        LectureError: it is no TOML, a term lacks a field or has another one, or stands there twice;
            the message has its line.
    """
    try:
        found = tables(source)
    except TomlError as error:
        raise fault(file, error.line or 1, str(error)) from error
    rows = found.pop(TABLE, None)
    if found or not isinstance(rows, list):
        raise fault(file, 1, f"expected a table [[{TABLE}]] for each term, and nothing else")
    where = [place for place in places(source) if place.header == TABLE]
    terms: dict[str, Term] = {}
    for row, place in zip(rows, where):
        block = Block(file, "a term", row, place.line, place.keys)
        block.check(FIELDS, ())
        term = Term(*(block.text(key) for key in FIELDS))
        if term.chapter not in TITLES:
            raise block.fault("link", f"expected a link to one of {', '.join(TITLES)}", term.link)
        if term.name in terms:
            raise block.fault("name", "expected a term that is not there yet", term.name)
        terms[term.name] = term
    return tuple(terms.values())


@cache
def terms() -> tuple[Term, ...]:
    """Every term, in the order of the alphabet."""
    return read(FILE.read_text("utf-8"))


def term(name: str) -> Term:
    """One term.

    Args:
        name: as the glossary has it, such as "Stride".

    Raises:
        ValueError: the glossary has none of that name.
    """
    for one in terms():
        if one.name == name:
            return one
    raise ValueError(f"Expected a term of {FILE.name}, such as {terms()[0].name!r}; got {name!r}.")


def as_list(found: Sequence[Term], server: str | None = None) -> str:
    """Some terms with what they mean, as a Markdown list.

    Args:
        found: the terms.
        server: what stands before each link, so that a term leads to where it is seen; None: no
            term is a link.
    """
    names = [one.name if server is None else f"[{one.name}]({server}{one.link})" for one in found]
    return "\n".join(f"- **{name}**: {one.sentence}" for name, one in zip(names, found))


def as_table(found: Sequence[Term], server: str = "http://localhost:8501/") -> str:
    """Terms with what they mean and where they are seen, as a Markdown table; each has an anchor.

    Args:
        found: the terms.
        server: what stands before each link.
    """
    rows = [
        f'| <a id="{one.anchor}"></a>**{one.name}** | {one.sentence} '
        f"| [{one.view}]({server}{one.link}) |"
        for one in found
    ]
    return "\n".join(["| term | what it means | seen in |", "|---|---|---|", *rows])
