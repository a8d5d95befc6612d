"""Numbers as a person types them: rows of a picture or a kernel."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

Matrix = tuple[tuple[float, ...], ...]

LARGEST_NUMBER = 10_000.0


def parse_matrix(text: str, *, what: str, largest: int) -> Matrix:
    """Read rows of numbers as a person types them: a row a line (or split by ";"), numbers split by
    spaces or commas.

    Fractions such as 1/9 are numbers too.

    Args:
        text: what was typed.
        what: name of the thing, for the message.
        largest: most rows and columns.

    Returns:
        The rows.

    Raises:
        ValueError: one sentence that says what was expected, what came and where.
    """
    lines = [
        line.replace(",", " ").split()
        for line in text.replace(";", "\n").splitlines()
        if line.strip(" ,")
    ]
    if not lines:
        raise ValueError(f"The {what} is empty: type rows of numbers, for example 1 0 -1.")
    rows = [tuple(_number(entry, what, row) for entry in line) for row, line in enumerate(lines, 1)]
    for index, row in enumerate(rows, 1):
        if len(row) != len(rows[0]):
            raise ValueError(
                f"Row {index} of the {what} has {_count(len(row))} and row 1 has {len(rows[0])}: "
                "give every row the same length."
            )
    if max(len(rows), len(rows[0])) > largest:
        raise ValueError(
            f"The {what} is {len(rows)} × {len(rows[0])}: at most {largest} × {largest} can be "
            "shown here."
        )
    return tuple(rows)


def _number(entry: str, what: str, row: int) -> float:
    try:
        value = float(Fraction(entry.replace("−", "-")))
    except (ValueError, ZeroDivisionError, OverflowError):
        example = "type one like 2, -0.5 or 1/9"
        raise ValueError(
            f"“{entry}” in row {row} of the {what} is not a number: {example}."
        ) from None
    if abs(value) > LARGEST_NUMBER:
        raise ValueError(
            f"“{entry}” in row {row} of the {what} is too large: numbers up to {LARGEST_NUMBER:g} "
            "fit."
        )
    return value


def _count(numbers: int) -> str:
    return f"{numbers} number{'' if numbers == 1 else 's'}"


def matrix_text(values: Matrix) -> str:
    """Rows of numbers as ``parse_matrix`` reads them, short enough to edit."""
    return "\n".join(" ".join(f"{value:.4g}" for value in row) for row in values)


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
    if count == 1:
        return (parse_matrix(text, what=what, largest=largest),)
    blocks = [block for block in _blocks(text) if block.strip(" ,\n")] or [""]
    if len(blocks) not in (1, count):
        raise ValueError(
            f"The {what} has {len(blocks)} blocks of rows: type 1 or {count}, one for each "
            "channel, with an empty line "
            "between two."
        )
    found = [parse_matrix(block, what=what, largest=largest) for block in blocks]
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


def draw_numbers(seed: int, *, size: int = 6) -> Matrix:
    """Small whole numbers from -2 to 9, the same for the same seed."""
    drawn = np.random.default_rng(seed).integers(-2, 10, (size, size))
    return tuple(tuple(float(value) for value in row) for row in drawn)
