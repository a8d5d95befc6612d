"""The code of a picture on its page: the control that opens it, and where it stands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from app.ui import blocks, bound, client, widgets
from app.ui.address import Name
from app.ui.grids import Scene

# rem of what stands below a picture, which its code stands beside: the sentence, and the player.
SENTENCE, PLAYER = 3.0, 3.5
KEPT = "recorded code"  # in the session: of the last picture
HELP = (
    "The function of core that made this picture, with what each line read and made at this very "
    "step. The line under the pointer lights its cells, a cell its lines. Key: C"
)


def is_open() -> bool:
    """Whether the page shows the code of its picture; the control for it."""
    with st.container(key="code_control"):
        return widgets.toggle(Name.CODE, "The code, line by line", help=HELP)


def will_be_open() -> bool:
    """The same, before the control is drawn."""
    key = bound.parameter(Name.CODE).key
    return bool(st.session_state.get(key, bound.current(Name.CODE)))


def beside(picture: Scene, run: Callable[[], dict[str, Any]], *, step: int = 0) -> None:
    """A picture of a function's run, and its code.

    Args:
        picture: of the run.
        run: gives what ``listing`` gives for it.
        step: of the picture, to begin with.
    """
    data = picture.data(theme=blocks.theme(), step=step, version=picture.sentences[step])
    with st.container(key="lit_code"):
        client.grids(data, key="lit_grids")
        show(run, data)


def show(run: Callable[[], dict[str, Any]], picture: Mapping[str, Any]) -> None:
    """The code beside its picture; the function runs again where the picture is another one.

    Args:
        run: gives what ``listing`` gives for the picture.
        picture: of ``Scene.data``, as it stands on the page.
    """
    name = str(picture["id"])
    kept: dict[str, dict[str, Any]] = st.session_state.get(KEPT, {})
    if name not in kept:
        kept = st.session_state[KEPT] = {name: run()}
    below = SENTENCE + PLAYER * picture["player"]
    room = {"around": picture["around"] - below, "below": below}
    client.code({**kept[name], "of": name, **room}, key="code")
