"""Values that are bound to a name in the address: what every control of a page stands on.

A page runs inside ``page``. Each control takes its value from the session, or from the link with
which the page was opened, and writes it into the address unless it is the default. Session keys
begin with the chapter, so ``view`` of one chapter is not ``view`` of another; Streamlit's own
``bind`` would share one value between them, and does not clean what it reads in one place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import streamlit as st

from app.ui import address, link_sentences
from app.ui.address import Name, Parameter

MISSING = object()
Fit = Callable[[Any], Any]  # a value as the control has it, or MISSING


@dataclass
class Memory:
    """What one session knows of its address.

    Attributes:
        chapter: the page that runs.
        values: session key to the value of each control that is not at its default, for controls
            that are not drawn at the moment.
        last: session key to (default, what is offered, value) when it was drawn last.
        used: names of what the running page has drawn.
        link: as the page left it.
        next_link: as the running page will leave it; None while a fragment runs by itself.
        asked: session key to what the link asks for, until its control is drawn.
        refused: sentences about what was not understood in the link, until the page has said them.
    """

    chapter: str | None = None
    values: dict[str, Any] = field(default_factory=dict)
    last: dict[str, tuple[Any, Any, Any]] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    link: dict[str, list[str]] = field(default_factory=dict)
    next_link: dict[str, list[str]] | None = None
    asked: dict[str, Any] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)


def _memory() -> Memory:
    found: Memory = st.session_state.setdefault("address", Memory())
    return found


def _state() -> MutableMapping[str, Any]:
    return cast(MutableMapping[str, Any], st.session_state)


def _link() -> dict[str, list[str]]:
    return {name: st.query_params.get_all(name) for name in st.query_params}


@contextmanager
def page(chapter: str) -> Iterator[None]:
    """One run of a page: the link is read before it, and tidied after it."""
    memory = _memory()
    if memory.chapter != chapter:
        memory.chapter = chapter
        _open(memory, _link(), keep=True)
    elif _came_back(memory):
        _open(memory, _link(), keep=False)
    _keep_touched(memory)
    memory.used, memory.next_link = set(), _link()
    try:
        yield
        gone = (address.names(chapter) - memory.used) | address.unknown(chapter, _link()).keys()
        for name in gone:
            memory.next_link.pop(name, None)
        if memory.next_link != _link():  # in one message: each is a step of the browser's history
            st.query_params.from_dict(memory.next_link)
    finally:
        memory.next_link = None
    memory.link = _link()


def _came_back(memory: Memory) -> bool:
    """Whether the address is another one and no control was touched: the browser's Back.

    A control that is touched twice in a row sends the address of before its first answer, too;
    then the control counts.
    """
    if _link() == memory.link:
        return False
    state = _state()
    return all(
        key not in state or state[key] == value for key, (_, _, value) in memory.last.items()
    )


def _open(memory: Memory, link: dict[str, list[str]], *, keep: bool) -> None:
    """Take over what a link says; one that says nothing may ``keep`` the chapter as it was left."""
    found, memory.refused = address.values(memory.chapter or "", link)
    if found or memory.refused or not keep:
        for one in address.parameters(memory.chapter or ""):
            forget(one.name, one.part)
        memory.values |= found
        memory.asked = found


def _keep_touched(memory: Memory) -> None:
    """What was touched and is not drawn in this run would be lost: Streamlit forgets it."""
    state = _state()
    for about in address.parameters(memory.chapter or ""):
        _, _, drawn = memory.last.get(about.key, (None, None, MISSING))
        if drawn is not MISSING and state.get(about.key, drawn) != drawn:
            memory.values[about.key] = state[about.key]


def refused() -> list[str]:
    """One sentence for each name in the link that was not understood; each is given once."""
    memory = _memory()
    found, memory.refused = memory.refused, []
    return found


def check(name: Name, read: Callable[[Any], object], part: str = "") -> None:
    """Before a control is drawn: leave out what the link asks for unless it can be read.

    Args:
        name: of the parameter.
        read: raises a ValueError with a sentence.
        part: of the parameter.
    """
    memory, key = _memory(), parameter(name, part).key
    try:
        read(memory.asked[key]) if key in memory.asked else None
    except ValueError as error:
        memory.refused.append(link_sentences.left_out(name, str(error)))
        memory.values.pop(key, None)
        del memory.asked[key]


def too_long() -> str | None:
    """A sentence about the running page's link where most servers would refuse it."""
    return link_sentences.too_long(_link(), st.context.url or "")


def chapter() -> str:
    """The chapter that runs, as its page is called in the address."""
    return _memory().chapter or ""


def parameter(name: Name, part: str = "") -> Parameter:
    """That parameter of the running chapter."""
    return address.parameter(chapter(), name, part)


def prepare(about: Parameter, default: Any, fit: Fit, offered: Any) -> Any:
    """Before a control is drawn: see that the session holds a value that it offers.

    Args:
        about: the parameter.
        default: shown where nothing else was chosen. A control that stands at its default moves
            along when that becomes another one.
        fit: a value as the control has it, or ``MISSING``.
        offered: when this changes, the control starts with the value again.

    Returns:
        The value.
    """
    memory, state, key = _memory(), _state(), about.key
    value = state[key] if key in state else memory.values.get(key, MISSING)
    old_default, old_offered, _ = memory.last.get(key, (default, offered, None))
    if value is not MISSING and value == old_default != default:
        value = MISSING
    value = MISSING if value is MISSING else fit(value)
    if key in memory.asked:
        value = _as_asked(about, value)
    if value is MISSING:
        value = default
    if key not in state or state[key] != value or old_offered != offered:
        state[key] = value
    return value


def _as_asked(about: Parameter, value: Any) -> Any:
    """What a control makes of the link; where it is not what the link asks for, that is said."""
    memory = _memory()
    asked = memory.asked.pop(about.key)
    fitted = None if value is MISSING else value
    sentence = link_sentences.not_offered(about, asked, fitted)
    if sentence is None:
        return value
    memory.refused.append(sentence)
    return value if isinstance(asked, list) else MISSING


def write(
    about: Parameter, value: Any, default: Any, offered: Any = None, *, link: Any = MISSING
) -> None:
    """After a control was drawn: keep its value and write it into the address.

    There stands another one, ``link``, where the picture is not made from what was typed.
    """
    memory, link = _memory(), value if link is MISSING else link
    memory.last[about.key] = (default, offered, value)
    memory.used.add(about.name)
    if value == default:
        memory.values.pop(about.key, None)
    else:
        memory.values[about.key] = value
    _write(about.name, None if link == default else address.text_of(link))
    memory.link = _link()


def _write(name: str, text: str | list[str] | None) -> None:
    """Only what differs: each change is a message to the browser."""
    texts = [text] if isinstance(text, str) else text
    link = _memory().next_link
    if link is not None:
        link.pop(name, None)
        link |= {name: texts} if texts else {}
    elif not texts:
        if name in st.query_params:
            del st.query_params[name]
    elif st.query_params.get_all(name) != texts:
        st.query_params[name] = texts


def value(
    name: Name,
    default: Any,
    *,
    fit: Fit | None = None,
    part: str = "",
) -> Any:
    """The value of what is no widget: a pinned step, a cell, a component's slider."""
    about = parameter(name, part)
    found = prepare(about, default, fit or (lambda one: one), None)
    write(about, found, default)
    return found


def keep(name: Name, found: Any, default: Any, *, part: str = "") -> None:
    """Keep what a component in the browser says, in the session and in the address."""
    about = parameter(name, part)
    _state()[about.key] = found
    write(about, found, default)


def current(name: Name, part: str = "") -> Any:
    """What a control stands at, in its callback or before it is drawn; None: nothing chosen."""
    key = parameter(name, part).key
    return _state().get(key, _memory().values.get(key))


def put(name: Name, found: Any, *, part: str = "") -> None:
    """Set a value, in a callback or before its control is drawn."""
    about, memory = parameter(name, part), _memory()
    _state()[about.key] = found
    memory.values[about.key] = found
    memory.asked.pop(about.key, None)


def forget(name: Name, part: str = "") -> None:
    """Back to the default, in a callback or before its control is drawn."""
    about = parameter(name, part)
    memory = _memory()
    memory.values.pop(about.key, None)
    memory.last.pop(about.key, None)
    memory.asked.pop(about.key, None)
    _state().pop(about.key, None)
