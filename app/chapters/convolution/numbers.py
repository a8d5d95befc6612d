"""Numbers as a person types them: rows of a picture or a kernel."""

from __future__ import annotations

import re

import numpy as np
import torch
from torch import Tensor

from app.chapters.convolution.pasted import cells_with_commas, has_brackets, without_brackets
from app.ui.arithmetic import shared_denominator
from app.ui.charts import shown_exactly
from core.foreign_text import quoted, shortened

Matrix = tuple[tuple[float, ...], ...]

LARGEST_NUMBER = 10_000.0
LONGEST_TEXT = 20_000  # characters: 28 x 28 numbers of 24 characters
LONGEST_NUMBER = 400  # characters of one number
_DECIMAL = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
# What is one number in some countries: 1,5, and with its thousands parted 1.234,5 or 1,234.5.
_ONE_NUMBER = re.compile(
    r"[+\-−]?(?:\d+,\d+|\d{1,3}(?:\.\d{3})+,\d+|\d{1,3}(?:,\d{3})+\.\d+)", re.ASCII
)
_BETWEEN = re.compile(r"[\s;]+", re.ASCII)
_RATIO = re.compile(r"([+-]?\d+)/(\d+)", re.ASCII)


def parse_matrix(text: str, *, what: str, largest: int) -> Matrix:
    """Read rows of numbers as a person types them: a row a line (or split by ";"), numbers split by
    spaces or commas.

    Fractions such as 1/9 are numbers too; lists in brackets and cells of a table are read as well,
    see ``pasted``. Any text is read or refused within milliseconds: its
    length, the number of rows and columns and the digits of a number are looked at before a number
    is computed.

    Args:
        text: what was typed.
        what: name of the thing, for the message.
        largest: most rows and columns.

    Returns:
        The rows; each number is the float that is nearest to what was typed.

    Raises:
        ValueError: one sentence that says what was expected, what came and where.
    """
    plain, is_listed = _plain(text, what)
    matrices = _blocks(plain) if is_listed else [plain]
    if len(matrices) > 1:
        raise ValueError(f"The {what} holds {len(matrices)} matrices: type the rows of one.")
    return _matrix("\n".join(matrices), what, largest)


def _plain(text: str, what: str) -> tuple[str, bool]:
    """The rows without brackets and decimal commas, and whether they were lists in brackets."""
    if len(text) > LONGEST_TEXT:
        raise ValueError(
            f"The {what} has {len(text):,} characters: at most {LONGEST_TEXT:,} are read."
        )
    listed = without_brackets(text)
    if listed is not None:
        return listed, True
    return (text.replace(",", ".") if cells_with_commas(text) else text), False


def _matrix(text: str, what: str, largest: int) -> Matrix:
    rows = _rows(text, what, largest)
    return tuple(
        tuple(_number(entry, what, index) for entry in row) for index, row in enumerate(rows, 1)
    )


def _rows(text: str, what: str, largest: int) -> list[list[str]]:
    """The entries of each row, all rows of one length."""
    lines = text.replace(",", " ").replace(";", "\n").splitlines()
    rows = [entries for entries in map(str.split, lines) if entries]
    if not rows:
        raise ValueError(f"The {what} is empty: type rows of numbers, for example 1 0 -1.")
    if max(len(rows), len(rows[0])) > largest:
        raise ValueError(
            f"The {what} is {len(rows):,} × {len(rows[0]):,}: at most {largest} × {largest} can be "
            "shown here."
        )
    for index, row in enumerate(rows, 1):
        if len(row) != len(rows[0]):
            raise ValueError(
                f"Row {index} of the {what} has {_count(len(row))} and row 1 has "
                f"{len(rows[0]):,}: give every row the same length."
            )
    return rows


def comma_note(text: str) -> str:
    """How a comma is read that may be a decimal one, with the first as the example; "": none may.

    Args:
        text: what was typed as rows of numbers.
    """
    if len(text) > LONGEST_TEXT or has_brackets(text):
        return ""
    if cells := cells_with_commas(text):
        return (
            "A comma in the cell of a table is a decimal comma: "
            f"{quoted(cells[0])} is read as {shortened(cells[0].replace(',', '.'))}."
        )
    entries = [entry for entry in _BETWEEN.split(text) if "," in entry]
    if not entries or not all(map(_ONE_NUMBER.fullmatch, entries)):
        return ""
    before, _, after = entries[0].rpartition(",")
    return (
        f"A comma parts two numbers: {quoted(entries[0])} is read as "
        f"{shortened(before.replace(',', ', '))} and {shortened(after)}. Decimals take a point, "
        "such as 1.5."
    )


def _number(entry: str, what: str, row: int) -> float:
    """The nearest float. Powers of ten are never multiplied out: 1e999999999 has no end."""
    where = f"{quoted(entry)} in row {row} of the {what}"
    if len(entry) > LONGEST_NUMBER:
        raise ValueError(
            f"{where} has {len(entry):,} characters: a number may have {LONGEST_NUMBER}."
        )
    value = _value(entry.replace("−", "-"))
    if value is None:
        other = any(mark.isdigit() and not mark.isascii() for mark in entry)
        digits = " in the digits 0 to 9" if other else ""
        lists = ", or whole lists like [[1, 2], [3, 4]]" if has_brackets(entry) else ""
        raise ValueError(f"{where} is not a number: type one like 2, -0.5 or 1/9{digits}{lists}.")
    if abs(value) > LARGEST_NUMBER:
        raise ValueError(f"{where} is too large: numbers up to {LARGEST_NUMBER:g} fit.")
    return value


def _value(entry: str) -> float | None:
    """The float nearest to a decimal number or a ratio; infinity beyond all floats; None: neither.

    ``float`` and the division of two whole numbers round once, so both are exact to the last bit.
    """
    if _DECIMAL.fullmatch(entry):
        return float(entry) + 0.0  # of a minus zero: zero
    ratio = _RATIO.fullmatch(entry)
    if ratio is None or not int(ratio[2]):
        return None
    try:
        return int(ratio[1]) / int(ratio[2])
    except OverflowError:
        return float("inf")


def _count(numbers: int) -> str:
    return f"{numbers:,} number{'' if numbers == 1 else 's'}"


def matrix_text(values: Tensor) -> str:
    """Rows of numbers as ``parse_matrix`` reads them, short enough to edit.

    Two decimals where those show all, else fractions of one denominator where they are such, else
    four digits of each number.

    Args:
        values: (rows, columns) float32.
    """
    denominator = shared_denominator(values)
    is_exact = bool(shown_exactly(values).all())

    def written(value: float) -> str:
        if denominator is not None:
            numerator = round(value * denominator)
            return f"{numerator}/{denominator}" if numerator else "0"
        return f"{value + 0.0:.2f}".rstrip("0").rstrip(".") if is_exact else f"{value:.4g}"

    return "\n".join(" ".join(map(written, row)) for row in values.tolist())


def reads_back(text: str, values: Tensor) -> bool:
    """Whether blocks of rows, as ``matrix_text`` writes them, are these numbers to the last bit.

    Args:
        text: the blocks, with an empty line between two.
        values: (blocks, rows, columns) float32.
    """
    read = parse_matrices(text, what="kernel", largest=max(values.shape), count=len(values))
    return torch.equal(torch.tensor(read, dtype=values.dtype), values)


def parse_matrices(text: str, *, what: str, largest: int, count: int) -> tuple[Matrix, ...]:
    """Read one matrix, or ``count`` of them with an empty line between them.

    Args:
        text: what was typed.
        what: name of the thing, for the message.
        largest: most rows and columns.
        count: matrices wanted; a single one stands for all of them.

    Returns:
        ``count`` matrices of one size.

    Raises:
        ValueError: one sentence that says what was expected, what came and where.
    """
    plain, _ = _plain(text, what)
    blocks = [block for block in _blocks(plain) if block.strip(" ,\n")] or [""]
    if count == 1:
        if len(blocks) > 1:
            raise ValueError(
                f"The {what} has {len(blocks)} blocks of rows: type one, without an empty line "
                "between its rows."
            )
        return (parse_matrix(text, what=what, largest=largest),)
    if len(blocks) not in (1, count):
        raise ValueError(
            f"The {what} has {len(blocks)} blocks of rows: type 1 or {count}, one for each "
            "channel, with an empty line "
            "between two."
        )
    found = [_matrix(block, what, largest) for block in blocks]
    sizes = [(len(one), len(one[0])) for one in found]
    for index, size in enumerate(sizes, 1):
        if size != sizes[0]:
            raise ValueError(
                f"Block {index} of the {what} is {size[0]} × {size[1]} and block 1 is "
                f"{sizes[0][0]} × {sizes[0][1]}: "
                "give every block the same size."
            )
    return tuple(found) if len(found) == count else tuple(found) * count


def _blocks(text: str) -> list[str]:
    blocks, lines = [], []
    for line in [*text.splitlines(), ""]:
        if line.strip():
            lines.append(line)
        elif lines:
            blocks.append("\n".join(lines))
            lines = []
    return blocks


def draw_numbers(seed: int, *, size: int = 6) -> Tensor:
    """(size, size) small whole numbers from -2 to 9, the same for the same seed."""
    drawn = np.random.default_rng(seed).integers(-2, 10, (size, size))
    return torch.from_numpy(drawn).float()
