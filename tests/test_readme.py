"""The README says what is true: its result table is what the cards give."""

from pathlib import Path

from commands import table
from core import checkpoints

README = (Path(__file__).resolve().parents[1] / "README.md").read_text("utf-8")


def test_the_result_table_is_made_from_the_cards():
    begin, end = table.MARKS
    between = README.split(begin)[1].split(end)[0].strip()
    assert between == table.result_table(checkpoints.CHECKPOINTS), "run: make readme"


def test_the_named_pictures_are_there():
    for name in ("docs/convolution.png", "LICENSE", "samples/LICENSE-foolbox"):
        assert name in README
        assert (Path(__file__).resolve().parents[1] / name).is_file()
