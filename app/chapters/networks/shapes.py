"""Shape by shape: a layer is given, the room says what comes out of it and what it learns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st
import torch

from app.ui import answers, blocks, bound, networks, widgets
from app.ui.address import Name
from app.ui.cache import cached
from app.ui.grids import WIDTH, CellGrid, Scene, Sign
from app.ui.link_sentences import in_range
from app.ui.quiz import Quiz
from core.explain.described import shape_text
from core.explain.questions import counts, shapes
from core.explain.questions.asked import Asked
from core.explain.questions.network import NetworkQuestion, layers_of, questions_of
from core.explain.questions.question import Option
from core.homework import NETWORKS
from core.models import MnistCNN, ResNet

SCENE = "shape_quiz"  # of the component in the session
AROUND = 22.0  # rem that the page needs besides the picture
STEPS = 5  # layers in the strip
CARD = 250.0  # side of the largest map
FEWEST = 14  # cells that fill it, in the picture of few
TEXTS = {
    "shape": "{}: what shape comes out?",
    "parameters": "{}: how many numbers does it learn?",
}
WORDS = {  # the first part of a module's dotted name, and the rest
    "conv1": "Conv 1",
    "conv2": "Conv 2",
    "pool": "Pooling",
    "flatten": "Flatten",
    "fc1": "Hidden",
    "fc2": "Logits",
    "fc": "Logits",
    "stem": "Stem",
    "block1": "Block 1",
    "block2": "Block 2",
    "block3": "Block 3",
    "0": "conv",
    "1": "batch norm",
    "main.0": "first conv",
    "main.3": "second conv",
    "shortcut.0": "shortcut",
}


def view() -> None:
    """The network, the question, and where the room stands."""
    names = bound.parameter(Name.NETWORK).choices
    with blocks.or_error():
        name = str(
            widgets.choice(Name.NETWORK, "Network", names, say=lambda one: NETWORKS[one].title)
        )
        layers, questions = _prepared(name)
        last = len(questions)
        position = int(
            widgets.unseen(
                Name.QUESTION, 1, widgets.between(1, last), in_range(1, last, whole=True)
            )
        )
        packed = partial(_packed, name, layers, questions)
        answers.ask(packed, position - 1, key=SCENE, version=f"{bound.version()} {name}")
        st.caption(
            f"{NETWORKS[name].title}, question {position} of {last}; shapes are channels × height "
            "× width"
        )
        blocks.source(shapes, counts)


@cached(networks.model_files)
def _prepared(name: str) -> tuple[list[Asked], list[NetworkQuestion]]:
    model = networks.model(name)
    if not isinstance(model, MnistCNN | ResNet):
        raise TypeError(f"Expected a network of parts 2 and 3, got {type(model).__name__}.")
    layers = layers_of(model, model.image_shape)
    return layers, questions_of(layers)


def _packed(
    name: str, layers: Sequence[Asked], questions: Sequence[NetworkQuestion], index: int
) -> dict[str, Any]:
    """A question as the browser gets it, without an answer."""
    question = questions[index]
    layer = layers[question.layer]
    quiz = Quiz(
        name,
        index,
        len(questions),
        TEXTS[question.about].format(layer.text),
        [(written(option), option.reason) for option in question.options],
        question.right,
        0,
        sentence(question.options[question.right].reason),
    )
    return scene(layers, question, quiz).data(theme=blocks.theme())


def sentence(rule: str) -> str:
    """A rule as it stands behind the verdict, where it is a sentence of its own."""
    return f"{rule[0].upper()}{rule[1:]}."


def written(option: Option) -> str:
    """An answer as it is offered."""
    return " × ".join(f"{int(part):,}" for part in option.value)


def scene(layers: Sequence[Asked], question: NetworkQuestion, quiz: Quiz) -> Scene:
    """The layers around the one that is asked about, its input, and its output once it is known.

    Args:
        layers: of the network.
        question: about one of them.
        quiz: what the room is asked.
    """
    layer = layers[question.layer]
    knows_shape = question.about != "shape"
    unit = CARD / max((*layer.before[1:], *layer.after[1:], FEWEST))
    before, after = _card(layer.before, 0.0, unit), _card(layer.after, 620.0, unit)
    signs = [
        *_strip(layers, question),
        Sign(0, 96, shape_text(layer.before), 26, bold=True, align="left"),
        Sign(620, 96, shape_text(layer.after), 26, bold=True, align="left", secret=not knows_shape),
        Sign(430, 190, f"→  {title(layer.name)}  →", 24, bold=True),
    ]
    return Scene(
        "Shape by shape",
        quiz.text,
        116 + CARD + 12,
        1,
        1,
        [before, after if knows_shape else replace(after, appears=True)],
        [],
        [""],
        signs,
        quiz=quiz,
        around=AROUND,
        width=WIDTH,
    )


def title(name: str) -> str:
    """A module's dotted name in words."""
    first, _, rest = name.partition(".")
    return f"{WORDS[first]}, {WORDS[rest]}" if rest else WORDS[first]


def _strip(layers: Sequence[Asked], question: NetworkQuestion) -> list[Sign]:
    """The layers around the one that is asked about, with the shapes that are known by now."""
    here = question.layer
    first = max(0, min(here - STEPS // 2, len(layers) - STEPS))
    signs = []
    for column, index in enumerate(range(first, min(first + STEPS, len(layers)))):
        x = column * WIDTH / STEPS
        known = index < here or (index == here and question.about != "shape")
        shape = shape_text(layers[index].after) if known else "?"
        lines = [title(layers[index].name), shape]
        signs += [
            Sign(x, 14 + 24 * line, text, 17, bold=index == here, align="left")
            for line, text in enumerate(lines)
        ]
    return signs


def _card(shape: tuple[int, ...], x: float, unit: float) -> CellGrid:
    """A map of a shape, without numbers; of a vector a column, as long as there is room.

    Args:
        shape: of all maps.
        x: of its left edge.
        unit: side of a cell.
    """
    rows, columns = shape[1:] if len(shape) == 3 else (min(shape[0], int(CARD / unit)), 1)
    return CellGrid(
        "",
        x,
        116.0,
        rows,
        columns,
        unit,
        values=torch.full((rows, columns), 0.3),
        largest=1.0,
        written=False,
        says="Cell",
    )
