"""A page as it is when a link has opened it: what it shows, without a server and a browser."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import parse_qs, urlencode, urlsplit

from streamlit.testing.v1 import AppTest

from app.ui import address, blocks, heavy, palette
from app.ui.link_sentences import listed
from core.failures import Failure
from core.foreign_text import quoted

HOME = Path(__file__).parents[1] / "Home.py"
LIMIT = 300  # seconds that a page may take
CHAPTERS = ("convolution", "networks", "cam", "attack")
LONGEST = 80  # letters of a file's name
LARGEST = 4096 * 4096  # pixels of a picture: all of them stand in the page


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


def opened(link: Link) -> AppTest:
    """A page in a session of its own.

    Charts keep their tokens in place of colours, for they are drawn in those of both themes; large
    pictures stand in the page too; and what takes long is computed in this process, which serves
    nobody else.

    Raises:
        LinkError: the page shows an error instead.
    """
    with _for_a_file():
        app = AppTest.from_file(str(HOME), default_timeout=LIMIT).run()
        app.switch_page(f"chapters/{link.chapter}/page.py")
        for name, values in link.values.items():
            app.query_params[name] = values
        app.run()
    return _without_error(app, link)


def with_value(app: AppTest, link: Link, name: address.Name, value: object) -> AppTest:
    """The same page after one of its settings has changed, as after a move of its slider."""
    key = address.parameter(link.chapter, name).key
    memory = app.session_state["address"]
    memory.drawn.pop(key, None)
    memory.forget(key)
    memory.values[key] = value
    with _for_a_file():
        app.run()
    return _without_error(app, link)


def _without_error(app: AppTest, link: Link) -> AppTest:
    if app.exception:
        raise RuntimeError(f"{link.text} has failed: {app.exception[0].value}")
    if app.error:
        raise LinkError(f"{link.text} shows an error: {app.error[0].value}")
    return app


@contextmanager
def _for_a_file() -> Iterator[None]:
    with (
        mock.patch.object(palette, "themed", lambda spec, _theme: spec),
        mock.patch.object(blocks, "SMALL", LARGEST),
        mock.patch.object(heavy, "values", lambda answer, _progress: answer.here()),
    ):
        yield


def children(block: Any) -> Iterator[Any]:  # noqa: ANN401 - streamlit's own
    """What stands in a block, in its order."""
    yield from (block.children[index] for index in sorted(block.children))
