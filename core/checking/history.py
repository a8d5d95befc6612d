"""How a student's own training went, read from what their program has written: loss and accuracy
of every epoch, from CSV or JSON, Keras' and Lightning's among them, and from the CSV files that
TensorBoard exports.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from core.checking.results import LARGEST_LOSS, MOST_EPOCHS, Epoch
from core.failures import Failure
from core.foreign_text import quoted, shortened, visible
from core.json_files import parse_json

LARGEST = 2**20  # bytes of a file
TENSORBOARD = ("wall time", "step", "value")
EXPECTED = "columns epoch, loss, accuracy, val_loss and val_accuracy, or some of them"
_PARTS = {"train": "train", "training": "train", "val": "validation", "valid": "validation"}
_PARTS |= {"validation": "validation", "test": "validation", "eval": "validation"}
_QUANTITIES = {"loss": "loss", "accuracy": "accuracy", "acc": "accuracy"}
Columns = dict[str, list[float | None]]


class HistoryError(Failure):
    """A file that holds no training; the message is one sentence for a person."""


def read(paths: Iterable[Path]) -> tuple[Epoch, ...]:
    """The epochs of one training, from one file or from several that each have a part of it.

    Args:
        paths: of files of at most 1 MB.

    Returns:
        From the first epoch on, which is 1; an accuracy in percent becomes a share.

    Raises:
        HistoryError: a file cannot be read, or holds no training.
    """
    return _epochs(_file(path) for path in paths)


def parse(content: bytes, name: str) -> tuple[Epoch, ...]:
    """The epochs of one training, from one file that is in memory.

    Args:
        content: of the file.
        name: of the file; TensorBoard's say in it alone what they hold.

    Returns:
        From the first epoch on, which is 1; an accuracy in percent becomes a share.

    Raises:
        HistoryError: it holds no training.
    """
    return _epochs([_columns(content, Path(name))])


def _epochs(files: Iterable[Columns]) -> tuple[Epoch, ...]:
    columns: Columns = {}
    for one in files:
        columns |= one
    last = max(map(len, columns.values()), default=0)
    return tuple(
        Epoch(index + 1, **{name: _at(values, index) for name, values in columns.items()})
        for index in range(last)
    )


def _at(values: Sequence[float | None], index: int) -> float | None:
    return values[index] if index < len(values) else None


def _file(path: Path) -> Columns:
    """Name of a quantity to its values, epoch after epoch."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except (OSError, ValueError) as error:  # ValueError: a name with a zero in it
        name = visible(shortened(path.name))
        raise HistoryError(f"The history {name} cannot be read ({error})") from error
    return _columns(content, path)


def _columns(content: bytes, path: Path) -> Columns:
    try:
        if len(content) > LARGEST:
            raise ValueError(f"it is larger than {LARGEST // 2**20} MB")
        is_json = content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"[", b"{")
        table = _of_json(content) if is_json else _of_csv(content, path.stem)
        return _checked(table)
    except ValueError as error:
        name, reason = visible(shortened(path.name)), visible(str(error))
        raise HistoryError(f"{name} is no history of a training ({reason})") from error


def _of_json(content: bytes) -> Mapping[str, Sequence[Any]]:
    """Of a list with an object an epoch, or of an object with a list a quantity, as in Keras."""
    found = parse_json(content)
    if isinstance(found, list) and found and all(isinstance(row, dict) for row in found):
        names = list(dict.fromkeys(name for row in found for name in row))
        return {name: [row.get(name) for row in found] for name in names}
    if isinstance(found, dict) and all(isinstance(values, list) for values in found.values()):
        return found
    raise ValueError(
        'expected a list with an object an epoch, such as [{"epoch": 1, "loss": 0.3, "accuracy": '
        "0.9}], or an object with a list a quantity"
    )


def _of_csv(content: bytes, stem: str) -> Mapping[str, Sequence[Any]]:
    """Of a table with a header; a semicolon between its columns comes with a decimal comma."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError("expected text in UTF-8") from None
    header, _, _ = text.partition("\n")
    semicolon = ";" in header
    if semicolon:
        text = text.replace(",", ".")
    try:
        reader = csv.reader(io.StringIO(text), delimiter=",;"[semicolon])
        numbered = [(reader.line_num, row) for row in reader if any(row)]
    except csv.Error as error:
        raise ValueError(f"not readable as CSV: {error}") from error
    if len(numbered) < 2:
        raise ValueError("expected a line with the names of the columns and a line for each epoch")
    (_, names), *lines = numbered
    if len(set(names)) < len(names):
        raise ValueError("two columns have one name")
    for number, line in lines:
        if len(line) != len(names):
            raise ValueError(
                f"expected {len(names)} columns in every line, got {len(line)} in line {number}"
            )
    table = {name: [line[column] for _, line in lines] for column, name in enumerate(names)}
    if tuple(name.strip().lower() for name in names) == TENSORBOARD:
        return {_tag(stem): table[names[2]]}
    return _merged(table)


def _merged(table: Mapping[str, Sequence[str]]) -> Mapping[str, Sequence[str]]:
    """A row for each epoch: Lightning writes several, each with some of the numbers, of which the
    last one counts; and of what it writes at each step the mean over the epoch.
    """
    epochs = table.get("epoch", ())
    if len(set(epochs)) == len(epochs):
        return table
    found: dict[str, list[str]] = {}
    for name, values in table.items():
        if f"{name.removesuffix('_step')}_epoch" in table and name.endswith("_step"):
            continue
        last = dict.fromkeys(epochs, "")
        last |= {epoch: value for epoch, value in zip(epochs, values) if value.strip()}
        found[name] = list(last.values())
    return found


def _tag(stem: str) -> str:
    """The quantity that a file of TensorBoard's holds: only its name says which."""
    if _quantity(stem) is None:
        raise ValueError(
            f"TensorBoard's export does not say what it holds, and neither does its name: call it "
            f"something like train_loss.csv or validation_accuracy.csv, not {quoted(stem)}"
        )
    return stem


def _quantity(name: str) -> str | None:
    """The field of an epoch that a column's name means; None: it means none."""
    words = re.findall(r"[a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower())
    quantities = [_QUANTITIES[word] for word in words if word in _QUANTITIES]
    parts = [_PARTS[word] for word in words if word in _PARTS]
    return f"{parts[-1] if parts else 'train'}_{quantities[-1]}" if quantities else None


def _checked(table: Mapping[str, Sequence[Any]]) -> Columns:
    """Numbers of the quantities that are known, all of one length."""
    found: Columns = {}
    for name, values in table.items():
        field = _quantity(name)
        if field in found:
            raise ValueError(f"two columns mean {field}")
        if field is not None:
            found[field] = _numbers(name, values, is_share=field.endswith("accuracy"))
    lengths = {len(values) for values in found.values()}
    if not found or not max(lengths):
        raise ValueError(f"expected {EXPECTED}")
    if len(lengths) > 1:
        raise ValueError(f"expected as many epochs of each, got {sorted(lengths)}")
    if max(lengths) > MOST_EPOCHS:
        raise ValueError(f"expected up to {MOST_EPOCHS:,} epochs, got {max(lengths):,}")
    return found


def _numbers(name: str, values: Sequence[Any], *, is_share: bool) -> list[float | None]:
    """The numbers of a column; None: there is none in that epoch, or one that is not finite."""
    count = len(values)
    numbers = [_number(name, value, f"{at} of {count}") for at, value in enumerate(values, 1)]
    largest = max((number for number in numbers if number is not None), default=0.0)
    if any(number is not None and number < 0 for number in numbers):
        raise ValueError(f"expected {quoted(visible(name))} from 0 on")
    if is_share and largest > 100:
        raise ValueError(f"expected {quoted(visible(name))} up to 1, or up to 100 percent")
    if is_share and largest > 1:
        return [None if number is None else number / 100 for number in numbers]
    return numbers


def _number(name: str, value: object, position: str) -> float | None:
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(f"expected numbers in {quoted(visible(name))}")
    try:
        number = float(value)
    except (ValueError, OverflowError):
        got = quoted(visible(str(value)))
        raise ValueError(
            f"expected numbers in {quoted(visible(name))}, got {got} as value {position}"
        ) from None
    return number if math.isfinite(number) and abs(number) <= LARGEST_LOSS else None
