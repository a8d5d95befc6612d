"""What a page asks a room about what it shows now: the stage finds it in the page, see
app/stage/pages/question.js. A page that nobody presents computes none of it.
"""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass

import streamlit as st

from app.ui import blocks, screen
from core.explain.questions.live import LiveQuestion

KEY = "live_questions"  # of a container that nobody sees


@dataclass(frozen=True)
class AskedPicture:
    """What a question is about, where that is not the picture on the screen.

    Attributes:
        url: of the picture, a data URL.
        caption: what its colours stand for.
    """

    url: str
    caption: str


Asked = tuple[LiveQuestion, AskedPicture | None]


def put(find: Callable[[], Iterable[Asked | None]]) -> None:
    """Let the page ask what is found, once everything else is drawn.

    Args:
        find: to the questions and their pictures; only called where the page is presented. What it
            draws meanwhile is not seen.
    """
    if not screen.is_presented():
        return
    with st.container(key=KEY), suppress(*blocks.IN_A_BOX):  # what has no answer is not asked
        asked = [
            asdict(question)
            | ({"picture": picture.url, "caption": picture.caption} if picture else {})
            for question, picture in filter(None, find())
        ]
        st.html(f'<div data-questions="{html.escape(json.dumps(asked))}"></div>')
