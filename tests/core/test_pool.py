"""core.pool against torch's own pooling, its definition, and what it promises to refuse."""

import inspect
import re

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from core.pool import (
    MaxPool2d,
    avg_pool2d,
    max_pool2d,
    max_pool2d_backward,
    max_pool2d_loops,
    max_pool2d_with_indices,
)

pytestmark = pytest.mark.usefixtures("same_random_numbers")


@st.composite
def cases(draw: st.DrawFn) -> tuple[Tensor, dict[str, object]]:
    """An input full of ties, and settings that fit the kernel."""
    kernel = draw(st.tuples(st.integers(1, 4), st.integers(1, 4)))
    padding = tuple(draw(st.integers(0, k // 2)) for k in kernel)
    stride = draw(
        st.one_of(st.none(), st.integers(1, 4), st.tuples(st.integers(1, 4), st.integers(1, 4)))
    )
    dilation = draw(st.one_of(st.just(1), st.tuples(st.integers(1, 3), st.integers(1, 3))))
    n, c, h, w = (
        draw(st.integers(0, 2)),
        draw(st.integers(1, 2)),
        draw(st.integers(3, 9)),
        draw(st.integers(3, 9)),
    )
    special = draw(st.sampled_from([None, None, float("nan"), float("inf"), -float("inf")]))
    generator = torch.Generator().manual_seed(draw(st.integers(0, 10_000)))
    x = torch.randint(-2, 3, (n, c, h, w), generator=generator).double()
    if special is not None:
        x[torch.rand(x.shape, generator=generator) < 0.4] = special
    kwargs = {"kernel_size": kernel, "stride": stride, "padding": padding, "dilation": dilation}
    return x, kwargs | {"ceil_mode": draw(st.booleans())}


def gradient(function, x: Tensor, grad_output: Tensor, **kwargs: object) -> Tensor:
    x = x.detach().clone().requires_grad_()
    return torch.autograd.grad(function(x, **kwargs), x, grad_output)[0]


def readable(x: Tensor, **kwargs: object) -> Tensor:
    return max_pool2d_with_indices(x, **kwargs)[0]


def indices_of(x: Tensor, **kwargs: object) -> Tensor:
    return max_pool2d(x, **kwargs, return_indices=True)[1]


def equal(actual: Tensor, expected: Tensor) -> bool:
    """Equal to the last bit, NaN at the same places."""
    return torch.equal(actual.isnan(), expected.isnan()) and torch.equal(
        actual.nan_to_num(7.0), expected.nan_to_num(7.0)
    )


class TestAgainstTorch:
    @settings(max_examples=300, deadline=None)
    @given(cases())
    def test_all_bodies_have_torchs_values_and_gradients(self, case: tuple) -> None:
        x, kwargs = case
        try:
            expected, winners = F.max_pool2d(x, **kwargs, return_indices=True)
        except RuntimeError:
            for body in (max_pool2d_loops, max_pool2d_with_indices, max_pool2d):
                with pytest.raises(ValueError, match="no window fits"):
                    body(x, **kwargs)
            return
        for body in (max_pool2d_loops, readable, max_pool2d):
            actual = body(x, **kwargs)
            assert equal(actual, expected)
            assert actual.is_contiguous()
            keeping_winners = body(x.clone().requires_grad_(), **kwargs)
            assert equal(keeping_winners.detach(), expected)
            if len(x):
                assert equal(body(x[0], **kwargs), expected[0])
        # A dilated window can miss a small image: torch then sends its gradient out of bounds.
        inside = winners < x.shape[2] * x.shape[3]
        for indices in (max_pool2d_with_indices(x, **kwargs)[1], indices_of(x, **kwargs)):
            assert torch.equal(indices[inside], winners[inside])
            assert (indices[~inside] == -1).all()
        assume(bool(inside.all()))
        grad_output = torch.randint(-9, 10, expected.shape).double()
        wanted = gradient(F.max_pool2d, x, grad_output, **kwargs)
        assert torch.equal(gradient(max_pool2d, x, grad_output, **kwargs), wanted)
        assert torch.equal(gradient(readable, x, grad_output, **kwargs), wanted)
        assert torch.equal(max_pool2d_backward(grad_output, winners, x.shape[-2:]), wanted)
        if (
            x.isfinite().all()
        ):  # of several NaN, torch's max takes the first and its pooling the last
            assert torch.equal(gradient(max_pool2d_loops, x, grad_output, **kwargs), wanted)

    @pytest.mark.parametrize(
        ("shape", "kernel"), [((64, 3, 28, 28), 2), ((4, 16, 32, 32), 2), ((4, 16, 32, 32), 3)]
    )
    def test_real_sizes(self, shape: tuple[int, ...], kernel: int) -> None:
        x = torch.randn(shape).relu()  # after a ReLU, many windows are all zeros: ties
        expected = F.max_pool2d(x, kernel, 2)
        grad_output = torch.randn_like(expected)
        assert torch.equal(max_pool2d(x, kernel, 2), expected)
        torch.testing.assert_close(
            gradient(max_pool2d, x, grad_output, kernel_size=kernel, stride=2),
            gradient(F.max_pool2d, x, grad_output, kernel_size=kernel, stride=2),
        )

    def test_wide_image_whose_offsets_need_more_than_a_byte(self) -> None:
        x = torch.randn(1, 2, 12, 700)
        for kernel in ((2, 3), (5, 2)):
            grad_output = torch.randn_like(F.max_pool2d(x, kernel))
            ours = gradient(max_pool2d, x, grad_output, kernel_size=kernel)
            assert torch.equal(ours, gradient(F.max_pool2d, x, grad_output, kernel_size=kernel))

    @pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
    def test_floating_dtypes(self, dtype: torch.dtype) -> None:
        x = torch.randn(2, 3, 7, 8).to(dtype)
        expected = F.max_pool2d(x, 3, 2, 1)
        assert torch.equal(max_pool2d(x, 3, 2, 1), expected)
        grad_output = torch.randint(-3, 4, expected.shape).to(dtype)
        kwargs = {"kernel_size": 3, "stride": 2, "padding": 1}
        ours, torchs = (
            gradient(max_pool2d, x, grad_output, **kwargs),
            gradient(F.max_pool2d, x, grad_output, **kwargs),
        )
        assert ours.dtype == dtype
        assert torch.equal(ours, torchs)

    @pytest.mark.parametrize(
        "dtype", [torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64]
    )
    def test_integers(self, dtype: torch.dtype) -> None:
        x = torch.randint(torch.iinfo(dtype).min, torch.iinfo(dtype).max, (2, 3, 7, 8), dtype=dtype)
        assert torch.equal(max_pool2d(x, 3, 2, 1), F.max_pool2d(x, 3, 2, 1))
        lowest = torch.full((1, 1, 4, 4), torch.iinfo(dtype).min, dtype=dtype)
        assert torch.equal(max_pool2d(lowest, 3, 2, 1), F.max_pool2d(lowest, 3, 2, 1))

    def test_half_precision_whose_sum_overflows(self) -> None:
        x = torch.full((1, 1, 8, 8), 60000.0, dtype=torch.float16)
        grad_output = torch.ones(1, 1, 4, 4, dtype=torch.float16)
        ours = gradient(max_pool2d, x, grad_output, kernel_size=2)
        assert torch.equal(ours, gradient(F.max_pool2d, x, grad_output, kernel_size=2))

    def test_autocast_keeps_the_dtype(self) -> None:
        x = torch.randn(2, 3, 6, 6, requires_grad=True)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            output = max_pool2d(x, 2)
            assert output.dtype == F.max_pool2d(x, 2).dtype == torch.float32
            output.sum().backward()
        assert x.grad is not None
        assert x.grad.sum() == output.numel()

    def test_unbatched(self) -> None:
        x = torch.randn(3, 6, 7)
        assert torch.equal(max_pool2d(x, 2), F.max_pool2d(x, 2))
        assert torch.equal(max_pool2d_loops(x, 2), F.max_pool2d(x, 2))

    def test_empty_batch(self) -> None:
        x = torch.empty(0, 3, 6, 7, requires_grad=True)
        output = max_pool2d(x, 2)
        assert output.shape == (0, 3, 3, 3)
        output.sum().backward()
        assert x.grad is not None
        assert x.grad.shape == x.shape

    def test_memory_layout_does_not_matter(self) -> None:
        x = torch.randn(2, 4, 7, 6)
        grad_output = torch.randn(2, 4, 3, 3)
        for other in (
            x.to(memory_format=torch.channels_last),
            x.transpose(2, 3).contiguous().transpose(2, 3),
        ):
            assert torch.equal(max_pool2d(other, 2), F.max_pool2d(x, 2))
            ours = gradient(max_pool2d, other, grad_output, kernel_size=2)
            assert torch.equal(ours, gradient(F.max_pool2d, x, grad_output, kernel_size=2))
        expanded = torch.ones(()).expand(2, 4, 3, 3)
        ours = gradient(max_pool2d, x, expanded, kernel_size=2)
        assert torch.equal(ours, gradient(F.max_pool2d, x, expanded, kernel_size=2))

    @pytest.mark.parametrize("kernel", [1, (1, 2), (2, 1)])
    @pytest.mark.parametrize("needs_gradient", [False, True])
    def test_the_result_is_never_a_view_of_the_input(self, kernel, needs_gradient: bool) -> None:
        x = torch.randn(1, 1, 4, 4, requires_grad=needs_gradient)
        output = max_pool2d(x, kernel, 1)
        before = output.detach().clone()
        with torch.no_grad():
            x.zero_()
        assert torch.equal(output, before)


class TestByHand:
    def test_values_and_gradients(self) -> None:
        x = torch.tensor([[[[1.0, 3.0, 2.0, 2.0], [4.0, 0.0, 2.0, 2.0]]]], requires_grad=True)
        output = max_pool2d(x, 2)
        assert output.tolist() == [[[[4.0, 2.0]]]]
        output.backward(torch.tensor([[[[10.0, 20.0]]]]))
        # The 4 wins its window; of the four equal values the first receives the gradient.
        assert x.grad is not None
        assert x.grad.tolist() == [[[[0.0, 0.0, 20.0, 0.0], [10.0, 0.0, 0.0, 0.0]]]]

    def test_overlapping_windows_add_up(self) -> None:
        x = torch.tensor([[[[0.0, 5.0, 0.0]]]], requires_grad=True)
        max_pool2d(x, (1, 2), 1).sum().backward()
        assert x.grad is not None
        assert x.grad.tolist() == [[[[0.0, 2.0, 0.0]]]]

    def test_nan_wins_and_receives_the_gradient(self) -> None:
        x = torch.tensor([[[[1.0, float("nan")], [9.0, 2.0]]]], requires_grad=True)
        output = max_pool2d(x, 2)
        assert output.isnan().all()
        output.backward(torch.ones_like(output))
        assert x.grad is not None
        assert x.grad.tolist() == [[[[0.0, 1.0], [0.0, 0.0]]]]

    def test_padding_never_wins(self) -> None:
        x = torch.full((1, 1, 2, 2), -5.0)
        assert max_pool2d(x, 2, 2, 1).tolist() == [[[[-5.0, -5.0], [-5.0, -5.0]]]]

    def test_ceil_mode(self) -> None:
        x = torch.arange(5.0).view(1, 1, 1, 5)
        assert max_pool2d(x, (1, 2), 2).tolist() == [[[[1.0, 3.0]]]]
        assert max_pool2d(x, (1, 2), 2, ceil_mode=True).tolist() == [[[[1.0, 3.0, 4.0]]]]
        # A third window would start behind the image, so that there are two.
        assert max_pool2d(x[..., :4], (1, 1), 3, ceil_mode=True).tolist() == [[[[0.0, 3.0]]]]

    @pytest.mark.parametrize("body", [max_pool2d_loops, readable, max_pool2d])
    def test_an_image_of_one_cell_that_every_window_misses(self, body) -> None:
        # torch 2.14's own backward pass writes outside its memory here, so that ours alone is
        # asked.
        x = torch.ones(1, 1, 1, 1, requires_grad=True)
        output = body(x, kernel_size=2, padding=1, dilation=2)
        assert output.tolist() == [[[[-float("inf")]]]]
        output.sum().backward()
        assert x.grad is not None
        assert x.grad.tolist() == [[[[0.0]]]]
        assert indices_of(x, kernel_size=2, padding=1, dilation=2).tolist() == [[[[-1]]]]
        whole = torch.ones(1, 1, 1, 1, dtype=torch.int16)
        lowest = torch.iinfo(torch.int16).min
        assert body(whole, kernel_size=2, padding=1, dilation=2).tolist() == [[[[lowest]]]]

    def test_a_window_without_any_cell_is_minus_infinity_and_has_no_gradient(self) -> None:
        x = torch.randn(1, 1, 2, 2, requires_grad=True)
        output = max_pool2d(x, 3, 4, 1, 3, ceil_mode=True)
        assert output.tolist() == [[[[-float("inf")]]]]
        output.sum().backward()
        assert x.grad is not None
        assert not x.grad.any()


class TestDerivatives:
    @pytest.mark.parametrize(
        "arguments", [(2,), (3, 2, 1), ((2, 3), (1, 2), (1, 0), (2, 1), True), (2, 1), (1, 2)]
    )
    def test_gradcheck_and_gradgradcheck(self, arguments: tuple) -> None:
        x = (
            torch.randperm(2 * 2 * 6 * 7).double().view(2, 2, 6, 7).requires_grad_()
        )  # far apart: no ties, no switches
        assert torch.autograd.gradcheck(max_pool2d, (x, *arguments))
        assert torch.autograd.gradgradcheck(max_pool2d, (x, *arguments))

    def test_without_gradient(self) -> None:
        x = torch.randn(1, 2, 5, 5, requires_grad=True)
        with torch.no_grad():
            assert not max_pool2d(x, 2).requires_grad
        with torch.inference_mode():
            assert max_pool2d(x, 2).is_inference()


class TestArgumentsAsTorchTakesThem:
    @pytest.mark.parametrize(
        "number", [2, np.int64(2), np.uint8(2), torch.tensor(2), (2,), [2], [2, 2]]
    )
    @pytest.mark.parametrize("pool", [max_pool2d, max_pool2d_loops, avg_pool2d])
    def test_whole_numbers_and_lone_ones(self, pool, number: object) -> None:
        x = torch.randn(2, 3, 9, 9)
        torchs = F.avg_pool2d if pool is avg_pool2d else F.max_pool2d
        torch.testing.assert_close(pool(x, number, number), torchs(x, 2, 2))
        torch.testing.assert_close(pool(x, 4, number, number), torchs(x, 4, 2, 2))
        torch.testing.assert_close(pool(x, number, ()), torchs(x, 2, ()))

    def test_order_of_the_arguments(self) -> None:
        ours, torchs = (inspect.signature(layer.__init__) for layer in (MaxPool2d, nn.MaxPool2d))
        defaults = [(p.name, p.default) for p in ours.parameters.values()]
        assert defaults == [(p.name, p.default) for p in torchs.parameters.values()]
        assert list(inspect.signature(max_pool2d).parameters) == [
            *(
                "input",
                "kernel_size",
                "stride",
                "padding",
                "dilation",
                "ceil_mode",
                "return_indices",
            )
        ]
        assert list(inspect.signature(avg_pool2d).parameters) == [
            *("input", "kernel_size", "stride", "padding", "ceil_mode", "count_include_pad"),
            "divisor_override",
        ]


class TestIndices:
    @pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.uint8, torch.int64])
    @pytest.mark.parametrize("shape", [(2, 3, 8, 9), (3, 8, 9), (0, 3, 8, 9)])
    def test_same_as_torch(self, dtype: torch.dtype, shape: tuple[int, ...]) -> None:
        x = torch.randint(0, 5, shape).to(dtype)
        for arguments in ((2,), (3, 2, 1), ((2, 3), (1, 2), (1, 0), (2, 1), True)):
            ours = max_pool2d(x, *arguments, return_indices=True)
            torchs = F.max_pool2d(x, *arguments, return_indices=True)
            assert all(map(torch.equal, ours, torchs))
            assert ours[1].dtype == torchs[1].dtype

    def test_lowest_integers_do_not_tie_with_the_padding(self) -> None:
        x = torch.full((1, 1, 4, 4), torch.iinfo(torch.int8).min, dtype=torch.int8)
        ours = max_pool2d(x, 3, 2, 1, return_indices=True)
        assert all(map(torch.equal, ours, F.max_pool2d(x, 3, 2, 1, return_indices=True)))

    def test_the_output_has_a_gradient_and_the_indices_have_none(self) -> None:
        x = torch.randn(1, 2, 6, 6, requires_grad=True)
        output, indices = max_pool2d(x, 2, return_indices=True)
        assert not indices.requires_grad
        upstream = torch.randn_like(output)
        (actual,) = torch.autograd.grad(output, x, upstream)
        assert torch.equal(actual, gradient(F.max_pool2d, x, upstream, kernel_size=2))

    def test_layer_and_unpooling(self) -> None:
        x = torch.randn(1, 2, 6, 6)
        output, indices = MaxPool2d(2, return_indices=True)(x)
        expected = nn.MaxPool2d(2, return_indices=True)(x)
        assert torch.equal(F.max_unpool2d(output, indices, 2), F.max_unpool2d(*expected, 2))


class TestModule:
    @pytest.mark.parametrize("arguments", [(2,), ((3, 2), 2), (3, (2, 1), 1), (3, None, (1, 0), 2)])
    @pytest.mark.parametrize("ceil_mode", [False, True])
    def test_same_as_torch(self, arguments: tuple, ceil_mode: bool) -> None:
        ours, torchs = (
            MaxPool2d(*arguments, ceil_mode=ceil_mode),
            nn.MaxPool2d(*arguments, ceil_mode=ceil_mode),
        )
        x = torch.randn(2, 3, 11, 10)
        assert repr(ours) == repr(torchs)
        assert torch.equal(ours(x), torchs(x))
        assert not ours.state_dict()

    def test_errors(self) -> None:
        with pytest.raises(ValueError, match="kernel_size: expected at least 1, got 0"):
            MaxPool2d(0)
        with pytest.raises(
            ValueError,
            match=re.escape("padding: expected at most half of kernel_size (2, 2), got (2, 2)"),
        ):
            MaxPool2d(2, padding=2)
        with pytest.raises(TypeError, match="ceil_mode: expected a bool, got 1"):
            MaxPool2d(2, ceil_mode=1)
        with pytest.raises(TypeError, match="return_indices: expected a bool, got 0"):
            MaxPool2d(2, return_indices=0)


X = torch.zeros(2, 4, 8, 9)
Y = torch.zeros(2, 4, 4, 4, dtype=torch.int64)


class TestErrors:
    @pytest.mark.parametrize(
        ("arguments", "error", "message"),
        [
            (([1.0], 2), TypeError, "input: expected a Tensor, got a list"),
            (
                (X.to_sparse(), 2),
                TypeError,
                "input: expected a dense Tensor, got layout torch.sparse_coo",
            ),
            (
                (X[0, 0], 2),
                ValueError,
                "input: expected shape (N, C, H, W) or (C, H, W), got (8, 9)",
            ),
            (
                (X[None], 2),
                ValueError,
                "input: expected shape (N, C, H, W) or (C, H, W), got (1, 2, 4, 8, 9)",
            ),
            (
                (X.bool(), 2),
                TypeError,
                "input: expected a floating or integer dtype, got torch.bool",
            ),
            (
                (X.to(torch.complex64), 2),
                TypeError,
                "input: expected a floating or integer dtype, got torch.complex64",
            ),
            (
                (X[:, :0], 2),
                ValueError,
                "input: expected no empty axis but the batch, got shape (2, 0, 8, 9)",
            ),
            ((X, 0), ValueError, "kernel_size: expected at least 1, got 0"),
            (
                (X, True),
                TypeError,
                "kernel_size: expected an int or a pair of ints (height, width), got True",
            ),
            (
                (X, 2.0),
                TypeError,
                "kernel_size: expected an int or a pair of ints (height, width), got 2.0",
            ),
            (
                (X, (2, 2, 2)),
                TypeError,
                "kernel_size: expected an int or a pair of ints (height, width), got (2, 2, 2)",
            ),
            ((X, 2, 0), ValueError, "stride: expected at least 1, got 0"),
            (
                (X, 2, 1.5),
                TypeError,
                "stride: expected an int or a pair of ints (height, width), got 1.5",
            ),
            ((X, 2, 2, -1), ValueError, "padding: expected at least 0, got -1"),
            (
                (X, 3, 1, 2),
                ValueError,
                "padding: expected at most half of kernel_size (3, 3), got (2, 2)",
            ),
            (
                (X, (4, 2), 1, 2),
                ValueError,
                "padding: expected at most half of kernel_size (4, 2), got (2, 2)",
            ),
            ((X, 2, 2, 0, 0), ValueError, "dilation: expected at least 1, got 0"),
            ((X, 2, 2, 0, 1, 1), TypeError, "ceil_mode: expected a bool, got 1"),
            (
                (X, 9, 1, 0, (1, 1)),
                ValueError,
                "no window fits: kernel_size (9, 9) with dilation (1, 1) on an input of (8, 9) "
                "with padding (0, 0)",
            ),
        ],
    )
    @pytest.mark.parametrize("function", [max_pool2d, max_pool2d_with_indices, max_pool2d_loops])
    def test_max_pool2d(
        self, function, arguments: tuple, error: type[Exception], message: str
    ) -> None:
        with pytest.raises(error, match=re.escape(message)):
            function(*arguments)


class TestOtherErrors:
    def test_return_indices(self) -> None:
        with pytest.raises(TypeError, match="return_indices: expected a bool, got 1"):
            max_pool2d(X, 2, return_indices=1)

    @pytest.mark.parametrize(
        ("arguments", "error", "message"),
        [
            ((None, Y, (8, 9)), TypeError, "grad_output: expected a Tensor, got NoneType"),
            ((Y.double(), None, (8, 9)), TypeError, "indices: expected a Tensor, got NoneType"),
            (
                (Y.double(), Y.int(), (8, 9)),
                TypeError,
                "indices: expected dtype torch.int64, got torch.int32",
            ),
            (
                (Y.double(), Y[:1], (8, 9)),
                ValueError,
                "indices: expected shape (2, 4, 4, 4) as grad_output has, with 3 or 4 axes, got "
                "(1, 4, 4, 4)",
            ),
            (
                (Y.double(), Y + 72, (8, 9)),
                ValueError,
                "indices: expected -1 to less than 72, got 72",
            ),
            ((Y.double(), Y - 72, (8, 9)), ValueError, "expected -1 to less than 72, got -"),
            ((Y.bool(), Y, (8, 9)), TypeError, "grad_output: expected numbers, got torch.bool"),
            ((Y.double(), Y, 8.5), TypeError, "size: expected an int or a pair of ints"),
            ((Y.double(), Y, (0, 9)), ValueError, "size: expected at least 1, got (0, 9)"),
        ],
    )
    def test_backward(self, arguments: tuple, error: type[Exception], message: str) -> None:
        with pytest.raises(error, match=re.escape(message)):
            max_pool2d_backward(*arguments)


class TestAverage:
    @settings(deadline=None, max_examples=150)
    @given(
        case=cases(),
        include=st.booleans(),
        divisor=st.sampled_from([None, None, 1, 7, -3]),
        dtype=st.sampled_from([torch.float64, torch.float64, torch.int64]),
    )
    def test_equals_torch(
        self, case: tuple, include: bool, divisor: int | None, dtype: torch.dtype
    ) -> None:
        x, kwargs = case
        names = ("kernel_size", "stride", "padding", "ceil_mode")
        kwargs = {name: kwargs[name] for name in names}
        kwargs |= {"count_include_pad": include, "divisor_override": divisor}
        x = x.nan_to_num(0.0, 7.0, -7.0).to(dtype)
        try:
            expected = F.avg_pool2d(x, **kwargs)
        except RuntimeError:
            with pytest.raises(ValueError, match="no window fits"):
                avg_pool2d(x, **kwargs)
            return
        actual = avg_pool2d(x, **kwargs)
        torch.testing.assert_close(actual, expected, rtol=0, atol=1e-12)
        if dtype == torch.float64:
            upstream = torch.rand_like(expected)
            torch.testing.assert_close(
                gradient(avg_pool2d, x, upstream, **kwargs),
                gradient(F.avg_pool2d, x, upstream, **kwargs),
            )
        if len(x):
            assert equal(avg_pool2d(x[0], **kwargs), actual[0])

    @pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
    def test_dtypes(self, dtype: torch.dtype) -> None:
        x = torch.randn(2, 3, 9, 9).to(dtype)
        actual, expected = avg_pool2d(x, 3, 2, 1), F.avg_pool2d(x, 3, 2, 1)
        assert actual.dtype == dtype
        torch.testing.assert_close(actual, expected)

    def test_by_hand(self) -> None:
        assert avg_pool2d(torch.tensor([[[1.0, 2.0], [3.0, 6.0]]]), 2).tolist() == [[[3.0]]]
        corners = [[[4.0, 4.0], [4.0, 4.0]]]
        ones = torch.full((1, 2, 2), 4.0)
        assert avg_pool2d(ones, 2, 2, 1).tolist() == [[[1.0, 1.0], [1.0, 1.0]]]
        assert avg_pool2d(ones, 2, 2, 1, False, False).tolist() == corners
        assert avg_pool2d(ones, 2, 2, 1, False, False, -2).tolist() == [[[-2.0] * 2] * 2]

    @pytest.mark.parametrize(
        ("arguments", "error", "message"),
        [
            (
                (X.int(), 2),
                TypeError,
                "input: expected a floating dtype or int64, got torch.int32",
            ),
            ((X, 0), ValueError, "kernel_size: expected at least 1, got 0"),
            (
                (X, 3, 1, 2),
                ValueError,
                "padding: expected at most half of kernel_size (3, 3), got (2, 2)",
            ),
            ((X, 9), ValueError, "no window fits"),
            ((X, 2, 2, 0, 1), TypeError, "ceil_mode: expected a bool, got 1"),
            ((X, 2, 2, 0, True, 1), TypeError, "count_include_pad: expected a bool, got 1"),
            (
                (X, 2, 2, 0, True, True, 2.0),
                TypeError,
                "divisor_override: expected an int, got 2.0",
            ),
            (
                (X, 2, 2, 0, True, True, 0),
                ValueError,
                "divisor_override: expected another number than 0, got 0",
            ),
        ],
    )
    def test_errors(self, arguments: tuple, error: type[Exception], message: str) -> None:
        with pytest.raises(error, match=re.escape(message)):
            avg_pool2d(*arguments)
