"""app.ui.asked_cells: what the stage can ask about the cells of a picture."""

from app.ui.asked_cells import AskedCells
from core.explain.questions.next_cell import CellAnswers


def test_a_row_has_answers_the_right_one_and_what_each_other_one_means() -> None:
    cells = [None, CellAnswers((-3.0, 0.125, 7.0, 2.0), 1, ("flipped", "", "moved", "flipped"))]
    assert AskedCells(cells, "What?").data() == {
        "text": "What?",
        "reasons": ["", "flipped", "moved"],
        "rows": [[], ["−3", "0.13", "7", "2", 1, 1, 0, 2, 1]],
    }
