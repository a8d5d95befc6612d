"""The sheets and their key as PDF: black on white, embedded fonts, the same bytes each time."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path
from typing import Any

import segno
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from core.chapters import TITLES
from core.sheets.exercise import LETTERS, Exercise, Grid, unbroken, written
from core.sheets.kinds import MOST
from core.sheets.links import CHAPTER, VIEW

WIDTH, HEIGHT = A4
MARGIN, GAP, HEAD = 36.0, 18.0, 66.0  # points
CODE, QUIET = 62.0, 2  # side of the QR code, and white modules around it beside the white paper
COLUMNS = 2
TYPE, SMALL, LINE = 8.5, 7.0, 10.5
CELL, BOX = 14.0, (44.0, 15.0)
PLAIN, BOLD = "sheet", "sheet-bold"
FILES = {PLAIN: "DejaVuSans.ttf", BOLD: "DejaVuSans-Bold.ttf"}
TITLE = "Convolutional networks: exercises"


@dataclass(frozen=True)
class Sheet:
    """One student's page.

    Attributes:
        name: of the student.
        number: of the sheet, as it is typed.
        exercises: on it.
        about: a line below the title, such as the class and the date; may be "".
        link: that opens the sheet in the class's app; "": there is none.
    """

    name: str
    number: str
    exercises: Sequence[Exercise]
    about: str = ""
    link: str = ""


@cache
def _register_fonts() -> None:
    """matplotlib's own files, without loading matplotlib."""
    found = find_spec("matplotlib")
    folder = Path(str(found.origin if found else "")).parent / "mpl-data" / "fonts" / "ttf"
    for name, file in FILES.items():
        pdfmetrics.registerFont(TTFont(name, str(folder / file)))


def is_printable(text: str) -> bool:
    """Whether the sheets' typeface has every letter of a text, and all go from left to right: those
    of Arabic and Hebrew would stand backwards.
    """
    _register_fonts()
    known = [pdfmetrics.getFont(name).face.charToGlyph for name in FILES]
    has_all = all(ord(letter) in glyphs for glyphs in known for letter in text)
    return has_all and not any(unicodedata.bidirectional(letter) in ("R", "AL") for letter in text)


def _canvas(file: io.BytesIO, title: str) -> Any:  # noqa: ANN401 - reportlab has no types
    _register_fonts()
    canvas = Canvas(file, pagesize=A4, invariant=1, pageCompression=1)
    canvas.setTitle(title)
    canvas.setAuthor("")
    return canvas


def _width(text: str, size: float, font: str = PLAIN) -> float:
    return float(pdfmetrics.stringWidth(text, font, size))


def sheets_pdf(sheets: Iterable[Sheet]) -> bytes:
    """A page for each student."""
    file = io.BytesIO()
    canvas = _canvas(file, TITLE)
    for sheet in sheets:
        _draw_head(canvas, sheet)
        rows = MOST // COLUMNS
        width = (WIDTH - 2 * MARGIN - GAP * (COLUMNS - 1)) / COLUMNS
        height = (HEIGHT - 2 * MARGIN - HEAD) / rows
        for index, exercise in enumerate(sheet.exercises):
            row, column = divmod(index, COLUMNS)
            left = MARGIN + column * (width + GAP)
            top = HEIGHT - MARGIN - HEAD - row * height
            _draw_exercise(canvas, exercise, index + 1, (left, top, width))
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def _write(
    canvas: Any,  # noqa: ANN401
    left: float,
    base: float,
    text: str,
    size: float = TYPE,
    font: str = PLAIN,
) -> None:
    canvas.setFont(font, size)
    canvas.drawString(left, base, text)


def _fitting(text: str, width: float, size: float, font: str = PLAIN) -> str:
    """The text, or as much of its beginning as there is room for."""
    if _width(text, size, font) <= width:
        return text
    end = next(
        end for end in range(len(text), -1, -1) if _width(f"{text[:end]}…", size, font) <= width
    )
    return f"{text[:end]}…"


def _lines(text: str, width: float) -> list[str]:
    """A text in lines; reportlab's own would break it at no-break spaces too."""
    space, used, lines = _width(" ", TYPE), width, [""]
    for word in filter(None, unbroken(text).split(" ")):
        size = _width(word, TYPE)
        if used + space + size > width:
            lines.append(word)
            used = size
        else:
            lines[-1] += f" {word}"
            used += space + size
    return lines[1:]


def _draw_head(canvas: Any, sheet: Sheet) -> None:  # noqa: ANN401
    """Title, name and number, how to answer and where to check it, and the QR code."""
    top, right = HEIGHT - MARGIN, WIDTH - MARGIN
    if sheet.link:
        _draw_code(canvas, sheet.link, right - CODE, top - CODE + 4)
        right -= CODE + 8
    width = right - MARGIN
    number = f"Sheet {sheet.number}"
    _write(canvas, MARGIN, top - 12, TITLE, 13, BOLD)
    _write(canvas, right - _width(number, 11, BOLD), top - 12, number, 11, BOLD)
    about = _fitting(sheet.about, width * 0.36, TYPE)
    _write(canvas, right - _width(about, TYPE), top - 27, about)
    _write(canvas, MARGIN, top - 28, _fitting(sheet.name, width * 0.62, 11), 11)
    how = "Every answer is a whole number, or has at most two decimals."
    _write(canvas, MARGIN, top - 42, how, SMALL)
    where = sheet.link or f"in the app, chapter {TITLES[CHAPTER]}, {VIEW}"
    _write(canvas, MARGIN, top - 52, _fitting(f"Check them: {where}", width, SMALL), SMALL)
    canvas.setLineWidth(0.8)
    canvas.line(MARGIN, top - 58, right, top - 58)


def _draw_code(canvas: Any, link: str, left: float, bottom: float) -> None:  # noqa: ANN401
    """The link as a QR code that can be pressed, too; in each row one rectangle for neighbours."""
    rows = segno.make(link, error="m", micro=False).matrix
    module = CODE / (len(rows) + 2 * QUIET)
    path = canvas.beginPath()
    for row, cells in enumerate(rows, QUIET):
        base = bottom + CODE - (row + 1) * module
        start = QUIET
        for is_dark, same in groupby(cells):
            count = len(list(same))
            if is_dark:
                path.rect(left + start * module, base, count * module, module)
            start += count
    canvas.drawPath(path, stroke=0, fill=1)
    canvas.linkURL(link, (left, bottom, left + CODE, bottom + CODE), relative=0)


def _draw_exercise(
    canvas: Any,  # noqa: ANN401
    exercise: Exercise,
    number: int,
    place: tuple[float, float, float],
) -> None:
    """Title, text, grids side by side, then the blanks that are in none of them."""
    left, top, width = place
    _write(canvas, left, top - 10, f"{number}  {exercise.title}", 9.5, BOLD)
    base = top - 24
    for line in _lines(exercise.text, width):
        _write(canvas, left, base, line)
        base -= LINE
    base = _draw_grids(canvas, exercise.grids, (left, base + 2, width))
    drawn = exercise.drawn
    for letter, blank in zip(LETTERS, exercise.blanks):
        if letter not in drawn:
            _write(canvas, left, base - 12, letter, TYPE, BOLD)
            _write(canvas, left + 12, base - 12, blank.text)
            canvas.setLineWidth(1)
            canvas.rect(left + width - BOX[0] - 2, base - 16, *BOX)
            base -= BOX[1] + 3


def _draw_grids(
    canvas: Any,  # noqa: ANN401
    grids: Sequence[Grid],
    place: tuple[float, float, float],
) -> float:
    """Grids from left to right, in a new row where there is no room; where the next thing goes."""
    left, top, width = place
    across, lowest = 0.0, top
    for grid in grids:
        cell, names = _sizes(grid)
        whole = names + cell * max(map(len, grid.rows))
        if across and across + whole > width:
            across, top = 0.0, lowest - 4
        bottom = _draw_grid(canvas, grid, (left + across, top), cell, names)
        lowest = min(lowest, bottom)
        across += max(whole, _width(grid.title, SMALL)) + 12
    return lowest - 4


def _sizes(grid: Grid) -> tuple[float, float]:
    """Width of a cell, and of the names of the rows."""
    texts = [cell for row in grid.rows for cell in row]
    cell = max(CELL, *(_width(text, TYPE) + 5 for text in texts))
    if any(text in LETTERS and text for text in texts):
        cell = max(cell, 30.0)
    names = max((_width(name, SMALL) for name in grid.names), default=-4.0) + 4
    return cell, names


def _draw_grid(
    canvas: Any,  # noqa: ANN401
    grid: Grid,
    place: tuple[float, float],
    cell: float,
    names: float,
) -> float:
    left, top = place
    if grid.title:
        _write(canvas, left, top - 8, grid.title, SMALL)
        top -= 11
    high = BOX[1] + 2 if cell >= 30 else CELL
    for row, texts in enumerate(grid.rows):
        base = top - (row + 1) * high
        if grid.names:
            _write(canvas, left, base + high / 2 - 2.5, grid.names[row], SMALL)
        for column, text in enumerate(texts):
            at = left + names + column * cell
            canvas.setLineWidth(2 if (row, column) in grid.marked else 0.5)
            canvas.rect(at, base, cell, high)
            is_blank = text in LETTERS and text
            middle = at + 2 if is_blank else at + (cell - _width(text, TYPE)) / 2
            lift = high - 7 if is_blank else high / 2 - 3
            _write(canvas, middle, base + lift, text, 6 if is_blank else TYPE)
    for row, column in grid.marked:  # over the thin lines of its neighbours
        canvas.setLineWidth(2)
        canvas.rect(left + names + column * cell, top - (row + 1) * high, cell, high)
    return top - len(grid.rows) * high


def key_pdf(sheets: Iterable[Sheet]) -> bytes:
    """The answers of every sheet with how they come out, in the order of the sheets."""
    file = io.BytesIO()
    canvas = _canvas(file, f"{TITLE}, key")
    base, width = HEIGHT - MARGIN, WIDTH - 2 * MARGIN
    for sheet in sheets:
        lines = [line for text in _answers(sheet) for line in _lines(text, width)]
        if base - LINE * (len(lines) + 3) < MARGIN and base < HEIGHT - MARGIN:
            canvas.showPage()
            base = HEIGHT - MARGIN
        name = _fitting(sheet.name, width * 0.7, 10, BOLD)
        _write(canvas, MARGIN, base - 12, name, 10, BOLD)
        _write(canvas, WIDTH - MARGIN - _width(sheet.number, 10), base - 12, sheet.number, 10)
        base -= 26
        for line in lines:
            _write(canvas, MARGIN, base, line)
            base -= LINE
        base -= LINE
    canvas.save()
    return file.getvalue()


def _answers(sheet: Sheet) -> list[str]:
    """A line for each exercise."""
    return [
        f"{number}  {exercise.title}:  "
        + ";  ".join(
            f"{letter} = {written(blank.right)} ({blank.rule})"
            for letter, blank in zip(LETTERS, exercise.blanks)
        )
        for number, exercise in enumerate(sheet.exercises, 1)
    ]
