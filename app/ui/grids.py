"""A picture of linked grids for the component in app/components/grids: what lies where, and what
belongs together.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import torch
from torch import Tensor

from app.ui import palette
from app.ui.asked_cells import AskedCells
from app.ui.charts import limit, longest
from app.ui.map_links import Link
from app.ui.packing import floats, integers
from app.ui.palette import VALUES
from app.ui.quiz import Quiz

WIDTH = 1000.0  # of a picture, in its own units; the browser scales it
EDGE = 2.5  # at its right, for the frame of a cell that ends there
LARGEST_WRITTEN = 13  # cells a side up to which a grid writes its numbers
Style = Literal["window", "cells", "winner", "tie", "current", "column", "none"]


@dataclass(frozen=True, eq=False)
class CellGrid:
    """A grid of cells.

    Attributes:
        title: above it.
        x: of its left edge, in the picture's units.
        y: of its upper edge.
        rows: number of rows.
        columns: number of columns.
        width: of a cell.
        height: of a cell; None: as wide.
        values: (rows · columns) numbers that stay.
        each: (steps, rows · columns) numbers that change from step to step.
        source: in their place: number of the mark whose cells' values it draws, one for each.
        spread: (steps, cells of the mark) values at the source mark's cells, with zeros everywhere
            else.
        largest: symmetric limit of the colours; None: the largest absolute number.
        colours: negative, zero, positive.
        outside: places of padding cells.
        visited: whether a cell appears when its step was seen.
        step: "cell": its cells are the steps; "column": its columns are.
        entries: number of the mark whose entries its cells are: weights and products.
        channel: which of several grids with the same entries belong together.
        feeds_all: whether a cell under the pointer shows all steps that it goes into: a weight.
        pick: name under which a click into it is sent.
        secret: whether it is hidden until the room has guessed.
        framed: whether it has a frame: the one that was chosen.
        legend: whether the scale is printed below.
        says: what a cell of it is called in a sentence.
        written: whether its numbers are written; None: where they fit.
        denominator: that its numbers share and its title names; their numerators are written.
        appears: whether it is drawn only once the room has answered.
        digits: largest size of its numbers, in the picture's units.
        titled: size of its title.
    """

    title: str
    x: float
    y: float
    rows: int
    columns: int
    width: float
    height: float | None = None
    values: Tensor | None = None
    each: Tensor | None = None
    source: int | None = None
    spread: Tensor | None = None
    largest: float | None = None
    colours: tuple[str, str, str] = VALUES
    outside: Tensor | None = None
    visited: bool = False
    step: Literal["cell", "column"] | None = None
    entries: int | None = None
    channel: int = 0
    feeds_all: bool = False
    pick: str | None = None
    secret: bool = False
    framed: bool = False
    legend: bool = False
    says: str = "Input cell"
    written: bool | None = None
    denominator: int | None = None
    appears: bool = False
    digits: float = 17.0
    titled: float = 14.0

    def data(self, numbers: Tensor) -> dict[str, Any]:
        """As the component reads it.

        Args:
            numbers: every one that it can show, for the scale and the size of the type.
        """
        finite = numbers[numbers.isfinite()]
        return {
            "title": self.title,
            "x": round(self.x, 2),
            "y": round(self.y, 2),
            "rows": self.rows,
            "columns": self.columns,
            "width": round(self.width, 3),
            "height": round(self.width if self.height is None else self.height, 3),
            "values": None if self.values is None else floats(self.values),
            "each": None if self.each is None else floats(self.each),
            "from": self.source,
            "spread": None if self.spread is None else floats(self.spread),
            "largest": self.largest or limit(finite),
            "colours": self.colours,
            "outside": None if self.outside is None else integers(self.outside),
            "visited": self.visited,
            "step": self.step,
            "entries": self.entries,
            "channel": self.channel,
            "all": self.feeds_all,
            "pick": self.pick,
            "secret": self.secret,
            "framed": self.framed,
            "legend": self.legend,
            "says": self.says,
            **self._lengths(finite),
            "denominator": self.denominator,
            "appears": self.appears,
            "digits": self.digits,
            "titled": self.titled,
        }

    def _lengths(self, numbers: Tensor) -> dict[str, Any]:
        """Characters of the longest number as it is written, and as a whole one; and whether any
        has a sign. 0 where none is written.
        """
        written = self.written
        if written is None:
            written = max(self.rows, self.columns) <= LARGEST_WRITTEN
        if not written:
            return {"longest": 0, "whole": 0, "signed": False}
        if not len(numbers):  # all are "−∞"
            return {"longest": 2, "whole": 2, "signed": True}
        shown = numbers if self.denominator is None else (numbers * self.denominator).round()
        return {
            "longest": max(2, longest(shown)),
            "whole": longest(shown.round()),
            "signed": bool((shown < 0).any()),
        }


@dataclass(frozen=True, eq=False)
class Mark:
    """Cells of one grid that belong to each step.

    Attributes:
        grid: its number in the picture.
        cells: (steps, any) places; -1: none.
        style: how they are lit; "column": the step's whole column (of one column, that one) and no
            cells; "none": only what they stand for counts.
        feeds: whether a cell of the grid, under the pointer, lights the outputs that it goes into.
        secret: whether it is hidden until the room has guessed.
    """

    grid: int
    cells: Tensor
    style: Style = "cells"
    feeds: bool = False
    secret: bool = False


@dataclass(frozen=True)
class Sign:
    """Text in the picture: the same at every step, or one for each."""

    x: float
    y: float
    text: str | Sequence[str]
    size: float = 20.0
    bold: bool = False
    align: Literal["left", "center", "right"] = "center"
    secret: bool = False

    def data(self) -> dict[str, Any]:
        """As the component reads it."""
        text = {"text": self.text} if isinstance(self.text, str) else {"each": list(self.text)}
        return {
            "x": round(self.x, 1),
            "y": round(self.y, 1),
            "size": self.size,
            "bold": self.bold,
            "align": self.align,
            "secret": self.secret,
            **text,
        }


@dataclass(frozen=True)
class Puzzle:
    """Steps that the room is asked for, one after the other.

    Attributes:
        order: of the steps.
        question: with PLACE for the place of the output cell.
        tally: how many were asked and how many of them were right, so far.
        name: of the puzzle; another one starts anew.
    """

    order: Sequence[int]
    question: str
    tally: dict[str, int] = field(default_factory=dict)
    name: str = ""

    def data(self) -> dict[str, Any]:
        """As the component reads it, without the tally."""
        return {"order": list(self.order), "question": self.question, "id": self.name}


@dataclass(frozen=True, eq=False)
class Scene:
    """All that one picture shows; ``data`` is what the component gets.

    Attributes:
        title: what it is, for a screen reader.
        alt: one sentence that says what it shows.
        height: in its own units; the width is ``WIDTH`` unless given.
        steps: number of steps.
        columns: of the output, for a step up or down.
        grids: from left to right.
        marks: what is lit at each step.
        sentences: one for each step.
        signs: text in the picture.
        player: whether it can be played and stepped through.
        puzzle: what the room is asked, if it is.
        quiz: a question with answers to choose from, likewise.
        around: height of all that surrounds the picture on the page, in rem.
        share: of the height that is left, where two pictures share it.
        presented: the same on a page that is shown to a room; None: as on any other.
        least: CSS pixels a unit, before it is moved sideways; None: as any picture.
        width: in its own units.
        links: between the grids.
        asked: what the stage of a lecture can ask about its cells.
    """

    title: str
    alt: str
    height: float
    steps: int
    columns: int
    grids: Sequence[CellGrid]
    marks: Sequence[Mark]
    sentences: Sequence[str]
    signs: Sequence[Sign] = ()
    player: bool = True
    puzzle: Puzzle | None = None
    quiz: Quiz | None = None
    around: float = 19.0
    share: float = 1.0
    presented: float | None = None
    least: float | None = None
    width: float = WIDTH
    links: Sequence[Link] = ()
    asked: AskedCells | None = None

    def numbers(self, grid: CellGrid) -> Tensor:
        """Every number that a grid can show."""
        if grid.values is not None:
            return grid.values.flatten()
        if grid.each is not None:
            return grid.each.flatten()
        if grid.source is None:
            raise ValueError("Expected a grid with values, each or source, got none of them.")
        if grid.spread is not None:
            return torch.cat([grid.spread.flatten(), torch.zeros(1)])
        source = self.grids[self.marks[grid.source].grid].values
        if source is None:
            raise ValueError("Expected the marked grid to have values, got none.")
        return source.flatten()

    def data(
        self, *, theme: str, step: int = 0, pinned: bool = False, version: object = None
    ) -> dict[str, Any]:
        """As the component reads it.

        Args:
            theme: "light" or "dark".
            step: where to begin.
            pinned: whether it stays there while the pointer moves.
            version: when this changes, ``step`` counts again.
        """
        data: dict[str, Any] = {
            "title": self.title,
            "alt": self.alt,
            "width": self.width + EDGE,
            "height": round(self.height, 1),
            "steps": self.steps,
            "columns": self.columns,
            "grids": [grid.data(self.numbers(grid)) for grid in self.grids],
            "marks": self._marks(),
            "sentences": list(self.sentences),
            "links": [link.data() for link in self.links],
            "signs": [sign.data() for sign in self.signs],
            "player": self.player and self.puzzle is None and self.quiz is None,
            "around": self.around,
            "share": self.share,
            **({} if self.presented is None else {"presented": self.presented}),
            **({} if self.least is None else {"least": self.least}),
            "faint": palette.FAINT[theme],
            "between": palette.FAINT["light"],  # cells, whose colours are no theme's
            "line": palette.LINE[theme],
            "font": palette.FONT,
            "puzzle": self.puzzle.data() if self.puzzle else None,
            "quiz": self.quiz.data() if self.quiz else None,
            "asked": self.asked.data() if self.asked else None,
        }
        data["id"] = hashlib.sha256(json.dumps(data).encode()).hexdigest()[:16]
        if self.puzzle is not None:  # what the room has answered makes no other scene
            data["puzzle"]["tally"] = self.puzzle.tally
        return data | {"step": step, "pinned": pinned, "version": version}

    def _marks(self) -> list[dict[str, Any]]:
        """Cells that several marks share are sent once; the others name the first that has them."""
        first: dict[int, int] = {}
        data = []
        for index, mark in enumerate(self.marks):
            same = first.setdefault(id(mark.cells), index)
            data.append(
                {
                    "grid": mark.grid,
                    "cells": integers(mark.cells) if same == index else same,
                    "style": mark.style,
                    "feeds": mark.feeds,
                    "secret": mark.secret,
                }
            )
        return data
