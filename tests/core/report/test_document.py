"""core.report.document and environment: sheets, and matplotlib without its user's settings."""

import os
from pathlib import Path

import matplotlib
import pytest
import torch
from matplotlib import font_manager

from core.environment import variables
from core.report import document, environment
from core.report.document import MARGIN, PAGE, Sheet, pdf_bytes, text_width, wrapped
from core.report.environment import FONTS, own_settings
from tests.core.report.seen import beyond, overlapping, texts

WORDS = "every window becomes a column, and one matrix product gives all outputs " * 6


@own_settings()
def test_lines_are_as_wide_as_asked_and_lose_no_word() -> None:
    lines = wrapped(WORDS, 3.0, 9)
    assert " ".join(lines) == WORDS.strip()
    widths = [text_width(line, 9) for line in lines]
    assert max(widths) <= 3.0
    assert min(widths[:-1]) > 2.2


@own_settings()
def test_a_word_that_is_too_long_is_broken() -> None:
    lines = wrapped("a " + "x" * 300 + " b", 2.0, 9)
    assert "".join(lines).replace(" ", "") == "a" + "x" * 300 + "b"
    assert max(text_width(line, 9) for line in lines) <= 2.0


@own_settings()
def test_what_finds_no_room_goes_on_on_the_next_page() -> None:
    sheet = Sheet("A title")
    for number in range(40):
        sheet.heading(f"Question {number}")
        sheet.text(WORDS)
    assert len(sheet.figures) > 2
    found = [text for page in sheet.figures for text in texts(page)]
    assert [text for text in found if text.startswith("Question")] == [
        f"Question {number}" for number in range(40)
    ]
    for page in sheet.figures:
        assert overlapping(page) == beyond(page, MARGIN) == []
        assert tuple(page.get_size_inches()) == PAGE
        assert not texts(page)[-1].startswith("Question"), "a heading stays with its text"
    assert texts(sheet.figures[1])[0] == "A title, continued"


@own_settings()
def test_a_paragraph_is_not_parted_and_its_heading_goes_with_it() -> None:
    words = " ".join(f"word{number}" for number in range(100))
    sheet = Sheet("A title")
    while len(sheet.figures) == 1:
        sheet.heading("A heading")
        sheet.text(words)
    before, after = (texts(page) for page in sheet.figures)
    assert after[:2] == ["A title, continued", "A heading"]
    assert " ".join(after[2:]) == words
    assert before[-1].endswith("word99"), "no heading stays behind alone"
    assert before.count("A heading") == sum(line.endswith("word99") for line in before)


@own_settings()
def test_a_paragraph_that_is_longer_than_a_page_is_parted() -> None:
    words = " ".join(f"word{number}" for number in range(2000))
    sheet = Sheet("A title")
    sheet.text(words)
    assert len(sheet.figures) > 1
    found = [line for page in sheet.figures for line in texts(page)]
    assert " ".join(line for line in found if not line.startswith("A title")) == words
    for page in sheet.figures:
        assert overlapping(page) == beyond(page, MARGIN) == []


@own_settings()
def test_a_table_over_two_pages_keeps_its_columns() -> None:
    sheet = Sheet("A table")
    rows = [(f"row {number}", f"{number}") for number in range(80)]
    sheet.table(("name", "number"), rows, (0, -sheet.width))
    assert len(sheet.figures) == 2
    for page in sheet.figures:
        assert overlapping(page) == beyond(page, MARGIN) == []


def test_a_dollar_is_a_dollar() -> None:
    with own_settings():
        sheet = Sheet("costs $1$ and $\\frac{")
        page = sheet.figures[0]
    assert pdf_bytes([page]).startswith(b"%PDF")


def test_settings_variables_and_threads_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "no number")
    before, threads = dict(matplotlib.rcParams), torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        with matplotlib.rc_context({"font.size": 33, "axes.grid": False}):
            with own_settings():
                assert matplotlib.rcParams["font.size"] == 9
                assert torch.get_num_threads() == 1
                assert "SOURCE_DATE_EPOCH" not in os.environ
            assert matplotlib.rcParams["font.size"] == 33
        assert torch.get_num_threads() == 3
        assert os.environ["SOURCE_DATE_EPOCH"] == "no number"
    finally:
        torch.set_num_threads(threads)
    assert dict(matplotlib.rcParams) == before


def test_variables_are_put_back_after_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIRST", "1")
    monkeypatch.delenv("SECOND", raising=False)
    inside = {}

    @variables(FIRST=None, SECOND="2")
    def fail() -> None:
        inside.update(os.environ)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert "FIRST" not in inside
    assert inside["SECOND"] == "2"
    assert os.environ["FIRST"] == "1"
    assert "SECOND" not in os.environ


def test_the_fonts_are_matplotlibs_own_files() -> None:
    own = Path(matplotlib.get_data_path(), "fonts", "ttf").resolve()
    with own_settings():
        for family in set(FONTS.values()):
            for weight in ("normal", "bold"):
                properties = font_manager.FontProperties(family=family, weight=weight)
                found = Path(font_manager.findfont(properties, fallback_to_default=False))
                assert found.resolve().parent == own
                assert FONTS[found.name] == family
                assert ("Bold" in found.name) == (weight == "bold")


def test_two_pdfs_have_the_same_bytes_and_embedded_fonts(tmp_path: Path) -> None:
    def one() -> bytes:
        with own_settings():
            sheet = Sheet("A title")
            sheet.text(WORDS)
        return pdf_bytes(sheet.figures)

    first = one()
    with matplotlib.rc_context({"font.family": "serif", "savefig.bbox": "tight"}):
        assert one() == first
    assert b"/FontFile2" in first
    assert b"CreationDate" not in first
    with own_settings():
        sheet = Sheet("A title")
        sheet.text(WORDS)
    document.write_pdf(tmp_path / "one.pdf", sheet.figures)
    assert (tmp_path / "one.pdf").read_bytes() == first
    document.write_png(tmp_path / "one.png", sheet.figures[0])
    assert (tmp_path / "one.png").read_bytes().startswith(b"\x89PNG")


def test_without_matplotlib_its_import_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "find_spec", lambda name: None)
    environment.import_drawing()  # leaves the error to whoever imports it
