"""What the convolution chapter keeps between its views and in the address: a cell, a filter, a
tally.
"""

from __future__ import annotations

import streamlit as st

from app.ui.old_keys import Key, keep_in_address

FILTER = "filter "  # before the number of a filter in the picture


def shown_step(steps: int) -> int:
    """The step of the link, or the one that was pinned last; it stays within the output."""
    kept = st.session_state.get(Key.CONV_STEP, st.query_params.get(Key.CONV_STEP, "1"))
    place = int(kept) if f"{kept}".isdecimal() else 1
    return min(max(1, place), max(1, steps)) - 1


def keep_step(step: int) -> None:
    """Remember a pinned step for the other views, and in the address."""
    st.session_state[Key.CONV_STEP] = step + 1
    keep_in_address(Key.CONV_STEP, f"{step + 1}" if step else None)


def take_step() -> None:
    """A step was pinned in the picture."""
    step = st.session_state[Key.CONV_PICTURE_STATE].get("step")
    if step is not None:
        keep_step(int(step))


def take_filter() -> None:
    """A small picture of a filter was clicked."""
    picked = st.session_state[Key.CONV_PICTURE_STATE].get("picked")
    if picked and picked["grid"].startswith(FILTER):
        st.session_state[Key.CONV_FILTER] = int(picked["grid"].removeprefix(FILTER))


def take_tally() -> None:
    """The room has answered."""
    tally = st.session_state[Key.CONV_PICTURE_STATE].get("tally")
    if tally:
        st.session_state[Key.CONV_TALLY] = {
            "seed": st.session_state.get(Key.CONV_PUZZLE, 1),
            **tally,
        }


def tally_of(seed: int) -> dict[str, int]:
    """How many were asked and right in this puzzle so far."""
    kept = st.session_state.get(Key.CONV_TALLY, {})
    return {"right": kept["right"], "asked": kept["asked"]} if kept.get("seed") == seed else {}
