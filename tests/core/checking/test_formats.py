"""What other programs read of a report: layouts, sums, and nothing of a hidden case."""

import csv
import io
import json
from collections import Counter
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from core.checking import formats, sheets
from core.checking.results import Question
from core.checking.sheets import Row, submission
from core.checking.weights import read
from tests.core.checking.reports import HINT, flipped, part, report, right

WEIGHTS = read()


def test_gradescope_gets_a_test_for_each_part_and_one_for_its_hidden_cases():
    found = formats.gradescope(report(), WEIGHTS)
    names = [test["name"] for test in found["tests"]]
    assert names[:3] == [
        "Convolution, function (my_conv)",
        "Convolution, function, hidden cases",
        "Convolution, layer (my_conv_layer)",
    ]
    assert [test["visibility"] for test in found["tests"][:2]] == ["visible", "after_published"]
    assert (found["tests"][0]["score"], found["tests"][0]["max_score"]) == (7.5, 11.25)
    assert (found["tests"][1]["score"], found["tests"][1]["max_score"]) == (0, 3.75)
    assert found["tests"][2]["status"] == "passed"
    assert found["tests"][-1]["output"] == (
        "not found: expected a function such as improved_attack or momentum_attack"
    )
    assert all(
        set(test) == {"name", "score", "max_score", "status", "output", "visibility"}
        for test in found["tests"]
    )


def test_gradescope_s_sums_are_the_grade():
    for one in (report(), right()):
        found = formats.gradescope(one, WEIGHTS)
        assert sum(test["max_score"] for test in found["tests"]) == pytest.approx(100)
        assert sum(test["score"] for test in found["tests"]) == pytest.approx(found["score"])


def test_two_checks_of_one_file_give_the_same_bytes():
    again = replace(report(), seconds=99.0)
    one, two = (json.dumps(formats.gradescope(each, WEIGHTS)) for each in (report(), again))
    assert one == two


def test_a_student_reads_what_is_wrong_and_never_a_hidden_case():
    alone = replace(report(), parts=(part("conv", Question("x", "wrong", flipped(), hidden=True)),))
    text = json.dumps(formats.gradescope(alone, WEIGHTS), ensure_ascii=False)
    assert "0 of 1 hidden cases are right" in text
    for secret in ("expected", flipped().arithmetic, "kernel-flipped", "numbers="):
        assert secret not in text
    output = formats.gradescope(report(), WEIGHTS)["tests"][0]["output"]
    assert flipped().arithmetic in output
    assert HINT in output
    for secret in ("expected", HINT, "kernel-flipped"):
        assert secret not in json.dumps(formats.otter(alone, WEIGHTS))
        assert secret not in formats.junit(alone).decode()


def test_a_cell_of_the_grades_says_what_is_wrong_and_asks_and_is_bounded():
    cell = sheets.feedback(Row("hw.py", submission("Ada"), report()))
    assert f": {flipped().sentence} {HINT}; Convolution, layer: right" in cell
    long = replace(flipped(), sentence="x" * 1000, hint="y" * 1000)
    parts = (part("conv", Question("a", "wrong", long), Question("b", "wrong", flipped())),)
    cell = sheets.feedback(Row("hw.py", submission("Ada"), replace(report(), parts=parts)))
    assert 2 * sheets.LONGEST < len(cell) < 2 * sheets.LONGEST + 100
    hidden = (part("conv", Question("x", "wrong", flipped(), hidden=True)),)
    cell = sheets.feedback(Row("hw.py", submission("Ada"), replace(report(), parts=hidden)))
    assert flipped().sentence not in cell


def test_otter_gets_a_file_for_each_part_with_its_cases():
    found = formats.otter(report(), WEIGHTS)["conv"]
    assert (found["score"], found["possible"]) == (7.5, 15)
    assert [(one["hidden"], one["passed"]) for one in found["test_cases"]] == [
        (False, True),
        (False, False),
        (True, False),
    ]
    assert found["test_cases"][1]["message"].splitlines()[1] == flipped().arithmetic


def test_junit_has_pytest_s_layout():
    root = ElementTree.fromstring(formats.junit(report()))
    suite = root[0]
    assert (root.tag, suite.tag) == ("testsuites", "testsuite")
    counted = {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped")}
    assert counted == {"tests": "8", "failures": "3", "errors": "1", "skipped": "2"}
    kinds = Counter(child.tag for case in suite for child in case)
    assert kinds == {"failure": 3, "error": 1, "skipped": 2}
    assert suite[1].attrib == {"classname": "conv", "name": "values"}


def test_what_xml_cannot_hold_does_not_break_it():
    finding = replace(
        flipped(),
        sentence="\x00 \x1b[31m <b>&\ud800".encode("utf-16", "surrogatepass").decode(
            "utf-16", "replace"
        ),
    )
    one = replace(report(), parts=(part("conv", Question("\x07<i>", "wrong", finding)),))
    root = ElementTree.fromstring(formats.junit(one))
    assert root[0][0].get("name") == "\\x07<i>"
    assert "\\x1b[31m <b>&" in root[0][0][0].get("message")


@pytest.mark.parametrize(
    ("name", "person", "number", "system"),
    [
        ("Ada Lovelace_123_assignsubmission_file", "Ada Lovelace", "123", "moodle"),
        ("Ada Lovelace_123_assignsubmission_file_", "Ada Lovelace", "123", "moodle"),
        ("Ada_L_123_assignsubmission_file_hw.py", "Ada_L", "123", "moodle"),
        ("lovelaceada_123_456_hw-1.py", "lovelaceada", "123", "canvas"),
        ("lovelaceada_LATE_123_456_my_hw.ipynb", "lovelaceada", "123", "canvas"),
        ("Ada Lovelace", "Ada Lovelace", "", ""),
        ("hw_1.py", "hw_1.py", "", ""),
    ],
)
def test_the_names_that_courses_give_files_say_whose_they_are(
    name: str, person: str, number: str, system: str
):
    found = submission(name)
    assert (found.name, found.number, found.system) == (person, number, system)


ROWS = [
    Row("a/hw.py", submission("Ada Lovelace_12_assignsubmission_file"), report()),
    Row("b.py", submission("turingalan_34_56_b.py"), right()),
    Row("c.py", submission("=HYPERLINK(1)"), None, "It is no Python."),
]


def table(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


def test_all_grades_are_one_table():
    header, *rows = table(sheets.grades(ROWS, WEIGHTS))
    assert header[:6] == ["File", "Name", "ID", "Grade", "Maximum grade", "conv"]
    assert [row[3] for row in rows] == ["17.5", "100", "0"]
    assert rows[2][1] == "'=HYPERLINK(1)"
    assert rows[2][-2] == "It is no Python."
    assert rows[0][-1] == "Line 80 was not run."
    assert all(len(row) == len(header) for row in rows)


def test_moodle_s_worksheet_has_the_columns_that_its_import_asks_for():
    header, *rows = table(sheets.moodle(ROWS, WEIGHTS))
    assert {"Identifier", "Grade", "Last modified (grade)"} <= set(header)
    assert [row[:4] for row in rows] == [["Participant 12", "Ada Lovelace", "17.5", "100"]]


def test_canvas_s_file_has_the_columns_that_its_import_asks_for():
    header, possible, *rows = table(sheets.canvas(ROWS, WEIGHTS, "Homework 2"))
    assert header == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Homework 2"]
    assert (possible[0].strip(), possible[-1]) == ("Points Possible", "100")
    assert [(row[0], row[1], row[-1]) for row in rows] == [
        ("Ada Lovelace", "", "17.5"),
        ("turingalan", "34", "100"),
        ("'=HYPERLINK(1)", "", "0"),
    ]
