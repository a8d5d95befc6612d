"""What one session knows of its address and of the controls that it has drawn."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any


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


@dataclass
class Memory:
    """What one session knows of its address.

    Attributes:
        chapter: the page that runs.
        values: session key to the value of each control that is not at its default.
        drawn: session key to how the control was drawn last.
        texts: name to text, for the address that the running page is to have.
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
    parts: dict[str, set[str]] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    run: object | None = None
    put: set[str] = field(default_factory=set)
    opened: int = 0
    session: str = field(default_factory=lambda: secrets.token_hex(4))
    asked: dict[str, Any] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
