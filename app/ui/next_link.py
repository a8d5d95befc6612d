"""The address that a page is to have after a run. No streamlit here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.ui import address, screen
from app.ui.address import Name, Parameter
from app.ui.memory import Memory

Link = Mapping[str, list[str]]


def next_link(memory: Memory, before: Link) -> dict[str, list[str]]:
    """What the controls stand at that were drawn, and what has no control yet: what a link asks
    for; and while the page waits for a photo, a drawing or a file, what was chosen for the view.

    Args:
        memory: of the session.
        before: what the address says now; names that are none of ours stay.
    """
    chapter = memory.chapter or ""
    ours = address.names(chapter) | address.unknown(chapter, before).keys()
    wanted = {name: texts for name, texts in before.items() if name not in ours}
    wanted = {name: texts for name, texts in wanted.items() if name not in screen.NAMES}
    wanted |= screen.kept(before, address.parameters(chapter))
    for one in address.parameters(chapter):
        texts = memory.texts.get(one.name) or _undrawn(memory, one)
        if texts is not None:
            wanted[one.name] = texts
    for one in address.unsaid(chapter, wanted):
        if one.key in memory.drawn:
            wanted[one.name] = texts_of(memory.drawn[one.key].value)
    return wanted


def _undrawn(memory: Memory, one: Parameter) -> list[str] | None:
    if one.name in memory.used:
        return None
    if one.key in memory.asked:
        return texts_of(memory.asked[one.key])
    if not memory.holds or not _belongs_to_the_view(memory, one):
        return None
    if one.key in memory.written:
        return memory.written[one.key] or None
    return texts_of(one.rounded(memory.values[one.key])) if one.key in memory.values else None


def _belongs_to_the_view(memory: Memory, one: Parameter) -> bool:
    view = address.parameter(one.chapter, Name.VIEW)
    return not one.views or memory.values.get(view.key, view.default) in one.views


def texts_of(value: Any) -> list[str]:  # noqa: ANN401 - of any kind of parameter
    """A value as it stands in the address."""
    text = address.text_of(value)
    return [text] if isinstance(text, str) else text
