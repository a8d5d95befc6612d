"""The numbers of a picture as tables, for a screen reader that walks them. No streamlit here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from app.ui.charts import number


@dataclass(frozen=True)
class Table:
    """Numbers in rows and columns, each with its name.

    Attributes:
        caption: what they are.
        columns: a name for each column.
        rows: name of a row to one text for each column.
        corner: what the rows are.
    """

    caption: str
    columns: Sequence[str]
    rows: Mapping[str, Sequence[str]]
    corner: str = ""

    def html(self) -> str:
        """A table with a caption and a head for each row and column; nobody sees it."""
        corner = f'<th scope="col">{escape(self.corner)}</th>' if self.corner else "<td></td>"
        names = "".join(f'<th scope="col">{escape(name)}</th>' for name in self.columns)
        lines = "".join(
            f'<tr><th scope="row">{escape(name)}</th>'
            f"{''.join(f'<td>{escape(text)}</td>' for text in texts)}</tr>"
            for name, texts in self.rows.items()
        )
        return (
            f'<table class="numbers"><caption>{escape(self.caption)}</caption>'
            f"<thead><tr>{corner}{names}</tr></thead><tbody>{lines}</tbody></table>"
        )


def grid(caption: str, values: Sequence[Sequence[float]]) -> Table:
    """A grid of cells, with the numbers as the cells show them."""
    return Table(
        caption,
        [f"column {column + 1}" for column in range(len(values[0]))],
        {f"row {index + 1}": list(map(number, row)) for index, row in enumerate(values)},
    )


def shares(
    caption: str, names: Sequence[str], columns: Mapping[str, Sequence[float]], *, corner: str
) -> Table:
    """A row for each class, a column for each kind of share, in percent.

    Args:
        caption: what they are.
        names: of the classes.
        columns: name to one share in [0, 1] for each class.
        corner: what the rows are.
    """
    rows = {
        name: [f"{values[index]:.1%}" for values in columns.values()]
        for index, name in enumerate(names)
    }
    return Table(caption, list(columns), rows, corner)


def confusion(matrix: Sequence[Sequence[int]], classes: Sequence[str]) -> Table:
    """How many pictures of each true class were predicted as each class."""
    rows = {
        f"true {name}": [f"{count}" for count in counts] for name, counts in zip(classes, matrix)
    }
    return Table("Confusion matrix", [f"predicted {name}" for name in classes], rows)
