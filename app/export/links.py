"""Links to pages that can be saved: what an address says, and how its file is called."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode, urlsplit

from app.ui import address
from app.ui.link_sentences import listed
from core.failures import Failure
from core.foreign_text import quoted

CHAPTERS = ("convolution", "networks", "cam", "attack")
LONGEST = 80  # letters of a file's name


class LinkError(Failure, ValueError):
    """A link that opens no page, or not what it says; the message is one sentence."""


@dataclass(frozen=True)
class Link:
    """What an address says.

    Attributes:
        chapter: as its page is called in the address.
        values: name to all values behind it.
    """

    chapter: str
    values: dict[str, list[str]]

    @property
    def text(self) -> str:
        """As it stands behind a server's name."""
        query = urlencode(self.values, doseq=True)
        return f"/{self.chapter}?{query}" if query else f"/{self.chapter}"

    @property
    def file_name(self) -> str:
        """A name that says what the page is, of letters that every system takes."""
        words = "_".join(
            [self.chapter, *(text for found in self.values.values() for text in found)]
        )
        kept = "".join(letter if letter.isalnum() else " " for letter in words.lower())
        return "_".join(kept.split())[:LONGEST] + ".html"

    def with_value(self, name: address.Name, value: object) -> Link:
        """The same with another value of one setting."""
        return Link(self.chapter, self.values | {name.value: [str(value)]})


def read(text: str) -> Link:
    """A link in words: with or without a server before it, such as "attack?view=Live".

    Raises:
        LinkError: it opens no page that is saved, or has a setting that the page would leave out.
    """
    try:
        found = urlsplit(text)
    except ValueError as error:
        raise LinkError(f"Expected a link such as attack?view=Live, got {quoted(text)}.") from error
    chapter = found.path.strip("/").rpartition("/")[2].lower()
    if chapter not in CHAPTERS:
        raise LinkError(
            f"Expected a link to {listed(CHAPTERS)}, such as attack?view=Live, got {quoted(text)}."
        )
    values = parse_qs(found.query, keep_blank_values=True)
    for sentence in address.values(chapter, values)[1]:
        raise LinkError(sentence)
    return Link(chapter, values)


def views() -> list[Link]:
    """A link to every view of the chapters that can be saved."""
    return [
        Link(chapter, {address.Name.VIEW.value: [view]})
        for chapter in CHAPTERS
        for view in address.parameter(chapter, address.Name.VIEW).choices
    ]
