"""What keys turn, the same in every view: the views of all chapters, and what a view declares.

The keys are heard in the browser; see app/components/keys. A turn that is declared inside a
fragment is answered by that fragment.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import streamlit as st

from app.ui import address, bound, client
from app.ui.address import Name

VIEWS = "keys"  # of the component in the session
ARRIVED = "keys arrived"  # in the session: 1 or -1 in a run that a key has opened another view with
CHAPTER = "keys chapter"  # the chapter that a key asks for, until its page is opened


def turns(
    name: Name,
    options: Sequence[Any],
    *,
    thing: str,
    default: object,
    sequence: bool = True,
    plays: bool = False,
    part: str = "",
    fit: bound.Fit = lambda value: value,
    also: Callable[[], None] = lambda: None,
) -> None:
    """Before a control is drawn: keys turn it from option to option.

    Where a key has opened the view, a sequence begins at its first option, or at its last one on
    the way back.

    Args:
        name: of the control.
        options: in their order.
        thing: one of them in words.
        default: of the control.
        sequence: whether page keys turn it too, before they open the next view.
        plays: whether the page has a button that plays it, ``client.play``, which space is then.
        part: of the parameter.
        fit: what a link has for the control as one of the options.
        also: called in the callback after each turn.
    """
    if len(options) < 2:
        return
    if sequence:
        arrive(name, options[0], options[-1], part=part)
    chosen = bound.current(name, part)
    here = default if chosen is None else fit(chosen)
    at = options.index(here) if here in options else -1
    key = f"{VIEWS}_{bound.parameter(name, part).key}"

    def take() -> None:
        target = min(client.turned_to(key), len(options) - 1)
        bound.put(name, options[target], part=part)
        also()

    data = {"at": at, "count": len(options), "thing": thing, "sequence": sequence}
    client.turned(data | {"plays": plays}, key, take)


def arrive(name: Name, first: object, last: object, *, part: str = "") -> None:
    """Before a control is drawn: where a key has opened the view, it begins at its first value, or
    at its last one on the way back.
    """
    way = st.session_state.get(ARRIVED, 0)
    if way:
        bound.put(name, first if way > 0 else last, part=part)


def has_arrived() -> bool:
    """Whether a key has opened the view in this run."""
    return bool(st.session_state.get(ARRIVED))


def views(chapters: Sequence[str]) -> None:
    """Once a run, after the page: keys go through the views of all chapters.

    Args:
        chapters: as their pages are called in the address, in their order.
    """
    st.session_state.pop(ARRIVED, None)
    every = [(chapter, view) for chapter in chapters for view in _views(chapter)]
    here = bound.chapter()
    own = [index for index, (chapter, _) in enumerate(every) if chapter == here]
    open_view = (bound.current(Name.VIEW) or _views(here)[0]) if len(own) > 1 else ""
    at = every.index((here, open_view))
    data = {"at": at, "count": len(every), "isViews": True, "first": own[0], "last": own[-1]}
    client.turned(data, VIEWS, partial(_open, every, at))


def asked_chapter() -> str | None:
    """The chapter that a key asks for, once."""
    found: str | None = st.session_state.pop(CHAPTER, None)
    return found


def _views(chapter: str) -> tuple[str, ...]:
    """The views of a chapter; one without a name where there are none to choose from."""
    found = (one.choices for one in address.parameters(chapter) if one.name == Name.VIEW)
    return next(found, ("",))


def _open(every: Sequence[tuple[str, str]], at: int) -> None:
    target = client.turned_to(VIEWS)
    chapter, view = every[target]
    st.session_state[ARRIVED] = 1 if target > at else -1
    if chapter != bound.chapter():
        st.session_state[CHAPTER] = chapter
    if view:
        bound.put_in(chapter, Name.VIEW, view)
