"""The command sheets: two files, the same again, and one sentence for what cannot be done."""

from datetime import date

import pypdfium2
import pytest

from core.sheets.number import decode
from tests.commands.helpers import assert_one_sentence
from train_all import main

KINDS = ("--kinds", "field,rate", "--level", "2")


def numbers(folder):
    pages = pypdfium2.PdfDocument(folder / "sheets.pdf")
    texts = [page.get_textpage().get_text_range() for page in pages]
    return {
        next(word for word in text.split() if len(word) == 17 and word.count("-") == 2): text
        for text in texts
    }


def test_the_order_of_the_list_changes_no_sheet(tmp_path):
    for name, lines in (("one", "Ada\nBob\n"), ("two", "Bob\nAda\n"), ("again", "Ada\nBob\n")):
        (tmp_path / f"{name}.csv").write_text(lines, "utf-8")
        options = ("--students", str(tmp_path / f"{name}.csv"), "--out", str(tmp_path / name))
        assert main(["sheets", *options, *KINDS, "--seed", "2026", "--class-name", "ML 101"]) == 0
    one, two, again = (tmp_path / name for name in ("one", "two", "again"))
    assert numbers(one) == numbers(two)
    assert len(numbers(one)) == 2
    assert all(decode(name).never for name in numbers(one))
    assert "in the app, chapter Your layer" in next(iter(numbers(one).values()))
    for file in ("sheets.pdf", "key.pdf"):
        assert (one / file).read_bytes() == (again / file).read_bytes()


@pytest.mark.parametrize(
    ("lines", "said", "printed"),
    [
        (
            "name,id\n王小明,77\nJörg,78\n",
            "cannot write 王小明: the id stands in its place.",
            ["77"],
        ),
        ("name,id\nمحمد,77\n", "cannot write محمد: the id stands in its place.", ["77"]),
        ("name,id\n王,77\n김,78\n", "2 names, such as 王: their ids stand", ["77", "78"]),
        ("王小明\n", "cannot write 王小明: add a column id in other letters.", []),
    ],
)
def test_a_name_that_the_typeface_has_not_is_told_and_replaced(
    lines, said, printed, tmp_path, capsys
):
    (tmp_path / "class.csv").write_text(lines, "utf-8")
    options = ("--students", str(tmp_path / "class.csv"), "--out", str(tmp_path), *KINDS)
    assert main(["sheets", *options]) == 0
    assert said in capsys.readouterr().out
    for name in printed:
        assert any(f"\n{name}\r" in text for text in numbers(tmp_path).values())


def test_a_sheet_says_its_page_and_knows_its_day(tmp_path):
    (tmp_path / "one.csv").write_text("Ada\n", "utf-8")
    options = ("--students", str(tmp_path / "one.csv"), "--out", str(tmp_path), "--kinds", "rate")
    more = ("--address", "https://a.org/", "--solution-after", "2026-12-24")
    assert main(["sheets", *options, *more]) == 0
    ((name, text),) = numbers(tmp_path).items()
    assert f"https://a.org/yours?view=Check+a+sheet&sheet={name}" in text
    assert decode(name).after == date(2026, 12, 24)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "--students is missing"),
        (("--students", "none.csv"), "none.csv cannot be read"),
        (("--students", "a.csv", "--kinds", "hat"), "Expected kinds among"),
        (("--students", "a.csv", "--kinds", ","), "Expected 1 to 6 kinds"),
        (("--students", "a.csv", "--level", "4"), "from 1 to 3"),
        (("--students", "a.csv", "--solution-after", "soon"), "Expected now, never or a day"),
        (("--students", "a.csv", "--address", "a.org"), "Expected the address of the app"),
        (
            ("--students", "a.csv", "--class-name", "深層学習"),
            "cannot write --class-name 深層学習: wri",
        ),
        (("--students", "a.csv", "--date", "اليوم"), "cannot write --date"),
    ],
)
def test_what_cannot_be_done_is_said(options, said, capsys):
    assert main(["sheets", *options]) == 2
    assert_one_sentence(capsys.readouterr().err, said)
