"""A sheet's number: short, typed from paper, enough to make the sheet's exercises again.

    d_1 ... d_13 of base 31, then two to check them: sum of d_i and sum of i * d_i, both mod 31

31 is a prime: any one or two wrong digits among the thirteen are noticed, and so is any swap.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from core.foreign_text import quoted
from core.sheets.exercise import Exercise
from core.sheets.kinds import KINDS, LEVELS, MOST, make

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # nothing that looks like another one
BASE, DIGITS, CHECKS, GROUP = len(ALPHABET), 13, 2, 5
VERSION = 1  # of the exercises: another one makes others of the same number
VERSIONS, STUDENTS, DAYS = 8, 2**35, 4096
FIRST_DAY = date(2026, 1, 1)
DASHES = str.maketrans(dict.fromkeys("-‐‑‒–—−_.", " "))
AT_ONCE, NEVER = 0, DAYS - 1
LAST_DAY = FIRST_DAY + timedelta(days=DAYS - 3)


class NumberError(ValueError):
    """This is no number of a sheet; the message is a sentence for the student."""


@dataclass(frozen=True)
class SheetNumber:
    """What a number holds.

    Attributes:
        student: made of the class's seed and the student's identifier; nothing leads back.
        level: of all exercises, 1 to 3.
        kinds: of the exercises, in the order of ``KINDS``.
        after: the first day on which solutions are shown; None: at once.
        never: whether they are never shown.
    """

    student: int
    level: int
    kinds: tuple[str, ...]
    after: date | None = None
    never: bool = False

    def exercises(self) -> list[Exercise]:
        """The exercises, the same for the same number."""
        return [make(kind, str(self.student), self.level) for kind in self.kinds]

    def is_open(self, today: date) -> bool:
        """Whether solutions may be shown."""
        return not self.never and (self.after is None or today >= self.after)


def student_code(seed: int, identifier: str) -> int:
    """A student's own part of the number, whatever the order of the list.

    Args:
        seed: of the class.
        identifier: of the student, unique in the class.
    """
    digest = hashlib.blake2b(f"{seed}\n{identifier}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % STUDENTS


def checked_kinds(kinds: Sequence[str]) -> tuple[str, ...]:
    """Kinds in the order of ``KINDS``, each once.

    Raises:
        ValueError: one is unknown, or there are none, or more than a page has room for.
    """
    for kind in kinds:
        if kind not in KINDS:
            raise ValueError(f"Expected kinds among {', '.join(KINDS)}; got {kind!r:.60}.")
    found = tuple(kind for kind in KINDS if kind in kinds)
    if not 1 <= len(found) <= MOST:
        raise ValueError(
            f"Expected 1 to {MOST} kinds, which a page has room for; got {len(found)}."
        )
    return found


def encode(number: SheetNumber) -> str:
    """The number as it stands on paper: three groups of five.

    Raises:
        ValueError: a part of it is out of range.
    """
    kinds = checked_kinds(number.kinds)
    if number.level not in LEVELS or not 0 <= number.student < STUDENTS:
        raise ValueError(f"Expected a level of {LEVELS} and a code below 2^35; got {number}.")
    mask = sum(1 << place for place, kind in enumerate(KINDS) if kind in kinds)
    value = number.student
    for size, part in (
        (1 << len(KINDS), mask),
        (len(LEVELS), number.level - 1),
        (DAYS, _day(number)),
        (VERSIONS, VERSION),
    ):
        value = value * size + part
    digits = []
    for _ in range(DIGITS):
        value, digit = divmod(value, BASE)
        digits.append(digit)
    text = "".join(ALPHABET[digit] for digit in [*digits, *_checks(digits)])
    return "-".join(text[start : start + GROUP] for start in range(0, len(text), GROUP))


def decode(text: str) -> SheetNumber:
    """The number that a student typed; small letters, spaces and dashes do not matter.

    Raises:
        NumberError: it is none: one sentence says why.
    """
    typed = "".join(text.translate(DASHES).upper().split())
    strange = sorted({letter for letter in typed if letter not in ALPHABET})
    if strange:
        raise NumberError(
            f"A sheet's number has no {quoted(strange[0])}: expected digits from 2 to 9 and "
            "letters without I, L and O. Look at the sheet again."
        )
    if len(typed) != DIGITS + CHECKS:
        raise NumberError(
            f"A sheet's number has {DIGITS + CHECKS} digits and letters, got {len(typed)}. Look at "
            "the sheet again."
        )
    digits = [ALPHABET.index(letter) for letter in typed]
    if digits[DIGITS:] != _checks(digits[:DIGITS]):
        raise NumberError(_slip(digits))
    return _parts(sum(digit * BASE**place for place, digit in enumerate(digits[:DIGITS])))


def _slip(digits: Sequence[int]) -> str:
    """Which check does not fit, and where a single wrong character would be.

    A digit at place p that is wrong by d moves the first sum by d, and the second one by p * d.
    """
    sums = zip(_checks(digits[:DIGITS]), digits[DIGITS:])
    first, second = ((ours - given) % BASE for ours, given in sums)
    said = f"the {DIGITS + (1 if first else 2)}th character, which checks the others, does not fit"
    if first and second:
        said = "the last two characters, which check the others, do not fit"
    place = second * pow(first, -1, BASE) % BASE if first else BASE
    where = "the whole number"
    if place <= DIGITS:
        place = place or DIGITS + 1  # the first check itself
        where = f"character {place}, “{ALPHABET[digits[place - 1]]}”,"
    return f"There is a slip in this number: {said}. Compare {where} with the sheet first."


def _parts(value: int) -> SheetNumber:
    value, version = divmod(value, VERSIONS)
    value, day = divmod(value, DAYS)
    value, level = divmod(value, len(LEVELS))
    student, mask = divmod(value, 1 << len(KINDS))
    kinds = tuple(kind for place, kind in enumerate(KINDS) if mask >> place & 1)
    if version != VERSION:
        raise NumberError(
            "This sheet was made by another version of the program, with other exercises. Ask for "
            "a new one."
        )
    if student >= STUDENTS or not 1 <= len(kinds) <= MOST:
        raise NumberError("No sheet has this number. Compare it with the sheet.")
    after = None if day in (AT_ONCE, NEVER) else FIRST_DAY + timedelta(days=day - 1)
    return SheetNumber(student, level + 1, kinds, after, day == NEVER)


def _day(number: SheetNumber) -> int:
    if number.never or number.after is None:
        return NEVER if number.never else AT_ONCE
    if not FIRST_DAY <= number.after <= LAST_DAY:
        raise ValueError(f"Expected a day from {FIRST_DAY} to {LAST_DAY}, got {number.after}.")
    return (number.after - FIRST_DAY).days + 1


def _checks(digits: Sequence[int]) -> list[int]:
    weighted = sum(place * digit for place, digit in enumerate(digits, 1))
    return [sum(digits) % BASE, weighted % BASE]
