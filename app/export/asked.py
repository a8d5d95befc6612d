"""What the app asks of the processes beside the pages: a page as a file."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from app.export import links
from app.ui.own_things import OwnThing


def file_of(link: str, own: Sequence[tuple[str, str, bytes]]) -> bytes:
    """The file of a page.

    Args:
        link: to it.
        own: key, name and content of what its visitor has brought along.

    Raises:
        LinkError: the page shows an error instead.
    """
    from app.export import document  # what draws charts and formulas, which no page needs

    with quietly():
        return document.saved(links.read(link), [OwnThing(*one) for one in own]).encode()


@contextmanager
def quietly() -> Iterator[None]:
    """Without Streamlit's warnings of a page that has no server."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)
