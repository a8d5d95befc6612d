"""How options are read and explained, and the options that several commands have."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click
from click.types import OptionHelpExtra

from core import checkpoints
from core.data.facts import DATA_VARIABLE, ROOT

RUNS = ROOT / "runs"
REPORT = ROOT / "report"
FOLDER = click.Path(path_type=Path)
F = TypeVar("F", bound=Callable[..., Any] | click.Command)


@dataclass
class Call:
    """One call of the command line.

    Attributes:
        arguments: as typed, without the program's name.
        again: what goes on with the work after Ctrl-C.
    """

    arguments: list[str]
    again: str = "The same command"


def typed_command() -> str:
    """The command line of this process, for the card of what it makes."""
    return shlex.join(["python", *sys.argv])


class Option(click.Option):
    """An option whose ``show_default``, if it is a text, stands in the help as it is."""

    def get_help_extra(self, ctx: click.Context) -> OptionHelpExtra:
        """What stands in brackets behind the meaning."""
        extra = super().get_help_extra(ctx)
        if isinstance(self.show_default, str):
            extra["default"] = self.show_default
        return extra


class Command(click.Command):
    """A command whose options may be shortened, as far as one option alone begins like that."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the arguments.

        Args:
            ctx: receives the values.
            args: the words after the command.

        Raises:
            click.UsageError: an option is unknown or ambiguous, or its value is missing or wrong.
        """
        options = {name: param for param in self.get_params(ctx) for name in param.opts}
        return super().parse_args(ctx, spelled_out(args, options))


def spelled_out(args: Sequence[str], options: dict[str, click.Parameter]) -> list[str]:
    """The words of a command line, each shortened option with its whole name.

    Args:
        args: what was typed; those after ``--`` are no options.
        options: by name, such as ``--epochs``.

    Raises:
        click.UsageError: several options begin like that, or one stands where a value should.
    """
    end = args.index("--") if "--" in args else len(args)
    spelled = [_whole(word, options) for word in args[:end]]
    for word, following in zip(spelled, [*spelled[1:], "--"]):
        takes_value = not getattr(options.get(word), "is_flag", True)
        if takes_value and following.partition("=")[0] in {*options, "--"}:
            raise click.UsageError(f"Option '{word}' requires an argument.")
    return [*spelled, *args[end:]]


def _whole(word: str, options: dict[str, click.Parameter]) -> str:
    name, equals, value = word.partition("=")
    if name in options or not name.startswith("--"):
        return word
    found = sorted(option for option in options if option.startswith(name))
    if len(found) > 1:
        raise click.UsageError(f"Ambiguous option: {name} could be {', '.join(found)}.")
    return f"{found[0]}{equals}{value}" if found else word


def one_of(*choices: str) -> click.Choice[str]:
    """The type of an option that takes one of a few values."""
    return click.Choice(choices)


data_dir = click.option(
    "--data-dir",
    cls=Option,
    metavar="FOLDER",
    show_default=f"${DATA_VARIABLE}, else data/",
    help="Folder with the data sets.",
)
no_download = click.option("--no-download", is_flag=True, help="Never fetch missing data.")
json_lines = click.option(
    "--json",
    is_flag=True,
    help="Print the progress as JSON, an object a line, for a program to read.",
)


def number(name: str, default: float, meaning: str) -> Callable[[F], F]:
    """An option for a number.

    Args:
        name: of the option.
        default: decides whether it must be whole.
        meaning: of the number.
    """
    return click.option(name, type=type(default), default=default, show_default=True, help=meaning)


def folder(name: str, default: Path, meaning: str) -> Callable[[F], F]:
    """An option for a folder of the repository.

    Args:
        name: of the option.
        default: the folder.
        meaning: what it holds.
    """
    return click.option(
        name,
        cls=Option,
        metavar="FOLDER",
        type=FOLDER,
        default=default,
        show_default=f"{default.name}/",
        help=meaning,
    )


def out(meaning: str) -> Callable[[F], F]:
    """``--out``, the folder with the checkpoints."""
    return folder("--out", checkpoints.CHECKPOINTS, meaning)


def runs_dir(meaning: str) -> Callable[[F], F]:
    """``--runs-dir``, the folder for what goes on after an end."""
    return folder("--runs-dir", RUNS, meaning)


def report_dir(meaning: str) -> Callable[[F], F]:
    """``--report-dir``, the folder for pictures and report."""
    return folder("--report-dir", REPORT, meaning)
