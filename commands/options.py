"""How options are read and explained, and the options that several commands have."""

from __future__ import annotations

import math
import shlex
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import click
from click.core import ParameterSource
from click.types import OptionHelpExtra

from commands.words import spelled_out, too_many
from core import checkpoints
from core.data.facts import DATA_VARIABLE, ROOT
from core.training.config import RANGES

RUNS = ROOT / "runs"
REPORT = ROOT / "report"
F = TypeVar("F", bound=Callable[..., Any] | click.Command)


@dataclass
class Call:
    """One call of the command line.

    Attributes:
        arguments: as typed, without the program's name.
        again: what goes on with the work after Ctrl-C.
        goes_on: where it does.
        command: that was asked for, when its name is read.
        for_program: whether a program reads what is printed, the app for one.
        values: of its options by name, when they are read.
    """

    arguments: list[str]
    again: str = "The same command"
    goes_on: str = "goes on after the last finished epoch"
    command: click.Command | None = None
    for_program: bool = False
    values: dict[str, Any] = field(default_factory=dict)


def typed_command() -> str:
    """The command line of this process, for the card of what it makes."""
    return shlex.join(["python", *sys.argv])


def number_in(text: str, kind: type[int] | type[float]) -> float:
    """The number that a text spells in the digits 0 to 9.

    Args:
        text: such as "10" or "1e-3".
        kind: int for whole numbers.

    Raises:
        OverflowError: Python holds no such number; the message is what it is: too large, or too
            close to 0.
        ValueError: it spells none; Python itself takes other digits and "1_0", too.
    """
    if not text.isascii() or "_" in text:
        raise ValueError(f"Expected the digits 0 to 9, got {text!r:.40}.")
    digits = text.strip().lower().lstrip("+-")
    if kind is int:
        if digits.isdecimal() and len(digits) > sys.get_int_max_str_digits() > 0:
            raise OverflowError("too large")
        return int(text)
    number = float(text)
    if math.isinf(number) and digits[:1] != "i":
        raise OverflowError("too large")
    if number == 0 and set(digits.partition("e")[0]) & set("123456789"):
        raise OverflowError("too close to 0")
    return number


class Number(click.ParamType):  # type: ignore[type-arg]
    """A number in the digits 0 to 9, within a range if one is given."""

    def __init__(
        self, kind: type[int] | type[float], low: float = -math.inf, high: float = math.inf
    ) -> None:
        """Decide what is taken.

        Args:
            kind: int for whole numbers.
            low: the lowest.
            high: the highest.
        """
        self.kind, self.low, self.high = kind, low, high
        self.name = "integer" if kind is int else "float"

    def convert(
        self,
        value: Any,  # noqa: ANN401
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> float:
        """The number that was typed.

        Raises:
            click.UsageError: it is none, or out of range.
        """
        try:
            number = number_in(str(value), self.kind)
        except ValueError:
            self.fail(f"{str(value)!r} is not a valid {self.name}.", param, ctx)
        except OverflowError as error:
            self.fail(f"{self._expected()}, got {value}, which is {error}.", param, ctx)
        if self._has_range() and not self.low <= number <= self.high:
            self.fail(f"{self._expected()}, got {number}.", param, ctx)
        return number

    def _has_range(self) -> bool:
        return (self.low, self.high) != (-math.inf, math.inf)

    def _expected(self) -> str:
        """What is taken, as the beginning of a sentence."""
        if not self._has_range():
            return "expected a number"
        low, high = (f"{end:,}".replace(",", "") for end in (self.low, self.high))
        return f"expected a number from {low} to {high}"


class Named(click.ParamType):  # type: ignore[type-arg]
    """The name of a folder or a file, which need not be there yet."""

    def __init__(self, kind: str) -> None:
        """Decide what is taken: "folder", "file" or "file or folder"."""
        self.name = kind

    def convert(
        self,
        value: Any,  # noqa: ANN401
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> Path:
        """The path that was typed.

        Raises:
            click.UsageError: there is no name, or there can be no such folder or file.
        """
        path = Path(value)
        if not str(value).strip():
            self.fail(f"expected the name of a {self.name}, got {str(value)!r}.", param, ctx)
        try:
            wrong = self._wrong(path)
        except (OSError, ValueError) as error:  # too long, a link to itself
            wrong = getattr(error, "strerror", None) or str(error)
        if wrong:
            self.fail(
                f"The {self.name} {path} cannot be used ({wrong}): choose another.", param, ctx
            )
        return path

    def _wrong(self, path: Path) -> str:
        """Why it cannot be used; "" where it can."""
        path.stat() if path.exists() else path.parent.exists()
        if self.name == "file":
            return "it is a folder" if path.is_dir() else ""
        near = nearest(path if self.name == "folder" else path.absolute().parent)
        return "" if near.is_dir() else f"{near} is no folder"


def nearest(path: Path) -> Path:
    """The path itself if it is there, else the nearest above it that is."""
    return next(each for each in (path, *path.absolute().parents) if each.exists())


FOLDER, FILE, EITHER = Named("folder"), Named("file"), Named("file or folder")


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

    allow_extra_args = True  # for click, so that the sentence about them is ours

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the arguments.

        Args:
            ctx: receives the values.
            args: the words after the command.

        Raises:
            click.UsageError: an option is unknown or ambiguous, its value is missing or wrong, or a
                word is too many.
        """
        options = {name: param for param in self.get_params(ctx) for name in param.opts}
        words = spelled_out(args, options)
        rest = super().parse_args(ctx, list(words))
        if rest:
            raise click.UsageError(too_many(rest, words, options))
        if isinstance(ctx.obj, Call):
            ctx.obj.values = ctx.params
        return rest


def is_typed(name: str) -> bool:
    """Whether an option of the running command was typed, by the name of its value."""
    source = click.get_current_context().get_parameter_source(name)
    return source is not ParameterSource.DEFAULT


def one_of(*choices: str) -> click.Choice[str]:
    """The type of an option that takes one of a few values."""
    return click.Choice(choices)


def _note_program(context: click.Context, parameter: click.Parameter, value: bool) -> bool:
    if isinstance(context.obj, Call):
        context.obj.for_program = value
    return value


data_dir = click.option(
    "--data-dir",
    cls=Option,
    type=FOLDER,
    metavar="FOLDER",
    show_default=f"${DATA_VARIABLE}, else data/",
    help="Folder with the data sets.",
)
no_download = click.option("--no-download", is_flag=True, help="Never fetch missing data.")
json_lines = click.option(
    "--json",
    is_flag=True,
    callback=_note_program,
    is_eager=True,
    help="Print the progress as JSON, an object a line, for a program to read.",
)


def number(name: str, default: float, meaning: str, *, low: float, high: float) -> Callable[[F], F]:
    """An option for a number.

    Args:
        name: of the option.
        default: decides whether it must be whole.
        meaning: of the number.
        low: the lowest that is taken.
        high: the highest.
    """
    return click.option(
        name,
        type=Number(type(default), low, high),
        default=default,
        show_default=True,
        help=f"{meaning.rstrip('.')}, from {low} to {high}.",
    )


def seed(meaning: str) -> Callable[[F], F]:
    """``--seed``, in the range that torch's generators and a training's settings take."""
    low, high = RANGES["seed"]
    return number("--seed", 0, meaning, low=low, high=high)


def folder(
    name: str, default: Path, meaning: str, *, follows_out: bool = False
) -> Callable[[F], F]:
    """An option for a folder of the repository.

    Args:
        name: of the option.
        default: the folder.
        meaning: what it holds.
        follows_out: whether it is below the folder that --out names, where it names one.
    """
    below = f"; with --out: {default.name}/ in it" if follows_out else ""
    return click.option(
        name,
        cls=Below if follows_out else Option,
        metavar="FOLDER",
        type=FOLDER,
        default=default,
        show_default=f"{default.name}/{below}",
        help=meaning,
    )


class Below(Option):
    """An option for a folder that is below the one that --out names, where it names one."""

    def get_default(self, ctx: click.Context, call: bool = True) -> Any:  # noqa: ANN401
        """The usual folder, or one of its name below --out."""
        usual = super().get_default(ctx, call)
        out = ctx.params.get("out")
        if isinstance(out, Path) and isinstance(usual, Path) and out != checkpoints.CHECKPOINTS:
            return out / usual.name
        return usual


def out(meaning: str) -> Callable[[F], F]:
    """``--out``, the folder with the checkpoints."""
    return folder("--out", checkpoints.CHECKPOINTS, meaning)  # read first: others follow it


def runs_dir(meaning: str, *, follows_out: bool = False) -> Callable[[F], F]:
    """``--runs-dir``, the folder for what goes on after an end."""
    return folder("--runs-dir", RUNS, meaning, follows_out=follows_out)


def report_dir(meaning: str, *, follows_out: bool = False) -> Callable[[F], F]:
    """``--report-dir``, the folder for pictures and report."""
    return folder("--report-dir", REPORT, meaning, follows_out=follows_out)
