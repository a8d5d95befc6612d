"""What a student may see of a report: of a hidden case only whether it was right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core.checking.results import Finding, Part, Question, Report
from core.checking.words import HIDDEN


def as_hidden(part: Part) -> Part:
    """A part whose questions are all hidden."""
    return replace(
        part,
        questions=tuple(
            replace(one, name=f"hidden case {number}", hidden=True)
            for number, one in enumerate(part.questions, 1)
        ),
    )


def with_hidden(parts: Sequence[Part], hidden: Sequence[Part]) -> tuple[Part, ...]:
    """Parts with further questions, which are hidden.

    Args:
        parts: of a report.
        hidden: some of the same parts, asked with another seed.
    """
    more = {part.name: as_hidden(part).questions for part in hidden}
    return tuple(
        replace(part, questions=part.questions + more.get(part.name, ())) for part in parts
    )


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
