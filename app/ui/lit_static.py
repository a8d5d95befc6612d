"""The code beside a picture for paper: each line with every value that it made at one step, as HTML
or Markdown that needs no script.
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
STYLE = """
.lit-code {border-collapse: collapse; font: 10pt/1.35 monospace; break-inside: auto}
.lit-code caption {text-align: left; font-weight: 600; padding-bottom: 0.4em}
.lit-code tr {break-inside: avoid}
.lit-code td {vertical-align: top; padding: 0.1em 0.8em 0.1em 0; border-bottom: 1px solid #ccc}
.lit-code pre {margin: 0; font: inherit; white-space: pre-wrap}
.lit-code .idle {font-style: italic; color: #555}
"""


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
    """

    number: int
    words: tuple[tuple[str, str], ...]
    made: tuple[Made, ...]
    ran: bool

    @property
    def text(self) -> str:
        """The code."""
        return "".join(text for _, text in self.words)


def html(code: Mapping[str, Any], picture: Mapping[str, Any], step: int) -> str:
    """A table with a row for each line; ``STYLE`` is its style sheet.

    Args:
        code: of ``app.ui.lit_code.listing``.
        picture: of ``Scene.data``, that the code has made.
        step: of the picture, counted from 0.

    Raises:
        ValueError: the code is another picture's, or the picture has no such step.
    """
    rows = []
    for line in lines(code, picture, step):
        words = "".join(_word(kind, text) for kind, text in line.words)
        made = "\n".join(text for one in line.made for text in one.lines())
        told = escape(made) if line.ran else "not run"
        start = "<tr>" if line.ran else '<tr class="idle">'
        cells = (str(line.number), f"<pre>{words}</pre>", f"<pre>{told}</pre>")
        rows.append(f"{start}{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>")
    caption = f"<caption>{escape(_title(code, picture, step))}</caption>"
    return f'<table class="lit-code">{caption}{"".join(rows)}</table>'


def markdown(code: Mapping[str, Any], picture: Mapping[str, Any], step: int) -> str:
    """A heading and the code in a block, each line's values in comments behind and below it.

    Args:
        code: of ``app.ui.lit_code.listing``.
        picture: of ``Scene.data``, that the code has made.
        step: of the picture, counted from 0.

    Raises:
        ValueError: the code is another picture's, or the picture has no such step.
    """
    block = []
    for line in lines(code, picture, step):
        block.append(line.text if line.ran else f"{line.text}  # not run")
        indent = " " * (len(line.text) - len(line.text.lstrip()))
        for one in line.made:
            first, *rest = one.lines()
            block += [f"{indent}# → {first}", *(f"{indent}#   {text}" for text in rest)]
    return "\n".join([f"### {_title(code, picture, step)}", "", "```python", *block, "```", ""])


def _title(code: Mapping[str, Any], picture: Mapping[str, Any], step: int) -> str:
    return f"{code['name']}, step {step + 1} of {picture['steps']}"


def _word(kind: str, text: str) -> str:
    tag = TAGS.get(kind)
    return f"<{tag}>{escape(text)}</{tag}>" if tag else escape(text)


def lines(code: Mapping[str, Any], picture: Mapping[str, Any], step: int) -> list[Line]:
    """Every line with what it made at a step.

    Args:
        code: of ``app.ui.lit_code.listing``.
        picture: of ``Scene.data``, that the code has made.
        step: of the picture, counted from 0.

    Raises:
        ValueError: the code is another picture's, or the picture has no such step.
    """
    if code.get("of", picture["id"]) != picture["id"]:
        raise ValueError(f"Expected the picture of {code['name']}, got another one.")
    if not 0 <= step < picture["steps"]:
        raise ValueError(f"Expected a step from 0 to {picture['steps'] - 1}, got {step}.")
    by_line = {one: part for part in code["statements"] for one in _range(part)}
    found = []
    for line in code["lines"]:
        statement = by_line.get(line["line"])
        is_last = statement is not None and statement["last"] == line["line"]
        makes = statement["makes"] if statement is not None and is_last else ()
        made = tuple(_made(code, picture, code["variables"][index], step) for index in makes)
        ran = statement is None or statement["ran"]
        words = tuple((kind, text) for kind, text in line["words"])
        found.append(Line(line["number"], words, made if ran else (), ran))
    return found


def _range(statement: Mapping[str, Any]) -> range:
    return range(statement["first"], statement["last"] + 1)


def _made(
    code: Mapping[str, Any], picture: Mapping[str, Any], variable: Mapping[str, Any], step: int
) -> Made:
    text = variable["text"]["of"][_held(expanded(variable["text"]["at"]), step)]
    values = numbers(code, picture, variable, step).tolist()
    width = variable.get("width", 1)
    rows = [values[start : start + width] for start in range(0, len(values), width)]
    written = tuple(tuple(map(_written, row)) for row in rows)
    return Made(variable["name"], text, written if len(values) <= MOST else ())


def _written(value: float) -> str:
    if value == 0 or abs(value) >= SMALL:
        return number(value)
    return f"{value:.2g}".replace("-", "−")


def numbers(
    code: Mapping[str, Any], picture: Mapping[str, Any], variable: Mapping[str, Any], step: int
) -> Tensor:
    """A variable's numbers at a step; none of what is no tensor or has none yet.

    Args:
        code: that it is of.
        picture: that the code has made.
        variable: one of the code's.
        step: of the picture, counted from 0.
    """
    if "memory" not in variable or variable["later"]:
        return torch.empty(0)
    at = torch.tensor(places(variable, step))
    if variable["values"] is not None:
        rows = unpacked(variable["values"]).reshape(-1, len(at))
        return rows[min(step, len(rows) - 1)][at >= 0]
    memory, at = code["memories"][variable["memory"]], at[at >= 0]
    return (_drawn(memory, picture) if memory["values"] is None else unpacked(memory["values"]))[at]


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
