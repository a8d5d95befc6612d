"""A report survives its file, and no file that is none gets further than one sentence."""

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.checking.hidden import for_student
from core.checking.results import Case, ReportError, nested, parse, read, shape_of, to_json
from tests.core.checking.reports import flipped, report

Change = Callable[[Any], object]


def test_a_report_survives_its_file(tmp_path: Path):
    path = tmp_path / "homework.json"
    path.write_bytes(to_json(report()))
    assert read(path) == report()
    assert to_json(read(path)) == path.read_bytes()


def test_what_is_no_number_survives_too():
    one = float("nan")
    case = Case({}, 1.0, None, None, (1.0, 2.0), (one, float("-inf")))
    assert nested(["nan", "-inf"])[1] == case.got[1]
    assert str(nested(["nan"])) == "(nan,)"


def test_shares_count_what_is_right_by_its_weight():
    parts = {part.name: part for part in report().parts}
    assert parts["conv"].share == 2 / 4
    assert parts["conv_layer"].share == 1  # what is beyond the homework counts nothing
    assert parts["mnist"].share == 0  # what was not asked earns nothing
    assert parts["cam"].share == 0


def test_a_hidden_case_is_not_in_what_a_student_sees():
    shown = for_student(report())
    question = shown.parts[0].questions[2]
    assert question.hidden
    assert question.finding
    assert (question.finding.case, question.finding.cell, question.finding.link) == (None, None, "")
    assert question.finding.hint
    text = json.dumps(json.loads(to_json(shown))["parts"][0]["questions"][2])
    assert "expected" not in text
    assert shown.parts[0].questions[:2] == report().parts[0].questions[:2]


def change(path: str, value: object) -> Change:
    def apply(content: Any) -> None:
        *names, last = (int(one) if one.isdecimal() else one for one in path.split("."))
        for name in names:
            content = content[name]
        content[last] = value

    return apply


FINDING = "parts.0.questions.1.finding"


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("format", 2, "expected an object with format 1"),
        ("file", "", "file: expected words"),
        ("file", ["<b>"], "file: expected a valid string"),
        ("seed", 2**80, "seed: expected less than or equal to 18446744073709551615"),
        ("seconds", -1, "seconds: expected greater than or equal to 0"),
        ("seconds", "1", "seconds: expected a valid number, got '1'"),
        ("parts", {}, "parts: expected a valid array"),
        ("parts.0.name", "<script>", "parts.0.name: string should match"),
        ("parts.0.target", [1], "parts.0.target: expected an object"),
        ("parts.0.target.line", 0, "parts.0.target.line: expected greater than or equal to 1"),
        ("parts.0.questions.0.state", "good", "parts.0.questions.0.state: expected 'right'"),
        ("parts.0.questions.0.weight", 1e9, "parts.0.questions.0.weight: expected less"),
        (f"{FINDING}.cell", [[0]], f"{FINDING}.cell.0: expected a valid integer"),
        (f"{FINDING}.cell", [0] * 9, f"{FINDING}.cell: "),
        (f"{FINDING}.link", "javascript:alert(1)", f"{FINDING}.link: string should match"),
        (f"{FINDING}.link", "//evil.example", f"{FINDING}.link: string should match"),
        (f"{FINDING}.bug", "<img>", f"{FINDING}.bug: string should match"),
        (f"{FINDING}.case.input", [[1, 2], [3]], f"{FINDING}.case.input: expected rows of equal"),
        (f"{FINDING}.case.got", [], f"{FINDING}.case.got: expected lists of 1 to 4,096 entries"),
        (f"{FINDING}.case.got", [[[[[1]]]]], f"{FINDING}.case.got: expected lists at most 4 deep"),
        (f"{FINDING}.case.got", [[1] * 100] * 100, "expected up to 4,096 numbers, got 10,000"),
        (f"{FINDING}.case.got", ["<b>1</b>"], f"{FINDING}.case.got: expected numbers, got str"),
        (f"{FINDING}.case.settings.stride", "2", "settings.stride: expected a valid integer"),
        ("history.0.epoch", 0, "history.0.epoch: expected greater than or equal to 1"),
        ("history.0.train_accuracy", 1.5, "history.0.train_accuracy: expected less"),
        ("more", 1, "more: unexpected keyword argument"),
    ],
)
def test_a_field_that_is_wrong_is_named(path: str, value: object, said: str):
    content = json.loads(to_json(report()))
    change(path, value)(content)
    with pytest.raises(ReportError) as error:
        parse(json.dumps(content).encode(), "x.json")
    assert said in str(error.value)
    assert str(error.value).startswith("x.json is no report of a check (")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "not readable as JSON"),
        (b"\xff\xfe", "not readable as JSON"),
        (b"[1, 2]", "expected an object with format 1"),
        (b"[" * 10_000, "not readable as JSON"),
        (b'{"format": 1, "seed": ' + b"9" * 5000 + b"}", "a number with 5,000 digits"),
        (b'{"format": 1, "format": 1}', "'format' stands there twice"),
        (b'{"format": 1, "seconds": NaN}', "NaN, which is no number"),
        (b'{"format": 1}', "is missing"),
        (b" " * (50 * 2**20), "it is larger than 4 MB"),
    ],
)
def test_what_is_no_report_is_refused(content: bytes, said: str):
    with pytest.raises(ReportError, match="is no report of a check") as error:
        parse(content, "\u202ex\n.json")
    assert said in str(error.value)
    assert "\n" not in str(error.value)
    assert "\u202e" not in str(error.value)


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path):
    with pytest.raises(ReportError, match=r"The report none\.json cannot be read"):
        read(tmp_path / "none.json")
    with pytest.raises(ReportError, match="cannot be read"):
        read(tmp_path / "a\0b")


def places(content: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The way to everything within a report."""
    rows = content.items() if isinstance(content, dict) else enumerate(content)
    for name, value in rows:
        yield (*path, str(name))
        if isinstance(value, dict | list):
            yield from places(value, (*path, str(name)))


PLACES = sorted(".".join(path) for path in places(json.loads(to_json(report()))))
HOSTILE = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**24), 10**24)
    | st.floats(allow_nan=False)
    | st.sampled_from(["", "<script>alert(1)</script>", "nan", "\u202e", "a" * 5000, "=1+1"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)


@given(st.sampled_from(PLACES), HOSTILE)
@settings(max_examples=100, deadline=None)
def test_a_hostile_value_anywhere_ends_in_one_sentence_or_is_harmless(path: str, value: object):
    content = json.loads(to_json(report()))
    change(path, value)(content)
    with suppress(ReportError):  # any other error fails
        found = parse(json.dumps(content).encode(), "x.json")
        assert to_json(parse(to_json(found), "again.json")) == to_json(found)


def test_texts_of_a_student_s_are_one_line_that_can_be_read():
    shown = replace(flipped(), sentence=f"\ud800 {'x' * 10**6}\n\x1b[2J")
    assert shown.sentence.startswith("\\ud800 xxx")
    assert shown.sentence.endswith("x \\x1b[2J")
    assert len(shown.sentence) < 1100


def test_a_report_without_places_has_lines():
    content = json.loads(to_json(report()))
    for part in content["parts"]:
        if part["target"]:
            del part["target"]["place"]
    found = parse(json.dumps(content).encode(), "x.json")
    target = next(part.target for part in found.parts if part.target)
    assert target.where == f"line {target.line}"
    assert replace(target, place="code cell 3, line 2").where == "code cell 3, line 2"


def test_a_shape_is_that_of_the_rows():
    assert shape_of(nested([[1, 2, 3], [4, 5, 6]])) == (2, 3)
    assert shape_of(nested(5)) == ()
    with pytest.raises(ValueError, match="expected numbers, got bool"):
        nested([True])
