"""What the room has answered to a set of questions, kept for the visit."""

from __future__ import annotations

import streamlit as st

from app.ui import bound
from app.ui.address import Name
from app.ui.quiz import Answers


def take(scene: str) -> None:
    """The room has answered a question, or goes to another one.

    Args:
        scene: key of the component that asks.
    """
    answer = st.session_state[scene].get("answer")
    if answer:
        st.session_state[_key(scene)] = {"set": answer["set"], "answers": answer["answers"]}
        bound.put(Name.QUESTION, int(answer["question"]) + 1)


def given(scene: str, name: str) -> Answers:
    """What was answered so far of a set of questions.

    Args:
        scene: key of the component that asks.
        name: of the set.
    """
    kept = st.session_state.get(_key(scene), {})
    found: Answers = kept["answers"] if kept.get("set") == name else {}
    return found


def _key(scene: str) -> str:
    return f"{scene} answers"
