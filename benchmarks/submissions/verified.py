"""Whether a mutant of part 1 is what its label says: run here, against torch's own layers."""

from __future__ import annotations

import contextlib
import inspect
import io
import math
import os
import runpy
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from benchmarks.submissions.annotated import OTHER, Submission
from benchmarks.submissions.expected import CONVOLUTIONS, RIGHT, Case, cases
from benchmarks.submissions.expected_pooling import POOLINGS, PoolCase, pool_cases

Student = Callable[..., Tensor]
FUNCTION, LAYER, POOL = "function", "layer", "pool"
NAMES = {
    FUNCTION: ("myfconv2d", "conv2d", "myconv2d", "convolution"),
    LAYER: ("myconv2d", "conv2d"),
    POOL: ("mymaxpool2d", "maxpool2d"),
}
CONV_GRADIENTS = ("input-gradient-lost", "weight-gradient-lost", "bias-gradient-lost")
NOT_PASSED = {"padding-ignored": "padding-not-passed", "stride-ignored": "stride-not-passed"}


def defined(source: str) -> dict[str, Any]:
    """What a file defines, without its prints."""
    os.environ["MPLBACKEND"] = "Agg"
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        path = Path(folder) / "submission.py"
        path.write_text(source, "utf-8")
        return runpy.run_path(str(path))


def targets(source: str) -> dict[str, Any]:
    """The function, the layer and the pooling that a file defines, by their usual names."""
    found: dict[str, Any] = {}
    for name, value in defined(source).items():
        plain = name.lower().replace("_", "")
        for target, names in NAMES.items():
            if plain in names and isinstance(value, type) == (target != FUNCTION):
                found[target] = value
    return found


def built(layer: type[nn.Module], case: Case) -> tuple[nn.Module, list[Tensor]]:
    """The student's layer with a case's numbers, and its parameters: weight, then bias."""
    out_channels, in_channels, kernel, _ = case.weight.shape
    has_bias = case.bias is not None
    made = layer(in_channels, out_channels, kernel, case.stride, case.padding, has_bias)
    values = {**vars(made), **made._parameters}.values()
    tensors = [value for value in values if isinstance(value, Tensor)]
    weight = next(value for value in tensors if value.dim() == 4)
    biases = [value for value in tensors if value.dim() == 1]
    with torch.no_grad():
        weight.copy_(case.weight)
        for bias in biases:
            bias.copy_(torch.zeros(out_channels) if case.bias is None else case.bias)
    return made, [weight, *biases]


def answers(student: Student, case: Case) -> tuple[Tensor, list[Tensor | None]]:
    """The output of a function or a layer, and the gradients of input, weight and bias."""
    images = case.images.clone().requires_grad_()
    if isinstance(student, type):
        made, parameters = built(student, case)
        leaves, output = [images, *parameters], made(images)
    else:
        weight = case.weight.clone().requires_grad_()
        bias = None if case.bias is None else case.bias.clone().requires_grad_()
        leaves = [images, weight] if bias is None else [images, weight, bias]
        output = student(images, weight, bias, case.stride, case.padding)
    return output.detach(), gradients(output, leaves)


def gradients(output: Tensor, leaves: Sequence[Tensor]) -> list[Tensor | None]:
    """The gradients of a weighted sum of the output."""
    if not output.requires_grad:
        return [None] * len(leaves)
    upstream = torch.arange(output.numel()).sin().view(output.shape).to(output) + 0.5
    leaves = [leaf if leaf.requires_grad else torch.zeros(1, requires_grad=True) for leaf in leaves]
    found = torch.autograd.grad(output, leaves, upstream, allow_unused=True)
    return [one if one is not None and one.abs().sum() > 0 else None for one in found]


def same(got: Tensor, expected: Tensor) -> bool:
    """Whether two tensors are the same, shape and values."""
    return got.shape == expected.shape and torch.allclose(
        got.double(), expected.double(), rtol=1e-3, atol=1e-4, equal_nan=True
    )


def fitting(
    outputs: Sequence[Tensor],
    asked: Sequence[Any],
    expectations: Mapping[str, Sequence[Callable[[Any], Tensor]]],
) -> set[str]:
    """The names whose expectation equals the outputs of all cases; what is right is that alone."""
    found = {
        name
        for name, variants in expectations.items()
        if any(
            all(same(got, variant(case)) for got, case in zip(outputs, asked))
            for variant in variants
        )
    }
    return {RIGHT} if RIGHT in found else found


def torch_conv(
    images: Tensor, weight: Tensor, bias: Tensor | None, stride: int, padding: int
) -> Tensor:
    """Torch's convolution, called as a student's."""
    return nn.functional.conv2d(images, weight, bias, stride, padding)


def conv_faults(student: Student, asked: Sequence[Case]) -> set[str]:
    """Every name that fits a function or a layer; the empty set is a bug without a name."""
    with torch.no_grad():
        outputs = [answers(student, case)[0] for case in asked]
    names = fitting(outputs, asked, CONVOLUTIONS)
    if RIGHT not in names:
        return names
    faults = {fault for case in asked for fault in gradient_faults(student, case)}
    return faults - {OTHER} if faults else names


def gradient_faults(student: Student, case: Case) -> set[str]:
    """The names of what is wrong with the gradients, empty where they are right."""
    _, got = answers(student, case)
    _, expected = answers(torch_conv, case)
    lost = {name for name, one in zip(CONV_GRADIENTS, got) if one is None}
    if len(lost) == len(got):
        return {"all-gradients-lost"}
    pairs = [
        (one, right)
        for one, right in zip(got, expected)
        if one is not None and right is not None and not same(one, right)
    ]
    if pairs:
        return {"gradient-scaled" if all(is_scaled(*pair) for pair in pairs) else OTHER}
    return lost


def is_scaled(got: Tensor, expected: Tensor) -> bool:
    """Whether a gradient is the right one times a factor other than 1."""
    factor = (got * expected).sum() / (expected * expected).sum()
    return same(got, factor * expected) and not math.isclose(float(factor), 1.0, abs_tol=1e-3)


def layer_faults(layer: type[nn.Module]) -> set[str]:
    """The names that fit what only a layer does wrong with its settings and its parameters."""
    with_bias, without = layer(3, 4, 3, 2, 1, True), layer(3, 4, 3, 2, 1, False)
    counts = [len(list(one.parameters())) for one in (with_bias, without)]
    if counts[0] == 0:
        return {"parameters-not-registered"}
    weight = next(one for one in with_bias.parameters() if one.dim() == 4)
    default = list(inspect.signature(layer).parameters.values())[3].default
    faults = {
        "bias-never": counts[0] == 1,
        "bias-always": counts[1] == 2,
        "initialised-zero": not weight.any(),
        "initialised-too-large": float(weight.detach().std()) > 0.8,
        "stride-default-wrong": default not in (1, inspect.Parameter.empty),
    }
    return {name for name, is_found in faults.items() if is_found}


def pool_faults(layer: type[nn.Module], seed: int) -> set[str]:
    """Every name that fits a pooling."""
    takes_padding = len(inspect.signature(layer).parameters) > 2
    asked = pool_cases(seed, takes_padding)
    with torch.no_grad():
        outputs = [pooled_by(layer, case, case.images) for case in asked]
    names = fitting(outputs, asked, POOLINGS)
    return (pool_gradient_faults(layer, asked[0]) or names) if RIGHT in names else names


def pooled_by(layer: type[nn.Module], case: PoolCase, images: Tensor) -> Tensor:
    """The student's pooling of a case."""
    settings = [case.kernel, case.stride, *([case.padding] if case.padding else [])]
    return torch.as_tensor(layer(*settings)(images))


def pool_gradient_faults(layer: type[nn.Module], case: PoolCase) -> set[str]:
    """The name that fits the gradient of a pooling; empty where it is right.

    Where the largest number stands several times in a window, each way to share the gradient among
    them is right, but for all of it to the last.
    """
    tied = PoolCase(case.images[:, :, :6, :8].round(), 2, None)
    images = tied.images.clone().requires_grad_()
    (got,) = gradients(pooled_by(layer, tied, images), [images])
    if got is None:
        return {"pool-gradient-lost"}
    ways: dict[str, Callable[[Tensor], Tensor]] = {
        RIGHT: lambda x: nn.functional.max_pool2d(x, 2),
        "pool-gradient-shared": lambda x: nn.functional.avg_pool2d(x, 2),
        "pool-gradient-last": lambda x: nn.functional.max_pool2d(x.flip(2, 3), 2).flip(2, 3),
    }
    for name, way in ways.items():
        (expected,) = gradients(way(images), [images])
        if expected is not None and same(got, expected):
            return {name} - {RIGHT}
    largest = nn.functional.max_pool2d(images, 2).repeat_interleave(2, 2).repeat_interleave(2, 3)
    (whole,) = gradients(nn.functional.avg_pool2d(images, 2), [images])
    windows = [nn.functional.avg_pool2d(one, 2) for one in (got, whole) if one is not None]
    if same(*windows) and not got[images != largest].any():
        return set()
    return {OTHER}


def faults(source: str, seed: int) -> dict[str, set[str]]:
    """What is wrong with each target of part 1: every name that fits; the empty set has no name.

    Args:
        source: Python.
        seed: of the cases.

    Returns:
        What is right is left out, and the layer where its function is wrong already.
    """
    found, asked = targets(source), cases(seed)
    result: dict[str, set[str]] = {}
    if FUNCTION in found:
        result[FUNCTION] = conv_faults(found[FUNCTION], asked)
    if LAYER in found:
        result[LAYER] = layer_faults(found[LAYER])
        if not result[LAYER] and result.get(FUNCTION, {RIGHT}) == {RIGHT}:
            names = conv_faults(found[LAYER], asked[:2] if FUNCTION in found else asked)
            given = NOT_PASSED if FUNCTION in found else {}
            result[LAYER] = {given.get(name, name) for name in names}
        elif not result[LAYER]:
            del result[LAYER]
    if POOL in found:
        result[POOL] = pool_faults(found[POOL], seed)
    return {target: names for target, names in result.items() if names != {RIGHT}}


def is_labelled(submission: Submission, seed: int) -> bool:
    """Whether the label of a submission of part 1 fits it, and no other name does.

    Args:
        submission: of the folder layers.
        seed: of the cases.
    """
    found = faults(submission.source, seed)
    if submission.is_right:
        return not found
    expected = set() if submission.label == OTHER else {submission.label}
    return list(found.values()) in ([expected], [{OTHER}] if not expected else [expected])
