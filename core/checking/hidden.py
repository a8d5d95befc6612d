"""What a student may see of a report: of a hidden case only whether it was right; or only hints."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from core.checking.results import Finding, Question, Report
from core.checking.words import HIDDEN


def for_student(report: Report) -> Report:
    """The report without anything of a hidden case but its hint, and whether it was right."""
    return _each(report, _for_student)


def hints_only(report: Report) -> Report:
    """The report with questions that do not give the answer away in place of what is wrong; where
    there is no such question, as where code raised, with what is wrong in one sentence.
    """
    return _each(report, _hint_only)


def _each(report: Report, change: Callable[[Question], Question]) -> Report:
    parts = (replace(one, questions=tuple(map(change, one.questions))) for one in report.parts)
    return replace(report, parts=tuple(parts))


def _hint_only(question: Question) -> Question:
    found = question.finding
    if question.hidden or found is None:
        return _for_student(question)
    shown = Finding(found.hint or found.sentence, None, "", None, "", None, "", found.line)
    return replace(question, finding=shown)


def _for_student(question: Question) -> Question:
    found = question.finding
    if not question.hidden or found is None:
        return question
    shown = Finding(HIDDEN, None, found.hint, None, "", None, "", found.line)
    return replace(question, finding=shown)
