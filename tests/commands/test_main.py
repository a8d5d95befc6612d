"""The program as its user meets it: commands, exit codes, sentences."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import train_all
from commands.main import COMMANDS, main
from core.data.facts import ROOT
from tests.commands.helpers import assert_one_sentence, click_command

PROMISED = (
    *(
        "mnist",
        "resnet",
        "cam",
        "channels",
        "untrained",
        "ingredients",
        "attack-models",
        "attack-curves",
        "report",
        "data",
    ),
    *("samples", "table", "lecture", "site", "page", "check", "sheets", "documents"),
)


def test_the_promised_commands_are_there() -> None:
    assert tuple(COMMANDS) == PROMISED
    assert [click_command(name).name for name in PROMISED] == list(PROMISED)


def test_the_entry_is_short_and_its_main_can_be_imported() -> None:
    assert len((ROOT / "train_all.py").read_text("utf-8").splitlines()) <= 40
    assert train_all.main is main


def test_a_command_is_needed(capsys: pytest.CaptureFixture) -> None:
    assert main([]) == 2
    assert_one_sentence(capsys.readouterr().err, "COMMAND", ", ".join(PROMISED))


def test_an_unknown_command_is_one_sentence(capsys: pytest.CaptureFixture) -> None:
    assert main(["fly", "--help"]) == 2
    assert_one_sentence(capsys.readouterr().err, "No such command 'fly'", ", ".join(PROMISED))


@pytest.mark.parametrize("arguments", [["--nothing"], ["--nothing", "table"]])
def test_an_unknown_option_of_the_program_is_one_sentence(
    capsys: pytest.CaptureFixture, arguments: list[str]
) -> None:
    assert main(arguments) == 2
    advice = "'--nothing': `train_all.py --help` lists those that there are."
    assert_one_sentence(capsys.readouterr().err, "No such option", advice)


def test_an_unknown_option_has_the_one_that_is_near_to_it_or_where_all_are_listed(
    capsys: pytest.CaptureFixture,
) -> None:
    assert main(["ingredients", "--limit", "64"]) == 2
    assert_one_sentence(capsys.readouterr().err, "'--limit': `train_all.py ingredients --help`")
    assert main(["ingredients", "--seedz", "0"]) == 2
    assert_one_sentence(capsys.readouterr().err, "No such option '--seedz'", "--seeds")


@pytest.mark.parametrize("option", ["--help", "-h", "--he"])
def test_the_help_names_every_command(capsys: pytest.CaptureFixture, option: str) -> None:
    assert main([option]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    commands = captured.out.partition("Commands:\n")[2]
    meanings = dict(re.findall(r"^  (\S+) +(.*(?:\n {4,}.*)*)", commands, re.MULTILINE))
    assert tuple(meanings) == PROMISED
    assert all(meaning.endswith(".") for meaning in meanings.values())
    assert "    torchrun --nproc-per-node GPUS train_all.py resnet\n" in captured.out


@pytest.mark.parametrize(("number", "speaks"), [("0", True), ("1", False)])
def test_one_of_the_processes_of_torchrun_speaks(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture, number: str, speaks: bool
) -> None:
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "none")
    monkeypatch.setenv("RANK", number)
    assert main(["mnist", "--nothing"]) == 2
    assert bool(capsys.readouterr().err) == speaks


def test_a_sentence_about_a_name_with_a_line_break_is_one_line(
    capsys: pytest.CaptureFixture,
) -> None:
    assert main(["table", "two\nlines"]) == 2
    assert_one_sentence(capsys.readouterr().err, "two lines")


def test_another_python_than_the_one_that_was_set_up_is_one_sentence() -> None:
    command = [sys.executable, "-S", "train_all.py", "table"]  # without installed packages
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2
    assert_one_sentence(done.stderr, "lacks the package click", "source .venv/bin/activate")


CHECK = """
import sys
from pathlib import Path

from train_all import main

assert main(sys.argv[1:]) == 0
slow = {"matplotlib", "scipy", "streamlit"} & set(sys.modules)
assert not slow, slow
"""


def test_a_training_starts_without_what_only_other_commands_need() -> None:
    done = subprocess.run(
        [sys.executable, "-c", CHECK, "mnist", "--help"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "\x1b" not in done.stdout  # no colours in a pipe


@pytest.mark.parametrize(("option", "is_told"), [([], True), (["--json"], False)])
def test_a_program_is_told_no_option(
    option: list[str], is_told: bool, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    """The app shows these sentences to people who type no command."""
    folders = ["--data-dir", str(tmp_path / "none"), "--out", str(tmp_path / "out")]
    assert main(["mnist", "--no-download", *folders, *option]) == 2
    said = capsys.readouterr().err
    assert_one_sentence(said, "MNIST is not in")
    assert ("(--no-download, --data-dir)" in said) == is_told
    assert ("--" in said) == is_told


def test_whoever_reads_no_further_hears_no_complaint() -> None:
    """As `train_all.py table | head -1` does."""
    with subprocess.Popen(
        [sys.executable, "train_all.py", "table"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == ""
    assert process.returncode == 0


@pytest.mark.parametrize(
    ("raises", "code", "said"),
    [
        ("ModuleNotFoundError('no', name='segno')", 2, "lacks the package segno"),
        ("KeyboardInterrupt", 130, "Ended before anything was begun."),
    ],
)
def test_what_ends_the_program_at_any_import_is_one_sentence(
    tmp_path: Path, raises: str, code: int, said: str
) -> None:
    """Of the program itself, and of the one command that needs a package."""
    for module in ("torch", "segno"):
        (tmp_path / f"{module}.py").write_text(f"raise {raises}")
        done = subprocess.run(
            [sys.executable, "train_all.py", "sheets", "--help"],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(tmp_path)},
            capture_output=True,
            text=True,
        )
        (tmp_path / f"{module}.py").unlink()
        assert done.returncode == code
        assert "Traceback" not in done.stderr
        if module == "torch" or code == 2:
            (line,) = done.stderr.strip().splitlines()
            assert said in line
