"""What a student may see of a report: of a hidden case only whether it was right."""

from __future__ import annotations

from dataclasses import replace

from core.checking.results import Finding, Question, Report
from core.checking.words import HIDDEN


def for_student(report: Report) -> Report:
    """The report without anything of a hidden case but its hint, and whether it was right."""
    return replace(
        report,
        parts=tuple(
            replace(part, questions=tuple(map(_for_student, part.questions)))
            for part in report.parts
        ),
    )


def _for_student(question: Question) -> Question:
    found = question.finding
    if not question.hidden or found is None:
        return question
    shown = Finding(HIDDEN, None, found.hint, None, "", None, "", found.line)
    return replace(question, finding=shown)
