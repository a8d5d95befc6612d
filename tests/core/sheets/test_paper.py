"""core.sheets.paper: a page for each student, every number on it, and the same bytes again."""

import pypdfium2
import pytest
import segno

from core.sheets.exercise import written
from core.sheets.kinds import KINDS, LEVELS, make
from core.sheets.paper import CODE, MARGIN, QUIET, Sheet, is_printable, key_pdf, sheets_pdf

LINK = "https://cnn.example.org/yours?view=Check+a+sheet&sheet=22222-33333-44444"
LONG = "Karl-Theodor Maria Nikolaus Johann Jacob Philipp Franz Joseph Sylvester " * 2
SCALE = 4  # pixels of a point
HALVES = tuple(KINDS)[:6], tuple(KINDS)[6:]
SHEETS = [
    Sheet(
        name,
        "22222-33333-44444",
        [make(kind, name, level) for kind in kinds],
        "ML 101, today",
        LINK,
    )
    for level in LEVELS
    for name, kinds in zip(("Jürgen Groß", LONG), HALVES)
]


@pytest.fixture(scope="module")
def pages():
    return pypdfium2.PdfDocument(sheets_pdf(SHEETS))


def words(page):
    return page.get_textpage().get_text_range().split()


def test_each_student_has_a_page_of_a4_with_every_number(pages):
    assert len(pages) == len(SHEETS)
    for page, sheet in zip(pages, SHEETS):
        assert page.get_size() == pytest.approx((595.28, 841.89), abs=0.01)
        found = words(page)
        assert {"22222-33333-44444", *sheet.name.split()[:2], "ML"} <= set(found)
        for exercise in sheet.exercises:
            cells = [one for grid in exercise.grids for row in grid.rows for one in row]
            assert {part for cell in cells for part in cell.split()} <= set(found)
            assert {*exercise.text.split()[:3]} <= set(found)


def test_the_qr_code_is_that_of_the_link_that_stands_beside_it():
    (page,) = pypdfium2.PdfDocument(sheets_pdf(SHEETS[:1]))
    assert LINK in words(page)
    dots = page.render(scale=SCALE).to_pil().convert("L")
    expected = segno.make(LINK, error="m", micro=False).matrix
    module = CODE / (len(expected) + 2 * QUIET)
    left, top = 595.28 - MARGIN - CODE, MARGIN - 4
    middles = [(QUIET + index + 0.5) * module for index in range(len(expected))]
    found = [
        [
            int(dots.getpixel((int(SCALE * (left + x)), int(SCALE * (top + y)))) < 128)
            for x in middles
        ]
        for y in middles
    ]
    assert found == [list(row) for row in expected]


def test_nothing_lies_on_something_else_or_off_the_page(pages):
    for page in pages:
        left, bottom, right, top = (36.0, MARGIN, 595.28 - 36, 841.89 - MARGIN)
        text = page.get_textpage()
        boxes = [text.get_rect(index) for index in range(text.count_rects())]
        for one in boxes:
            assert one[0] >= left - 1
            assert one[1] >= bottom - 1
            assert one[2] <= right + 2
            assert one[3] <= top + 2
        for index, one in enumerate(boxes):
            for other in boxes[index + 1 :]:
                apart = one[2] <= other[0] + 1 or other[2] <= one[0] + 1
                assert apart or one[3] <= other[1] + 1.5 or other[3] <= one[1] + 1.5


def test_no_product_and_no_equation_breaks_over_two_lines():
    for made in (sheets_pdf(SHEETS), key_pdf(SHEETS)):
        texts = [one.get_textpage().get_text_range() for one in pypdfium2.PdfDocument(made)]
        lines = [line.strip() for text in texts for line in text.splitlines()]
        assert any("×" in line for line in lines)
        assert not [line for line in lines if {line[:1], line[-1:]} & {"×", "="}]


@pytest.mark.parametrize(
    ("text", "printable"),
    [("Jörg", True), ("Škoda", True), ("王", False), ("محمد", False), ("דוד", False), ("", True)],
)
def test_letters_that_go_from_right_to_left_are_not_printed_backwards(text, printable):
    assert is_printable(text) == printable


def test_the_key_has_every_answer_by_student():
    key = pypdfium2.PdfDocument(key_pdf(SHEETS))
    found = " ".join(" ".join(words(page)) for page in key)
    for sheet in SHEETS:
        for exercise in sheet.exercises:
            assert f"a = {written(exercise.blanks[0].right)} (" in found


def test_the_same_sheets_are_the_same_bytes():
    assert sheets_pdf(SHEETS[:2]) == sheets_pdf(SHEETS[:2])
    assert key_pdf(SHEETS[:2]) == key_pdf(SHEETS[:2])
