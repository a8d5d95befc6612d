"""A page as it is when a link has opened it: what it shows, without a server and a browser."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest

from app.export.links import Link, LinkError
from app.ui import address, own_things, screen
from app.ui.blocks import SAID
from app.ui.own_things import OwnThing

HOME = Path(__file__).parents[1] / "Home.py"
LEFT_OUT = ":material/link_off:"  # before what the page says of its link
LIMIT = 300  # seconds that a page may take


def opened(link: Link, own: Sequence[OwnThing] = ()) -> AppTest:
    """A page in a session of its own.

    Args:
        link: to it.
        own: what its visitor has brought along.

    Raises:
        LinkError: the page shows an error instead.
    """
    app = AppTest.from_file(str(HOME), default_timeout=LIMIT)
    app.session_state[screen.SAVED] = True
    for one in own:
        app.session_state[one.key] = own_things.as_kept(one)
    app.run()
    app.switch_page(f"chapters/{link.chapter}/page.py")
    for name, values in link.values.items():
        app.query_params[name] = values
    return _without_error(app.run(), link)


def with_value(app: AppTest, link: Link, name: address.Name, value: object) -> AppTest:
    """The same page after one of its settings has changed, as after a move of its slider."""
    key = address.parameter(link.chapter, name).key
    memory = app.session_state["address"]
    memory.drawn.pop(key, None)
    memory.forget(key)
    memory.values[key] = value
    return _without_error(app.run(), link)


def _without_error(app: AppTest, link: Link) -> AppTest:
    if app.exception:
        raise RuntimeError(f"{link.text} has failed: {app.exception[0].value}")
    if app.error:
        raise LinkError(f"{link.text} shows an error: {app.error[0].value}")
    if app.session_state["address"].holds:  # for a photo, a drawing or a file
        raise LinkError(f"Expected a link to a page that shows something, got {link.text}.")
    if app.session_state.get(SAID):
        (sentence,) = [one.value for one in app.markdown if LEFT_OUT in one.value][:1]
        raise LinkError(sentence.replace(LEFT_OUT, "").strip())
    return app


def children(block: Any) -> Iterator[Any]:  # noqa: ANN401 - streamlit's own
    """What stands in a block, in its order."""
    yield from (block.children[index] for index in sorted(block.children))
