"""The command ``lecture``: opens every state of a lecture, and writes the instructor's guide."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click

from commands import options
from commands.folders import check_writable, make_folders
from commands.options import Command
from commands.progress import counting_bar
from core.browser import serving
from core.failures import Failure
from core.lecture.opening import browsing, open_state
from core.lecture.reading import LectureError, find, names, read_with_lines
from core.lecture.states import Lecture
from core.report import document
from core.report.guide import guide


@click.command(cls=Command, short_help="Check a lecture, and write the instructor's guide.")
@click.argument("file", metavar="FILE", required=False)
@options.report_dir("Folder for the guide.")
def lecture(file: str | None, report_dir: Path) -> None:
    """Open every state of the lecture FILE in a browser, say what is wrong, and write the guide.

    FILE is a lecture's file, or the name of one in lectures/.
    """
    path = _chosen(file)
    try:
        found, lines = read_with_lines(path)
    except LectureError as error:
        raise Failure(str(error)) from error
    check_writable(report_dir=report_dir)
    pictures, faulty = _look(found, lines, path.name)
    _write(found, pictures, report_dir, path.stem)
    total = sum(state.minutes for state in found.states)
    if total != found.minutes:
        print(f"The states take {total:g} minutes together, {found.minutes:g} are planned.")
    if faulty:
        raise Failure(f"{faulty} of {len(found.states)} states of {path.name} have faults")
    print(f"All {len(found.states)} states of {path.name} open as they should.")


def _chosen(file: str | None) -> Path:
    """The file that was asked for."""
    if file is None:
        raise click.UsageError(f"FILE is missing: expected a file, or one of {', '.join(names())}.")
    path = Path(file)
    if path.suffix or path.exists():
        return path
    try:
        return find(file)
    except LectureError as error:
        raise Failure(str(error)) from error


def _look(found: Lecture, lines: tuple[int, ...], name: str) -> tuple[list[bytes], int]:
    """The picture of each state, and how many states have faults; each fault is printed."""
    pictures, faulty = [], 0
    with (
        browsing() as page,
        tempfile.TemporaryDirectory() as visits,
        serving(environment={"CNN_STATE": visits}) as address,
        counting_bar(" states") as progress,
    ):
        for number, (state, line) in enumerate(zip(found.states, lines, strict=True), 1):
            opened = open_state(page, address, state)
            for fault in opened.faults:
                print(f"{name}, line {line}, “{state.title}”: {fault.rstrip('.')}.")
            faulty += bool(opened.faults)
            pictures.append(opened.picture)
            progress(number, len(found.states))
    return pictures, faulty


def _write(found: Lecture, pictures: list[bytes], report_dir: Path, name: str) -> None:
    make_folders(report_dir=report_dir)
    path = report_dir / f"lecture_{name}.pdf"
    document.write_pdf(path, guide(found, pictures), found.title)
    print(f"written to {path}")
