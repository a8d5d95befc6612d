"""What a page shows as HTML: its rows and columns, words, pictures and charts; its components as
places that the file's script fills.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from app.export import charts, marked, opening, settings
from app.ui import chart_style, lit_static
from core.json_files import parse_json

WIDE = 1180.0  # CSS pixels of the width of a whole page
# Of the app and not of what it shows: other pages, files to load, the room of what is awaited.
LEFT_OUT = {*settings.WORDED, "page_link", "download_button", "empty", "pagination", "button"}
LEFT_OUT |= {"file_uploader", "progress"}
# Components of the whole app, and those that do nothing without an answer of Python.
OF_THE_APP = {"history", "panel", "theme", "visitor", "gallery", "pad", "play"}
VERSION = "saved"
_CLICKS = re.compile(r"[;.] [Cc]lick [^.]*\.$")
ALERTS = {"error", "warning", "info", "success"}


@dataclass(frozen=True)
class Room:
    """Where an element stands.

    Attributes:
        width: in CSS pixels.
        key: of the container that it is in.
    """

    width: float = WIDE
    key: str = ""


@dataclass
class Page:
    """The HTML of a page while it is written.

    Attributes:
        mounted: every component in its order: its name and what Python gives it.
        parts: every element that stands alone, in its order, see ``answers``.
    """

    mounted: list[dict[str, Any]] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)

    def html(self, block: Any, room: Room = Room()) -> str:  # noqa: ANN401 - streamlit's own
        """All that stands in a block.

        Args:
            block: of an ``AppTest``'s tree.
            room: that it has.
        """
        return "".join(self._one(one, room) for one in opening.children(block))

    def _one(self, node: Any, room: Room) -> str:  # noqa: ANN401
        if hasattr(node, "children"):
            return self._block(node, room)
        if node.type == "number_input" and _is_beside_its_label(node):
            return f'<strong class="field">{settings.said(node)}</strong>'
        if node.type in LEFT_OUT:
            return ""
        if node.type == "bidi_component":
            return self._component(node.proto)
        if node.type not in WRITTEN:
            raise ValueError(f"Expected an element that a file can show, got {node.type!r}.")
        self.parts.append(WRITTEN[node.type](node, room))
        return f'<div data-part="{len(self.parts) - 1}">{self.parts[-1]}</div>'

    def _block(self, node: Any, room: Room) -> str:  # noqa: ANN401
        proto, kind = node.proto, node.type
        key = getattr(proto, "id", "").partition("-")[2].partition("-")[2]
        if kind == "column":
            share = proto.column.weight if hasattr(proto, "column") else node.weight
            body = self.html(node, replace(room, width=room.width * share))
            return f'<div class="column" style="flex:{share:.4g} 1 0">{body}</div>'
        body = self.html(node, replace(room, key=key))
        if not body:
            return ""
        if kind == "expander":
            label = marked.inline(node.label)
            return f"<details><summary>{label}</summary>{body}</details>"
        across = _is_horizontal(proto)
        return f'<div class="{"row" if across else "block"} {_class(key)}">{body}</div>'

    def _component(self, proto: Any) -> str:  # noqa: ANN401
        name = proto.component_name.rpartition(".")[2]
        if name in OF_THE_APP:
            return ""
        data = parse_json((proto.json or "{}").encode())
        if name == "keys" and not (data.get("isViews") or data.get("thing") == "step"):
            return ""
        if "sentences" in data:
            data["sentences"] = [_without_clicks(text) for text in data["sentences"]]
        if name == "grids":
            data |= {"isSaved": True, "links": [_unclicked(link) for link in data["links"]]}
        if "version" in data:  # tells a session from another one; a file has none
            data["version"] = VERSION
        self.mounted.append({"name": name, "data": data})
        number = len(self.mounted) - 1
        host = f'data-testid="stBidiComponentIsolated" data-mounted="{number}"'
        if name == "code":
            return f'<div class="live-code" {host}></div>{self._on_paper(data)}'
        return f"<div {host}></div>"

    def _on_paper(self, code: dict[str, Any]) -> str:
        """The function at the step that its picture begins with, for paper and without a script."""
        pictures = [one["data"] for one in self.mounted if one["name"] == "grids"]
        (picture,) = [one for one in pictures if one["id"] == code["of"]]
        moment = lit_static.Moment(code, picture, picture["step"])
        return f'<div class="paper">{lit_static.html(moment)}</div>'


def _is_beside_its_label(node: Any) -> bool:  # noqa: ANN401
    visibility = node.proto.label_visibility
    return bool(visibility.value == visibility.COLLAPSED)


def _without_clicks(text: str) -> str:
    """A sentence without what a click does: in a file nobody answers it."""
    return _CLICKS.sub(".", text)


def _unclicked(link: dict[str, Any]) -> dict[str, Any]:
    """What a picture says of its lines, without what a click does."""
    if "text" in link:
        return link | {"text": _without_clicks(link["text"])}
    return link | {"each": [_without_clicks(text) for text in link["each"]]}


def _class(key: str) -> str:
    """The name of a container as the app's own style has it."""
    return f"st-key-{marked.attribute(key)}" if key else ""


def _is_horizontal(proto: Any) -> bool:  # noqa: ANN401
    flex = getattr(proto, "flex_container", None)
    return flex is not None and flex.direction == flex.Direction.Value("HORIZONTAL")


def _header(node: Any, _room: Room) -> str:  # noqa: ANN401
    tag = node.proto.tag
    return f"<{tag}>{marked.inline(node.proto.body)}</{tag}>"


def _markdown(node: Any, _room: Room) -> str:  # noqa: ANN401
    return marked.html(node.proto.body)


def _caption(node: Any, _room: Room) -> str:  # noqa: ANN401
    return f'<div class="caption">{marked.html(node.proto.body)}</div>'


def _text(node: Any, _room: Room) -> str:  # noqa: ANN401
    return f"<p>{marked.attribute(node.proto.body)}</p>"


def _html(node: Any, _room: Room) -> str:  # noqa: ANN401
    return str(node.proto.body)  # the app's own: what is foreign in it is escaped there


def _alert(node: Any, _room: Room) -> str:  # noqa: ANN401
    return f'<div class="alert" role="note">{marked.html(node.proto.body)}</div>'


def _code(node: Any, _room: Room) -> str:  # noqa: ANN401
    return f"<pre><code>{marked.attribute(node.proto.code_text)}</code></pre>"


def _metric(node: Any, _room: Room) -> str:  # noqa: ANN401
    about = node.proto
    return (
        f'<div class="metric"><span>{marked.inline(about.label)}</span>'
        f"<strong>{marked.inline(about.body)}</strong></div>"
    )


def _image(node: Any, _room: Room) -> str:  # noqa: ANN401
    return "".join(map(_picture, node.proto.imgs))


def _picture(one: Any) -> str:  # noqa: ANN401
    if not one.url.startswith("data:image/"):
        raise ValueError(f"Expected a picture in the page itself, got {one.url[:60]!r}.")
    alt = getattr(one, "alt", "") or one.caption
    caption = f"<figcaption>{marked.inline(one.caption)}</figcaption>" if one.caption else ""
    return f'<figure><img src="{one.url}" alt="{marked.attribute(alt)}">{caption}</figure>'


def _chart(node: Any, room: Room) -> str:  # noqa: ANN401
    size = (room.width, chart_style.least_height(room.key) * charts.TYPE)
    return charts.svg(charts.points(node.proto), size, node.proto.alt)


WRITTEN: dict[str, Callable[[Any, Room], str]] = {
    "header": _header,
    "markdown": _markdown,
    "caption": _caption,
    "html": _html,
    "text": _text,
    "code": _code,
    "metric": _metric,
    "image": _image,
    "imgs": _image,
    "vega_lite_chart": _chart,
    **dict.fromkeys(ALERTS, _alert),
}
