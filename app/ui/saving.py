"""The button that saves a page as one file that opens by itself, see ``app.export``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, dataclass
from pathlib import Path

import streamlit as st

from app.export.asked import file_of
from app.export.links import CHAPTERS, Link, LinkError
from app.ui import blocks, heavy, memory, own_things
from app.ui.address import Name, parameter
from app.ui.beside.answers import Answer
from app.ui.memory import Memory
from app.ui.next_link import next_link
from app.ui.own_things import OwnThing
from core.checkpoints import CHECKPOINTS

BUTTON = "save_page"  # in the session


def _files(*_: object) -> Iterable[Path]:
    return sorted(CHECKPOINTS.glob("*.json")) if CHECKPOINTS.is_dir() else []


FILE = heavy.question(file_of, _files, most=30)


@dataclass(frozen=True)
class Page:
    """A page while it is open.

    Attributes:
        chapter: as it is called in the address.
        memory: of its session, with what its controls stand at.
        own: what its visitor has brought along.
    """

    chapter: str
    memory: Memory
    own: dict[str, OwnThing]

    @property
    def name(self) -> str:
        """Of its file."""
        view = parameter(self.chapter, Name.VIEW)
        value = str(self.memory.values.get(view.key, view.choices[0]))
        return Link(self.chapter, {Name.VIEW: [value]}).file_name

    def answer(self) -> Answer[bytes]:
        """Its file as it is now: a slider may have moved since the button was drawn."""
        link = Link(self.chapter, next_link(self.memory, {}))
        return FILE(link.text, tuple(astuple(one) for one in self.own.values()))

    def file(self) -> bytes:
        """Its file, where no page waits for it, but a browser.

        Raises:
            LinkError: the page shows an error.
            EndedError: the process that wrote it has ended.
        """
        (found,) = self.answer().whole()
        return found


@blocks.fragment
def offer(chapter: str) -> None:
    """The button, in the line at the end of a page; none where there is nothing to save.

    The browser waits for the file from the click on; beside the button stands what it waits for,
    and then how large it is.

    Args:
        chapter: as its page is called in the address.
    """
    if chapter not in CHAPTERS or memory.of_session().holds:
        return
    page = Page(chapter, memory.of_session(), own_things.of_page())
    with st.container(horizontal=True, vertical_alignment="center", key=BUTTON, width="content"):
        button = st.container(width="content")
        if st.session_state.get(f"{BUTTON} {chapter}"):  # it has just been clicked
            _tell(page)
    button.download_button(
        "Save this page",
        page.file,
        page.name,
        "text/html",
        icon=":material/download:",
        key=f"{BUTTON} {chapter}",
        help="One file that opens without a network, and lives: it hovers, plays and asks.",
    )


def _tell(page: Page) -> None:
    try:
        found = heavy.value(page.answer(), "Writing the page …")
    except (LinkError, *blocks.IN_A_BOX) as error:
        blocks.mend_box(error)
    else:
        st.caption(f"{len(found) / 1000:,.0f} kB", width="content")
