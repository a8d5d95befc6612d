"""What the stage of a lecture can ask about the picture of a layer: each output cell, with four
answers, for the component in app/components/grids.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.ui.charts import number
from core.explain.questions.next_cell import CellAnswers

OUTPUT = "The window moves on: what comes out at PLACE?"
MAXIMUM = "The window moves on: what is the maximum at PLACE?"


@dataclass(frozen=True)
class AskedCells:
    """A question for each output cell, row by row.

    Attributes:
        cells: the answers for each; None: it is not asked for.
        text: the question, with PLACE for the cell.
    """

    cells: Sequence[CellAnswers | None]
    text: str

    def data(self) -> dict[str, Any]:
        """As the component reads it: a row has four answers, the index of the right one, and the
        indices of the reasons; [] where nothing is asked.
        """
        reasons = sorted({reason for one in self.cells if one for reason in one.reasons})
        rows = [self._row(one, reasons) if one else [] for one in self.cells]
        return {"text": self.text, "reasons": reasons, "rows": rows}

    @staticmethod
    def _row(answers: CellAnswers, reasons: Sequence[str]) -> list[str | int]:
        texts = [number(value) for value in answers.values]
        return [*texts, answers.right, *(reasons.index(reason) for reason in answers.reasons)]
