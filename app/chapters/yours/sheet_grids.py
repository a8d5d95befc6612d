"""The grids of an exercise as tables: what stands on the sheet, with the same letters."""

from __future__ import annotations

from html import escape

from core.sheets.exercise import LETTERS, Exercise, Grid

STYLE = """<style>
.sheet_grids {display: flex; flex-wrap: wrap; gap: 0.6rem 1.6rem; align-items: end}
.sheet_grids table {border-collapse: collapse; font-variant-numeric: tabular-nums}
.sheet_grids caption {text-align: left; padding-bottom: 0.15rem; white-space: nowrap}
.sheet_grids td {min-width: min(2.2rem, 6.4vw); height: 2rem; padding: 0 0.25rem;
  text-align: center; border: 1px solid color-mix(in srgb, currentColor 60%, transparent)}
.sheet_grids th {text-align: right; font-weight: inherit; padding: 0 0.5rem 0 0}
.sheet_grids td.corner {border: 0}
.sheet_grids .asked {font-weight: 700; font-style: italic;
  background: color-mix(in srgb, currentColor 10%, transparent)}
[class*=st-key-blank-answer] {flex-wrap: nowrap !important}
.sheet_grids .marked {outline: 0.2rem solid currentColor; outline-offset: -0.2rem}
</style>"""


def html(exercise: Exercise) -> str:
    """All grids of an exercise, side by side where there is room."""
    return f'{STYLE}<div class="sheet_grids">{"".join(map(_table, exercise.grids))}</div>'


def _table(grid: Grid) -> str:
    caption = f"<caption>{escape(grid.title)}</caption>" if grid.title else ""
    rows = "".join(f"<tr>{_row(grid, row)}</tr>" for row in range(len(grid.rows)))
    return f"<table>{caption}{rows}</table>"


def _row(grid: Grid, row: int) -> str:
    cells = "".join(_cell(grid, row, column) for column in range(len(grid.rows[row])))
    name = escape(grid.names[row]) if grid.names else ""
    if grid.names and not name:  # above a column of names
        return f'<td class="corner"></td>{cells}'
    return f'<th scope="row">{name}</th>{cells}' if name else cells


def _cell(grid: Grid, row: int, column: int) -> str:
    text = grid.rows[row][column]
    if text and text in LETTERS:
        return f'<td class="asked" title="answer {text}">{text}</td>'
    marked = (row, column) in grid.marked
    about = ' class="marked" title="with a thick frame"' if marked else ""
    return f"<td{about}>{escape(text)}</td>"
