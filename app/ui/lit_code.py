"""A function's source beside a picture of its run, for the component in app/components/code: each
line with what it read, what it made, and where the picture draws these numbers.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from app.ui.grids import Scene
from app.ui.highlighting import Word, words
from app.ui.lit_values import Drawn, Variable, memories, numbers_of, runs, variables
from core.explain.statements import Source, Statement
from core.explain.tracing import ARGUMENTS, Recording


def listing(recording: Recording, scene: Scene, drawn: Drawn) -> dict[str, Any]:
    """What the component gets.

    Args:
        recording: of the function, for exactly what the picture shows.
        scene: the picture.
        drawn: names of variables to where the picture draws them; memory that they share with
            others is found.
    """
    made = variables(recording)
    shared = memories(made, drawn)
    in_parts = recording.source.loop is None
    numbers = [numbers_of(one, shared, drawn, scene, in_parts=in_parts) for one in made]
    used = list(dict.fromkeys(one.memory for one in numbers if one))
    data = {
        "name": recording.source.name,
        "cycles": recording.steps > 1,
        "lines": _lines(recording.source),
        "statements": _statements(recording, made),
        "variables": [
            {"name": one.name, "text": _texts(one)} | (found.data(used) if found else {})
            for one, found in zip(made, numbers)
        ],
        "memories": [one.data(scene) for one in used],
    }
    everything = json.dumps([data, [one.packed for one in used]])
    digest = hashlib.sha256(everything.encode()).hexdigest()[:16]
    return data | {"id": digest}


def _lines(source: Source) -> list[dict[str, Any]]:
    """The head in one line, without types and docstring, and every line of the body."""
    first, last = source.statements[0].first, source.statements[-1].last
    head: list[Word] = [("keyword", "def"), ("", f" {source.name}({', '.join(source.arguments)}):")]
    body = words(source.lines)[first : last + 1]
    return [
        {"number": source.line + line, "words": text, "line": line}
        for line, text in [(ARGUMENTS, head), *enumerate(body, start=first)]
    ]


def _statements(recording: Recording, made: Sequence[Variable]) -> list[dict[str, Any]]:
    """Each statement's lines, whether it ran, and the variables that it read and made."""
    index = {(one.line, one.name): number for number, one in enumerate(made)}
    by_name: dict[tuple[int, str], list[int]] = {}
    for (line, name), number in index.items():
        for whole in {name, name.partition(".")[0], name.partition("[")[0]}:
            by_name.setdefault((line, whole), []).append(number)
    arguments = {
        "first": ARGUMENTS,
        "last": ARGUMENTS,
        "when": "before",
        "ran": True,
        "reads": [],
        "asks": [],
        "makes": [number for (line, _), number in index.items() if line == ARGUMENTS],
    }
    return [
        arguments,
        *(
            {
                "first": one.first,
                "last": one.last,
                "when": _when(recording, one),
                "ran": one.first in recording.ran,
                "reads": _read(recording.reads.get(one.first, {}), by_name),
                "asks": _read(recording.asks.get(one.first, {}), by_name),
                "makes": [number for (line, _), number in index.items() if line == one.first],
            }
            for one in recording.source.statements
        ),
    ]


def _read(names: Mapping[str, int], by_name: Mapping[tuple[int, str], list[int]]) -> list[int]:
    return [number for name, line in names.items() for number in by_name.get((line, name), ())]


def _when(recording: Recording, statement: Statement) -> str:
    """Whether a statement runs before, at or after the steps of the picture."""
    loop = recording.source.loop
    if loop is None:
        return "step"
    if statement.is_loop or statement.first in loop.body:
        return "step"
    return "before" if statement.first < loop.first else "after"


def _texts(variable: Variable) -> dict[str, Any]:
    """What a variable was, in words: the different ones, and which of them at each step."""
    said = [
        one.text if one.shape is None else f"{_size(one.shape)} {one.text}" for one in variable.seen
    ]
    different = list(dict.fromkeys(said))
    number = {text: index for index, text in enumerate(different)}
    return {"of": different, "at": runs([number[text] for text in said])}


def _size(shape: Sequence[int]) -> str:
    if len(shape) > 1:
        return " × ".join(map(str, shape))
    count = math.prod(shape)
    return "one number," if count == 1 else f"{count} numbers,"
