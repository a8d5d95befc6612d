"""The grades of a whole course as CSV: all of them, and what Moodle and Canvas import."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.checking.results import Part, Report
from core.checking.weights import Weights, points_of, total
from core.checking.words import counts, sentence, target, told, verdict
from core.foreign_text import shortened, visible

LONGEST = 300  # characters of each sentence in a cell


@dataclass(frozen=True)
class Submission:
    """What somebody has handed in, as the name of its file or folder says.

    Attributes:
        name: of the person or of the file.
        number: that the course's system has for it; "" where the name has none.
        system: whose download it is.
    """

    name: str
    number: str = ""
    system: str = ""


_MOODLE = re.compile(r"(?P<name>.+?)_(?P<number>\d+)_assignsubmission_\w*?_?.*", re.ASCII)
_CANVAS = re.compile(r"(?P<name>[^_]+)(_LATE)?_(?P<number>\d+)_\d+_.+", re.ASCII)


def submission(name: str) -> Submission:
    """Who has handed in, from the name that a course's system gives a file or folder.

    Args:
        name: such as ``Ada Lovelace_123_assignsubmission_file`` (Moodle: the number of the
            participant) or ``lovelaceada_LATE_123_456_homework.py`` (Canvas: that of the person);
            any other is the name of a person.
    """
    for system, pattern in (("moodle", _MOODLE), ("canvas", _CANVAS)):
        found = pattern.fullmatch(name)
        if found:
            return Submission(found["name"], found["number"], system)
    return Submission(name)


@dataclass(frozen=True)
class Row:
    """A line of the grades.

    Attributes:
        path: of the file that was checked, below the folder.
        submission: who has handed it in.
        report: of its check; None: it could not be checked.
        problem: why not, in one sentence; "" where it could.
    """

    path: str
    submission: Submission
    report: Report | None
    problem: str = ""


def grades(rows: Iterable[Row], weights: Weights) -> str:
    """All grades as CSV: a line for each submission, a column for each part.

    Moodle's "Grades > Import > CSV file" takes it: the person who imports says which column names
    the participants and which one is a grade.
    """
    names = list(weights.points)
    header = ["File", "Name", "ID", "Grade", "Maximum grade", *names, "Feedback", "Notes"]
    table = []
    for row in rows:
        earned = points_of(row.report, weights) if row.report else ()
        by_part = {one.part.name: one.earned for one in earned}
        table.append(
            [
                row.path,
                row.submission.name,
                row.submission.number,
                total(earned),
                weights.total,
                *(by_part.get(name, 0.0) for name in names),
                feedback(row),
                " ".join(row.report.notes) if row.report else "",
            ]
        )
    return _csv([header, *table])


def moodle(rows: Iterable[Row], weights: Weights) -> str:
    """The grading worksheet of a Moodle assignment: "Upload grading worksheet" finds a participant
    by the number in "Identifier". It holds the submissions of Moodle's own download.

    Source: mod/assign/feedback/offline/importgradeslib.php, which asks for the columns Identifier,
    Grade and Last modified (grade).
    """
    header = ["Identifier", "Full name", "Grade", "Maximum grade", "Last modified (grade)"]
    table: list[list[object]] = [[*header, "Feedback comments"]]
    for row in rows:
        if row.submission.system == "moodle":
            identifier = f"Participant {row.submission.number}"
            points = [_total(row, weights), weights.total]
            table.append([identifier, row.submission.name, *points, "-", feedback(row)])
    return _csv(table)


def canvas(rows: Iterable[Row], weights: Weights, assignment: str) -> str:
    """The file for Canvas's "Gradebook > Import", which finds a person by ID, else by name.

    Args:
        rows: of all submissions.
        weights: what the parts are worth.
        assignment: the title of the assignment, as the gradebook has it.

    Source: lib/gradebook_importer.rb, which asks for Student, ID and Section before the assignment,
    and for the row of the points that are possible.
    """
    table: list[list[object]] = [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", assignment],
        ["    Points Possible", "", "", "", "", weights.total],
    ]
    for row in rows:
        number = row.submission.number if row.submission.system == "canvas" else ""
        table.append([row.submission.name, number, "", "", "", _total(row, weights)])
    return _csv(table)


def _total(row: Row, weights: Weights) -> float:
    return total(points_of(row.report, weights)) if row.report else 0.0


def feedback(row: Row) -> str:
    """What a student reads of the whole homework, in one cell."""
    if row.report is None:
        return row.problem
    return "; ".join(map(_feedback, row.report.parts))


def _feedback(part: Part) -> str:
    """How a part went, with what is wrong first and a question to ask oneself."""
    if not part.target:
        return f"{part.title}: missing"
    found = f"{part.title}: {verdict(part)}, {target(part)}, {counts(part)}"
    first = next(iter(told(part)), None)
    if first is None or first.finding is None:
        return found
    texts = (sentence(first), visible(first.finding.hint))
    return " ".join([f"{found}:", *(shortened(text, LONGEST) for text in texts if text)])


def _csv(table: Iterable[Sequence[object]]) -> str:
    """Rows as CSV with commas, which no spreadsheet takes for formulas."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerows([[_cell(value) for value in row] for row in table])
    return text.getvalue()


def _cell(value: object) -> object:
    if not isinstance(value, str):
        return f"{value:.15g}" if isinstance(value, float) else value
    text = visible(value)
    return f"'{text}" if text[:1] in "=+-@" and text not in ("", "-") else text
