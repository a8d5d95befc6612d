"""The README's tables of results and of ingredients."""

from pathlib import Path

import pytest
from click import UsageError

from commands.table import INGREDIENT_MARKS, MARKS, ingredient_table, result_table, write_tables
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
    write_tables({MARKS: "| a |"}, readme)
    first = readme.read_text()
    write_tables({MARKS: "| a |"}, readme)
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
        write_tables({MARKS: "| a |"}, tmp_path / "README.md")
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


def with_ingredients(cards: Path) -> Path:
    name = f"{homework.INGREDIENTS_RESULT}.json"
    (cards / name).write_bytes((checkpoints.CHECKPOINTS / name).read_bytes())
    return cards


def test_the_tables_of_ingredients_go_from_what_brings_most_to_what_brings_least() -> None:
    *parts, reading, computed = ingredient_table(checkpoints.CHECKPOINTS).split("\n\n")
    assert parts[::2] == [f"After {epochs} epochs:" for epochs in (12, 30, 60)]
    tables = [
        [[cell.strip() for cell in row.strip("|").split("|")] for row in table.splitlines()]
        for table in parts[1::2]
    ]
    for head, _, *rows in tables:
        assert {len(row) for row in rows} == {len(head)}
        assert len(rows) <= 25, "a table that a person reads"
        gains = [float(row[4].split()[0].replace("–", "0")) for row in rows]
        assert gains == sorted(gains, reverse=True)
    twelve = {row[0]: row[1:] for row in tables[0]}
    assert twelve["The recipe"] == ["–", "0, 1, 2", "90.26 ± 0.44 %", "–", "1.00"]
    assert twelve["No sharpness-aware steps"] == [
        *("`--set sharpness=0`", "0, 1, 2", "90.54 ± 0.42 %", "+0.28 ± 0.51", "0.66"),
    ]
    settings = {row[0] for row in twelve.values()}
    assert {"`--batch-size 256`", "`--lr 0.006`", "`--set betas=0.9,0.99`"} <= settings
    assert reading.startswith(
        "After ± stands one standard error. A difference is that of runs with"
    )
    assert computed.startswith("Computed on NVIDIA H100 80GB HBM3, bf16, torch 2.11.0")


def test_both_tables_are_printed_and_written(
    cards: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    both = [result_table(with_ingredients(cards)), ingredient_table(cards)]
    assert main(["table", "--out", str(cards)]) == 0
    assert capsys.readouterr().out == "\n\n".join(both) + "\n"
    readme = tmp_path / "README.md"
    second = "{}\n{{}}{}\n".format(*INGREDIENT_MARKS)
    readme.write_text((README + second).format("", "| old |\n"))
    assert main(["table", "--out", str(cards), "--write", str(readme)]) == 0
    assert readme.read_text() == (README + second).format(*(f"{table}\n" for table in both))


def test_a_file_gets_the_tables_that_it_has_lines_for(cards: Path, tmp_path: Path) -> None:
    folder, page = str(with_ingredients(cards)), "{}\n{{}}{}\n".format(*INGREDIENT_MARKS)
    for text, table in ((README, result_table(cards)), (page, ingredient_table(cards))):
        file = tmp_path / "page.md"
        file.write_text(text.format(""))
        assert main(["table", "--out", folder, "--write", str(file)]) == 0
        assert file.read_text() == text.format(f"{table}\n")


def test_a_file_with_one_of_the_second_marks_is_left_alone(
    cards: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    readme = tmp_path / "README.md"
    readme.write_text(README.format("") + INGREDIENT_MARKS[0])
    assert main(["table", "--out", str(with_ingredients(cards)), "--write", str(readme)]) == 2
    assert_one_sentence(capsys.readouterr().err, *INGREDIENT_MARKS)
    assert readme.read_text() == README.format("") + INGREDIENT_MARKS[0]
