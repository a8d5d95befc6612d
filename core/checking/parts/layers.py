"""Part 1, the convolution as a layer: what its function is asked, its parameters and defaults."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from random import Random
from typing import Any

import torch
from torch import Tensor

from core.checking import findings, roles
from core.checking.bugs.registry import BUGS
from core.checking.cases import ConvSetting, conv_questions, draw_conv, gradient_conv
from core.checking.diagnosis import agree
from core.checking.parts.conv import by_hand, expected, left_alone
from core.checking.parts.layer_gradients import conv_gradients, failed
from core.checking.parts.layer_target import Target, target
from core.checking.parts.layer_values import Answered, ask_all, default_stride, diagnosis, questions
from core.checking.results import Found, Part, Question, State
from core.checking.worker import Answer, Student

NAME, TITLE = "conv_layer", "Convolution, layer"
REGISTERED, WITHOUT_BIAS, START = "parameters", "bias=False", "how the kernels begin"
BIAS_LEFT_OUT = "bias left out"
INPUTS, CHANNELS, SIDE = 400, 16, 5  # of each output of the layer whose beginning is looked at
TOO_LARGE = 0.35  # of the root of the mean square: five times what He's initialisation gives
NOT_PASSED = {"stride-ignored": "stride-not-passed", "padding-ignored": "padding-not-passed"}
NOT_REGISTERED, NEVER = "parameters-not-registered", "bias-never"
BIAS_NOT_REGISTERED = "bias-not-registered"


def check(student: Student, found: Found, seed: int) -> Part:
    """Ask a layer all that the homework asks of it.

    Args:
        student: the file.
        found: its class.
        seed: of all cases.
    """
    asked = target(student, found)
    answered = ask_all(asked, conv_questions(seed, NAME), expected)
    own = _of_parameters(asked, answered)
    bug = own.finding.bug if own.finding else None
    names = _not_passed(student, diagnosis(answered, "conv") or default_stride(answered, expected))
    if bug == NEVER:
        names = tuple(NEVER if name == "bias-forgotten" else name for name in names)
    is_right = all(one.is_right for one in answered if one.answers)
    values = None if is_right else names
    if bug in (NOT_REGISTERED, BIAS_NOT_REGISTERED):
        values = (bug,)
        names = names or values  # where nothing can be set, nothing can be right
    gradients = conv_gradients(asked, *gradient_conv(seed, NAME), values)
    shown = questions(asked, answered, names)
    more = [own, _without_bias(asked, answered), _default_bias(asked, seed), _start(asked, seed)]
    more.append(left_alone(asked))
    last = [one for one in more if one is not None]
    return Part(NAME, TITLE, found, (*shown, *gradients, *last, by_hand(asked)))


def _rows(answer: Answer) -> list[dict[str, Any]]:
    return list(answer.facts.get("parameters", ()))


def _name(answer: Answer, key: str) -> str:
    """What the layer calls its weight or bias; "" where it has none."""
    return str(answer.facts.get("set", {}).get(key, ""))


def _with(answered: Iterable[Answered], *, bias: bool) -> tuple[ConvSetting, Answer] | None:
    """The case with the most filters that was answered, with a bias or without."""
    found = [
        (evidence.setting, answer)
        for one in answered
        for answer, evidence in zip(one.answers, one.evidence)
        if isinstance(evidence.setting, ConvSetting)
        and (evidence.setting.bias is not None) == bias
        and answer.problem is None
    ]
    return max(found, key=lambda one: len(one[0].weight), default=None)


def _of_parameters(asked: Target, answered: Sequence[Answered]) -> Question:
    """Whether kernel and bias are parameters that an optimizer sees."""
    example = _with(answered, bias=True) or _with(answered, bias=False)
    if example is None:
        return Question(REGISTERED, "not asked")
    setting, answer = example
    rows = {row["name"]: row for row in _rows(answer)}
    weight, shape = _name(answer, "weight"), findings.shape(setting.weight.shape)
    if not weight:
        listed = ", ".join(f"{name} {findings.shape(row['shape'])}" for name, row in rows.items())
        sentence = f"Expected a kernel of {shape}, got {listed or 'no tensor at all'}."
        registered = sum(math.prod(row["shape"]) for row in rows.values() if row["registered"])
        is_elsewhere = registered >= setting.weight.numel()
        return _wrong(REGISTERED, sentence, () if is_elsewhere else (NOT_REGISTERED,))
    if not _is_learned(rows[weight]):
        sentence = f"{asked.found.name} has a kernel named {weight}, which is no parameter of it."
        return _wrong(REGISTERED, sentence, (NOT_REGISTERED,))
    if setting.bias is not None and not _name(answer, "bias"):
        sentence = f"Expected a bias of {len(setting.bias)} numbers, got none."
        return _wrong(REGISTERED, sentence, (NEVER,))
    bias = _name(answer, "bias")
    if setting.bias is not None and not _is_learned(rows[bias]):
        sentence = f"{asked.found.name} has a bias named {bias}, which is no parameter of it."
        return _wrong(REGISTERED, sentence, (BIAS_NOT_REGISTERED,))
    return Question(REGISTERED, "right")


def _is_learned(row: Mapping[str, Any]) -> bool:
    """Whether an optimizer sees a tensor and changes it."""
    return bool(row["registered"] and row["requires_grad"])


def _wrong(name: str, sentence: str, names: Sequence[str], state: State = "wrong") -> Question:
    said = f"{BUGS[names[0]].title}. {sentence}" if names else sentence
    hint = "What does list(layer.named_parameters()) give?"
    return Question(name, state, findings.plain(said, names, hint))


def _without_bias(asked: Target, answered: Sequence[Answered]) -> Question | None:
    """Whether there is no bias where none was asked for."""
    if "bias" not in asked.given:
        return None
    example = _with(answered, bias=False)
    if example is None:
        return Question(WITHOUT_BIAS, "not asked")
    _, answer = example
    name = _name(answer, "bias")
    learned = {row["name"] for row in _rows(answer) if _is_learned(row)}
    if name not in learned:  # a tensor of zeros may stand in its place
        return Question(WITHOUT_BIAS, "right")
    sentence = f"Built with bias=False, {asked.found.name} has a bias all the same: {name}."
    return _wrong(WITHOUT_BIAS, sentence, ("bias-always",))


def _default_bias(asked: Target, seed: int) -> Question | None:
    """Whether there is a bias where nothing is said of it, as torch's own layer has one."""
    if "bias" not in asked.given or not asked.is_optional("bias"):
        return None
    setting = draw_conv(Random(seed), (4, 5), 2, filters=3, bias=True)
    answer = asked.ask(setting, leave_out=("bias",))
    if answer.problem is not None:
        return Question(BIAS_LEFT_OUT, "not asked")
    if _name(answer, "bias"):
        return Question(BIAS_LEFT_OUT, "right")
    default = "bias-default-false"
    sentence = f"{asked.found.name} has no bias where nothing is said of it; torch's own has one."
    always = asked.ask(setting)
    if always.problem is not None or not _name(always, "bias"):
        return Question(BIAS_LEFT_OUT, "not asked")  # it never has one, which is told elsewhere
    return _wrong(BIAS_LEFT_OUT, sentence, (default,))


def _not_passed(student: Student, names: tuple[str, ...]) -> tuple[str, ...]:
    """What a layer ignores, it does not hand on where the file has a function that uses it."""
    if not set(names) & NOT_PASSED.keys():
        return names
    setting = _window_setting()
    for found in student.found:
        given = roles.assign(found.parameters, roles.FUNCTION)
        if found.kind != "function" or not {"input", "weight", "stride"} <= given.keys():
            continue
        got = Target(student, found, given).output(setting).tensors.get("output")
        if got is not None and agree(got, expected(setting)):
            return tuple(NOT_PASSED.get(name, name) for name in names)
    return names


def _window_setting() -> ConvSetting:
    """A case that tells whether a function uses stride and padding."""
    return draw_conv(Random(0), (6, 5), 3, stride=2, padding=1)


def _start(asked: Target, seed: int) -> Question:
    """Whether the kernels begin with numbers of a size that training can begin with."""
    setting = ConvSetting(
        torch.ones(1, CHANNELS, SIDE, SIDE, dtype=torch.float64),
        torch.ones(8, CHANNELS, SIDE, SIDE, dtype=torch.float64),
        torch.zeros(8, dtype=torch.float64),
    )
    answer = asked.ask(setting, seed=seed)
    if answer.problem is not None:
        return failed(START, answer, asked)
    weight = answer.tensors.get(f"initial.{_name(answer, 'weight')}")
    if weight is None:
        return Question(START, "not asked")
    return _beginning(weight.double())


def _beginning(weight: Tensor) -> Question:
    """Told and not counted, since part 1 asks for no certain initialisation."""
    if not bool(weight.any()):
        return _wrong(START, "Every kernel is 0.", ("initialised-zero",), "beyond")
    size = float(weight.square().mean().sqrt())
    if not size < 1e3:  # NaN too: memory that nobody has written to
        return _wrong(START, "The kernels hold numbers that nobody has set.", (), "beyond")
    if bool((weight == weight.flatten()[0]).all()):
        return _wrong(
            START, f"Every number of the kernels is {findings.number(size)}.", (), "beyond"
        )
    if size > TOO_LARGE:
        sentence = (
            f"With {INPUTS} inputs for each output the kernels have a root mean square of "
            f"{size:.2f}; He's initialisation has {(2 / INPUTS) ** 0.5:.2f}."
        )
        return _wrong(START, sentence, ("initialised-too-large",), "beyond")
    return Question(START, "right")
