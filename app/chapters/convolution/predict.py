"""The room guesses: questions with four answers, or the output cells of the panel's own layer."""

from __future__ import annotations

import random
from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st
from torch import Tensor

from app.chapters.convolution import asked, memory
from app.ui import answers, blocks, bound, rooms, widgets
from app.ui.address import PREDICT, Name
from app.ui.cache import cached
from app.ui.charts import number
from app.ui.grids import Puzzle, Scene
from app.ui.link_sentences import in_range
from app.ui.quiz import Quiz
from core.explain.convolution import Convolution
from core.explain.pooling import Pooling
from core.explain.questions.question import Option, Unit
from core.explain.questions.sets import QUESTIONS, SETS, question

MOST_QUESTIONS = 10
AROUND = 21.4  # rem that the page needs besides the picture
AROUND_QUIZ = 22.0
MOST_SETS = 9999


def pick_questions() -> str:
    """A set of questions, or ``address.THIS_LAYER``: those about the panel's layer."""
    return str(widgets.choice(Name.QUESTIONS, "Questions", wrap=True))


def pick_set() -> int:
    """The number of a set: the same number asks the same questions, in a link too."""
    return _number(Name.SET, "Set no.")


def ask(name: str, seed: int) -> None:
    """One question of a set, with its four answers.

    Args:
        name: of the set.
        seed: its number.
    """
    index = int(
        widgets.unseen(
            Name.QUESTION,
            1,
            widgets.between(1, QUESTIONS),
            in_range(1, QUESTIONS, whole=True),
        )
    )
    packed = partial(_packed, name, seed, blocks.theme())
    answers.ask(packed, index - 1, key=memory.SCENE, version=f"{bound.version()} {PREDICT}")
    st.caption(f"{name}, set no. {seed}, question {index} of {QUESTIONS}")
    blocks.source(SETS[name][index - 1])


@cached(most=200)
def _packed(name: str, seed: int, theme: str, index: int) -> dict[str, Any]:
    """A question as the browser gets it, without an answer."""
    found = question(name, seed, index)
    quiz = Quiz(
        f"{name} {seed}",
        index,
        QUESTIONS,
        found.text,
        [(written(option, found.unit), option.reason) for option in found.options],
        found.right,
        found.step,
        asked.said(found),
    )
    picture = replace(asked.scene(found), quiz=quiz, around=AROUND_QUIZ)
    return picture.data(theme=theme, step=found.step)


def written(option: Option, unit: Unit) -> str:
    """An answer as it is offered."""
    if unit == "number":
        return number(option.value[0])
    if unit == "size":
        return " × ".join(map(number, option.value))
    row, column = (int(part) + 1 for part in option.value)
    return f"row {row}, column {column}"


def pick_puzzle() -> int:
    """The number of a puzzle: the same number asks the same cells, in a link too."""
    return _number(Name.PUZZLE, "Puzzle no.")


def _number(name: Name, label: str) -> int:
    st.markdown(label, width="content")
    with rooms.room("number", name):
        return int(widgets.number(name, label, 1, MOST_SETS, label_visibility="collapsed"))


def puzzle(scene: Scene, seed: int, tally: dict[str, int], *, what: str, empty: Tensor) -> Scene:
    """The same scene with its results hidden: the room guesses one output cell after the other.

    Args:
        scene: of a layer.
        seed: decides which cells are asked, and in which order; the same for the same seed.
        tally: how many were asked and right so far.
        what: is guessed, for the question.
        empty: (steps,) which windows hold nothing but zeros; they are asked for where there are no
            others.
    """
    rng = random.Random(seed)
    order = rng.sample(range(scene.steps), min(MOST_QUESTIONS, scene.steps))
    asked_for = [step for step in order if not empty[step]]
    others = [step for step in range(scene.steps) if step not in order and not empty[step]]
    rng.shuffle(others)
    asked_for += others[: len(order) - len(asked_for)]
    question_ = f"What comes out at PLACE: {what}?"
    return replace(
        scene, puzzle=Puzzle(asked_for or order, question_, tally, f"{seed}"), around=AROUND
    )


def empty_windows(layer: Convolution | Pooling, index: int) -> Tensor:
    """(steps,) which windows hold nothing but zeros, of the channels that a filter sees.

    Args:
        layer: of the panel.
        index: of the filter.
    """
    if isinstance(layer, Pooling):
        return (layer.windows.nan_to_num(neginf=0.0) == 0).all(0)
    channels = layer.channels(index)
    return (layer.windows[channels.start : channels.stop] == 0).flatten(0, 1).all(0)
