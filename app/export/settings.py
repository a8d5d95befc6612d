"""The settings of a page in words: what its controls say, which a file does not have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from app.export import marked, opening
from app.ui.uploads import IN_USE

# Kinds of controls that have a value and a name.
WORDED = (
    "button_group",
    "selectbox",
    "select_slider",
    "slider",
    "number_input",
    "toggle",
    "checkbox",
    "multiselect",
    "text_area",
    "text_input",
)


def words(app: Any) -> list[tuple[str, str]]:  # noqa: ANN401 - streamlit's own
    """The name of each control of a page and what it says, those beside the page first.

    Args:
        app: an ``AppTest`` that has run.
    """
    found = [*_of(app.sidebar), *_of(app.main)]
    return list(dict.fromkeys(found))


def _of(block: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401
    for one in opening.children(block):
        if hasattr(one, "children"):
            yield from _of(one)
        elif one.type in WORDED and one.label:
            yield one.label, said(one)
        elif one.type == "text" and one.value.startswith(IN_USE):  # a file of one's own
            yield IN_USE[:-2], one.value.removeprefix(IN_USE)


def said(control: Any) -> str:  # noqa: ANN401
    """What a control says.

    Args:
        control: of an ``AppTest``'s tree.
    """
    if control.type == "button_group":
        return ", ".join(control.formatted_values) or "none"
    value = control.value
    if control.type == "selectbox" and control.index is not None:
        return str(control.options[control.index])
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "none"
    return "none" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def html(found: list[tuple[str, str]]) -> str:
    """The words as a list of a page."""
    rows = "".join(
        f"<div><dt>{marked.attribute(name)}</dt><dd>{marked.attribute(said)}</dd></div>"
        for name, said in found
    )
    return f"<dl>{rows}</dl>"
