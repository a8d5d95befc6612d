"""A class as a list in CSV: with or without a header, whatever separates its columns."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from core.failures import Failure
from core.foreign_text import visible

SEPARATORS = ";\t,"  # the first of them that the first line has
LARGEST = 2**20  # bytes
LONGEST = 200  # characters of a name
FIRST = ("first name", "firstname", "given name", "vorname")
LAST = ("last name", "lastname", "surname", "family name", "nachname")
NAMES = ("name", "student", "full name", "fullname", "vollständiger name")
IDENTIFIERS = (
    *("id", "student id", "id number", "number", "matriculation number", "username", "login"),
    *("email", "e-mail", "email address", "id-nummer", "matrikelnummer", "e-mail-adresse"),
)


@dataclass(frozen=True)
class Student:
    """One line of the list.

    Attributes:
        name: as it stands on the sheet, with the identifier where others have the same.
        identifier: what the numbers are made of.
    """

    name: str
    identifier: str


def read_students(content: bytes, file: str) -> list[Student]:
    """The students of a list, in its order.

    A header is known by its words. Without one, a column in which every line has a digit or an @
    identifies a student, if there is another one; else the whole line does.

    Args:
        content: of the file, in UTF-8, as Windows writes it (cp1252), or in Latin-1.
        file: what it is called, for messages.

    Raises:
        Failure: a line is empty or there twice, a name is too long, or this is no list.
    """
    rows = _rows(content, file)
    header = [cell.casefold() for cell in rows[0][1]] if rows else []
    known = {*FIRST, *LAST, *NAMES, *IDENTIFIERS}
    if known & {*header}:
        rows = rows[1:]
    else:
        header = []
    if not rows:
        raise Failure(f"{file} names no students: expected a line for each")
    names, identifiers = _columns(header, [row for _, row in rows])
    return _students(rows, names, identifiers, file)


def _rows(content: bytes, file: str) -> list[tuple[int, list[str]]]:
    """The lines of a file with their numbers, without what is empty at its end."""
    if len(content) > LARGEST or b"\0" in content:
        raise Failure(f"{file} is no list of students: expected a CSV file of at most 1 MB")
    text = unicodedata.normalize("NFC", _decoded(content)).rstrip()
    lines = re.split(r"\r\n|\r|\n", text) if text else []
    first = lines[0] if lines else ""
    separator = next((one for one in SEPARATORS if one in first), ",")
    rows = []
    for number, line in enumerate(lines, 1):
        try:
            cells = next(csv.reader([line], delimiter=separator), [])
        except csv.Error as error:
            raise Failure(f"Line {number} of {file} is no list's line ({error})") from error
        row = [" ".join(cell.split()) for cell in cells]
        if not any(row):
            raise Failure(f"Line {number} of {file} is empty: expected a student, or no such line")
        rows.append((number, row))
    return rows


def _decoded(content: bytes) -> str:
    """The text: in UTF-8, else as Excel has it where all bytes are letters there, else Latin-1."""
    for encoding in ("utf-8-sig", "cp1252"):
        with suppress(UnicodeDecodeError):
            return content.decode(encoding)
    return content.decode("latin-1")


def _columns(header: Sequence[str], rows: Sequence[Sequence[str]]) -> tuple[list[int], list[int]]:
    """The columns of the name, and those of the identifier."""
    width = max(map(len, rows))
    if header:
        whole = [at for at, cell in enumerate(header) if cell in NAMES]
        parts = [header.index(one) for words in (FIRST, LAST) for one in words if one in header]
        own = [at for at, cell in enumerate(header) if cell in IDENTIFIERS][:1]
        names = _with_part(header, whole[:1]) or parts or own
        return names, own or names
    telling = [at for at in range(width) if all(_tells(row, at) for row in rows)]
    others = [at for at in range(width) if at not in telling[:1]]
    return (others, telling[:1]) if telling and others else ([*range(width)], [*range(width)])


def _with_part(header: Sequence[str], whole: list[int]) -> list[int]:
    """The column of the name; "name" beside a first name alone is the last one, and the other way
    round.
    """
    first, last = (
        [at for at, cell in enumerate(header) if cell in words] for words in (FIRST, LAST)
    )
    if not whole or header[whole[0]] != "name" or bool(first) == bool(last):
        return whole
    return [*first[:1], *whole, *last[:1]]


def _tells(row: Sequence[str], column: int) -> bool:
    cell = row[column] if column < len(row) else ""
    return "@" in cell or any(letter.isdigit() for letter in cell)


def _students(
    rows: Sequence[tuple[int, list[str]]], names: list[int], identifiers: list[int], file: str
) -> list[Student]:
    found: list[Student] = []
    lines: dict[str, int] = {}
    for number, row in rows:
        name, identifier = (
            visible(" ".join(row[at] for at in columns if at < len(row) and row[at]))
            for columns in (names, identifiers)
        )
        if not identifier:
            raise Failure(f"Line {number} of {file} names no student: expected one")
        if len(name) > LONGEST or len(identifier) > LONGEST:
            raise Failure(
                f"Line {number} of {file} has a name of more than {LONGEST} characters: shorten it"
            )
        first = lines.setdefault(identifier, number)
        if first != number:
            raise Failure(
                f"Lines {first} and {number} of {file} are the same student, {identifier}: remove "
                "one, or add a column id"
            )
        found.append(Student(name or identifier, identifier))
    return _all_told_apart(_all_told_apart(found))  # "A (2)" may be a name of its own


def _all_told_apart(found: list[Student]) -> list[Student]:
    often = Counter(one.name for one in found)
    return [one if often[one.name] == 1 else _told_apart(one) for one in found]


def _told_apart(student: Student) -> Student:
    """One of several of the same name: the identifier stands behind it."""
    return Student(f"{student.name} ({student.identifier})", student.identifier)
