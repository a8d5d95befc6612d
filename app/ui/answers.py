"""What the room has answered to a set of questions, kept for the visit."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import streamlit as st

from app.ui import bound, client
from app.ui.address import Name
from app.ui.quiz import Answers


def ask(packed: Callable[[int], dict[str, Any]], index: int, *, key: str, version: str) -> None:
    """A question with its four answers, and the one after it, which is there without a wait.

    Args:
        packed: number of a question, from 0, to ``Scene.data`` with a quiz.
        index: of the question.
        key: of the component that asks.
        version: when it changes, what was answered is what Python says.
    """
    data = packed(index)
    quiz = data["quiz"] | {"answers": given(key, data["quiz"]["name"])}
    data = data | {"quiz": quiz, "version": version}
    if index + 1 < quiz["count"]:
        following = packed(index + 1)
        data["following"] = {one: value for one, value in following.items() if one != "version"}
    client.grids(data, key=key, on_answer=partial(take, key))


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
