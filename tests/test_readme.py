"""The README says what is true: its tables are what the cards and the kept runs give."""

from pathlib import Path

from commands import table
from core import checkpoints

README = (Path(__file__).resolve().parents[1] / "README.md").read_text("utf-8")


def between(begin: str, end: str) -> str:
    return README.split(begin)[1].split(end)[0].strip()


def test_the_result_table_is_made_from_the_cards():
    made = table.result_table(checkpoints.CHECKPOINTS)
    assert between(*table.MARKS) == made, "run: make readme"


def test_the_table_of_ingredients_is_made_from_the_runs():
    made = table.ingredient_table(checkpoints.CHECKPOINTS)
    assert between(*table.INGREDIENT_MARKS) == made, "run: make readme"


def test_the_named_pictures_are_there():
    for name in ("docs/convolution.png", "LICENSE", "samples/LICENSE-foolbox"):
        assert name in README
        assert (Path(__file__).resolve().parents[1] / name).is_file()
