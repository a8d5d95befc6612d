"""A report in words: one line for each part, and what is wrong with the first of them."""

from __future__ import annotations

from typing import Literal

from core.checking.results import Finding, Part, Question, Report
from core.foreign_text import visible

WIDTH = 100  # columns of a line
DETAILED = 2  # wrong parts that are told in full: with them a report fits a screen of 24 lines
MOST_NOTES = 3
HIDDEN = "A hidden case is wrong."

Verdict = Literal["right", "wrong", "failed", "missing"]


def verdict(part: Part) -> Verdict:
    """How a part went, in one word: "failed" where the code raised, hung or died."""
    if part.target is None:
        return "missing"
    states = {question.state for question in part.counted}
    if "failed" in states:
        return "failed"
    return "wrong" if states & {"wrong", "not asked"} or not part.counted else "right"


def worst(part: Part) -> Question | None:
    """The question that says most of what is wrong: one that failed, else the first wrong one, and
    one that is not hidden before one that is.
    """
    wrong = [one for one in part.counted if one.state in ("failed", "wrong") and one.finding]
    return min(wrong, key=lambda one: (one.hidden, one.state != "failed"), default=None)


def counts(part: Part) -> str:
    """How many questions were right, and how many the homework does not ask."""
    right = sum(question.state == "right" for question in part.counted)
    beyond = len(part.questions) - len(part.counted)
    text = f"{right} of {len(part.counted)} right"
    return f"{text}, {beyond} beyond the homework" if beyond else text


def target(part: Part) -> str:
    """What was checked, with its line."""
    return f"{visible(part.target.name)}, {part.target.where}" if part.target else ""


def line(part: Part, *, hint: bool = False) -> str:
    """What there is to say of a part in one line, without its verdict and title.

    Args:
        part: of the report.
        hint: whether a question that does not give the answer away stands for what is wrong.
    """
    if part.target is None:
        option = part.name.replace("_", "-")
        return f"not found; --{option} NAME names it"
    question = worst(part)
    finding = question.finding if question else None
    if question is None or finding is None:
        return f"{target(part)}: {counts(part)}"
    return f"{target(part)}: {sentence(question, finding, hint=hint)}"


def sentence(question: Question, finding: Finding, *, hint: bool = False) -> str:
    """What is wrong with an answer; of a hidden case only that it is."""
    if hint and finding.hint:
        return visible(finding.hint)
    if question.hidden:
        return HIDDEN
    return visible(finding.sentence)


def details(part: Part, *, hint: bool = False, address: str = "") -> list[str]:
    """What is wrong with a part, in full: a line each.

    Args:
        part: with something wrong.
        hint: as in ``line``.
        address: of the app, before its links; "" gives none.
    """
    question = worst(part)
    if question is None or question.finding is None:
        return []
    finding = question.finding
    found = [f"{part.title}, {visible(question.name)}:"]
    if hint or question.hidden:
        return [*found, sentence(question, finding, hint=hint)]
    found.append(visible(finding.sentence))
    found += [visible(text) for text in (finding.arithmetic,) if text]
    found += [f"Ask yourself: {visible(finding.hint)}"] if finding.hint else []
    return [*found, f"{address}{finding.link}"] if address and finding.link else found


def notes(report: Report) -> list[str]:
    """What else there is to say of a file: the first sentences, and how many more there are."""
    shown = [visible(note) for note in report.notes[:MOST_NOTES]]
    more = len(report.notes) - len(shown)
    return [*shown, f"and {more} more notes in the report"] if more else shown


def screen(report: Report, *, hint: bool = False, address: str = "", width: int = WIDTH) -> str:
    """The whole report as it is printed.

    Args:
        report: of a check.
        hint: whether hints stand for answers.
        address: of the app, before the links.
        width: of a line, in columns; longer ones are cut.
    """
    head = f"{visible(report.file)}, seed {report.seed}, {report.seconds:.1f} s"
    widest = max((len(part.title) for part in report.parts), default=0)
    lines = [head, *(f"  {note}" for note in notes(report))]
    for part in report.parts:
        lines.append(f"  {verdict(part):<8} {part.title:<{widest}}  {line(part, hint=hint)}")
    lines = [_cut(text, width) for text in lines]
    wrong = [part for part in report.parts if worst(part)]
    for part in wrong[:DETAILED]:
        first, *rest = details(part, hint=hint, address=address)
        lines += ["", first, *(f"  {text}" for text in rest)]
    return "\n".join(lines)


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"
