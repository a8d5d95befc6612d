"""What each part is worth, read from a TOML file, and the points that a report earns."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, get_args

from core.checking.results import BY_HAND, Part, Report
from core.checks import LARGEST_SEED, LEAST_SEED
from core.data.facts import ROOT
from core.failures import Failure
from core.foreign_text import shortened, visible
from core.lecture.block import Block, LectureError
from core.lecture.source import Place, TomlError, places, tables

WEIGHTS = ROOT / "grading" / "weights.toml"
LARGEST = 100_000  # bytes
MOST_POINTS = 10_000
DIGITS = 2  # after the point, of points
PARTS = {
    "conv": "points of the convolution as a function",
    "conv_layer": "points of the convolution as a layer",
    "pool_layer": "points of the max pooling",
    "mnist": "points of the small CNN",
    "resnet": "points of the ResNet",
    "cam": "points of the class activation maps",
    "attack": "points of the untargeted attack",
    "targeted": "points of the targeted attack",
    "improved": "points of the improved attack",
}
CASES = {
    "seed": "a whole number that the cases are drawn from",
    "hidden": "when a student sees how the hidden cases went",
}

Visibility = Literal["hidden", "after_due_date", "after_published", "visible"]


class WeightsError(Failure):
    """A file that holds no weights; the message is one sentence for a person."""


@dataclass(frozen=True)
class Weights:
    """What a course gives points for.

    Attributes:
        points: name of a part to what it is worth.
        hidden: when a student sees how the hidden cases went, in Gradescope's words.
        seed: of what is drawn.
    """

    points: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    hidden: Visibility = "after_published"
    seed: int = 0

    @property
    def total(self) -> float:
        """Points of all parts."""
        return math.fsum(self.points.values())


@dataclass(frozen=True)
class Points:
    """What a part earns.

    Attributes:
        part: that was checked.
        earned: points, with two digits after the point.
        most: that there are.
    """

    part: Part
    earned: float
    most: float


def is_ready_made(part: Part) -> bool:
    """Whether a part that is to be written by hand calls a ready-made layer."""
    return any(one.name == BY_HAND and one.state == "wrong" for one in part.questions)


def points_of(report: Report, weights: Weights) -> tuple[Points, ...]:
    """What each part of a report earns: its points times the share of it that is right, and
    nothing where it is ready-made.
    """
    return tuple(
        Points(part, 0.0 if is_ready_made(part) else round(most * part.share, DIGITS), most)
        for part in report.parts
        if (most := weights.points.get(part.name, 0.0))
    )


def total(earned: tuple[Points, ...]) -> float:
    """The sum of the points, with two digits after the point."""
    return round(math.fsum(one.earned for one in earned), DIGITS)


def read(path: Path = WEIGHTS) -> Weights:
    """Weights from their file.

    Args:
        path: a TOML file with a table ``[points]``, and ``[cases]`` where wanted.

    Raises:
        WeightsError: it cannot be read, or holds no weights; the sentence names the line.
    """
    name = visible(shortened(path.name))
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except (OSError, ValueError) as error:  # ValueError: a name with a zero in it
        raise WeightsError(f"The weights {name} cannot be read ({error})") from error
    if len(content) > LARGEST:
        raise WeightsError(f"{name} is larger than weights may be: expected up to 100 kB")
    try:
        source = content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise WeightsError(f"{name}, line {line}: expected text in UTF-8") from error
    try:
        return _weights(name, source, _tables(name, source))
    except LectureError as error:
        raise WeightsError(str(error)) from error


def _tables(name: str, source: str) -> dict[str, Any]:
    """What TOML makes of a text."""
    try:
        return tables(source)
    except TomlError as error:
        if error.line is None:
            raise WeightsError(f"{name} holds no weights: it has {error}") from error
        raise WeightsError(f"{name}, line {error.line}: this is no TOML: {error}") from error


def _weights(name: str, source: str, tables: Mapping[str, Any]) -> Weights:
    found = places(source)
    headers = {place.header.split(".")[0]: place.line for place in reversed(found)}
    top = Block(name, "the file", tables, 1, headers | found[0].keys)
    top.check({"points": "what each part is worth", "cases": "how they are drawn"}, ("cases",))
    block = _block(top, found, "points")
    block.check(PARTS, tuple(PARTS))
    points = {key: _points(block, key) for key in block.fields}
    if not any(points.values()):
        raise block.fault("points", "expected points above 0 for one part at least", 0)
    if "cases" not in tables:
        return Weights(MappingProxyType(points))
    cases = _block(top, found, "cases")
    cases.check(CASES, ())
    return Weights(MappingProxyType(points), _visibility(cases), _seed(cases))


def _block(top: Block, found: list[Place], key: str) -> Block:
    where = next((place for place in found if place.header == key), Place(key, top.line_of(key)))
    return Block(top.file, f"[{key}]", top.table(key), where.line, where.keys)


def _points(block: Block, key: str) -> float:
    value = block.fields[key]
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not 0 <= value <= MOST_POINTS:  # refuses NaN, too
        raise block.fault(key, f"expected points, a number from 0 to {MOST_POINTS:,}", value)
    return float(value)


def _visibility(block: Block) -> Visibility:
    value = block.fields["hidden"]
    for choice in get_args(Visibility):
        if value == choice:
            return choice  # type: ignore[no-any-return]
    raise block.fault("hidden", f"expected one of {', '.join(get_args(Visibility))}", value)


def _seed(block: Block) -> int:
    value = block.fields["seed"]
    if isinstance(value, bool) or not isinstance(value, int):
        raise block.fault("seed", "expected a whole number", value)
    if not LEAST_SEED <= value <= LARGEST_SEED:
        raise block.fault("seed", f"expected {LEAST_SEED} to {LARGEST_SEED}", value)
    return value
