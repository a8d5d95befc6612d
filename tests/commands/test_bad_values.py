"""Every option of every command with values that are none: refused in one sentence, before any
work. A new option is tried by itself.
"""

from pathlib import Path

import click
import pytest

from commands import attack_curves, cam, data, documents, page, report, settings, site, trainer
from commands.main import COMMANDS, main
from commands.options import Named
from core.checking.weights import PARTS
from core.training.config import CHOICES, FLAGS, RANGES
from tests.commands.helpers import assert_one_sentence, click_command

FOLDER, MISSING = "a folder", "missing/file"
VALUES = {
    "empty": "",
    "blank": " ",
    "nan": "nan",
    "inf": "inf",
    "minus inf": "-inf",
    "too large": "1e999",
    "below zero": "-1",
    "broken": "3.7",
    "4,400 digits": "9" * 4_400,
    "20,000 minus signs": "-" * 20_000 + "1",
    "20,000 brackets": "[" * 20_000,
    "other digits": "٣",
    "underscores": "1_0",
    "another alphabet": "три",
    "markup": "<b>1</b>\x1b[31m",
    "a folder": FOLDER,
    "a missing file": MISSING,
    "None": "None",
    "True": "True",
}
# What is a name of a folder all the same, or a number within the range of one that may be broken.
NAMES = {"nan", "inf", "minus inf", "too large", "below zero", "broken", "None", "True"}
NAMES |= {"other digits", "underscores", "another alphabet", "markup", "a folder", "a missing file"}
BROKEN_TAKEN = {"--lr"}

LIKE_CONV = {f"--{name.replace('_', '-')}" for name in PARTS} - {"--conv"}  # read as it is
OPTIONS = {
    (command, option.opts[0]): option
    for command in COMMANDS
    for option in click_command(command).params
    if isinstance(option, click.Option) and not option.is_flag and option.opts[0] not in LIKE_CONV
}


WRITTEN = [OPTIONS["page", "--out"]]  # files, which need not be there


class ReachedError(Exception):
    """The work would have begun."""


@pytest.fixture(autouse=True)
def no_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever reads data, computes or fetches says that it was reached."""

    def reached(*arguments: object, **named: object) -> None:
        raise ReachedError

    monkeypatch.chdir(tmp_path)
    (tmp_path / FOLDER).mkdir()
    monkeypatch.setattr(trainer, "read_images", reached)
    monkeypatch.setattr(data, "fetch", reached)
    monkeypatch.setattr(cam.checkpoints, "load", reached)
    monkeypatch.setattr(attack_curves, "measure", reached)
    monkeypatch.setattr(report.pages, "pages", reached)
    monkeypatch.setattr(documents, "write_whole", reached)
    for command in (page, site):  # the app does it, in a process of its own
        monkeypatch.setattr(command.subprocess, "run", reached)


def call(command: str, *arguments: str) -> int | type[ReachedError]:
    """The exit code; ReachedError where the work would have begun."""
    known = [option for name, option in OPTIONS if name == command]
    folders = [
        part
        for option in ("--out", "--runs-dir", "--report-dir", "--data-dir")
        if option in known and not any(word.startswith(option) for word in arguments)
        for part in (option, option.strip("-"))
    ]
    try:
        return main([command, *(["mnist"] if command == "data" else []), *folders, *arguments])
    except ReachedError:
        return ReachedError


def is_taken(name: str, option: click.Option, kind: str) -> bool:
    if isinstance(option.type, Named):
        return kind in NAMES and (option.type.name == "folder" or option in WRITTEN)
    return kind == "broken" and name in BROKEN_TAKEN


@pytest.mark.parametrize("kind", VALUES)
@pytest.mark.parametrize(("command", "name"), OPTIONS)
def test_a_value_that_is_none_is_one_sentence_before_any_work(
    command: str, name: str, kind: str, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    option = OPTIONS[command, name]
    ended = call(command, f"{name}={VALUES[kind]}")
    if is_taken(name, option, kind):
        assert ended in (ReachedError, 2)  # 2: the network or the card is not there
        return
    assert ended == 2
    said = capsys.readouterr().err
    assert_one_sentence(said)
    assert len(said) < 1_200
    assert said[:-1].isprintable()
    assert [path.name for path in tmp_path.iterdir()] == [FOLDER]


NUMBERS = [name for name in settings.OTHERS if name in RANGES]
NONE_OF_THEM = set(VALUES) - {"broken"}
OF_THE_RESNET = {"principal_kernels"}  # refused of the small CNN


@pytest.mark.parametrize("kind", VALUES)
@pytest.mark.parametrize("name", settings.OTHERS)
def test_another_setting_is_read_as_its_type_says(
    name: str, kind: str, capsys: pytest.CaptureFixture
) -> None:
    ended = call("mnist", "--set", f"{name}={VALUES[kind]}")
    is_flag = name in FLAGS and name not in OF_THE_RESNET and kind == "True"
    low, high = RANGES.get(name, (1.0, 0.0))
    if is_flag or (kind == "broken" and isinstance(low, float) and low <= 3.7 <= high):
        assert ended is ReachedError
        return
    assert ended == 2
    said = capsys.readouterr().err
    assert_one_sentence(said, f"Expected {name}")
    assert len(said) < 1_200


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("average=0.9", 0.9),
        ("average=1", 1.0),
        ("attack_steps=3", 3),
        ("precise_bn=False", False),
        ("betas=(0.8, 0.99)", (0.8, 0.99)),
        ("betas=0.8,0.99", (0.8, 0.99)),
        ("schedule=constant", "constant"),
    ],
)
def test_a_setting_has_its_type(text: str, value: object) -> None:
    name, found = settings.parsed(text)
    assert (name, found, type(found)) == (text.partition("=")[0], value, type(value))


def test_what_is_tried_covers_every_kind_of_setting() -> None:
    assert set(settings.OTHERS) <= {*RANGES, *FLAGS, *CHOICES, "betas"}


@pytest.mark.parametrize("count", [50_000, 999_999])
def test_more_held_out_images_than_there_are_is_said_before_they_are_fetched(
    count: int, capsys: pytest.CaptureFixture
) -> None:
    assert call("resnet", "--held-out", str(count)) == 2
    assert_one_sentence(
        capsys.readouterr().err, f"Expected between 1 and 49999 images to hold out, got {count}."
    )


@pytest.mark.parametrize(
    ("command", "name"), [key for key in OPTIONS if key[1] == "--augmentation"]
)
def test_the_help_describes_no_value_that_is_not_taken(
    command: str, name: str, capsys: pytest.CaptureFixture
) -> None:
    taken = set(OPTIONS[command, name].type.choices)
    assert main([command, "--help"]) == 0
    told = capsys.readouterr().out
    for value in CHOICES["augmentation"]:
        assert (f'"{value}"' in told) == (value in taken)
