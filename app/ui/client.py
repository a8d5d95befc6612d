"""The components that run in the browser, mounted from Python; their code is in app/components."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import streamlit as st

from app.ui import bound, fetched, palette
from app.ui.javascript import bundle
from app.ui.saveable import Chart

Handler = Callable[[], None] | None
STATES = ("step", "picked", "tally", "answer")  # of the grids
# In the session, for a component's own state is lost with its page, and a new session is told of
# moves whose handler it does not call.
HEARD = "moves heard"
LOADER = (Path(__file__).parents[1] / "components" / "loader.js").read_text("utf-8")
COMPONENTS = Path(__file__).resolve().parents[1] / "components"
# The loader says when a component has started. One line would be the name of a file.
UNSEEN = ":host(:not([data-started])) {\n  visibility: hidden;\n}\n"


def _register(name: str) -> Any:  # noqa: ANN401 - streamlit's own
    path = COMPONENTS / name / name
    html, css = (path.with_suffix(kind).read_text("utf-8") for kind in (".html", ".css"))
    address = fetched.script(name, bundle(path.with_suffix(".js")))
    loader = LOADER.replace("ADDRESS", json.dumps(address))
    return st.components.v2.component(name, html=html, css=UNSEEN + css, js=loader)


_blend = _register("blend")
_code = _register("code")
_gallery = _register("gallery")
_grids = _register("grids")
_history = _register("history")
_keys = _register("keys")
_live_slider = _register("live_slider")
_pad = _register("pad")
_page_files = _register("page_files")
_panel = _register("panel")
_play = _register("play")
_theme = _register("theme")
_visitor = _register("visitor")


def history() -> None:
    """One entry in the browser's history for each thing that somebody does, and a page of its own
    for a browser that a restarted server does not know; see app/components/history.
    """
    _history(key="history", on_connected_change=_nothing)


def visitor(name: str, visitor_id: str) -> None:
    """The browser keeps under which name the server knows it; see app/components/visitor.

    Args:
        name: of the cookie.
        visitor_id: what it says.
    """
    _visitor(data={"name": name, "id": visitor_id}, key="visitor")


def theme(drawn: str) -> None:
    """The page is drawn anew when it takes another theme; see app/components/theme.

    Args:
        drawn: the theme that the page was drawn for, "light" or "dark".
    """
    _theme(data={"drawn": drawn}, key="theme", on_changed_change=_nothing)


def panel() -> None:
    """The panel at the left, closed to begin with where a window is narrow; see
    app/components/panel.
    """
    _panel(key="panel")


def turned(data: dict[str, Any], key: str, on_turn: Callable[[], None]) -> None:
    """Something that keys turn; see app/components/keys.

    Args:
        data: as its README says.
        key: of the component.
        on_turn: called after each turn; ``turned_to`` has the target.
    """
    _keys(
        data=data | {"heard": _moves(key)},
        key=key,
        default={"turned": None},
        on_turned_change=_counted(key, "turned", on_turn),
    )


def page_files(charts: Sequence[Chart], theme: str) -> None:
    """Buttons that save what a page shows, its pictures beside these charts; see
    app/components/page_files.

    Args:
        charts: of the page.
        theme: of the files, "light" or "dark".
    """
    rows = [
        {
            "key": one.key,
            "name": one.name,
            "title": one.says,
            "lines": [
                asdict(line) | {"colour": palette.themed(line.colour, theme)}
                for line in one.lines()
            ],
        }
        for one in charts
    ]
    _page_files(data={"charts": rows, "font": palette.FONT}, key="page_files")


def play(key: str) -> None:
    """A button that plays what ``turned`` declares with "plays"; see app/components/play.

    Args:
        key: of the component.
    """
    _play(key=key)


def turned_to(key: str) -> int:
    """In a callback: where keys have turned it."""
    return int(st.session_state[key]["turned"]["target"])


def moved_to(key: str) -> Any:  # noqa: ANN401 - whatever the component holds
    """In a callback: where a component's slider was moved to."""
    return st.session_state[key]["moved"]["value"]


def _moves(key: str) -> int:
    """How many moves of a component Python has heard of."""
    return _heard().get(key, 0)


def _heard() -> dict[str, int]:
    found: dict[str, int] = st.session_state.setdefault(HEARD, {})
    return found


def _counted(key: str, state: str, handler: Callable[[], None]) -> Callable[[], None]:
    """What hears of a component's moves: those count whose handler was called."""

    def hear() -> None:
        _heard()[key] = int(st.session_state[key][state]["count"])
        handler()

    return bound.callback(hear)


def _moving(key: str, on_move: Callable[[], None]) -> dict[str, Any]:
    """How a component with a slider is mounted."""
    return {"default": {"moved": None}, "on_moved_change": _counted(key, "moved", on_move)}


def blend(data: dict[str, Any], *, key: str, version: str, on_move: Callable[[], None]) -> None:
    """A photo, a map and the map over the photo, with a slider for its opacity; see
    app/components/blend.

    Args:
        data: as its README says, "alpha" among them.
        key: of the component.
        version: when it changes, the slider goes to "alpha".
        on_move: called when the slider was let go; ``moved_to`` has the opacity, in [0, 1].
    """
    more = {"version": version, "count": _moves(key)}
    _blend(data=data | more, key=key, **_moving(key, on_move))


def grids(
    data: dict[str, Any],
    *,
    key: str,
    on_step: Handler = None,
    on_pick: Handler = None,
    on_tally: Handler = None,
    on_answer: Handler = None,
) -> None:
    """Linked grids of cells to hover over, play and step through; see app/components/grids.

    Args:
        data: of ``app.ui.grids.Scene``.
        key: of the component; its state is in the session under this name.
        on_step: called when a step is pinned or the slider is let go.
        on_pick: called after a click into a grid with ``pick``.
        on_tally: called after each answer of a puzzle.
        on_answer: called after each answer to a question, and when another question is asked for.
    """
    quiet = {
        f"on_{name}_change": bound.callback(handler or _nothing)
        for name, handler in (
            ("step", on_step),
            ("picked", on_pick),
            ("tally", on_tally),
            ("answer", on_answer),
        )
    }
    states = [st.session_state.get(key, {}).get(name) or {} for name in STATES]
    heard = max(int(state.get("count", 0)) for state in states)
    data = data | {"heard": heard, "listens": on_step is not None}
    _grids(data=data, key=key, default=dict.fromkeys(STATES), **quiet)


def code(data: dict[str, Any], *, key: str) -> None:
    """A function's lines beside the grids that it has made; see app/components/code.

    Args:
        data: of ``app.ui.lit_code.listing``.
        key: of the component.
    """
    _code(data=data, key=key)


def _nothing() -> None:
    """A state that nobody waits for."""


def live_slider(
    label: str,
    low: int,
    high: int,
    *,
    value: int,
    unit: str,
    key: str,
    version: str,
    on_move: Callable[[], None],
) -> None:
    """A slider that is heard while it is dragged; see app/components/live_slider.

    Args:
        label: before it.
        low: its left end.
        high: its right end.
        value: that the page is drawn with.
        unit: behind the number.
        key: of the component.
        version: when it changes, the slider goes to ``value``.
        on_move: called after each move; ``moved_to`` has the number.
    """
    data = {"label": label, "unit": unit, "low": low, "high": high, "step": 1, "value": value}
    data |= {"version": version, "count": _moves(key)}
    _live_slider(data=data, key=key, **_moving(key, on_move))


def gallery(
    pictures: Sequence[dict[str, str]],
    picked: str,
    *,
    label: str,
    key: str,
    on_pick: Callable[[], None],
) -> None:
    """Small pictures to choose from; see app/components/gallery.

    Args:
        pictures: "name", "url" and "title" of each.
        picked: the name of the framed one.
        label: what a screen reader says of all.
        key: of the component.
        on_pick: called after a click; ``picked_name`` has the picture's.
    """
    names = "".join(picture["name"] for picture in pictures)
    count = int((st.session_state.get(key, {}).get("picked") or {}).get("count", 0))
    _gallery(
        data={
            "id": names,
            "label": label,
            "pictures": pictures,
            "picked": picked,
            "count": count,
        },
        key=key,
        default={"picked": None},
        on_picked_change=bound.callback(on_pick),
    )


def picked_name(key: str) -> str | None:
    """In a callback: the picture of a gallery that was clicked; None: none was."""
    picked = st.session_state[key].get("picked")
    return str(picked["name"]) if picked else None


def pad(drawn: list[int], *, key: str) -> list[int]:
    """A black square to draw a digit on; see app/components/pad.

    Args:
        drawn: the grey values that it begins with.
        key: of the component.

    Returns:
        Its grey values, row by row; none while it is empty.
    """
    state = _pad(
        data={"pixels": drawn}, key=key, default={"pixels": drawn}, on_pixels_change=lambda: None
    )
    return [int(value) for value in state["pixels"]]
