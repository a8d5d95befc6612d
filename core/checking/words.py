"""A report in words: one line for each part, and below it what is wrong with each of them."""

from __future__ import annotations

from typing import Literal

from core.checking.results import BY_HAND, Part, Question, Report
from core.foreign_text import visible

MOST_NOTES = 3
HIDDEN = "A hidden case is wrong."
LOOKED_FOR = {  # what is found by its name in any case, with and without underscores
    "conv": "function such as conv2d or my_conv2d",
    "conv_layer": "class such as Conv2d or MyConv2d",
    "pool_layer": "class such as MaxPool2d or MyMaxPool2d",
    "mnist": "network such as SmallCNN or MnistNet",
    "resnet": "network such as ResNet or ResidualNet",
    "cam": "function such as cam or compute_cam",
    "attack": "function such as untargeted_attack or fgsm_attack",
    "targeted": "function such as targeted_attack or pgd_targeted",
    "improved": "function such as improved_attack or momentum_attack",
}

Verdict = Literal["right", "wrong", "failed", "not asked", "missing"]


def verdict(part: Part) -> Verdict:
    """How a part went, in a word or two: "failed" where the code raised, hung or died, "not asked"
    where nothing could be asked.
    """
    if part.target is None:
        return "missing"
    states = {question.state for question in part.counted}
    if "failed" in states:
        return "failed"
    if states <= {"not asked"}:
        return "not asked"
    return "wrong" if states & {"wrong", "not asked"} else "right"


def told(part: Part) -> list[Question]:
    """The questions that say what is wrong, the one that says most of it first: that a ready-made
    layer costs all points, then what is explained by a bug that has a name, what failed, and what
    else is wrong; one that is hidden comes last. Of a part that could not be asked the one that
    says why.
    """
    if verdict(part) == "not asked":
        return [one for one in part.questions if one.finding][:1]
    wrong = [one for one in part.counted if one.state in ("failed", "wrong") and one.finding]
    return sorted(wrong, key=_lateness)


def _lateness(question: Question) -> tuple[bool, bool, bool, bool]:
    """What comes later in the order of what says most."""
    is_named = question.finding is not None and question.finding.bug is not None
    return question.hidden, question.name != BY_HAND, not is_named, question.state != "failed"


def remarks(part: Part) -> list[str]:
    """What was seen beyond the homework, which does not count: what it is about, and a sentence."""
    beyond = [one for one in part.questions if one.state == "beyond" and one.finding]
    return [f"{visible(one.name)}: {sentence(one)}" for one in beyond if not one.hidden]


def counts(part: Part) -> str:
    """How many questions were right, and how many the homework does not ask."""
    right = sum(question.state == "right" for question in part.counted)
    beyond = len(part.questions) - len(part.counted)
    text = f"{right} of {len(part.counted)} right"
    return f"{text}, {beyond} beyond the homework" if beyond else text


def target(part: Part) -> str:
    """What was checked, with its line."""
    return f"{visible(part.target.name)}, {part.target.where}" if part.target else ""


def line(part: Part) -> str:
    """What there is to say of a part in one line, without its verdict and title."""
    if part.target is None:
        return f"not found; --{part.name.replace('_', '-')} NAME names it"
    first = next(iter(told(part)), None)
    return f"{target(part)}: {sentence(first) if first else counts(part)}"


def looked_for(part: Part) -> str:
    """What the name of a part that is missing may be, for somebody who can give no option."""
    return f"not found: expected a {LOOKED_FOR.get(part.name, part.title)}"


def sentence(question: Question) -> str:
    """What is wrong with an answer; of a hidden case only that it is."""
    if question.finding is None:
        return question.state
    if question.hidden:
        return HIDDEN
    return visible(question.finding.sentence)


def details(part: Part, *, address: str = "") -> list[str]:
    """What is wrong with a part, in full: a line each.

    Args:
        part: of the report.
        address: of the app, before its links; "" gives none.
    """
    first, more = next(iter(told(part)), None), len(told(part)) - 1
    if first is None or first.finding is None:
        left = ", ".join(visible(one.name) for one in part.counted if one.state == "not asked")
        lines = [f"Not asked: {left}"] if left else []
        lines += [f"Does not count, {remark}" for remark in remarks(part)]
        return [f"{part.title}:", *lines] if lines else []
    finding = first.finding
    found = [f"{part.title}, {visible(first.name)}:", sentence(first)]
    found += [visible(finding.arithmetic)] if finding.arithmetic and not first.hidden else []
    found += [f"Ask yourself: {visible(finding.hint)}"] if finding.hint else []
    found += [f"{address}{finding.link}"] if address and finding.link and not first.hidden else []
    answers = "answer is" if more == 1 else "answers are"
    return [*found, f"{more} more {answers} wrong"] if more else found


def notes(report: Report) -> list[str]:
    """What else there is to say of a file: the first sentences, and how many more there are."""
    shown = [visible(note) for note in report.notes[:MOST_NOTES]]
    more = len(report.notes) - len(shown)
    return [*shown, f"and {more} more notes in the report"] if more else shown


def screen(
    report: Report, *, address: str = "", width: int | None = None, elsewhere: str = ""
) -> str:
    """The whole report as it is printed.

    Args:
        report: of a check.
        address: of the app, before the links.
        width: of the line of a part, in columns, since what is cut stands below in full; None: no
            line is cut.
        elsewhere: where everything that is wrong stands; said where something is.
    """
    head = f"{visible(report.file)}, seed {report.seed}, {report.seconds:.1f} s"
    widest = max((len(part.title) for part in report.parts), default=0)
    lines = [head, *(f"  {note}" for note in notes(report))]
    for part in report.parts:
        text = f"  {verdict(part):<10}{part.title:<{widest}}  {line(part)}"
        lines.append(text if width is None or len(text) <= width else f"{text[: width - 1]}…")
    blocks = [found for part in report.parts if (found := details(part, address=address))]
    for first, *rest in blocks:
        lines += ["", first, *(f"  {text}" for text in rest)]
    return "\n".join([*lines, "", elsewhere] if blocks and elsewhere else lines)
