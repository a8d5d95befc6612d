"""A table of a lecture's file, and the one sentence about what is wrong in it."""

from __future__ import annotations

import difflib
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from core.foreign_text import quoted, shortened, visible
from core.lecture.source import Place

LONGEST_TEXT = 600  # characters; it is read aloud or stands on a phone
MOST_MINUTES = 600


class LectureError(ValueError):
    """A file that is no lecture; the message is one sentence for a person."""


def fault(file: str, line: int, reason: str) -> LectureError:
    """The error of one line of a file."""
    return LectureError(f"{file}, line {line}: {reason.rstrip('.')}.")


@dataclass(frozen=True)
class Block:
    """A table of a lecture's file.

    Attributes:
        file: its name, for the sentences.
        what: the table is, in words.
        fields: what the table holds, as TOML gives it.
        line: where it begins.
        keys: the line of each field.
        inner: where tables within this one begin.
    """

    file: str
    what: str
    fields: Mapping[str, Any]
    line: int
    keys: Mapping[str, int]
    inner: dict[str, Place] = field(default_factory=dict)

    def line_of(self, key: str) -> int:
        """Where a field stands."""
        inside = self.inner.get(key)
        return inside.line if inside else self.keys.get(key, self.line)

    def fault(self, key: str, expected: str, got: object) -> LectureError:
        """The error of one field."""
        return fault(self.file, self.line_of(key), f"“{key}”: {expected}, got {_told(got)}")

    def check(self, fields: Mapping[str, str], optional: Collection[str]) -> None:
        """Refuse a field of another name, and the lack of one.

        Args:
            fields: name to what it is.
            optional: names of those that may be left out.

        Raises:
            LectureError: the table has another field, or lacks one.
        """
        for key in self.fields:
            if key not in fields:
                like = difflib.get_close_matches(key[:40], fields, 1)
                advice = f"write {like[0]}" if like else f"expected {', '.join(fields)}"
                name = quoted(visible(key))
                reason = f"{name} is nothing that {self.what} has: {advice}"
                raise fault(self.file, self.line_of(key), reason)
        for key, meaning in fields.items():
            if key not in self.fields and key not in optional:
                reason = f"{self.what} has no “{key}”: add it, {meaning}"
                raise fault(self.file, self.line, reason)

    def text(self, key: str) -> str:
        """A text in one line; what cannot be seen in it is made visible."""
        return self._as_text(key, self.fields[key])

    def texts(self, key: str, count: int | None = None) -> tuple[str, ...]:
        """Several texts.

        Args:
            key: of the field.
            count: how many there must be; None: any number up to 20.
        """
        found = self.fields[key]
        if not isinstance(found, list):
            raise self.fault(key, f"expected a list of {f'{count} ' if count else ''}texts", found)
        if len(found) != count and (count is not None or len(found) > 20):
            expected = f"{count} texts" if count else "up to 20 texts"
            raise self.fault(key, f"expected {expected}", len(found))
        return tuple(self._as_text(key, one) for one in found)

    def minutes(self, key: str) -> float:
        """A number of minutes."""
        found = self.fields[key]
        is_number = isinstance(found, int | float) and not isinstance(found, bool)
        if not is_number or not math.isfinite(found) or not 0 < found <= MOST_MINUTES:
            raise self.fault(key, f"expected a number above 0, up to {MOST_MINUTES}", found)
        return float(found)

    def flag(self, key: str) -> bool:
        """True or false; false where the field is left out."""
        found = self.fields.get(key, False)
        if not isinstance(found, bool):
            raise self.fault(key, "expected true or false", found)
        return found

    def table(self, key: str) -> Mapping[str, Any]:
        """A table within this one."""
        found = self.fields[key]
        if not isinstance(found, Mapping):
            raise self.fault(key, "expected a table of fields", found)
        return found

    def within(self, key: str, what: str) -> Block:
        """A table within this one, with its own lines."""
        place = self.inner.get(key, Place("", self.line_of(key)))
        return Block(self.file, what, self.table(key), place.line, place.keys)

    def _as_text(self, key: str, found: object) -> str:
        if not isinstance(found, str):
            raise self.fault(key, "expected a text in quotation marks", found)
        text = visible(" ".join(found.split()))
        if not text:
            raise self.fault(key, "expected words", "")
        if len(text) > LONGEST_TEXT:
            got = f"{len(text):,} characters"
            raise fault(
                self.file,
                self.line_of(key),
                f"“{key}”: expected up to {LONGEST_TEXT} characters, got {got}",
            )
        return text


def _told(value: object) -> str:
    """What stands there instead, for a sentence."""
    if isinstance(value, str):
        return quoted(visible(value)) if value.strip() else "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "a list"
    if isinstance(value, Mapping):
        return "a table"
    return shortened(str(value))
