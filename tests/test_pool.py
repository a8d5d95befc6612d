"""core.pool against torch's own max pooling, against its definition, and against what it promises
to refuse.
"""

import re

import pytest
import torch
import torch.nn.functional as F
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from core.pool import MaxPool2d, avg_pool2d, max_pool2d, max_pool2d_loops


@pytest.fixture(autouse=True)
def same_random_numbers() -> None:
    torch.manual_seed(0)


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


def equal(actual: Tensor, expected: Tensor) -> bool:
    """Equal to the last bit, NaN at the same places."""
    return torch.equal(actual.isnan(), expected.isnan()) and torch.equal(
        actual.nan_to_num(7.0), expected.nan_to_num(7.0)
    )


class TestAgainstTorch:
    @settings(max_examples=300, deadline=None)
    @given(cases())
    def test_values_and_gradients(self, case: tuple) -> None:
        x, kwargs = case
        try:
            expected, winners = F.max_pool2d(x, **kwargs, return_indices=True)
        except RuntimeError:
            with pytest.raises(ValueError, match="no window fits"):
                max_pool2d(x, **kwargs)
            return
        actual = max_pool2d(x, **kwargs)
        assert equal(actual, expected)
        assert actual.is_contiguous()
        assert equal(
            max_pool2d(x.clone().requires_grad_(), **kwargs).detach(), expected
        )  # the way that keeps winners
        assert equal(max_pool2d_loops(x, **kwargs), expected)
        # A dilated window can miss a small image altogether: torch then sends its gradient out of
        # bounds.
        assume(bool((winners < x.shape[2] * x.shape[3]).all()))
        grad_output = torch.randint(-9, 10, expected.shape).double()
        assert torch.equal(
            gradient(max_pool2d, x, grad_output, **kwargs),
            gradient(F.max_pool2d, x, grad_output, **kwargs),
        )

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


X = torch.zeros(2, 4, 8, 9)


class TestErrors:
    @pytest.mark.parametrize(
        ("arguments", "error", "message"),
        [
            (([1.0], 2), TypeError, "input: expected a Tensor, got list"),
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
                "input: only the batch may be empty, got shape (2, 0, 8, 9)",
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
    @pytest.mark.parametrize("function", [max_pool2d, max_pool2d_loops])
    def test_max_pool2d(
        self, function, arguments: tuple, error: type[Exception], message: str
    ) -> None:
        with pytest.raises(error, match=re.escape(message)):
            function(*arguments)


class TestAverage:
    @settings(deadline=None, max_examples=40)
    @given(case=cases())
    def test_equals_torch(self, case: tuple[Tensor, dict[str, object]]) -> None:
        x, kwargs = case
        kwargs = {name: kwargs[name] for name in ("kernel_size", "stride", "padding")}
        x = x.nan_to_num(0.0, 7.0, -7.0)
        assume(
            all(
                side + 2 * p >= k
                for side, p, k in zip(x.shape[2:], kwargs["padding"], kwargs["kernel_size"])
            )
        )
        torch.testing.assert_close(
            avg_pool2d(x, **kwargs), F.avg_pool2d(x, **kwargs), rtol=0, atol=1e-12
        )
        upstream = torch.rand_like(F.avg_pool2d(x, **kwargs))
        torch.testing.assert_close(
            gradient(avg_pool2d, x, upstream, **kwargs),
            gradient(F.avg_pool2d, x, upstream, **kwargs),
        )
        if len(x):
            assert equal(avg_pool2d(x[0], **kwargs), avg_pool2d(x, **kwargs)[0])

    def test_by_hand(self) -> None:
        assert avg_pool2d(torch.tensor([[[1.0, 2.0], [3.0, 6.0]]]), 2).tolist() == [[[3.0]]]

    @pytest.mark.parametrize(
        ("arguments", "error", "message"),
        [
            ((X.int(), 2), TypeError, "input: expected a floating dtype, got torch.int32"),
            ((X, 0), ValueError, "kernel_size: expected at least 1, got 0"),
            (
                (X, 3, 1, 2),
                ValueError,
                "padding: expected at most half of kernel_size (3, 3), got (2, 2)",
            ),
            ((X, 9), ValueError, "no window fits"),
        ],
    )
    def test_errors(self, arguments: tuple, error: type[Exception], message: str) -> None:
        with pytest.raises(error, match=re.escape(message)):
            avg_pool2d(*arguments)
