"""The room that votes now, as Home shows it: its code, and never its key or its answers."""

from __future__ import annotations

import sqlite3
import time
from dataclasses import dataclass
from html import escape
from urllib.parse import urlsplit

import streamlit as st

from app.stage.links import address, link_here
from app.stage.store import FILE, store
from app.ui.visit_folders import state_folder

RECENT = 3 * 3600.0  # seconds since the last change of a room that is still in use


@dataclass(frozen=True)
class OpenRoom:
    """How phones come to a room.

    Attributes:
        code: of the room.
        link: that phones open.
    """

    code: str
    link: str

    def html(self) -> str:
        """The QR code, and beside it what is typed instead."""
        typed = escape(self.link.partition("//")[2].partition("?")[0])
        code, link = escape(self.code), escape(self.link)
        picture = escape(address(f"stage/qr.svg?room={self.code}"))
        return (
            f'<div class="room"><img src="{picture}" alt="QR code of {link}">'
            f"<p>Vote in room <b>{code}</b>:<br>{typed}</p></div>"
        )


def latest() -> OpenRoom | None:
    """The room that was touched last; None: none within the last hours, no phone reaches this
    server, or the file of the lectures cannot be read, which the stage says.
    """
    if not (state_folder() / FILE).is_file():
        return None
    try:
        room = store().latest(time.time() - RECENT)
    except (sqlite3.Error, OSError, ValueError, TypeError, KeyError):
        return None
    host, scheme = here()
    link = link_here(host, scheme, room.code) if room and host else ""
    return OpenRoom(room.code, link) if room and link else None


def here() -> tuple[str, str]:
    """Under which name, with its port, and scheme the page was opened."""
    return st.context.headers.get("host", ""), urlsplit(st.context.url or "http://").scheme
