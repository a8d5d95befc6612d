"""What a link says about the screen and not about a setting: whether the page is presented to a
room, and which controls stay in sight then. The browser does both, see app/components/keys/present;
here the link is cleaned, and what was not understood is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import streamlit as st

from app.ui.link_sentences import left_out
from app.ui.parameter import Parameter
from core.foreign_text import quoted

PRESENT, CONTROLS = "present", "controls"
SAVED = "saved"  # in the session
NAMES = frozenset({PRESENT, CONTROLS})
ON = "1"
MOST_NAMED = 3  # of wrong names in a sentence
Link = Mapping[str, Sequence[str]]


def is_presented() -> bool:
    """Whether the open page is presented to a room."""
    return st.query_params.get_all(PRESENT) == [ON]


def is_saved() -> bool:
    """Whether the open page becomes a file, see ``app.export``: what takes long is computed right
    here, pictures stand in the page itself, and charts have the names of their colours.
    """
    return SAVED in st.session_state


def kept(link: Link, parameters: Iterable[Parameter]) -> dict[str, list[str]]:
    """What the address goes on saying about the screen.

    Args:
        link: name to all values behind it.
        parameters: of the page.
    """
    settings = _settings(parameters)
    found = {PRESENT: [ON]} if list(link.get(PRESENT, ())) == [ON] else {}
    right = [name for name in _named(link) if name in settings]
    return found | ({CONTROLS: [",".join(right)]} if right else {})


def refused(link: Link, parameters: Iterable[Parameter]) -> dict[str, str]:
    """What is not understood of it: name to sentence; arguments as of ``kept``."""
    found: dict[str, str] = {}
    settings = _settings(parameters)
    if PRESENT in link and list(link[PRESENT]) != [ON]:
        found[PRESENT] = left_out(PRESENT, f"expected {ON}, got {_all(link[PRESENT])}")
    wrong = [name for name in _named(link) if name not in settings]
    if wrong or (CONTROLS in link and not _named(link)):
        example = f", like {min(settings)}" if settings else ", of which this one has none"
        reason = f"expected names of this page's settings{example}, got {_all(wrong)}"
        found[CONTROLS] = left_out(CONTROLS, reason, wrong[:MOST_NAMED])
    return found


def _settings(parameters: Iterable[Parameter]) -> set[str]:
    return {one.name.value for one in parameters}


def _named(link: Link) -> list[str]:
    texts = ",".join(link.get(CONTROLS, ())).split(",")
    return list(dict.fromkeys(filter(None, map(str.strip, texts))))


def _all(texts: Sequence[str]) -> str:
    return " and ".join(map(quoted, texts[:MOST_NAMED])) if any(texts) else "nothing"
