"""The gradients of a layer: asked once, and told for input, kernel and bias."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from jaxtyping import Float64, Shaped
from torch import Tensor

from core.checking import findings
from core.checking.bugs import gradients  # noqa: F401 - it enters its bugs
from core.checking.bugs.registry import titles
from core.checking.cases import ConvSetting
from core.checking.diagnosis import agree, differs
from core.checking.parts.layer_target import Target
from core.checking.results import Finding, Question
from core.checking.worker import Answer
from core.conv import conv2d_im2col_backward

SPREAD = 1e-4  # of a factor, where it is the same in every cell
HINT = "What does the output change by when this one number grows by 1?"
NAMES = {"input": "the input", "weight": "the kernel", "bias": "the bias"}
ALWAYS = ("input", "weight")  # a layer has its kernel without a parameter for it


def conv_gradients(
    target: Target,
    setting: ConvSetting,
    upstream: Float64[Tensor, "n f h_out w_out"],
    values: Sequence[str] | None,
) -> list[Question]:
    """One question for each of input, kernel and bias.

    Args:
        target: the convolution.
        setting: the case.
        upstream: the gradient of its output.
        values: what explains its wrong outputs; None where these are right.
    """
    keys = [key for key in NAMES if key in target.given or key in ALWAYS]
    answer = target.ask(setting, keys, upstream)
    if answer.problem is not None:
        return [failed(f"gradient of {NAMES[key]}", answer, target) for key in keys]
    if other := other_shape(answer, upstream):
        said = findings.plain(other, values or (), HINT)
        return [Question(f"gradient of {NAMES[key]}", "wrong", said) for key in keys]
    right_ones = conv2d_im2col_backward(
        upstream, setting.input, setting.weight, setting.stride, setting.padding
    )
    right = {key: one for key, one in zip(NAMES, right_ones) if key in keys and one is not None}
    found = _as_shaped(answer.tensors, right)
    names = _names(found, right) if values is None else dict.fromkeys(keys, values)
    return [_question(key, found, right[key], names[key]) for key in keys]


def _as_shaped(found: Mapping[str, Tensor], right: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Gradients of parameters that a layer keeps in another shape, such as flat kernels."""
    came = {key: found[f"gradient.{key}"] for key in right if f"gradient.{key}" in found}
    return {
        key: one.reshape(right[key].shape) if one.numel() == right[key].numel() else one
        for key, one in came.items()
    }


def other_shape(answer: Answer, upstream: Float64[Tensor, "n f h_out w_out"]) -> str:
    """Why no gradient could come back, where the output has another shape; "" where it has not.

    Args:
        answer: with the output.
        upstream: the gradient of what it should have been.
    """
    output = answer.tensors.get("output")
    if output is None or output.shape == upstream.shape:
        return ""
    right, got = findings.shape(upstream.shape), findings.shape(output.shape)
    return f"Expected an output of {right}, got {got}: its gradient goes nowhere."


def failed(name: str, answer: Answer, target: Target) -> Question:
    """A gradient that was not computed.

    Args:
        name: of the question.
        answer: with its problem.
        target: the layer.
    """
    problem = answer.problem
    if problem is None or (target.ended is problem and problem.line is None):
        return Question(name, "not asked")
    names = ("input-changed",) if target.changed and "in-place" in problem.sentence else ()
    said = f"{titles(names)} {problem.sentence}".strip()
    finding = findings.plain(said, names, problem.hint, problem.line)
    return Question(name, "failed", finding)


def _is_lost(found: Tensor | None) -> bool:
    return found is None or not bool(found.any())


def _names(found: Mapping[str, Tensor], right: Mapping[str, Tensor]) -> dict[str, tuple[str, ...]]:
    """For each key the bug of its gradient, or none."""
    lost = [key for key in right if _is_lost(found.get(key))]
    if len(lost) == len(right):
        return dict.fromkeys(right, ("all-gradients-lost",))
    names: dict[str, tuple[str, ...]] = {}
    for key, expected in right.items():
        got = found.get(key)
        scaled = got is not None and factor(got, expected) is not None
        names[key] = (f"{key}-gradient-lost",) if key in lost else ()
        names[key] = ("gradient-scaled",) if scaled and key not in lost else names[key]
    return names


def factor(got: Shaped[Tensor, "*got"], expected: Float64[Tensor, "*expected"]) -> float | None:
    """The one number that every cell of a gradient is multiplied by; None: there is none."""
    if got.shape != expected.shape:
        return None
    got, expected = got.double(), expected.double()
    ratio = float((got * expected).sum() / (expected * expected).sum())
    return ratio if ratio and agree(got, expected * ratio) and abs(ratio - 1) > SPREAD else None


def _question(
    key: str, found: Mapping[str, Tensor], right: Tensor, names: Sequence[str]
) -> Question:
    name, got = f"gradient of {NAMES[key]}", found.get(key)
    if got is not None and agree(got, right):
        return Question(name, "right")
    return Question(name, "wrong", gradient_finding(NAMES[key], got, right, names))


def gradient_finding(
    what: str,
    got: Shaped[Tensor, "*got"] | None,
    right: Float64[Tensor, "*right"],
    names: Sequence[str],
) -> Finding:
    """What is wrong with a gradient.

    Args:
        what: it is the gradient of.
        got: what came; None: nothing.
        right: what should have come.
        names: of the bugs, or none.
    """
    said = f"{titles(names)} " if names else ""
    if got is None:
        return findings.plain(f"{said}No gradient comes to {what}.", names, HINT)
    if got.shape != right.shape:
        sizes = f"expected {findings.shape(right.shape)}, got {findings.shape(got.shape)}"
        return findings.plain(f"{said}The gradient of {what}: {sizes}.", names, HINT)
    cell = tuple(differs(got, right).nonzero()[0].tolist())
    expected, came = (findings.number(float(values[cell])) for values in (right, got))
    place = ", ".join(str(index + 1) for index in cell)
    by = factor(got, right)
    times = f" Every cell is {findings.number(by)} times what it should be." if by else ""
    sentence = f"The gradient of {what} at {place} should be {expected} and is {came}.{times}"
    return findings.plain(said + sentence, names, HINT)
