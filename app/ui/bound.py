"""Values that are bound to a name in the address: what every control of a page stands on.

The truth is ``Memory.values``, and a control is a way to change it and to show it. A run begins by
hearing which controls were touched; each control is then drawn with its value, which the browser
is told wherever it may have another one; at the end the address is written, once. A value in
Streamlit's session state is set and never deleted: the browser would keep its own.

Session keys begin with the chapter, so ``view`` of one chapter is not ``view`` of another;
Streamlit's own ``bind`` would share one value between them, and does not clean what it reads in
one place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, MutableMapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import wraps
from typing import Any, ParamSpec, cast

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from app.ui import address, link_sentences
from app.ui.address import Name, Parameter
from app.ui.memory import Drawn, Memory, Unread
from app.ui.memory import of_session as _memory
from app.ui.next_link import next_link, texts_of
from app.ui.turns import turn

MISSING = object()
Handler = Callable[..., None]
Fit = Callable[[Any], Any]  # a value as the control has it, or MISSING
Arguments = ParamSpec("Arguments")


def _state() -> MutableMapping[str, Any]:
    return cast(MutableMapping[str, Any], st.session_state)


def current_link() -> dict[str, list[str]]:
    """What the address says now: name to all values behind it."""
    return {name: st.query_params.get_all(name) for name in st.query_params}


def _came_back() -> bool:
    """Whether the browser's Back or Forward asks for this run."""
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation


@contextmanager
def page(chapter: str) -> Iterator[None]:
    """One run of a page: the link is read before it, and written after it."""
    memory = _memory()
    if memory.chapter != chapter or _came_back():
        memory.chapter = chapter
        _open(memory, current_link(), keep=not _came_back())
    memory.hear(_state())
    memory.texts, memory.parts, memory.used, memory.holds = {}, {}, set(), False
    memory.run = run = object()
    try:
        yield
    finally:
        if memory.run is run:  # one that was called off may end after the next has begun
            memory.run = None
    _write_link(memory)


def fragment(function: Callable[Arguments, None]) -> Callable[Arguments, None]:
    """A part of a page that runs by itself when one of its own controls is touched, and with the
    whole page where that has set what is drawn elsewhere.
    """
    name = f"{function.__module__}.{function.__qualname__}"

    @wraps(function)
    @turn()
    def part(*args: Arguments.args, **kwargs: Arguments.kwargs) -> None:
        memory = _memory()
        alone = memory.run is None
        if alone:
            if _reaches_beyond(memory, name):
                st.rerun()
            memory.hear(_state())
        around, memory.used = memory.used, set()
        function(*args, **kwargs)
        for gone in memory.parts.get(name, set()) - memory.used:
            memory.texts.pop(gone, None)
        memory.parts[name] = memory.used
        memory.used = around | memory.used
        if alone:
            _write_link(memory)

    return st.fragment(part)


def _reaches_beyond(memory: Memory, part: str) -> bool:
    """Whether a callback has set a value that a part of the page does not draw itself."""
    own = memory.parts.get(part, set())
    every = address.parameters(memory.chapter or "")
    return any(one.key in memory.put and one.name not in own for one in every)


def _open(memory: Memory, link: dict[str, list[str]], *, keep: bool) -> None:
    """Take over what a link says; one that says nothing may ``keep`` the chapter as it was left."""
    found, memory.refused = address.values(memory.chapter or "", link)
    keeps = keep and not found and not memory.refused
    for one in address.parameters(memory.chapter or ""):
        memory.reopen(one.key, keep=keeps)
    memory.values |= found
    memory.asked |= found
    if not keep:
        for one in address.parameters(memory.chapter or ""):
            memory.come_back(one.key, link.get(one.name, []))
    memory.opened += 1


def _write_link(memory: Memory) -> None:
    """Once a run: each change is a message to the browser, and may be an entry in its history.

    Also where nothing changed, for what the run before has written may have been lost: Streamlit
    drops the last messages of a run when the next one is asked for. The browser leaves an address
    as it is that says the same.
    """
    before = current_link()
    wanted = next_link(memory, before)
    st.query_params.from_dict(before if before == wanted else wanted)  # in the order of the link


def hold() -> None:
    """The page waits for a photo, a drawing or the like: until that is there, what was chosen and
    has no control stays in the address.
    """
    _memory().holds = True


def refused() -> list[str]:
    """One sentence for each name in the link that was not understood; each is given once."""
    memory = _memory()
    found, memory.refused = memory.refused, []
    return found


def check(
    name: Name, read: Callable[[Any], object], part: str = "", *, among: Sequence[str] = ()
) -> None:
    """Before a control is drawn: leave out what the link asks for where ``read`` raises a
    ValueError with a sentence; where that is some of several values, it is about these ``among``
    them.
    """
    memory, key = _memory(), parameter(name, part).key
    try:
        read(memory.asked[key]) if key in memory.asked else None
    except ValueError as error:
        memory.refused.append(link_sentences.left_out(name, str(error), among))
        memory.forget(key)


def callback(handler: Handler) -> Handler:
    """A handler that stays with the chapter that runs now.

    A message about a control may come when its visitor is on another page already.
    """
    home = chapter()

    @wraps(handler)
    def handle(*args: Any, **named: Any) -> None:
        memory = _memory()
        here, memory.chapter = memory.chapter, home
        try:
            handler(*args, **named)
        finally:
            memory.chapter = here

    return handle


def chapter() -> str:
    """The chapter that runs, as its page is called in the address."""
    return _memory().chapter or ""


def version() -> str:
    """Another text whenever the address, not a control, says what the page shows.

    That is after a link, after Back and in a new session: then a component in the browser takes
    Python's value in place of its own.
    """
    memory = _memory()
    return f"{memory.session} {memory.opened}"


def session() -> str:
    """Another text in each session; a restart of the server begins one."""
    return _memory().session


def parameter(name: Name, part: str = "") -> Parameter:
    """That parameter of the running chapter."""
    return address.parameter(chapter(), name, part)


def prepare(about: Parameter, default: Any, fit: Fit, offered: Any) -> Any:
    """Before a control is drawn: see that it is drawn with a value that it offers.

    Args:
        about: the parameter.
        default: shown where nothing else was chosen. A control that stands at its default moves
            along when that becomes another one.
        fit: a value as the control has it, or ``MISSING``.
        offered: when this changes, the browser is told the value again.

    Returns:
        The value.
    """
    memory, state, key = _memory(), _state(), about.key
    value = _chosen(about, default, fit)
    reported = state.get(key, MISSING)
    before = memory.drawn.get(key)
    known = before is not None and before.offered == offered and not before.stale
    stale: tuple[Any, ...] = ()
    if not known or reported != value:
        state[key] = value
        held = (*before.stale, before.value, reported) if before else (reported,)
        stale = tuple(one for one in held if one is not MISSING and one != value)
    memory.drawn[key] = Drawn(value, default, offered, stale)
    return value


def _chosen(about: Parameter, default: Any, fit: Fit) -> Any:
    """What was chosen if it is offered, else the default."""
    memory = _memory()
    found = memory.values.get(about.key, MISSING)
    before = memory.drawn.get(about.key)
    if before is not None and found == before.default != default:
        found = MISSING
    if about.returns and about.key not in memory.asked:
        found = memory.returning(about.key, found, fit, MISSING)
    elif found is not MISSING:
        found = fit(found)
    if about.key in memory.asked:
        found = _as_asked(about, found)
    return default if found is MISSING else found


def _as_asked(about: Parameter, value: Any) -> Any:
    """What a control makes of the link; where it is not what the link asks for, that is said."""
    memory = _memory()
    asked = memory.asked.pop(about.key)
    sentence = link_sentences.not_offered(about, asked, None if value is MISSING else value)
    if sentence is None:
        return value
    memory.refused.append(sentence)
    return value if isinstance(asked, list) else MISSING


def write(about: Parameter, value: Any, default: Any, *, link: Any = MISSING) -> None:
    """After a control was drawn: keep its value, for the address too.

    There stands another one, ``link``, where the picture is not made from what was typed.
    """
    memory, told = _memory(), value if link is MISSING else link
    memory.used.add(about.name)
    memory.show(about.key, value)
    if value == default:
        memory.values.pop(about.key, None)
    else:
        memory.values[about.key] = value
    memory.texts.pop(about.name, None)
    texts = memory.written[about.key] = [] if told == default else texts_of(told)
    if told != default:
        memory.texts[about.name] = texts
    if link is not MISSING:
        memory.readable[about.key] = texts
    if told != value:
        memory.unread[about.key] = Unread(value, texts)
    if about.key in memory.drawn:
        memory.drawn[about.key] = replace(memory.drawn[about.key], value=value)


def value(
    name: Name,
    default: Any,
    *,
    fit: Fit | None = None,
    part: str = "",
) -> Any:
    """The value of what is no widget: a pinned step, a cell, a component's slider."""
    about = parameter(name, part)
    found = _chosen(about, default, fit or (lambda one: one))
    write(about, found, default)
    return found


def last_read(name: Name, default: str) -> str:
    """The last text of a field that could be read, as the address has it."""
    return "".join(_memory().readable.get(parameter(name).key, [])) or default


def current(name: Name, part: str = "") -> Any:
    """What was chosen, in a callback or before its control is drawn; None: nothing."""
    about, memory, state = parameter(name, part), _memory(), _state()
    if memory.run is None and about.key in memory.drawn and about.key in state:
        return about.rounded(state[about.key])
    return about.rounded(memory.values.get(about.key))


def replaced(name: Name, part: str = "") -> Any:
    """What was typed into a field that shows another value instead; None: nothing."""
    return _memory().replaced.get(parameter(name, part).key)


def is_drawn(name: Name, part: str = "") -> bool:
    """Whether a control's value is one that it had on the page, and not a link's."""
    return parameter(name, part).key in _memory().drawn


def waits(name: Name, part: str = "") -> bool:
    """Whether a link asks for a value whose control has not been drawn yet."""
    return parameter(name, part).key in _memory().asked


def put(name: Name, found: Any, *, part: str = "") -> None:
    """Set a value, in a callback or before its control is drawn."""
    _set(parameter(name, part).key, found)


def put_in(chapter: str, name: Name, found: Any) -> None:
    """Set a value of any chapter, in a callback."""
    _set(address.parameter(chapter, name).key, found)


def reset(name: Name, part: str = "") -> None:
    """Back to the default, in a callback or before its control is drawn."""
    _memory().given_up.pop(parameter(name, part).key, None)
    _set(parameter(name, part).key, MISSING)


def _set(key: str, found: Any) -> None:
    """What the browser has for this control counts no longer."""
    memory = _memory()
    if memory.run is None:
        memory.put.add(key)
    memory.drawn.pop(key, None)
    memory.unread.pop(key, None)
    memory.forget(key)
    if found is not MISSING:
        memory.values[key] = found
