"""The command sheets: two files, the same again, and one sentence for what cannot be done."""

import pypdfium2
import pytest

from tests.commands.helpers import assert_one_sentence
from train_all import main

KINDS = ("--kinds", "field,rate", "--level", "2")


def numbers(folder):
    pages = pypdfium2.PdfDocument(folder / "sheets.pdf")
    texts = [page.get_textpage().get_text_range() for page in pages]
    return {next(word for word in text.split() if word.count("-") == 2): text for text in texts}


def test_the_order_of_the_list_changes_no_sheet(tmp_path):
    for name, lines in (("one", "Ada\nBob\n"), ("two", "Bob\nAda\n"), ("again", "Ada\nBob\n")):
        (tmp_path / f"{name}.csv").write_text(lines, "utf-8")
        options = ("--students", str(tmp_path / f"{name}.csv"), "--out", str(tmp_path / name))
        assert main(["sheets", *options, *KINDS, "--seed", "2026", "--class-name", "ML 101"]) == 0
    one, two, again = (tmp_path / name for name in ("one", "two", "again"))
    assert numbers(one) == numbers(two)
    assert len(numbers(one)) == 2
    for file in ("sheets.pdf", "key.pdf"):
        assert (one / file).read_bytes() == (again / file).read_bytes()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "--students is missing"),
        (("--students", "none.csv"), "none.csv cannot be read"),
        (("--students", "a.csv", "--kinds", "hat"), "Expected kinds among"),
        (("--students", "a.csv", "--kinds", ","), "Expected 1 to 6 kinds"),
        (("--students", "a.csv", "--level", "4"), "from 1 to 3"),
    ],
)
def test_what_cannot_be_done_is_said(options, said, capsys):
    assert main(["sheets", *options]) == 2
    assert_one_sentence(capsys.readouterr().err, said)
