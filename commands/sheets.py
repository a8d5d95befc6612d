"""The command ``sheets``: a page of exercises for every student, and the key to them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from commands import options
from commands.folders import check_writable, make_folders
from commands.options import FILE, Command
from commands.progress import counting_bar
from core.checkpoints.files import write_whole
from core.data.facts import ROOT
from core.failures import Failure
from core.sheets.kinds import KINDS, LEVELS, MIX, MOST
from core.sheets.links import NEVER, NOW, checked_address, page, solution_day
from core.sheets.number import SheetNumber, checked_kinds, encode, student_code
from core.sheets.paper import Sheet, is_printable, key_pdf, sheets_pdf
from core.sheets.students import Student, read_students
from core.training.parallel import threads


@click.command(cls=Command, short_help="An exercise sheet for every student, and the key.")
@click.option("--students", type=FILE, metavar="FILE", help="The class as CSV: a line for each.")
@options.seed("Another one gives every student other numbers")
@options.number("--level", 1, "How hard", low=LEVELS[0], high=LEVELS[-1])
@click.option(
    "--kinds",
    default=",".join(MIX),
    show_default=True,
    metavar="KINDS",
    help=f"Up to {MOST} of {', '.join(KINDS)}.",
)
@click.option("--class-name", default="", metavar="TEXT", help="Stands on every sheet.")
@click.option("--date", "day", default="", metavar="TEXT", help="Stands on every sheet.")
@click.option(
    "--solution-after",
    "after",
    default=NEVER,
    show_default=True,
    metavar="DAY",
    help=f"When the app begins to show the solutions: a day such as 2026-12-24, {NOW} or {NEVER}.",
)
@click.option(
    "--address",
    default="",
    metavar="ADDRESS",
    show_default="no QR code",
    help="Of the class's app, such as https://cnn.example.org: every sheet has a QR code and a "
    "link to the page that checks its answers and leads to the states that show the way.",
)
@options.folder("--out", ROOT / "sheets", "Folder for sheets.pdf and key.pdf.")
def sheets(
    students: Path | None,
    seed: int,
    level: int,
    kinds: str,
    class_name: str,
    day: str,
    after: str,
    address: str,
    out: Path,
) -> None:
    """Write sheets.pdf, a page of exercises with own numbers for every student of a class, and
    key.pdf with the answers.

    A student's numbers depend on the seed and on the student's id, else name, alone.
    """
    if students is None:
        raise click.UsageError("--students is missing: expected the class as a CSV file.")
    try:
        chosen = checked_kinds([kind.strip() for kind in kinds.split(",") if kind.strip()])
        first_day, never = solution_day(after)
        app = checked_address(address)
    except ValueError as error:
        raise Failure(str(error)) from error
    for name, text in (("--class-name", class_name), ("--date", day)):
        if not is_printable(text):
            raise click.UsageError(
                f"The sheets' typeface cannot write {name} {text}: write it in other letters."
            )
    found = _read(students)
    check_writable(out=out)
    about = ", ".join(text for text in (class_name.strip(), day.strip()) if text)
    with threads(1):  # two would wait for each other at every one of so many small sums
        common = SheetNumber(0, level, chosen, first_day, never)
        made = _make(found, seed, common, about, app)
    make_folders(out=out)
    write_whole(out / "sheets.pdf", sheets_pdf(made))
    write_whole(out / "key.pdf", key_pdf(made))
    print(f"{len(made)} sheets are in {out / 'sheets.pdf'}, the answers in {out / 'key.pdf'}.")


def _read(file: Path) -> list[Student]:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise Failure(f"{file} cannot be read ({error.strerror}): expected a CSV file") from error
    return read_students(content, file.name)


def _make(
    students: list[Student], seed: int, common: SheetNumber, about: str, address: str
) -> list[Sheet]:
    """A sheet for each student; ``common`` is what their numbers share."""
    made = []
    _say_unprintable(students)
    with counting_bar(" sheets") as progress:
        for done, student in enumerate(students, 1):
            number = replace(common, student=student_code(seed, student.identifier))
            name = encode(number)
            printed = student.name if is_printable(student.name) else student.identifier
            made.append(Sheet(printed, name, number.exercises(), about, page(address, name)))
            progress(done, len(students))
    return made


def _say_unprintable(students: list[Student]) -> None:
    """Which names another script has than the sheets' typeface."""
    lacking = [one for one in students if not is_printable(one.name)]
    if not lacking:
        return
    alone = len(lacking) == 1
    what = lacking[0].name if alone else f"{len(lacking)} names, such as {lacking[0].name}"
    then = "the id stands in its place" if alone else "their ids stand in their places"
    if not all(is_printable(one.identifier) for one in lacking):
        then = "add a column id in other letters"
    print(f"The sheets' typeface cannot write {what}: {then}.")
