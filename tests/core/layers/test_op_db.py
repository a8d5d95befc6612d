"""PyTorch's own cases for convolution and pooling, samples and errors, run against ours."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from torch import Tensor

from core.conv import conv2d
from core.pool import avg_pool2d, max_pool2d

OURS: dict[str, Callable[..., Any]] = {
    "nn.functional.conv2d": conv2d,
    "nn.functional.max_pool2d": max_pool2d,
    "nn.functional.avg_pool2d": avg_pool2d,
}
FLOATS = {torch.float16, torch.bfloat16, torch.float32, torch.float64}
COMPLEX = {torch.complex64, torch.complex128}
INTEGERS = {torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64}
DTYPES = {
    "nn.functional.conv2d": FLOATS | COMPLEX | {torch.int64},
    "nn.functional.max_pool2d": FLOATS | INTEGERS,
    "nn.functional.avg_pool2d": FLOATS | {torch.int64},
}
# Cases that torch 2.14 has for each dtype; that none is lost.
FEWEST = {
    "nn.functional.conv2d": 30,
    "nn.functional.max_pool2d": 1440,
    "nn.functional.avg_pool2d": 7,
}
# Of 1,440 poolings float32 takes every one and each other dtype a part of its own: all of them in
# every dtype take a minute, and what a dtype changes does not hang on all sizes at once.
MANY = 100
TOLERANCES = {
    torch.float16: {"rtol": 2e-2, "atol": 2e-2},
    torch.bfloat16: {"rtol": 2e-2, "atol": 2e-2},
    torch.float32: {"rtol": 1e-4, "atol": 1e-4},
    torch.complex64: {"rtol": 1e-4, "atol": 2e-4},
}


@pytest.fixture(scope="module")
def operations() -> dict[str, Any]:
    """torch's descriptions of the three functions.

    The module warns, and it forbids to set flags of torch.backends from then on: neither is to
    reach other tests.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from torch.testing._internal.common_methods_invocations import op_db
    torch.backends.disable_global_flags.__globals__["__allow_nonbracketed_mutation_flag"] = True
    return {operation.name: operation for operation in op_db if operation.name in OURS}


def samples(operation: Any, dtype: torch.dtype, requires_grad: bool) -> Iterator[Any]:
    """torch's cases, at least as many as are known; a dtype's part where they are many."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # "same" with an even kernel costs torch a copy
        found = list(operation.sample_inputs("cpu", dtype, requires_grad=requires_grad))
        assert len(found) >= FEWEST[operation.name]
        if len(found) >= MANY and dtype != torch.float32:
            others = sorted(DTYPES[operation.name] - {torch.float32}, key=str)
            found = found[others.index(dtype) :: len(others)]
        yield from found


def first(output: Any) -> Tensor:
    """The output alone, without the indices."""
    return output[0] if isinstance(output, tuple) else output


@pytest.mark.parametrize(
    ("name", "dtype"),
    [(name, dtype) for name in OURS for dtype in sorted(DTYPES[name], key=str)],
    ids=str,
)
def test_values(operations: dict[str, Any], name: str, dtype: torch.dtype) -> None:
    for sample in samples(operations[name], dtype, requires_grad=False):
        arguments = (sample.input, *sample.args)
        expected = operations[name](*arguments, **sample.kwargs)
        actual = OURS[name](*arguments, **sample.kwargs)
        torch.testing.assert_close(actual, expected, **TOLERANCES.get(dtype, {}))


@pytest.mark.parametrize(
    ("name", "dtype"),
    [(name, dtype) for name in OURS for dtype in sorted(DTYPES[name] - INTEGERS, key=str)],
    ids=str,
)
def test_gradients(operations: dict[str, Any], name: str, dtype: torch.dtype) -> None:
    for sample in samples(operations[name], dtype, requires_grad=True):
        arguments = (sample.input, *sample.args)
        leaves = [t for t in arguments if isinstance(t, Tensor) and t.requires_grad]
        results = []
        for function in (OURS[name], operations[name]):
            output = first(function(*arguments, **sample.kwargs))
            upstream = torch.ones_like(output).cumsum(-1)
            results.append(torch.autograd.grad(output, leaves, upstream))
        torch.testing.assert_close(*results, **TOLERANCES.get(dtype, {}))


@pytest.mark.parametrize("name", OURS)
def test_what_torch_refuses_is_refused(operations: dict[str, Any], name: str) -> None:
    count = 0
    for error in operations[name].error_inputs("cpu"):
        sample = error.sample_input
        with pytest.raises((TypeError, ValueError), match=r"expected .+, got |no window fits"):
            OURS[name](sample.input, *sample.args, **sample.kwargs)
        count += 1
    assert count >= 5


def test_every_dtype_of_torch_is_covered(operations: dict[str, Any]) -> None:
    assert {name: set(operation.dtypes) for name, operation in operations.items()} == DTYPES


def test_flags_can_still_be_set(operations: dict[str, Any]) -> None:
    before = torch.backends.cudnn.benchmark
    torch.backends.cudnn.benchmark = before
