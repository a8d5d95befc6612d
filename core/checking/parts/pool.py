"""Part 1, max pooling: values, the gradient, and that it is written by hand."""

from __future__ import annotations

from collections.abc import Callable

import torch
from jaxtyping import Float64
from torch import Tensor

from core.checking import findings
from core.checking.bugs.gradients import evenly, first_largest, last_largest
from core.checking.bugs.loops import PLAIN
from core.checking.cases import PoolSetting, Setting, gradient_pool, pool_questions
from core.checking.diagnosis import agree
from core.checking.parts.conv import by_hand, left_alone
from core.checking.parts.layer_gradients import HINT, failed, gradient_finding, other_shape
from core.checking.parts.layer_target import Target, pool_target
from core.checking.parts.layer_values import ask_all, diagnosis, questions
from core.checking.results import Found, Part, Question
from core.checking.worker import Student
from core.pool import max_pool2d

NAME, TITLE = "pool_layer", "Max pooling"
GRADIENT, TIES = "gradient of the input", "gradient where two cells are equal"
BEYOND = ("padding",)  # that a pooling need not have


def check(student: Student, found: Found, seed: int) -> Part:
    """Ask a max pooling all that the homework asks of it.

    Args:
        student: the file.
        found: its class or function.
        seed: of all cases.
    """
    asked = pool_target(student, found)
    answered = ask_all(asked, pool_questions(seed), expected)
    names = diagnosis(answered, "pool")
    is_right = all(one.is_right for one in answered if one.answers)
    gradients = [_gradient(asked, seed, is_right, names), _ties(asked, seed, is_right)]
    shown = questions(asked, answered, names, BEYOND)
    kept = left_alone(asked)
    more = (by_hand(asked),) if kept is None else (kept, by_hand(asked))
    return Part(NAME, TITLE, found, (*shown, *gradients, *more))


def expected(setting: Setting) -> Float64[Tensor, "n c h_out w_out"]:
    """The right output of a max pooling."""
    if not isinstance(setting, PoolSetting):
        raise TypeError(f"Expected the setting of a pooling, got {type(setting).__name__}.")
    return max_pool2d(setting.input, setting.kernel_size, setting.stride, setting.padding)


def spread(
    setting: PoolSetting,
    upstream: Float64[Tensor, "n c h_out w_out"],
    share: Callable[[Tensor], Tensor],
) -> Float64[Tensor, "n c h w"]:
    """The gradient of the input, where each window's is shared out among its cells.

    Args:
        setting: without padding, and with windows that do not overlap.
        upstream: the gradient of the output.
        share: takes windows, (..., cells), and says how much of it each cell gets.
    """
    image, side = setting.input.clone().requires_grad_(), setting.kernel_size
    with torch.enable_grad():
        windows = PLAIN.windows(image, side, side, 0, 0.0, 0.0).flatten(4)
        shared = (windows * share(windows.detach())).sum(-1)
        (gradient,) = torch.autograd.grad(shared, image, upstream)
    return gradient


def _gradient(asked: Target, seed: int, is_right: bool, names: tuple[str, ...]) -> Question:
    setting, upstream = gradient_pool(seed, ties=False)
    answer = asked.ask(setting, ["input"], upstream)
    if answer.problem is not None:
        return failed(GRADIENT, answer, asked)
    if other := other_shape(answer, upstream):
        return Question(GRADIENT, "wrong", findings.plain(other, names, HINT))
    got, right = answer.tensors.get("gradient.input"), spread(setting, upstream, first_largest)
    if got is not None and agree(got, right):
        return Question(GRADIENT, "right")
    if is_right:
        names = ()
        if got is None or not bool(got.any()):
            names = ("pool-gradient-lost",)
        elif agree(got, spread(setting, upstream, evenly)):
            names = ("pool-gradient-shared",)
    return Question(GRADIENT, "wrong", gradient_finding("the input", got, right, names))


def _ties(asked: Target, seed: int, is_right: bool) -> Question:
    """Of equal cells each may get a part of the gradient, as long as it is all of it. Torch's own
    pooling gives it to the first; who gives it to the last is told so, and is right too.
    """
    setting, upstream = gradient_pool(seed, ties=True)
    answer = asked.ask(setting, ["input"], upstream)
    if answer.problem is not None:
        return failed(TIES, answer, asked)
    if other := other_shape(answer, upstream):
        return Question(TIES, "wrong", findings.plain(other, (), HINT))
    got, right = answer.tensors.get("gradient.input"), spread(setting, upstream, first_largest)
    if got is not None and _is_shared_among_largest(got, setting, upstream):
        last = spread(setting, upstream, last_largest)
        if agree(got, right) or not agree(got, last):
            return Question(TIES, "right")
        names = ("pool-gradient-last",) if is_right else ()
        return Question(TIES, "beyond", gradient_finding("the input", got, right, names))
    if not is_right or got is None or not bool(got.any()):
        return Question(TIES, "wrong", findings.plain("The gradient is wrong here too.", (), HINT))
    names = ("pool-gradient-shared",) if agree(got, spread(setting, upstream, evenly)) else ()
    return Question(TIES, "wrong", gradient_finding("the input", got, right, names))


def _is_shared_among_largest(got: Tensor, setting: PoolSetting, upstream: Tensor) -> bool:
    """Whether the whole gradient of each window goes to its largest cells, none of it negative."""
    if got.shape != setting.input.shape:
        return False
    side = setting.kernel_size
    windows = PLAIN.windows(setting.input, side, side, 0, 0.0, 0.0).flatten(4)
    shares = PLAIN.windows(got.double(), side, side, 0, 0.0, 0.0).flatten(4)
    largest = windows == windows.amax(-1, keepdim=True)
    inside = torch.where(largest, shares, 0.0)
    return bool((inside >= 0).all()) and agree(inside, shares) and agree(inside.sum(-1), upstream)
