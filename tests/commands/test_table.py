"""The README's table of results."""

from pathlib import Path

import pytest
from click import UsageError

from commands.table import result_table, write_table
from core import checkpoints, homework
from core.checkpoints.cards import accuracies, duration
from tests.commands.helpers import assert_one_sentence
from train_all import main


def test_the_result_table_has_a_row_for_every_card(cards: Path) -> None:
    rows = result_table(cards).splitlines()
    assert len(rows) == 3
    cells = [cell.strip() for cell in rows[2].strip("|").split("|")]
    assert cells[:7] == [
        "Small CNN on MNIST",
        "39,248",
        "2",
        "**99.00%**",
        "90%",
        "3 min 21 s",
        "0",
    ]
    assert f"torch {checkpoints.versions()['torch']}" in cells[8]
    assert {row.count("|") for row in rows} == {10}


def test_below_the_table_stands_why_a_curve_ends_elsewhere() -> None:
    table, _, notes = result_table(checkpoints.CHECKPOINTS).partition("\n\n")
    cards = [checkpoints.load_card(name) for name in homework.NETWORKS]
    pairs = {card["title"]: accuracies(card) for card in cards}
    elsewhere = {title: ends[0] for title, ends in pairs.items() if ends[0] != ends[1]}
    assert "ResNet on CIFAR-10" in elsewhere
    for line, (title, last) in zip(notes.splitlines(), elsewhere.items(), strict=True):
        assert line.startswith(f"- {title}: the curve ends at {last}, since after the last epoch")
    assert len(table.splitlines()) == 2 + len(cards)


def test_the_table_command_prints_the_table(cards: Path, capsys: pytest.CaptureFixture) -> None:
    assert main(["table", "--out", str(cards)]) == 0
    assert capsys.readouterr().out == f"{result_table(cards)}\n"


def test_the_table_of_a_damaged_card_is_one_sentence(
    cards: Path, capsys: pytest.CaptureFixture
) -> None:
    checkpoints.card_path("mnist_cnn", cards).write_text("{")
    assert main(["table", "--out", str(cards)]) == 2
    assert_one_sentence(capsys.readouterr().err, "mnist_cnn.json is damaged")


README = "# Title\n\n<!-- results -->\n{}<!-- /results -->\n\nThe end: \\1 \\g<0>.\n"


@pytest.mark.parametrize("before", ["", "| old |\n", "| older |\n|---|\n| table |\n\n"])
def test_the_table_is_written_between_its_marks(cards: Path, tmp_path: Path, before: str) -> None:
    readme = tmp_path / "README.md"
    readme.write_text(README.format(before))
    assert main(["table", "--out", str(cards), "--write", str(readme)]) == 0
    assert readme.read_text() == README.format(f"{result_table(cards)}\n")


def test_a_written_table_is_written_once(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text(README.format(""))
    write_table("| a |", readme)
    first = readme.read_text()
    write_table("| a |", readme)
    assert readme.read_text() == first


@pytest.mark.parametrize(
    "text", ["", "# Title\n", "<!-- results -->\n", "<!-- /results -->\n<!-- results -->\n"]
)
def test_a_file_without_the_marks_is_left_alone(
    cards: Path, tmp_path: Path, text: str, capsys: pytest.CaptureFixture
) -> None:
    readme = tmp_path / "README.md"
    readme.write_text(text)
    assert main(["table", "--out", str(cards), "--write", str(readme)]) == 2
    assert_one_sentence(
        capsys.readouterr().err, "README.md", "<!-- results -->", "<!-- /results -->"
    )
    assert readme.read_text() == text


def test_a_missing_file_cannot_be_written_into(tmp_path: Path) -> None:
    with pytest.raises(
        UsageError, match=r"--write: .*README\.md cannot be read \(No such file or directory\)"
    ):
        write_table("| a |", tmp_path / "README.md")
    assert not (tmp_path / "README.md").exists()


def test_a_table_of_nothing_is_refused_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    readme = tmp_path / "README.md"
    readme.write_text("<!-- results -->\nold\n<!-- /results -->\n")
    assert main(["table", "--out", str(tmp_path), "--write", str(readme)]) == 2
    assert "There is no card in" in capsys.readouterr().err
    assert "old" in readme.read_text()


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.4, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min 0 s"),
        (200, "3 min 20 s"),
        (3599, "59 min 59 s"),
        (3600, "1 h 0 min"),
        (7500, "2 h 5 min"),
    ],
)
def test_a_duration_reads_as_a_person_says_it(seconds: float, text: str) -> None:
    assert duration(seconds) == text
