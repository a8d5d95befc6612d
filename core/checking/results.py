"""What a check has found: the one report that the page and every other output are made from."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

from pydantic import BeforeValidator, Field, PlainValidator, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from core.checkpoints.schema import STRICT, reason
from core.checks import LARGEST_SEED, LEAST_SEED
from core.failures import Failure
from core.foreign_text import shortened, visible
from core.json_files import json_bytes, parse_json

FORMAT = 1
LARGEST_REPORT = 4 * 2**20  # bytes; one with a wrong case in every part has some 60 kB
MOST_VALUES = 4096  # of one tensor of a case
MOST_AXES = 4
LONGEST = 1000  # characters of a text
MOST_EPOCHS = 2000
LARGEST_LOSS = 1e30
BY_HAND = "written by hand"  # the question without which a part earns nothing
NO_NUMBERS = ("nan", "inf", "-inf")  # as JSON has them, which knows no such numbers

State = Literal["right", "wrong", "failed", "beyond", "not asked"]
Nested = float | tuple["Nested", ...]  # a tensor as rows in rows


def nested(value: object) -> Nested:
    """Lists in lists of numbers, such as ``tensor.tolist()``, as a case holds them.

    Args:
        value: a number, or lists of equal length in lists, at most four deep and with at most
            4,096 numbers; "nan", "inf" and "-inf" are numbers too.

    Raises:
        ValueError: it is something else.
    """
    found, shape = _nested(value, MOST_AXES)
    if math.prod(shape) > MOST_VALUES:
        raise ValueError(f"expected up to {MOST_VALUES:,} numbers, got {math.prod(shape):,}")
    return found


def _nested(value: object, axes: int) -> tuple[Nested, tuple[int, ...]]:
    """The value as tuples, with its shape."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value), ()
    if isinstance(value, str) and value in NO_NUMBERS:
        return float(value), ()
    if not isinstance(value, list | tuple):
        raise ValueError(f"expected numbers, got {type(value).__name__}")
    if not axes:
        raise ValueError(f"expected lists at most {MOST_AXES} deep")
    if not 0 < len(value) <= MOST_VALUES:
        raise ValueError(f"expected lists of 1 to {MOST_VALUES:,} entries, got {len(value):,}")
    rows = [_nested(row, axes - 1) for row in value]
    shape = rows[0][1]
    if any(other != shape for _, other in rows):
        raise ValueError("expected rows of equal length")
    return tuple(row for row, _ in rows), (len(rows), *shape)


def shape_of(values: Nested) -> tuple[int, ...]:
    """The shape of a case's numbers; () of a single one."""
    return (len(values), *shape_of(values[0])) if isinstance(values, tuple) else ()


def _readable(value: object) -> object:
    """A text in one line that says what cannot be seen, and without its middle where it is long."""
    if not isinstance(value, str):
        return value
    return visible(shortened(" ".join(value.split()), LONGEST))


def _words(value: object) -> object:
    """The same of a text that must say something."""
    found = _readable(value)
    if found == "":
        raise ValueError("expected words")
    return found


Name = Annotated[str, BeforeValidator(_words)]
Key = Annotated[str, Field(pattern="^[a-z][a-z0-9_-]{0,39}$")]
Sentence = Annotated[str, BeforeValidator(_readable)]  # an error's message may be of any length
Whole = Annotated[int, Field(ge=-(10**9), le=10**9)]
Index = Annotated[int, Field(ge=0, le=10**6)]
Line = Annotated[int, Field(ge=1, le=10**7)]
Loss = Annotated[float, Field(ge=0, le=LARGEST_LOSS)]
Share = Annotated[float, Field(ge=0, le=1)]
Link = Annotated[str, Field(max_length=4000, pattern=r"^([a-z-]*(\?[^\s\\\"<>`#]*)?)?$")]
if TYPE_CHECKING:
    Numbers = Nested
else:  # pydantic would follow the type into itself without an end
    Numbers = Annotated[Any, PlainValidator(nested)]


@dataclass(config=STRICT, frozen=True)
class Found:
    """A function, a class or a method of one that a file defines.

    Attributes:
        name: as the file has it; of a method behind that of its class: "Cam.generate".
        kind: of definition.
        line: where it begins.
        parameters: their names, without ``self``; of a class those of ``__init__``, of a method
            those as well.
        required: how many of them have no default.
        place: where it begins, in words: the cell of a notebook, the name of another file; "" in a
            report that only has the line.
    """

    name: Name
    kind: Literal["function", "class", "method"]
    line: Line
    parameters: tuple[Name, ...]
    required: Annotated[int, Field(ge=0, le=10**6)]
    place: Sentence = ""

    @property
    def where(self) -> str:
        """Its place, or its line where a report has no place."""
        return self.place or f"line {self.line}"


@dataclass(config=STRICT, frozen=True)
class Case:
    """One concrete case, small enough to be drawn.

    Attributes:
        settings: name to whole number, such as stride and padding.
        input: (C, H, W) or (N, C, H, W).
        kernel: (F, C, h, w); None: the part has none.
        bias: (F,); None: there is none.
        expected: the right output.
        got: the student's; None: there is none, or it is too large to be drawn.
    """

    settings: Annotated[Mapping[Key, Whole], Field(max_length=20)]
    input: Numbers
    kernel: Numbers | None
    bias: Numbers | None
    expected: Numbers
    got: Numbers | None


@dataclass(config=STRICT, frozen=True)
class Finding:
    """What is wrong with one answer.

    Attributes:
        sentence: what is wrong, with numbers.
        bug: its name in the catalogue; None: none of them gives what the student's code gives.
        hint: a question that does not give the answer away.
        cell: index of the first wrong cell in the output; None: no cell is wrong.
        arithmetic: the sum of that cell, written out; "" where there is none.
        case: what was asked; None: nothing that could be drawn.
        link: opens the chapter at this setting and cell; "" where none does.
        line: of the student's file; None: no line is to blame.
    """

    sentence: Name
    bug: Key | None
    hint: Sentence
    cell: Annotated[tuple[Index, ...], Field(max_length=MOST_AXES)] | None
    arithmetic: Sentence
    case: Case | None
    link: Link
    line: Line | None


@dataclass(config=STRICT, frozen=True)
class Question:
    """One thing that was asked.

    Attributes:
        name: in a few words, different from the others of the part.
        state: "failed": the code raised, hung or died; "beyond": the homework does not ask it;
            "not asked": an earlier failure left nothing to ask.
        finding: what is wrong; None where nothing is.
        hidden: whether the case is kept from the student.
        weight: its share of the part's points, against the other questions.
    """

    name: Name
    state: State
    finding: Finding | None = None
    hidden: bool = False
    weight: Annotated[float, Field(ge=0, le=1000)] = 1.0


@dataclass(config=STRICT, frozen=True)
class Part:
    """One part of the homework.

    Attributes:
        name: "conv", "conv_layer", "pool_layer", "mnist", "resnet", "cam", "attack", "targeted" or
            "improved".
        title: for a person.
        target: what was asked; None: the file has none.
        questions: in the order in which they were asked.
    """

    name: Key
    title: Name
    target: Found | None
    questions: Annotated[tuple[Question, ...], Field(max_length=500)]

    @property
    def counted(self) -> tuple[Question, ...]:
        """The questions that count; those beyond the homework do not."""
        return tuple(one for one in self.questions if one.state != "beyond")

    @property
    def share(self) -> float:
        """The weight of what is right in the weight of what counts, from 0 to 1."""
        total = math.fsum(one.weight for one in self.counted)
        right = math.fsum(one.weight for one in self.counted if one.state == "right")
        return right / total if total else 0.0

    @property
    def finding(self) -> Finding | None:
        """The first thing that is wrong."""
        return next((one.finding for one in self.counted if one.finding), None)


@dataclass(config=STRICT, frozen=True)
class Epoch:
    """What an epoch of the student's own training brought; None: their file does not say.

    Attributes:
        epoch: 1 is the first.
        train_loss: in nats.
        train_accuracy: share in [0, 1].
        validation_loss: in nats.
        validation_accuracy: share in [0, 1].
    """

    epoch: Annotated[int, Field(ge=1, le=MOST_EPOCHS)]
    train_loss: Loss | None = None
    train_accuracy: Share | None = None
    validation_loss: Loss | None = None
    validation_accuracy: Share | None = None


@dataclass(config=STRICT, frozen=True)
class Report:
    """What a check of one file has found.

    Attributes:
        file: its name, without folders.
        seed: of what was drawn.
        version: of the project that checked.
        parts: in the order of the homework, the missing ones too.
        seconds: that the check took.
        notes: what else there is to say of the file, one sentence each.
        history: of the student's training, epoch after epoch; empty: there is none.
    """

    file: Name
    seed: Annotated[int, Field(ge=LEAST_SEED, le=LARGEST_SEED)]
    version: Name
    parts: Annotated[tuple[Part, ...], Field(max_length=30)]
    seconds: Annotated[float, Field(ge=0, le=1e7)]
    notes: Annotated[tuple[Sentence, ...], Field(max_length=100)]
    history: Annotated[tuple[Epoch, ...], Field(max_length=MOST_EPOCHS)] = ()


class ReportError(Failure):
    """A file that is no report of a check; the message is one sentence for a person."""


_REPORT = TypeAdapter(Report)


def to_json(report: Report) -> bytes:
    """The report as the JSON file that ``read`` reads."""
    return json_bytes({"format": FORMAT} | cast("dict[str, Any]", _plain(asdict(report))))


def _plain(value: object) -> object:
    """The value with what JSON knows instead of what it does not."""
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value


def read(path: Path) -> Report:
    """A report from its file.

    Args:
        path: of a file that ``to_json`` made.

    Raises:
        ReportError: it cannot be read, or is none.
    """
    name = visible(shortened(path.name))
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_REPORT + 1)
    except (OSError, ValueError) as error:  # ValueError: a name with a zero in it
        raise ReportError(f"The report {name} cannot be read ({error}).") from error
    return parse(content, name)


def parse(content: bytes, name: str) -> Report:
    """A report from the bytes of its file.

    Args:
        content: what the file holds.
        name: of the file, for the sentence.

    Raises:
        ReportError: it is none.
    """
    if len(content) > LARGEST_REPORT:
        raise _no_report(name, f"it is larger than {LARGEST_REPORT // 2**20} MB")
    try:
        found = parse_json(content)
    except ValueError as error:
        raise _no_report(name, str(error)) from error
    if not isinstance(found, dict) or found.pop("format", None) != FORMAT:
        raise _no_report(name, f"expected an object with format {FORMAT}")
    try:
        return _REPORT.validate_json(json_bytes(found), strict=True)
    except ValidationError as error:
        raise _no_report(name, reason(error)) from error


def _no_report(name: str, why: str) -> ReportError:
    return ReportError(
        f"{visible(shortened(name))} is no report of a check ({visible(why)}): expected the JSON "
        "file that the command check wrote; a history of a training is added under Training, "
        "Curves."
    )
