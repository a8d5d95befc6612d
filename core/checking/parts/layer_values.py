"""Asks a layer every case, names the bug that explains the answers, and makes questions of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from torch import Tensor

from core.checking import findings
from core.checking.bugs import layers  # noqa: F401 - it enters its bugs
from core.checking.cases import LEFT_OUT, Asked, ConvSetting, Setting
from core.checking.diagnosis import Evidence, agree, diagnose, size_told
from core.checking.parts.layer_target import Target
from core.checking.results import Question
from core.checking.worker import Answer

OTHER_STRIDES = (2, 3, 4)
PARAMETERS = {"bias": "the bias", "stride": "the stride", "padding": "the padding"}


@dataclass
class Answered:
    """A question with all that came.

    Attributes:
        asked: the question.
        answers: one for each case; none where it was not asked.
        evidence: of the same.
        missing: roles that it needs and no parameter has.
    """

    asked: Asked
    answers: list[Answer] = field(default_factory=list)
    evidence: list[Evidence] = field(default_factory=list)
    missing: tuple[str, ...] = ()

    @property
    def is_right(self) -> bool:
        """Whether every case was right."""
        return bool(self.evidence) and all(one.is_right for one in self.evidence)


def ask_all(
    target: Target, asked: Iterable[Asked], expected: Callable[[Setting], Tensor]
) -> list[Answered]:
    """Every question, until the target is not asked any more.

    Args:
        target: the layer.
        asked: the questions.
        expected: the right output of a setting.
    """
    return [_ask(target, one, expected) for one in asked]


def _ask(target: Target, asked: Asked, expected: Callable[[Setting], Tensor]) -> Answered:
    found = Answered(asked, missing=target.missing(asked))
    if found.missing or _needs_what_has_no_default(target, asked):
        return found
    for setting in asked.settings:
        if target.ended is not None:
            break
        answer = target.output(setting)
        got = None if answer.problem else answer.tensors.get("output")
        found.answers.append(answer)
        size = size_told(answer.problem.sentence) if answer.problem else None
        found.evidence.append(Evidence(setting, expected(setting), got, size))
    return found


def _needs_what_has_no_default(target: Target, asked: Asked) -> bool:
    return asked.name == LEFT_OUT and not all(map(target.is_optional, asked.needs))


def diagnosis(answered: Iterable[Answered], part: str) -> tuple[str, ...]:
    """The names of the bugs that explain all answers, see ``diagnose``."""
    return diagnose([one for each in answered for one in each.evidence], part)


def default_stride(
    answered: Sequence[Answered], expected: Callable[[Setting], Tensor]
) -> tuple[str, ...]:
    """The bug of a default stride, where the one wrong answer is that of another stride.

    Args:
        answered: all questions.
        expected: the right output of a setting.
    """
    wrong = [one for one in answered if one.answers and not one.is_right]
    if [one.asked.name for one in wrong] != [LEFT_OUT]:
        return ()
    (evidence,) = wrong[0].evidence
    setting, got = evidence.setting, evidence.got
    if got is None or not isinstance(setting, ConvSetting):
        return ()
    for stride in OTHER_STRIDES:
        other = ConvSetting(setting.input, setting.weight, setting.bias, stride)
        if agree(got, expected(other)):
            return ("stride-default-wrong",)
    return ()


def questions(
    target: Target,
    answered: Iterable[Answered],
    names: Sequence[str],
    beyond: Sequence[str] = (),
) -> list[Question]:
    """What is right and what is wrong.

    Args:
        target: the layer.
        answered: what it was asked.
        names: of the bugs that explain it.
        beyond: roles that the homework does not ask for.
    """
    return [_question(target, one, names, beyond) for one in answered]


def _question(
    target: Target, answered: Answered, names: Sequence[str], beyond: Sequence[str]
) -> Question:
    name, hidden = answered.asked.name, answered.asked.hidden
    if answered.missing:
        return _without_parameter(target, answered, beyond)
    if not answered.answers:
        return Question(name, "not asked" if target.ended else "beyond", hidden=hidden)
    if answered.is_right:
        return Question(name, "right", hidden=hidden)
    wrong = [one for one in answered.evidence if one.got is not None and not one.is_right]
    if wrong:
        found = findings.hidden(names) if hidden else findings.wrong(wrong[0], names)
        return Question(name, "wrong", found, hidden)
    problem, setting = next(
        (one.problem, each.setting)
        for one, each in zip(answered.answers, answered.evidence)
        if one.problem
    )
    if hidden:
        return Question(name, "failed", findings.hidden(names, problem.hint), hidden)
    sentence = f"{problem.sentence} {findings.given(setting)}"
    found = findings.plain(sentence, names, problem.hint, problem.line)
    return Question(name, "failed", found)


def _without_parameter(target: Target, answered: Answered, beyond: Sequence[str]) -> Question:
    """A question that the signature cannot take."""
    name, hidden = answered.asked.name, answered.asked.hidden
    if set(answered.missing) & set(beyond):
        return Question(name, "beyond", hidden=hidden)
    needed = " and ".join(PARAMETERS[role] for role in answered.missing)
    has = ", ".join(target.found.parameters) or "nothing"
    sentence = f"Expected a parameter for {needed}, but {target.found.name} takes {has}."
    finding = findings.plain(sentence, (), "Which settings does torch's own have?")
    return Question(name, "wrong", finding, hidden)
