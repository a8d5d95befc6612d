"""Where a run waits: whether its visitor has gone on meanwhile."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

LOOKED = "called off"  # in the session, where it never is


def end_if_called_off() -> None:
    """End this run where its visitor has left, or has touched a control.

    Streamlit does so whenever its state is looked into, but for a control of a part of a page while
    that very part runs: such a run would go on to its end. Here it gives way as well.
    """
    _give_way_to_the_same_part()
    _ = LOOKED in st.session_state  # raises what ends the run


def _give_way_to_the_same_part() -> None:
    context = get_script_run_ctx()
    requests = context.script_requests if context else None
    running = context.fragment_ids_this_run if context else None
    state = getattr(getattr(requests, "_state", None), "name", "")
    coming = getattr(requests, "_rerun_data", None)
    if requests is None or coming is None or state != "RERUN" or not running:
        return
    if set(running) & set(coming.fragment_id_queue):
        requests.request_rerun(replace(coming, is_fragment_scoped_rerun=True))
