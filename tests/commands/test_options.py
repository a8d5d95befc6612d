"""Every option of every command: explained in the help, refused with one sentence."""

import re

import click
import pytest

from commands.main import COMMANDS, main
from commands.settings import OPTIONS, meanings, offered, recipe_value, sentence
from commands.training import NETWORKS
from commands.words import spelled_out
from tests.commands.helpers import assert_one_sentence, click_command

TRAINING = (
    *("--only", "--data-dir", "--no-download", "--epochs", "--seed", "--device", "--precision"),
    *("--processes", "--batch-size", "--lr", "--augmentation", "--set", "--held-out", "--out"),
    *("--runs-dir", "--limit", "--json", "--fresh", "--smoke"),
)
PROMISED = {
    "mnist": TRAINING,
    "resnet": (*TRAINING, "--short", "--plain"),
    "ingredients": (
        *(
            "--epochs",
            "--seeds",
            "--only",
            "--precision",
            "--device",
            "--data-dir",
            "--no-download",
        ),
        *("--out", "--runs-dir", "--fresh", "--smoke"),
    ),
    "attack-models": TRAINING,
    "cam": (
        *("--data-dir", "--no-download", "--pictures", "--draws", "--method", "--alpha", "--seed"),
        *("--device", "--precision", "--out", "--report-dir", "--runs-dir"),
    ),
    "channels": ("--images", "--device", "--data-dir", "--no-download", "--out"),
    "untrained": ("--data-dir", "--no-download", "--out"),
    "attack-curves": ("--data-dir", "--no-download", "--images", "--out", "--runs-dir"),
    "report": ("--out", "--report-dir"),
    "data": ("--data-dir", "--json"),
    "samples": ("--data-dir", "--out"),
    "table": ("--out", "--write"),
    "lecture": ("--report-dir",),
    "site": ("--out",),
    "page": ("--out",),
    "sheets": (
        *(
            "--students",
            "--seed",
            "--level",
            "--kinds",
            "--class-name",
            "--date",
            "--solution-after",
            "--address",
            "--out",
        ),
    ),
    "documents": ("--out", "--pictures"),
    "check": (
        *("--conv", "--conv-layer", "--pool-layer", "--mnist", "--resnet", "--cam", "--attack"),
        *("--targeted", "--improved", "--hint", "--json", "--all", "--history", "--weights"),
        *("--seed", "--otter", "--junit", "--jobs", "--runs-dir"),
    ),
}
NAMES = set(PROMISED["check"][:9])  # of what a file defines
NO_DEFAULT = {"--write", "--students", "--class-name", "--date"}  # left out, there is none


def options_of(command: str) -> dict[str, click.Option]:
    params = click_command(command).params
    return {param.opts[0]: param for param in params if isinstance(param, click.Option)}


EVERY = [
    pytest.param(command, name, option, id=f"{command} {name}")
    for command in COMMANDS
    for name, option in options_of(command).items()
]
every_option = pytest.mark.parametrize(("command", "name", "option"), EVERY)
every_value = pytest.mark.parametrize(
    ("command", "name", "option"), [case for case in EVERY if not case.values[2].is_flag]
)


def helped(command: str, capsys: pytest.CaptureFixture) -> dict[str, str]:
    """What the help says of each option, in one line, by its name."""
    assert main([command, "--help"]) == 0
    text = capsys.readouterr().out.partition("Options:\n")[2].partition("\n\n")[0]
    found = re.findall(r"^  (?:-h, )?(--\S+)(.*(?:\n {4,}.*)*)", text, re.MULTILINE)
    return {name: " ".join(words.split()) for name, words in found}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_promised_option_is_there(command: str, capsys: pytest.CaptureFixture) -> None:
    assert set(options_of(command)) == set(PROMISED[command])
    assert set(helped(command, capsys)) == {*PROMISED[command], "--help"}


@every_option
def test_every_option_is_explained(
    command: str, name: str, option: click.Option, capsys: pytest.CaptureFixture
) -> None:
    said = helped(command, capsys)[name]
    assert option.help is not None
    assert option.help[0].isupper()
    assert option.help.endswith(".")
    assert option.help in said
    if isinstance(option.type, click.Choice):
        listed = "|".join(option.type.choices)
        text = click_command(command).epilog or ""
        assert f"[{listed}]" in said or all(f"\n{one}" in text for one in option.type.choices)
    has_default = not (option.is_flag or option.multiple or name in NO_DEFAULT)
    assert bool(re.search(r"\[default: [^\]]+\]$", said)) == has_default


@pytest.mark.parametrize("command", NETWORKS)
@pytest.mark.parametrize("name", OPTIONS)
def test_a_setting_is_explained_in_the_words_of_its_docstring(
    command: str, name: str, capsys: pytest.CaptureFixture
) -> None:
    said = helped(command, capsys)[OPTIONS[name]]
    value = recipe_value(NETWORKS[command], name)
    taken = options_of(command)[OPTIONS[name]].type
    assert said.endswith(f"{sentence(offered(meanings()[name], taken))} [default: {value}]")


def test_a_value_that_differs_between_recipes_names_its_network() -> None:
    networks = NETWORKS["attack-models"]
    assert recipe_value(networks, "epochs") == "20"
    assert recipe_value(networks, "batch_size") == "64 (mnist_model_a), 128 (mnist_model_b)"


@pytest.mark.parametrize(
    ("command", "name", "option"), [case for case in EVERY if case.values[2].is_flag]
)
def test_a_flag_with_a_value_is_one_sentence(
    command: str, name: str, option: click.Option, capsys: pytest.CaptureFixture
) -> None:
    assert main([command, f"{name}=3"]) == 2
    assert_one_sentence(capsys.readouterr().err, f"Option '{name}' does not take a value.")


# The others take any text: what it names is checked by the command.
TYPES = {"integer": "a valid integer.", "float": "a valid float.", "choice": "'"}


@pytest.mark.parametrize(
    ("command", "name", "option"),
    [case for case in EVERY if not case.values[2].is_flag and case.values[2].type.name in TYPES],
)
def test_a_wrong_value_is_one_sentence(
    command: str, name: str, option: click.Option, capsys: pytest.CaptureFixture
) -> None:
    assert main([command, name, "none of it"]) == 2
    said = capsys.readouterr().err
    assert_one_sentence(said, f"Invalid value for '{name}': 'none of it' is not ")
    assert_one_sentence(said, TYPES[option.type.name])


def test_the_options_that_take_any_text_are_folders_files_and_other_settings() -> None:
    any_text = {
        name
        for _, name, option in (case.values for case in EVERY)
        if not option.is_flag and option.type.name not in TYPES
    }
    files = {"--write", "--history", "--weights", "--otter", "--junit", "--seeds", "--students"}
    sheets = {"--kinds", "--class-name", "--date", "--solution-after", "--address"}
    assert (
        any_text
        == {"--data-dir", "--out", "--runs-dir", "--report-dir", "--set"} | files | NAMES | sheets
    )


@every_value
@pytest.mark.parametrize("after", [[], ["--help"], ["--"]])
def test_a_missing_value_is_one_sentence(
    command: str,
    name: str,
    option: click.Option,
    after: list[str],
    capsys: pytest.CaptureFixture,
) -> None:
    assert main([command, name, *after]) == 2
    assert_one_sentence(capsys.readouterr().err, f"Option '{name}' requires an argument.")


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("word", ["--nothing", "--nothing=3", "-x"])
def test_an_unknown_option_is_one_sentence(
    command: str, word: str, capsys: pytest.CaptureFixture
) -> None:
    assert main([command, word]) == 2
    assert_one_sentence(capsys.readouterr().err, "No such option", word.partition("=")[0])


@pytest.mark.parametrize("command", COMMANDS)
def test_a_word_too_many_is_one_sentence(command: str, capsys: pytest.CaptureFixture) -> None:
    assert main([command, "mnist", "more"]) == 2
    assert_one_sentence(capsys.readouterr().err, "Got unexpected extra argument", "more")


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("ingredients --only mixup cutmix no-average", "as in --only cutmix"),
        ("ingredients --only mixup mixup", "as in --only mixup"),
        ("ingredients --only=mixup cutmix --epochs 3", "as in --only cutmix"),
        ("resnet --set average=0 mixup=1", "as in --set mixup=1"),
        ("check a.ipynb --history a.csv b.csv", "as in --history b.csv"),
        ("resnet --lr 0.1 0.2", "--lr takes one word."),
        ("resnet --l 0.1 0.2", "Ambiguous option"),
        ("ingredients --seeds 0 1 2", "(1 2): --seeds takes one word, such as 0,1,2."),
    ],
)
def test_a_second_value_of_an_option_is_told_where_it_goes(
    typed: str, told: str, capsys: pytest.CaptureFixture
) -> None:
    assert main(typed.split()) == 2
    assert_one_sentence(capsys.readouterr().err, told)


@pytest.mark.parametrize("typed", ["mnist more", "mnist --smoke more", "mnist -- more"])
def test_a_word_after_no_value_is_not_laid_on_an_option(
    typed: str, capsys: pytest.CaptureFixture
) -> None:
    assert main(typed.split()) == 2
    assert_one_sentence(capsys.readouterr().err, "Got unexpected extra argument (more).")


@every_option
def test_an_option_may_be_shortened(command: str, name: str, option: click.Option) -> None:
    options = {**options_of(command), "--help": click.Option(["--help"], is_flag=True)}
    value = [] if option.is_flag else ["3"]
    for length in range(3, len(name) + 1):
        short = name[:length]
        if short == name or sum(other.startswith(short) for other in options) == 1:
            assert spelled_out([short, *value], options) == [name, *value]
            assert spelled_out([f"{short}=3"], options) == [f"{name}=3"]
        elif short not in options:
            with pytest.raises(click.UsageError, match=f"Ambiguous option: {short} could be --"):
                spelled_out([short, *value], options)


def test_what_follows_two_dashes_is_no_option(capsys: pytest.CaptureFixture) -> None:
    assert spelled_out(["--", "--se"], options_of("mnist")) == ["--", "--se"]
    assert main(["data", "--", "--js"]) == 2
    assert_one_sentence(capsys.readouterr().err, "'--js' is not one of 'mnist', 'cifar10'")


def test_a_value_may_look_like_a_number_below_zero(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    assert main(["mnist", "--no-download", "--seed", "-1"]) == 2
    assert_one_sentence(
        capsys.readouterr().err, "'--seed': expected a number from 0 to 2147483647, got -1"
    )
