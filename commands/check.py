"""The command ``check``: is a homework right, and if not, where."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from commands import course, options
from commands.folders import check_writable
from commands.options import FILE, Call, Command, Number, Option
from commands.progress import counting_bar
from core.checking import formats, words
from core.checking.check import CheckError, code_files
from core.checking.check import check as run_check
from core.checking.hidden import for_student, hints_only
from core.checking.history import read as read_history
from core.checking.results import Epoch, Report, to_json
from core.checking.weights import PARTS, WEIGHTS, Weights
from core.checking.weights import read as read_weights
from core.checkpoints.files import write_whole
from core.checks import LARGEST_SEED, LEAST_SEED
from core.foreign_text import shortened, visible
from core.json_files import json_bytes
from core.training.parallel import cores

F = TypeVar("F", bound=Callable[..., Any])
FOLDER = "check"  # below --runs-dir: the reports that the app's page shows
LONGEST = 200  # bytes of a report's name; a file system takes 255, with what is put around it
WRONG = 1  # exit code where a part that was found is not right
ADDRESS = "http://localhost:8501/"  # of the app as `python -m app.serve` starts it


class Identifier(click.ParamType):  # type: ignore[type-arg]
    """A name in Python."""

    name = "name"

    def convert(
        self,
        value: Any,  # noqa: ANN401
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> str:
        """The name that was typed.

        Raises:
            click.UsageError: Python has no such name.
        """
        if not str(value).isidentifier():
            self.fail(f"expected a name as in def NAME, got {str(value)!r:.60}.", param, ctx)
        return str(value)


def part_names(command: F) -> F:
    """An option for each part: what it is called in the file."""
    for name, meaning in reversed(PARTS.items()):
        command = click.option(
            f"--{name.replace('_', '-')}",
            name,
            cls=Option,
            type=Identifier(),
            metavar="NAME",
            show_default="looked for",
            help=f"What the file calls the {meaning.partition(' of the ')[2]}.",
        )(command)
    return command


def _file(name: str, meaning: str, default: str = "not written") -> Callable[[F], F]:
    return click.option(
        name, cls=Option, type=FILE, metavar="FILE", show_default=default, help=meaning
    )


@click.command(cls=Command, short_help="Check a homework, and say what is wrong with it.")
@click.argument("file", metavar="FILE", required=False)
@part_names
@click.option("--hint", is_flag=True, help="Ask a question in place of each answer.")
@click.option("--json", is_flag=True, help="Print Gradescope's results and nothing else.")
@click.option("--all", "every", is_flag=True, help="FILE is a folder with a class's submissions.")
@click.option(
    "--history",
    type=FILE,
    metavar="FILE",
    multiple=True,
    help="Loss and accuracy of your epochs, as CSV or JSON; several files are put together.",
)
@_file("--weights", "What each part is worth.", "grading/weights.toml")
@click.option(
    "--seed",
    cls=Option,
    type=Number(int, LEAST_SEED, LARGEST_SEED),
    show_default="of the weights",
    help="What the cases are drawn from.",
)
@_file("--otter", "Write otter-grader's results, too.")
@_file("--junit", "Write results as pytest's --junitxml does, too.")
@options.number("--jobs", cores(), "With --all: checks at the same time", low=1, high=256)
@options.runs_dir("Folder for the reports, in check/.")
def check(
    file: str | None,
    hint: bool,
    json: bool,
    every: bool,
    history: tuple[Path, ...],
    weights: Path | None,
    seed: int | None,
    otter: Path | None,
    junit: Path | None,
    jobs: int,
    runs_dir: Path,
    **named: str | None,
) -> None:
    """Check the homework FILE, a Python file, a notebook or a folder with some, and say of each
    part whether it is right, and what is wrong and where. The exit code is 0 where every part that
    was found is right, 1 where one is not, and 2 where the file cannot be checked.
    """
    if file is None:
        raise click.UsageError("FILE is missing: expected a Python file, a notebook or a folder.")
    used = read_weights(weights or WEIGHTS)
    seed = used.seed if seed is None else seed
    names = {name: value for name, value in named.items() if value}
    _check_places(runs_dir, otter=otter, junit=junit)
    call = click.get_current_context().obj
    if isinstance(call, Call):
        call.goes_on = "goes on after the last finished submission" if every else "begins anew"
    if every:
        _refuse_of_one_file(hint=hint, json=json, history=history, otter=otter, junit=junit)
        course.check_all(_path(file), course.Asked(names, seed, jobs, runs_dir), used)
        return
    try:
        report = _checked(_path(file), names, seed, read_history(history))
    except CheckError as error:
        if not json:
            raise
        print(_text(formats.unchecked(Path(file).name, str(error), used)))
        return
    place = _kept(report, runs_dir / FOLDER / f"{_stem(_path(file))}.json")
    told = hints_only(report) if hint else report
    print(_text(formats.gradescope(told, used)) if json else _screen(told, place, hint=hint))
    _write(told, used, otter, junit)
    if any(words.verdict(part) not in ("right", "missing") for part in report.parts):
        click.get_current_context().exit(WRONG)


def _check_places(runs_dir: Path, **files: Path | None) -> None:
    """Find out whether the report and the files that are asked for can be written.

    Raises:
        FolderError: one cannot.
    """
    folders = {name: file.parent for name, file in files.items() if file is not None}
    check_writable(runs_dir=runs_dir, **folders)


def _refuse_of_one_file(**chosen: object) -> None:
    """Refuse options that say nothing of a class.

    Raises:
        click.UsageError: one is given.
    """
    given = [f"--{name}" for name, value in chosen.items() if value]
    if given:
        raise click.UsageError(
            f"--all writes the grades of a class, and {' and '.join(given)} asks for one file: "
            "leave one of them out."
        )


def _stem(path: Path) -> str:
    """A file's name without its ending, as far as a report's name may be as long."""
    return os.fsencode(path.resolve().stem)[:LONGEST].decode(errors="ignore")


def _screen(report: Report, place: Path, *, hint: bool) -> str:
    """The report in words, with where the rest of what is wrong stands."""
    asks = "" if hint else "; --hint asks a question in place of each answer"
    elsewhere = f'Everything is in {place}, and in the app\'s chapter "Your layer"{asks}.'
    return words.screen(report, address=ADDRESS, width=_width(), elsewhere=elsewhere)


def _width() -> int | None:
    """Columns of the terminal; None where the output is piped."""
    return max(shutil.get_terminal_size().columns, 40) if sys.stdout.isatty() else None


def _path(file: str) -> Path:
    """What was typed, which must be there.

    Raises:
        CheckError: it is not.
    """
    path = Path(file)
    try:
        if path.exists():
            return path
    except (OSError, ValueError):  # a name that is too long, or has a zero in it
        pass
    shown = visible(shortened(file, 80))
    raise CheckError(f"{shown} is not there: expected a Python file, a notebook or a folder")


def _checked(path: Path, names: Mapping[str, str], seed: int, epochs: tuple[Epoch, ...]) -> Report:
    """The report of a homework, as a student may see it."""
    files, folder = code_files(path), path if path.is_dir() else None
    with counting_bar(" parts", stays=False) as progress:
        found = run_check(
            files, names=names, seed=seed, history=epochs, folder=folder, on_part=progress
        )
    return for_student(found)


def _kept(report: Report, path: Path) -> Path:
    """Write the report for the app's page, and say where."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, to_json(report))
    return path


def _write(report: Report, used: Weights, otter: Path | None, junit: Path | None) -> None:
    """What else was asked for."""
    for file in filter(None, (otter, junit)):
        file.parent.mkdir(parents=True, exist_ok=True)
    if otter is not None:
        write_whole(otter, json_bytes(formats.otter(report, used)))
    if junit is not None:
        write_whole(junit, formats.junit(report))


def _text(results: Mapping[str, Any]) -> str:
    return json_bytes(results).decode().rstrip()
