"""The code beside a picture for paper: each line with every value that it made at one step, as HTML
that needs no script. ``app/export`` puts it into saved pages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import torch
from torch import Tensor

from app.ui.charts import number
from app.ui.packing import unpacked

MOST = 64  # numbers that are written, as in app/components/code/values.js
SMALL = 0.1  # below, two digits count however many zeros come before
TAGS = {"keyword": "b", "comment": "i"}  # what is told apart in grey


@dataclass(frozen=True, eq=False)
class Moment:
    """A function at one step of the picture that it has made.

    Attributes:
        code: of ``app.ui.lit_code.listing``.
        picture: of ``Scene.data``.
        step: of the picture, counted from 0.

    Raises:
        ValueError: the code is another picture's, or the picture has no such step.
    """

    code: Mapping[str, Any]
    picture: Mapping[str, Any]
    step: int

    def __post_init__(self) -> None:
        """Refuse what does not belong together."""
        name, steps = self.code["name"], self.picture["steps"]
        if self.code.get("of", self.picture["id"]) != self.picture["id"]:
            raise ValueError(f"Expected the picture of {name}, got another one.")
        if not 0 <= self.step < steps:
            raise ValueError(f"Expected a step from 0 to {steps - 1}, got {self.step}.")

    @property
    def title(self) -> str:
        """The name, the step of a picture that plays, and what the picture says of it."""
        played = f", step {self.step + 1} of {self.picture['steps']}"
        name = self.code["name"] + played * bool(self.picture["player"])
        return f"{name}: {self.picture['sentences'][self.step]}"

    @property
    def lit(self) -> Mapping[str, Any]:
        """The statement that the page lights: the last one of a step, or else of the function."""
        statements: Sequence[Mapping[str, Any]] = self.code["statements"]
        in_step = [one for one in statements if one["when"] == "step" and one["ran"]]
        return (in_step or statements)[-1]


@dataclass(frozen=True)
class Made:
    """A variable that a line has given a value.

    Attributes:
        name: of the variable.
        text: shape and type of a tensor, or the value.
        rows: its numbers, written; none of what is no tensor or has too many.
    """

    name: str
    text: str
    rows: tuple[tuple[str, ...], ...]

    def lines(self) -> list[str]:
        """As text; numbers stand below each other, one number beside its name."""
        if len(self.rows) == 1 and len(self.rows[0]) == 1:
            return [f"{self.name} = {self.rows[0][0]}"]
        width = max((len(text) for row in self.rows for text in row), default=0)
        numbers = ["  ".join(text.rjust(width) for text in row) for row in self.rows]
        return [f"{self.name} = {self.text}", *numbers]


@dataclass(frozen=True)
class Line:
    """A line of the function.

    Attributes:
        number: in its file.
        words: what each is, and its text.
        made: what its statement has made; of a statement of several lines the last has it.
        ran: whether it ran for this picture.
        lit: whether it is the one that the page lights.
    """

    number: int
    words: tuple[tuple[str, str], ...]
    made: tuple[Made, ...]
    ran: bool
    lit: bool


def html(moment: Moment) -> str:
    """A table with a row for each line."""
    rows = []
    for line in lines(moment):
        words = "".join(_word(kind, text) for kind, text in line.words)
        made = "\n".join(text for one in line.made for text in one.lines())
        told = escape(made) if line.ran else "not run"
        look = "lit" if line.lit else "" if line.ran else "idle"
        start = f'<tr class="{look}">' if look else "<tr>"
        cells = (str(line.number), f"<pre>{words}</pre>", f"<pre>{told}</pre>")
        rows.append(f"{start}{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>")
    caption = f"<caption>{escape(moment.title)}</caption>"
    return f'<table class="lit-code">{caption}{"".join(rows)}</table>'


def _word(kind: str, text: str) -> str:
    tag = TAGS.get(kind)
    return f"<{tag}>{escape(text)}</{tag}>" if tag else escape(text)


def lines(moment: Moment) -> list[Line]:
    """Every line with what it has made."""
    code, lit = moment.code, moment.lit
    by_line = {one: part for part in code["statements"] for one in _range(part)}
    found = []
    for line in code["lines"]:
        statement = by_line.get(line["line"])
        is_last = statement is not None and statement["last"] == line["line"]
        makes = statement["makes"] if statement is not None and is_last else ()
        made = tuple(_made(moment, code["variables"][index]) for index in makes)
        ran = statement is None or statement["ran"]
        words = tuple((kind, text) for kind, text in line["words"])
        found.append(Line(line["number"], words, made if ran else (), ran, statement is lit))
    return found


def _range(statement: Mapping[str, Any]) -> range:
    return range(statement["first"], statement["last"] + 1)


def _made(moment: Moment, variable: Mapping[str, Any]) -> Made:
    text = variable["text"]["of"][_held(expanded(variable["text"]["at"]), moment.step)]
    values = numbers(moment, variable).tolist()
    width = variable.get("width", 1)
    rows = [values[start : start + width] for start in range(0, len(values), width)]
    written = tuple(tuple(map(_written, row)) for row in rows)
    return Made(variable["name"], text, written if len(values) <= MOST else ())


def _written(value: float) -> str:
    if value == 0 or abs(value) >= SMALL:
        return number(value)
    return f"{value:.2g}".replace("-", "−")


def numbers(moment: Moment, variable: Mapping[str, Any]) -> Tensor:
    """The numbers of one of the code's variables; none of what is no tensor or has none yet."""
    if "memory" not in variable or variable["later"]:
        return torch.empty(0)
    at = torch.tensor(places(variable, moment.step))
    if variable["values"] is not None:
        rows = unpacked(variable["values"]).reshape(-1, len(at))
        return rows[min(moment.step, len(rows) - 1)][at >= 0]
    memory, at = moment.code["memories"][variable["memory"]], at[at >= 0]
    own = memory["values"]
    return (_drawn(memory, moment.picture) if own is None else unpacked(own))[at]


def _drawn(memory: Mapping[str, Any], picture: Mapping[str, Any]) -> Tensor:
    """Numbers that only the picture has."""
    found = torch.full((max(at + count for _, at, _, count in memory["cells"]),), torch.nan)
    for grid, at, cell, count in reversed(memory["cells"]):  # of several cells the first counts
        values = unpacked(picture["grids"][grid]["values"])
        found[at : at + count] = values[cell : cell + count]
    return found


def places(variable: Mapping[str, Any], step: int) -> list[int]:
    """Where a variable's numbers lie in its memory at a step; -1: nowhere.

    Args:
        variable: of a listing, with numbers.
        step: of the picture, counted from 0.
    """
    about = variable["places"]
    if "columns" in about:
        return [_held(expanded(column), step) for column in about["columns"]]
    shift = _held(expanded(about["shift"]), step) if about["shift"] else 0
    return [place + shift for place in expanded(about["first"])]


def expanded(runs: Sequence[int]) -> list[int]:
    """Whole numbers of parts that grow evenly, as ``app.ui.lit_values.runs`` packed them.

    Args:
        runs: first, difference and count of each part.
    """
    parts = zip(runs[::3], runs[1::3], runs[2::3])
    return [first + more * by for first, by, count in parts for more in range(count)]


def _held(series: Sequence[int], step: int) -> int:
    return series[min(step, len(series) - 1)]
