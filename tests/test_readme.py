"""README says what is true: its tables are what the cards and the kept runs give."""

import re
from pathlib import Path

from commands import documents, table
from core import checkpoints

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text("utf-8")


def between(begin: str, end: str, text: str) -> str:
    return text.split(begin)[1].split(end)[0].strip()


def test_the_result_table_is_made_from_the_cards():
    made = table.result_table(checkpoints.CHECKPOINTS)
    assert between(*table.MARKS, README) == made, "run: make readme"


def test_the_table_of_ingredients_is_made_from_the_runs():
    made = table.ingredient_table(checkpoints.CHECKPOINTS)
    assert between(*table.INGREDIENT_MARKS, README) == made, "run: make readme"


def test_the_picture_of_every_chapter_is_shown():
    shown = re.findall(r"!\[(.+?)\]\(docs/pictures/(\w+)\.webp\)", README)
    assert [name for _, name in shown] == list(documents.PICTURES)
    assert all(len(says) > 20 for says, _ in shown), "what it shows, for who cannot see it"


def test_it_is_read_in_three_screens():
    open_text = re.sub(r"<details>.*?</details>", "", README, flags=re.DOTALL)
    assert open_text.count("\n") <= 130


def test_the_licences_are_named():
    for name in ("LICENSE", "CITATION.cff", "docs/samples.md"):
        assert name in README
        assert (ROOT / name).is_file()
    samples = (ROOT / "docs" / "samples.md").read_text("utf-8")
    for file in (ROOT / "samples").glob("LICENSE-*"):
        assert file.name in samples
