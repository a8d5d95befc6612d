"""Part 1, the convolution as a function: values, gradients, and that it is written by hand."""

from __future__ import annotations

from jaxtyping import Float64
from torch import Tensor

from core.checking import findings
from core.checking.bugs import shared  # noqa: F401 - it enters its bugs
from core.checking.cases import ConvSetting, Setting, conv_questions, gradient_conv
from core.checking.parts.layer_gradients import NAMES, conv_gradients
from core.checking.parts.layer_target import Target, target
from core.checking.parts.layer_values import ask_all, default_stride, diagnosis, questions
from core.checking.results import BY_HAND, Found, Part, Question
from core.checking.source import ready_made
from core.checking.worker import Student
from core.conv import conv2d

NAME, TITLE = "conv", "Convolution, function"
KEPT = "leaves what it is given as it is"


def check(student: Student, found: Found, seed: int) -> Part:
    """Ask a convolution all that the homework asks of it.

    Args:
        student: the file.
        found: its function.
        seed: of all cases.
    """
    asked = target(student, found)
    answered = ask_all(asked, conv_questions(seed, NAME), expected)
    names = diagnosis(answered, "conv") or default_stride(answered, expected)
    values = None if all(one.is_right for one in answered if one.answers) else names
    gradients = conv_gradients(asked, *gradient_conv(seed, NAME), values)
    shown = questions(asked, answered, names)
    kept = left_alone(asked)
    more = (by_hand(asked),) if kept is None else (kept, by_hand(asked))
    return Part(NAME, TITLE, found, (*shown, *gradients, *more))


def expected(setting: Setting) -> Float64[Tensor, "n f h_out w_out"]:
    """The right output of a convolution."""
    if not isinstance(setting, ConvSetting):
        raise TypeError(f"Expected the setting of a convolution, got {type(setting).__name__}.")
    return conv2d(setting.input, setting.weight, setting.bias, setting.stride, setting.padding)


def left_alone(asked: Target) -> Question | None:
    """A question about what its caller still holds, where that is no longer what it was.

    Args:
        asked: the layer, after its questions.
    """
    if not asked.changed:
        return None
    bug = "input-changed"
    what = " and ".join(NAMES[key] for key in asked.changed)
    sentence = f"{asked.found.name} changes {what} in place, which its caller still holds."
    return Question(KEPT, "wrong", findings.plain(sentence, (bug,)))


def by_hand(asked: Target) -> Question:
    """Whether a layer runs and names no ready-made convolution or pooling.

    Args:
        asked: the layer, after its questions.
    """
    uses = ready_made(asked.student.source, asked.found.name)
    named = dict.fromkeys(use.name for use in uses)
    if not named and not asked.ready_made:
        return Question(BY_HAND, "right" if asked.answered else "not asked")
    line = uses[0].line if uses else None
    words = ", ".join(named or asked.ready_made)
    sentence = f"{asked.found.name} uses a ready-made layer: {words}."
    hint = "Which line of yours does what you were to write yourself?"
    return Question(BY_HAND, "wrong", findings.plain(sentence, (), hint, line))
