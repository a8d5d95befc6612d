"""What one session knows of its address and of the controls that it has drawn."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx


@dataclass(frozen=True)
class Drawn:
    """A control as it was drawn last.

    Attributes:
        value: that it shows.
        default: of that run.
        offered: what there was to choose from.
        stale: values that the browser may still have, as it has not confirmed ``value`` yet.
    """

    value: Any
    default: Any
    offered: Any
    stale: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Unread:
    """What was typed and cannot be read, so that the address has another text.

    Attributes:
        typed: in its field.
        texts: of the address.
    """

    typed: str
    texts: list[str]


@dataclass
class Memory:
    """What one session knows of its address.

    Attributes:
        chapter: the page that runs.
        values: session key to the value of each control that is not at its default.
        drawn: session key to how the control was drawn last.
        texts: name to text, for the address that the running page is to have.
        written: session key to the text that the address had of it when its control was drawn last;
            none of a default.
        readable: session key of a field for text to the last of its texts that could be read, as in
            the address.
        unread: session key to the text in its field that cannot be read.
        touched: session keys of the controls that were touched since they were drawn last.
        replaced: session key to what was typed, where its control shows another value instead;
            until the browser has that.
        given_up: session key to values that were chosen and then not offered any more, the last at
            the end.
        holds: whether the page waits for its visitor, and keeps in its address what it cannot draw.
        parts: part of a page that runs by itself to the names of the controls that it has drawn.
        used: names of the controls that the running part has drawn.
        run: of a whole page, not only of a part of it; None: there is none.
        put: session keys of the values that callbacks have set since the run before.
        opened: how often the address has said what to show.
        session: tells this session from the one before a restart of the server.
        asked: session key to what the link asks for, until its control is drawn.
        refused: sentences about what was not understood in the link, until the page has said them.
    """

    chapter: str | None = None
    values: dict[str, Any] = field(default_factory=dict)
    drawn: dict[str, Drawn] = field(default_factory=dict)
    texts: dict[str, list[str]] = field(default_factory=dict)
    written: dict[str, list[str]] = field(default_factory=dict)
    readable: dict[str, list[str]] = field(default_factory=dict)
    unread: dict[str, Unread] = field(default_factory=dict)
    touched: set[str] = field(default_factory=set)
    replaced: dict[str, Any] = field(default_factory=dict)
    given_up: dict[str, list[Any]] = field(default_factory=dict)
    holds: bool = False
    parts: dict[str, set[str]] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    run: object | None = None
    put: set[str] = field(default_factory=set)
    opened: int = 0
    session: str = field(default_factory=lambda: secrets.token_hex(4))
    asked: dict[str, Any] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)

    def hear(self, state: Mapping[str, Any]) -> None:
        """Take over what was touched.

        A message that the browser sent before it had an answer still has the values of before.
        Where something else was certainly touched, they are no choice. What was heard counts as
        drawn: the run may be called off before it comes to that control, and the next touch may be
        back again.

        Args:
            state: session key to what the browser reports.
        """
        changed: dict[str, Any] = {}
        for key, drawn in self.drawn.items():
            if key not in state or not key.startswith(f"{self.chapter}."):
                continue
            if state[key] == drawn.value:
                self.drawn[key] = replace(drawn, stale=())
                self.replaced.pop(key, None)
            else:
                changed[key] = state[key]
        touched = {key: at for key, at in changed.items() if at not in self.drawn[key].stale}
        if not touched and not self.put:
            touched = changed
        for key, at in touched.items():
            self.forget(key)
            self.unread.pop(key, None)
            self.values[key] = at
            self.touched.add(key)
            self.drawn[key] = replace(self.drawn[key], value=at)
        self.put.clear()

    def show(self, key: str, value: object) -> None:
        """A control was drawn with a value, which may be another one than was typed."""
        if key in self.touched and self.values.get(key) != value:
            self.replaced[key] = self.values.get(key)
        self.touched.discard(key)

    def reopen(self, key: str, *, keep: bool) -> None:
        """An address was opened: a control is drawn anew, and may ``keep`` what it had."""
        self.drawn.pop(key, None)
        self.replaced.pop(key, None)
        if not keep:
            self.forget(key)
            self.given_up.pop(key, None)

    def returning(
        self, key: str, found: object, fit: Callable[[Any], object], missing: object
    ) -> object:
        """What was chosen if it is offered, else the last of what was given up and is offered.

        Args:
            key: of the control.
            found: what was chosen; ``missing``: nothing.
            fit: a value as the control has it, or ``missing``.
            missing: stands for nothing.
        """
        fitted = missing if found is missing else fit(found)
        given_up = self.given_up.pop(key, [])
        offered = [one for one in given_up if fit(one) is not missing]
        kept = [one for one in given_up if one not in offered]
        if fitted is missing and found is not missing:
            kept.append(found)
        if kept:
            self.given_up[key] = kept
        return fit(offered[-1]) if fitted is missing and offered else fitted

    def forget(self, key: str) -> None:
        """Nothing was chosen for a control, and no link asks for anything."""
        for about in (self.values, self.asked, self.written, self.replaced):
            about.pop(key, None)
        self.touched.discard(key)

    def come_back(self, key: str, texts: list[str]) -> None:
        """The browser's Back has opened an address again: what was typed beside it and cannot be
        read is in its field again.

        Args:
            key: of the field in the session.
            texts: that the address has of it.
        """
        found = self.unread.get(key)
        if found is not None and found.texts == texts:
            self.values[key] = found.typed
            self.asked.pop(key, None)
            self.written[key] = self.readable[key] = texts


_here = threading.local()  # the session that a thread runs, and its memory


def of_session() -> Memory:
    """The memory of the session that runs; Streamlit's own state, asked a hundred times a run,
    takes longer than many a page.
    """
    context = get_script_run_ctx(suppress_warning=True)
    state = context.session_state if context else None
    if state is None or _here.__dict__.get("state") is not state:
        _here.memory = st.session_state.setdefault("address", Memory())
        _here.state = state
    found: Memory = _here.memory
    return found
