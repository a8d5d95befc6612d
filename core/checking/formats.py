"""A report as other programs read it: Gradescope's results, otter's and JUnit's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree  # only written here, never read

from core.checking.results import Part, Question, Report
from core.checking.weights import DIGITS, Points, Weights, points_of, total
from core.checking.words import HIDDEN, counts, details, looked_for, target
from core.foreign_text import visible

JsonObject = dict[str, Any]


def gradescope(report: Report, weights: Weights) -> JsonObject:
    """The results that Gradescope's harness reads: a test for each part, and one for its hidden
    cases. It holds no time, so that two runs give the same bytes.

    Args:
        report: of a check.
        weights: what the parts are worth.

    Source: Gradescope's documentation of autograders, "Output format".
    """
    earned = points_of(report, weights)
    tests = [test for one in earned for test in _tests(one, weights)]
    return {
        "score": total(earned),
        "output": "\n".join([f"{visible(report.file)}, seed {report.seed}", *report.notes]),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "stdout_visibility": "hidden",
        "tests": tests,
    }


def unchecked(name: str, sentence: str, weights: Weights) -> JsonObject:
    """Gradescope's results of a file that cannot be checked at all.

    Args:
        name: of the file.
        sentence: why not, for its author.
        weights: what the parts are worth.
    """
    output = visible(sentence)
    test = {"name": visible(name), "score": 0.0, "max_score": weights.total, "status": "failed"}
    return {
        "score": 0.0,
        "output": output,
        "output_format": "text",
        "stdout_visibility": "hidden",
        "tests": [test | {"output": output, "visibility": "visible"}],
    }


def _tests(points: Points, weights: Weights) -> list[JsonObject]:
    """The test of what a student may see, and of the hidden cases where there are some."""
    part = points.part
    counted = sum(one.weight for one in part.counted)
    hidden = [one for one in part.counted if one.hidden]
    weight = sum(one.weight for one in hidden)
    right = sum(one.weight for one in hidden if one.state == "right")
    most = round(points.most * weight / counted, DIGITS) if counted else 0.0
    earned = min(round(points.most * right / counted, DIGITS), points.earned) if counted else 0.0
    visible_test = {
        "name": f"{part.title} ({visible(part.target.name)})" if part.target else part.title,
        "score": round(points.earned - earned, DIGITS),
        "max_score": round(points.most - most, DIGITS),
        "status": _status([one for one in part.counted if not one.hidden]),
        "output": told(part),
        "visibility": "visible",
    }
    if not hidden:
        return [visible_test]
    count = sum(one.state == "right" for one in hidden)
    return [
        visible_test,
        {
            "name": f"{part.title}, hidden cases",
            "score": earned,
            "max_score": most,
            "status": _status(hidden),
            "output": f"{count} of {len(hidden)} hidden cases are right.",
            "visibility": weights.hidden,
        },
    ]


def _status(questions: Sequence[Question]) -> str:
    right = bool(questions) and all(one.state == "right" for one in questions)
    return "passed" if right else "failed"


def told(part: Part) -> str:
    """What a student reads of a part: how much is right, and what is wrong; no hidden case."""
    shown = _without_hidden(part)
    first = f"{target(shown)}: {counts(shown)}" if part.target else looked_for(part)
    return "\n".join([first, *details(shown)])


def _without_hidden(part: Part) -> Part:
    questions = tuple(one for one in part.questions if not one.hidden)
    return Part(part.name, part.title, part.target, questions)


def otter(report: Report, weights: Weights) -> JsonObject:
    """The results as otter-grader's ``GradingResults.to_dict`` has them: a test file for each part
    with its score, and its test cases with whether each is hidden and has passed.
    """
    return {
        points.part.name: {
            "name": points.part.name,
            "score": points.earned,
            "possible": points.most,
            "test_cases": [
                {
                    "name": visible(question.name),
                    "hidden": question.hidden,
                    "passed": question.state == "right",
                    "message": _message(question),
                }
                for question in points.part.counted
            ],
        }
        for points in points_of(report, weights)
    }


def _message(question: Question) -> str:
    if question.state == "right":
        return ""
    if question.hidden:
        return HIDDEN
    if question.finding is None:
        return question.state
    lines = (question.finding.sentence, question.finding.arithmetic)
    return "\n".join(visible(text) for text in lines if text)


def junit(report: Report) -> bytes:
    """The results in the layout of ``pytest --junitxml``: a test case for each question, with a
    failure, an error where the code raised, hung or died, or the reason why it was not asked.
    """
    everything = [(part, one) for part in report.parts for one in part.questions]
    states = [question.state for _, question in everything]
    root = ElementTree.Element("testsuites")
    suite = ElementTree.SubElement(
        root,
        "testsuite",
        name=visible(report.file),
        tests=str(len(states)),
        failures=str(states.count("wrong")),
        errors=str(states.count("failed")),
        skipped=str(states.count("beyond") + states.count("not asked")),
    )
    tags = {"wrong": "failure", "failed": "error", "beyond": "skipped", "not asked": "skipped"}
    for part, question in everything:
        name = visible(question.name)
        case = ElementTree.SubElement(suite, "testcase", classname=part.name, name=name)
        if question.state in tags:
            message = _message(question)
            first = message.partition("\n")[0]
            ElementTree.SubElement(case, tags[question.state], message=first).text = message
    ElementTree.indent(root)
    text: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"
