"""What a visitor's browser knows of the open page: its controls, and what they say."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

PIXELS = 28 * 28  # of the drawing pad
CHOICES = ("button_group", "selectbox", "slider")


@dataclass
class Control:
    """A control on the page.

    Attributes:
        element: as the server has sent it.
        kind: of the element.
        fragment: the part of the page that runs when it is touched; "": all of it.
    """

    element: Any
    kind: str
    fragment: str

    def offers(self) -> list[str]:
        """What can be chosen; nothing where a value is made up."""
        if self.kind == "button_group":
            return [one.content for one in self.element.options]
        return list(self.element.options) if self.kind in CHOICES else []


@dataclass
class Page:
    """A page as its messages have built it.

    Attributes:
        controls: by the key that the app gives them.
        states: what the browser reports of each control, by its id.
        media: addresses of pictures that do not come with the page.
        exceptions: what the page says went wrong.
        script: hash of the page.
        query: the part of the address behind the question mark.
        hashes: of messages that need not be sent again, with the messages.
    """

    controls: dict[str, Control] = field(default_factory=dict)
    states: dict[str, WidgetState] = field(default_factory=dict)
    media: set[str] = field(default_factory=set)
    exceptions: list[str] = field(default_factory=list)
    script: str = ""
    query: str = ""
    hashes: dict[str, ForwardMsg] = field(default_factory=dict)

    def begin(self) -> None:
        """The whole page runs: what it has is said anew."""
        self.controls.clear()
        self.media.clear()

    def take(self, message: ForwardMsg) -> None:
        """One message of the server."""
        kind = message.WhichOneof("type")
        if kind == "ref_hash":
            found = self.hashes.get(message.ref_hash)
            return self.take(found) if found is not None else None
        if message.metadata.cacheable:
            self.hashes[message.hash] = message
        if kind == "delta" and message.delta.WhichOneof("type") == "new_element":
            self._draw(message.delta.new_element, message.delta.fragment_id)
        elif kind == "page_info_changed":
            self.query = message.page_info_changed.query_string
        elif kind == "navigation":
            self.script = message.navigation.page_script_hash
        return None

    def _draw(self, element: Element, fragment: str) -> None:
        kind = element.WhichOneof("type") or ""
        if kind == "imgs":
            urls = {one.url for one in element.imgs.imgs}
            self.media |= {url for url in urls if not url.startswith("data:")}
        elif kind == "exception":
            self.exceptions.append(element.exception.message)
        found = getattr(element, kind, None)
        name = str(getattr(found, "id", ""))
        if name.startswith("$$ID-"):
            self.controls[name.split("-", 2)[2]] = Control(found, kind, fragment)

    def known(self) -> Iterator[WidgetState]:
        """What the browser reports with each action."""
        here = {control.element.id for control in self.controls.values()}
        return (state for name, state in self.states.items() if name in here)


def touched(control: Control, rng: random.Random, avoid: tuple[str, ...]) -> WidgetState | None:
    """Another state of a control, as a person's touch has it.

    Args:
        control: that is touched.
        rng: chooses.
        avoid: beginnings of options that are not chosen.

    Returns:
        None where there is nothing to choose.
    """
    state = WidgetState(id=control.element.id)
    offered = [one for one in control.offers() if not one.startswith(avoid)]
    if control.kind == "slider" and not offered:
        low, high, step = control.element.min, control.element.max, control.element.step
        state.double_array_value.data.append(
            low + step * rng.randrange(1 + int((high - low) / step))
        )
    elif control.kind in CHOICES:
        if len(offered) < 2:
            return None
        chosen = rng.choice(offered)
        if control.kind == "selectbox":
            state.string_value = chosen
        else:
            state.string_array_value.data.append(chosen)
    elif control.kind == "checkbox":
        state.bool_value = rng.random() < 0.5
    elif control.kind == "number_input":
        state.double_value = rng.randrange(20)
    elif control.kind == "pagination":
        state.int_value = 1 + rng.randrange(control.element.num_pages)
    else:
        state.json_value = json.dumps(_of_component(control.element.id, rng))
    return state


def said(state: WidgetState) -> str:
    """A state in words."""
    value = getattr(state, state.WhichOneof("value") or "id")
    return str(getattr(value, "data", value))[:60]


def _of_component(name: str, rng: random.Random) -> dict[str, Any]:
    """What a component of ours reports: the slider that is heard while it moves, or the pad."""
    if name.endswith("epsilon"):
        return {"moved": {"value": rng.randrange(1, 128), "count": rng.randrange(1, 10**6)}}
    left, top = rng.randrange(8, 20), rng.randrange(4, 8)
    stroke = {row * 28 + left + row // 6 for row in range(top, 24)}
    return {"pixels": [255 if at in stroke else 0 for at in range(PIXELS)]}
