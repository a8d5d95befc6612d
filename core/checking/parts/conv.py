"""Part 1, the convolution as a function: values, gradients, and that it is written by hand."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from core.checking import findings
from core.checking.cases import ConvSetting, Setting, conv_questions, gradient_conv
from core.checking.parts.layer_gradients import conv_gradients
from core.checking.parts.layer_target import Target, target
from core.checking.parts.layer_values import ask_all, diagnosis, questions
from core.checking.results import Found, Part, Question
from core.checking.worker import Student
from core.conv import conv2d

NAME, TITLE = "conv", "Convolution as a function"
BY_HAND = "written by hand"


def check(student: Student, found: Found, seed: int) -> Part:
    """Ask a convolution all that the homework asks of it.

    Args:
        student: the file.
        found: its function.
        seed: of all cases.
    """
    asked = target(student, found)
    answered = ask_all(asked, conv_questions(seed, NAME), expected)
    names = diagnosis(answered, "conv")
    values = None if all(one.is_right for one in answered if one.answers) else names
    gradients = conv_gradients(asked, *gradient_conv(seed, NAME), values)
    shown = questions(asked, answered, names)
    return Part(NAME, TITLE, found, (*shown, *gradients, by_hand(asked)))


def expected(setting: Setting) -> Tensor:
    """The right output of a convolution."""
    if not isinstance(setting, ConvSetting):
        raise TypeError(f"Expected the setting of a convolution, got {type(setting).__name__}.")
    return conv2d(setting.input, setting.weight, setting.bias, setting.stride, setting.padding)


def by_hand(asked: Target, uses: Sequence[tuple[str, int]] = ()) -> Question:
    """Whether a layer ran no ready-made convolution or pooling.

    Args:
        asked: the layer, after its questions.
        uses: ready-made layers in its own lines, with the line.
    """
    ran = ", ".join(asked.ready_made) or ", ".join(name for name, _ in uses)
    if not ran:
        return Question(BY_HAND, "not asked" if asked.answered == 0 else "right")
    line = uses[0][1] if uses else asked.found.line
    sentence = f"{asked.found.name} calls a ready-made layer: {ran}."
    hint = "Which line of yours does what you were to write yourself?"
    return Question(BY_HAND, "wrong", findings.plain(sentence, (), hint, line))
