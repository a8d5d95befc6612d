"""What the convolution chapter keeps between its views: a pinned step, a filter, a tally."""

from __future__ import annotations

import streamlit as st

from app.ui import bound, widgets
from app.ui.address import Name
from app.ui.layer_steps import FILTER
from app.ui.link_sentences import in_range

SCENE = "conv_grids"  # of the component in the session
TALLY = "convolution tally"


def pinned_step(steps: int) -> int:
    """The step of the link, or the one that was pinned last; it stays within the output."""
    last = max(1, steps)
    step = widgets.unseen(
        Name.STEP,
        1,
        widgets.between(1, last),
        in_range(1, last, whole=True),
        fit=lambda step: min(max(1, step), last),
    )
    return int(step) - 1


def take_step() -> None:
    """A step was pinned in the picture."""
    pinned = st.session_state[SCENE].get("step")
    if pinned:
        bound.put(Name.STEP, int(pinned["step"]) + 1)


def take_filter() -> None:
    """A small picture of a filter was clicked."""
    picked = st.session_state[SCENE].get("picked")
    if picked and picked["grid"].startswith(FILTER):
        bound.put(Name.FILTER, int(picked["grid"].removeprefix(FILTER)))


def take_tally() -> None:
    """The room has answered."""
    tally = st.session_state[SCENE].get("tally")
    if tally:
        st.session_state[TALLY] = {"puzzle": bound.current(Name.PUZZLE) or 1, **tally}


def tally_of(puzzle: int) -> dict[str, int]:
    """How many were asked and right in this puzzle so far."""
    tally = st.session_state.get(TALLY, {})
    same = tally.get("puzzle") == puzzle
    return {"right": tally["right"], "asked": tally["asked"]} if same else {}
