"""core.conv against torch's own convolution, its definition, and what it promises to refuse."""

import inspect
import re
import threading
import warnings

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from core.conv import (
    Conv2d,
    conv2d,
    conv2d_im2col,
    conv2d_im2col_backward,
    conv2d_loops,
    output_size,
)
from core.layers import fast_conv, plans

pytestmark = pytest.mark.usefixtures("same_random_numbers")


@st.composite
def cases(draw: st.DrawFn) -> tuple[Tensor, Tensor, Tensor | None, dict[str, object]]:
    """Input, weight, bias and settings that fit together, in float64."""
    groups = draw(st.sampled_from([1, 1, 2, 3]))
    c_in, c_out = groups * draw(st.integers(1, 3)), groups * draw(st.integers(1, 3))
    kernel = draw(st.tuples(st.integers(1, 4), st.integers(1, 4)))
    dilation = draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
    stride = draw(st.one_of(st.integers(1, 4), st.tuples(st.integers(1, 4), st.integers(1, 4))))
    paddings: list[st.SearchStrategy[object]] = [
        st.integers(0, 3),
        st.tuples(st.integers(0, 3), st.integers(0, 3)),
    ]
    padding = draw(
        st.one_of(
            *paddings, st.sampled_from(["valid", "same"] if stride in (1, (1, 1)) else ["valid"])
        )
    )
    n, h, w = draw(st.integers(0, 3)), draw(st.integers(1, 9)), draw(st.integers(1, 9))
    generator = torch.Generator().manual_seed(draw(st.integers(0, 10_000)))
    x = torch.randn(n, c_in, h, w, dtype=torch.float64, generator=generator)
    weight = torch.randn(c_out, c_in // groups, *kernel, dtype=torch.float64, generator=generator)
    bias = (
        torch.randn(c_out, dtype=torch.float64, generator=generator)
        if draw(st.booleans())
        else None
    )
    return (
        x,
        weight,
        bias,
        {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups},
    )


def torchs_conv2d(*tensors: Tensor | None, **kwargs: object) -> Tensor:
    """torch's own, without its warning that "same" with an even kernel costs it a copy."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return F.conv2d(*tensors, **kwargs)


def with_gradient(*tensors: Tensor | None) -> list[Tensor | None]:
    return [
        None if tensor is None else tensor.detach().clone().requires_grad_() for tensor in tensors
    ]


def gradients(
    output: Tensor, tensors: list[Tensor | None], grad_output: Tensor, **kwargs: bool
) -> list[Tensor]:
    return list(
        torch.autograd.grad(output, [t for t in tensors if t is not None], grad_output, **kwargs)
    )


@pytest.fixture(params=[None, 1], ids=["chunks of many images", "chunks of one image"])
def chunks(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs a test with whole batches in one chunk, and again with a chunk for every image."""
    if request.param is not None:
        monkeypatch.setattr(plans, "CHUNK_BYTES", request.param)


class TestAgainstTorch:
    @settings(max_examples=150, deadline=None)
    @given(cases())
    def test_all_bodies_have_torchs_values_and_gradients(self, case: tuple) -> None:
        *tensors, kwargs = case
        torchs = with_gradient(*tensors)
        try:
            expected = torchs_conv2d(*torchs, **kwargs)
        except RuntimeError:
            for body in (conv2d_loops, conv2d_im2col, conv2d):
                with pytest.raises(ValueError, match="no output left"):
                    body(*tensors, **kwargs)
            return
        grad_output = torch.randn_like(expected)
        wanted = gradients(expected, torchs, grad_output, retain_graph=True)
        for body in (conv2d_loops, conv2d_im2col, conv2d):
            ours = with_gradient(*tensors)
            actual = body(*ours, **kwargs)
            torch.testing.assert_close(actual, expected)
            assert actual.is_contiguous()
            result = gradients(actual, ours, grad_output, retain_graph=True)
            torch.testing.assert_close(result, wanted)
            # The gradient of the fast body takes another path where it is differentiated again.
            result = gradients(actual, ours, grad_output, create_graph=True)
            torch.testing.assert_close(result, wanted)
        by_hand = conv2d_im2col_backward(grad_output, *tensors[:2], **kwargs)
        torch.testing.assert_close(list(by_hand[: len(wanted)]), wanted)
        if len(expected):  # an image alone
            x, weight, bias = tensors
            for body in (conv2d_loops, conv2d_im2col, conv2d):
                torch.testing.assert_close(body(x[0], weight, bias, **kwargs), expected[0])
            by_hand = conv2d_im2col_backward(grad_output[0], x[0], weight, **kwargs)
            torch.testing.assert_close(by_hand[0], wanted[0][0])

    @pytest.mark.parametrize("groups", [1, 2])
    def test_chunks(self, chunks: None, groups: int) -> None:
        ours = with_gradient(
            torch.randn(7, 4, 6, 5), torch.randn(6, 4 // groups, 3, 2), torch.randn(6)
        )
        torchs = with_gradient(*ours)
        actual, expected = conv2d(*ours, 2, 1, 1, groups), F.conv2d(*torchs, 2, 1, 1, groups)
        grad_output = torch.randn_like(expected)
        torch.testing.assert_close(actual, expected)
        torch.testing.assert_close(
            gradients(actual, ours, grad_output), gradients(expected, torchs, grad_output)
        )

    @pytest.mark.parametrize(
        ("shape", "c_out", "stride"),
        [((64, 1, 28, 28), 3, 1), ((4, 16, 32, 32), 32, 1), ((3, 64, 32, 32), 128, 2)],
    )
    def test_real_sizes_in_single_precision(
        self, shape: tuple[int, ...], c_out: int, stride: int
    ) -> None:
        ours = with_gradient(
            torch.randn(shape), torch.randn(c_out, shape[1], 3, 3), torch.randn(c_out)
        )
        torchs = with_gradient(*ours)
        actual, expected = conv2d(*ours, stride, 1), F.conv2d(*torchs, stride, 1)
        grad_output = torch.randn_like(expected)
        torch.testing.assert_close(actual, expected, rtol=1e-4, atol=1e-3)
        pairs = zip(
            gradients(actual, ours, grad_output),
            gradients(expected, torchs, grad_output),
            strict=True,
        )
        for our, theirs in pairs:
            torch.testing.assert_close(
                our, theirs, rtol=1e-3, atol=1e-5 * theirs.abs().max().item() + 1e-3
            )

    @pytest.mark.parametrize(
        "dtype", [torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64]
    )
    def test_integers(self, dtype: torch.dtype) -> None:
        x, weight = (
            torch.randint(-9, 9, (2, 4, 7, 6)).to(dtype),
            torch.randint(-9, 9, (6, 2, 3, 3)).to(dtype),
        )
        bias = torch.randint(-9, 9, (6,)).to(dtype)
        assert torch.equal(
            conv2d(x, weight, bias, 2, 1, 1, 2), F.conv2d(x, weight, bias, 2, 1, 1, 2)
        )

    @pytest.mark.parametrize(
        "dtype", [torch.float16, torch.bfloat16, torch.complex64, torch.complex128]
    )
    def test_other_dtypes(self, dtype: torch.dtype) -> None:
        ours = with_gradient(
            *(torch.randn(s, dtype=dtype) for s in [(2, 4, 7, 6), (6, 2, 3, 3), (6,)])
        )
        torchs = with_gradient(*ours)
        actual, expected = conv2d(*ours, 2, 1, 1, 2), F.conv2d(*torchs, 2, 1, 1, 2)
        grad_output = torch.randn_like(expected)
        loose = {"rtol": 2e-2, "atol": 2e-2} if dtype in (torch.float16, torch.bfloat16) else {}
        torch.testing.assert_close(actual, expected, **loose)
        wanted = gradients(expected, torchs, grad_output)
        torch.testing.assert_close(gradients(actual, ours, grad_output), wanted, **loose)

    def test_complex32(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch calls this dtype experimental
            x = torch.randn(2, 2, 5, 5, dtype=torch.complex64).to(torch.complex32)
            weight = torch.randn(3, 2, 3, 3, dtype=torch.complex64).to(torch.complex32)
            actual, expected = conv2d(x, weight), F.conv2d(x, weight)
        assert actual.dtype == torch.complex32
        torch.testing.assert_close(
            actual.to(torch.complex64), expected.to(torch.complex64), rtol=2e-2, atol=2e-2
        )

    def test_half_precision_gradients_are_summed_in_single_precision(self, chunks: None) -> None:
        x, weight = (
            torch.rand(32, 1, 12, 12).bfloat16(),
            torch.rand(1, 1, 3, 3).bfloat16().requires_grad_(),
        )
        conv2d(x, weight).sum().backward()
        exact = F.unfold(x.double(), 3).sum((0, 2)).view(1, 1, 3, 3)
        assert weight.grad is not None
        torch.testing.assert_close(weight.grad.double(), exact, rtol=2**-8, atol=0)

    def test_unbatched(self) -> None:
        x, weight = torch.randn(2, 5, 6), torch.randn(3, 2, 3, 3)
        torch.testing.assert_close(conv2d(x, weight), F.conv2d(x, weight))
        torch.testing.assert_close(conv2d_loops(x, weight), F.conv2d(x, weight))

    def test_empty_batch(self) -> None:
        x, weight = (
            torch.empty(0, 2, 5, 6, requires_grad=True),
            torch.randn(3, 2, 3, 3, requires_grad=True),
        )
        output = conv2d(x, weight)
        assert output.shape == (0, 3, 3, 4)
        output.sum().backward()
        assert x.grad is not None
        assert x.grad.shape == x.shape
        assert weight.grad is not None
        assert not weight.grad.any()

    def test_no_input_channels_leave_the_bias(self) -> None:
        output = conv2d(
            torch.empty(2, 0, 4, 4), torch.empty(3, 0, 3, 3), torch.tensor([1.0, 2.0, 3.0])
        )
        assert torch.equal(
            output, torch.tensor([1.0, 2.0, 3.0])[None, :, None, None].expand(2, 3, 2, 2)
        )

    def test_memory_layout_does_not_matter(self) -> None:
        x, weight = torch.randn(2, 4, 7, 6), torch.randn(6, 4, 3, 3)
        expected = F.conv2d(x, weight, padding=1)
        channels_last = (
            x.to(memory_format=torch.channels_last),
            weight.to(memory_format=torch.channels_last),
        )
        torch.testing.assert_close(conv2d(*channels_last, padding=1), expected)
        backwards = x.flip(3).transpose(2, 3).contiguous().transpose(2, 3).flip(3)
        torch.testing.assert_close(conv2d(backwards, weight, padding=1), expected)
        every_other = torch.randn(2, 4, 14, 12)[:, :, ::2, ::2]
        torch.testing.assert_close(conv2d(every_other, weight), F.conv2d(every_other, weight))

    def test_expanded_and_transposed_gradients(self) -> None:
        ours = with_gradient(torch.randn(2, 3, 6, 6), torch.randn(4, 3, 3, 3))
        torchs = with_gradient(*ours)
        actual, expected = conv2d(*ours), F.conv2d(*torchs)
        for grad_output in (
            torch.ones(()).expand(2, 4, 4, 4),
            torch.randn(2, 4, 4, 4).transpose(2, 3),
        ):
            wanted = gradients(expected, torchs, grad_output, retain_graph=True)
            torch.testing.assert_close(
                gradients(actual, ours, grad_output, retain_graph=True), wanted
            )

    def test_even_kernel_keeps_the_size_with_same(self) -> None:
        x, weight = torch.randn(2, 3, 7, 8), torch.randn(4, 3, 2, 4)
        actual = conv2d(x, weight, padding="same")
        assert actual.shape == (2, 4, 7, 8)
        torch.testing.assert_close(actual, torchs_conv2d(x, weight, padding="same"))

    @pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
    @pytest.mark.parametrize("create_graph", [False, True])
    def test_autocast(self, dtype: torch.dtype, create_graph: bool) -> None:
        ours = with_gradient(torch.randn(2, 4, 7, 7), torch.randn(6, 4, 3, 3), torch.randn(6))
        torchs = with_gradient(*ours)
        with torch.autocast("cpu", dtype=dtype):
            actual, expected = conv2d(*ours), F.conv2d(*torchs)
            assert actual.dtype == expected.dtype == dtype
            torch.testing.assert_close(actual, expected, rtol=2e-2, atol=2e-2)
            grad_output = torch.randn_like(expected)
            ours_grad = gradients(actual, ours, grad_output, create_graph=create_graph)
            torch.testing.assert_close(
                ours_grad, gradients(expected, torchs, grad_output), rtol=5e-2, atol=0.2
            )
            assert conv2d(ours[0].double(), ours[1].double()).dtype == torch.float64


def finite(tensors: list[Tensor]) -> list[list[bool]]:
    return [tensor.isfinite().flatten().tolist() for tensor in tensors]


class TestNotFinite:
    """A NaN or infinity reaches what torch's reaches, and nothing else."""

    @pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
    @pytest.mark.parametrize("dilation", [1, 2])
    def test_in_a_corner_of_the_image(self, value: float, dilation: int) -> None:
        x, weight = torch.rand(1, 1, 5, 5) + 1, torch.ones(1, 1, 2, 2, requires_grad=True)
        x[0, 0, 4, 4] = value
        conv2d(x, weight, dilation=dilation).sum().backward()
        assert weight.grad is not None
        assert weight.grad.isfinite().tolist() == [[[[True, True], [True, False]]]]

    def test_in_a_corner_of_the_kernel(self) -> None:
        x, weight = torch.rand(1, 1, 5, 5, requires_grad=True), torch.ones(1, 1, 2, 2)
        weight[0, 0, 0, 0] = float("inf")
        conv2d(x, weight).sum().backward()
        assert x.grad is not None
        reached = ~x.grad.isfinite()[0, 0]
        assert reached[:4, :4].all()
        assert not reached[4].any()
        assert not reached[:, 4].any()

    @settings(max_examples=200, deadline=None)
    @given(case=cases(), data=st.data())
    def test_anywhere(self, case: tuple, data: st.DataObject) -> None:
        *tensors, kwargs = case
        try:
            grad_output = torch.randn_like(torchs_conv2d(*tensors, **kwargs))
        except RuntimeError:
            assume(False)
        # The images, the weight, the bias or the gradient of the output, at any cell of it.
        filled = [t for t in (*tensors, grad_output) if t is not None and t.numel()]
        target = filled[data.draw(st.integers(0, len(filled) - 1))]
        cell = data.draw(st.integers(0, target.numel() - 1))
        target.view(-1)[cell] = data.draw(st.sampled_from([float("nan"), float("inf")]))
        results = []
        for body in (torchs_conv2d, conv2d, conv2d_im2col):
            leaves = with_gradient(*tensors)
            output = body(*leaves, **kwargs)
            results.append(finite([output, *gradients(output, leaves, grad_output)]))
        assert results[0] == results[1] == results[2]

    @settings(max_examples=100, deadline=None)
    @given(case=cases(), data=st.data())
    def test_in_several_tensors_at_once(self, case: tuple, data: st.DataObject) -> None:
        """NaN, infinity and minus infinity each stand where torch has them, in float64: some of
        torch's float32 kernels leave out the padding's zeros, and zero times infinity with them.
        """
        *tensors, kwargs = case
        try:
            grad_output = torch.randn_like(torchs_conv2d(*tensors, **kwargs))
        except RuntimeError:
            assume(False)
        values = st.sampled_from([float("nan"), float("inf"), -float("inf")])
        for target in (*tensors[:2], grad_output):
            for _ in range(data.draw(st.integers(0, 2)) if target.numel() else 0):
                cell = data.draw(st.integers(0, target.numel() - 1))
                target.view(-1)[cell] = data.draw(values)
        results = []
        for body in (torchs_conv2d, conv2d, conv2d_im2col):
            leaves = with_gradient(*tensors)
            output = body(*leaves, **kwargs)
            results.append([output, *gradients(output, leaves, grad_output)])
        for ours in results[1:]:
            for actual, expected in zip(ours, results[0], strict=True):
                assert torch.equal(actual.isnan(), expected.isnan())
                assert torch.equal(actual.isposinf(), expected.isposinf())
                assert torch.equal(actual.isneginf(), expected.isneginf())

    def test_sums_that_overflow_are_no_reason_for_other_numbers(self) -> None:
        tensors = torch.rand(2, 2, 6, 6), torch.full((3, 2, 3, 3), 2e38), torch.rand(3)
        ours, torchs = with_gradient(*tensors), with_gradient(*tensors)
        upstream = torch.full((2, 3, 4, 4), 1e-38)
        actual = gradients(conv2d(*ours), ours, upstream)
        torch.testing.assert_close(actual, gradients(F.conv2d(*torchs), torchs, upstream))


class TestByHand:
    def test_values_and_gradients(self) -> None:
        x = torch.tensor(
            [[[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]]]], requires_grad=True
        )
        weight = torch.tensor([[[[1.0, 0.0], [0.0, -2.0]]]], requires_grad=True)
        bias = torch.tensor([10.0], requires_grad=True)
        output = conv2d(x, weight, bias)
        # 1 * 1 - 2 * 5 + 10 = 1,  2 - 12 + 10 = 0,  4 - 16 + 10 = -2,  5 - 18 + 10 = -3
        assert output.tolist() == [[[[1.0, 0.0], [-2.0, -3.0]]]]
        output.backward(torch.tensor([[[[1.0, 0.0], [0.0, 2.0]]]]))
        assert bias.grad is not None
        assert bias.grad.tolist() == [3.0]
        # weight[i, j] meets x[i, j] once and x[i + 1, j + 1] twice: 1 + 2 * 5, 2 + 2 * 6, 4 + 2 *
        # 8, 5 + 2 * 9
        assert weight.grad is not None
        assert weight.grad.tolist() == [[[[11.0, 14.0], [20.0, 23.0]]]]
        assert x.grad is not None
        assert x.grad.tolist() == [[[[1.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, -4.0]]]]

    def test_stride_and_padding(self) -> None:
        x = torch.arange(1.0, 10.0).view(1, 1, 3, 3)
        output = conv2d(x, torch.ones(1, 1, 3, 3), stride=2, padding=1)
        # The four corners of the 3 x 3 image: 1 + 2 + 4 + 5, 2 + 3 + 5 + 6, 4 + 5 + 7 + 8, 5 + 6 +
        # 8 + 9
        assert output.tolist() == [[[[12.0, 16.0], [24.0, 28.0]]]]

    @pytest.mark.parametrize(
        ("arguments", "expected"),
        [
            ((28, 5), 24),
            ((28, 3, 1, 1), 28),
            ((32, 3, 2, 1), 16),
            ((7, 3, 2, 0, 3), 1),
            ((2, 3), 0),
        ],
    )
    def test_output_size(self, arguments: tuple[int, ...], expected: int) -> None:
        assert output_size(*arguments) == expected

    @settings(max_examples=50, deadline=None)
    @given(
        st.integers(1, 12),
        st.integers(1, 4),
        st.integers(1, 3),
        st.integers(0, 3),
        st.integers(1, 3),
    )
    def test_output_size_is_what_conv2d_returns(
        self, size: int, k: int, stride: int, padding: int, dilation: int
    ) -> None:
        expected = output_size(size, k, stride, padding, dilation)
        assume(expected > 0)
        assert (
            conv2d(
                torch.zeros(1, 1, size, size),
                torch.zeros(1, 1, k, k),
                None,
                stride,
                padding,
                dilation,
            ).shape[2]
            == expected
        )


class TestDerivatives:
    @pytest.mark.parametrize(
        ("stride", "padding", "dilation", "groups"),
        [(1, 0, 1, 1), (2, 1, 1, 2), ((1, 2), (2, 0), (2, 1), 1), (3, 2, 2, 2)],
    )
    def test_gradcheck_and_gradgradcheck(
        self, chunks: None, stride, padding, dilation, groups
    ) -> None:
        x = torch.randn(2, 2, 5, 6, dtype=torch.float64, requires_grad=True)
        weight = torch.randn(4, 2 // groups, 2, 3, dtype=torch.float64, requires_grad=True)
        bias = torch.randn(4, dtype=torch.float64, requires_grad=True)
        inputs = (x, weight, bias, stride, padding, dilation, groups)
        assert torch.autograd.gradcheck(conv2d, inputs)
        assert torch.autograd.gradgradcheck(conv2d, inputs)

    def test_gradcheck_same_with_even_kernel(self) -> None:
        x = torch.randn(1, 2, 4, 5, dtype=torch.float64, requires_grad=True)
        weight = torch.randn(2, 2, 2, 4, dtype=torch.float64, requires_grad=True)
        assert torch.autograd.gradcheck(conv2d, (x, weight, None, 1, "same"))
        assert torch.autograd.gradgradcheck(conv2d, (x, weight, None, 1, "same"))

    def test_gradcheck_complex(self) -> None:
        x = torch.randn(1, 2, 4, 4, dtype=torch.complex128, requires_grad=True)
        weight = torch.randn(2, 1, 2, 2, dtype=torch.complex128, requires_grad=True)
        assert torch.autograd.gradcheck(conv2d, (x, weight, None, 1, 0, 1, 2))

    @pytest.mark.parametrize("needed", [(0,), (1,), (2,), (0, 2), (1, 2)])
    @pytest.mark.parametrize("create_graph", [False, True])
    def test_only_what_is_needed(
        self, monkeypatch: pytest.MonkeyPatch, needed: tuple[int, ...], create_graph: bool
    ) -> None:
        tensors = [torch.randn(2, 3, 5, 5), torch.randn(4, 3, 3, 3), torch.randn(4)]
        for index in needed:
            tensors[index].requires_grad_()
        computed: list[int] = []
        for index, name in ((0, "grad_images"), (1, "add_grad_kernels")):
            original = getattr(plans.GradientPlan, name)

            def spy(*arguments, index=index, original=original):
                computed.append(index)
                return original(*arguments)

            monkeypatch.setattr(plans.GradientPlan, name, spy)
        wanted = [tensors[index] for index in needed]
        result = torch.autograd.grad(conv2d(*tensors).sum(), wanted, create_graph=create_graph)
        assert [gradient.shape for gradient in result] == [tensor.shape for tensor in wanted]
        if not create_graph:
            assert set(computed) == set(needed) - {2}

    def test_without_gradient(self) -> None:
        x, weight = torch.randn(1, 2, 5, 5), torch.randn(3, 2, 3, 3, requires_grad=True)
        with torch.no_grad():
            assert not conv2d(x, weight).requires_grad
        with torch.inference_mode():
            assert conv2d(x, weight).is_inference()

    def test_training_after_inference_mode(self) -> None:
        # The kept memory must not have become an inference tensor, which nothing could be written
        # to.
        def first_in_its_thread() -> None:
            x, weight = torch.randn(4, 2, 9, 9), torch.randn(3, 2, 3, 3, requires_grad=True)
            with torch.inference_mode():
                for _ in range(3):
                    conv2d(x, weight)
            conv2d(x, weight).sum().backward()
            results.append(weight.grad)

        results: list[Tensor | None] = []
        thread = threading.Thread(target=first_in_its_thread)
        thread.start()
        thread.join()
        assert len(results) == 1

    def test_kept_memory_never_reaches_a_result(self) -> None:
        ours = with_gradient(torch.randn(2, 3, 8, 8), torch.randn(4, 3, 3, 3), torch.randn(4))
        output = conv2d(*ours)
        results = [output.detach(), *gradients(output, ours, torch.ones_like(output))]
        copies = [result.clone() for result in results]
        for _ in range(3):
            others = with_gradient(*(torch.randn_like(t) for t in ours))
            conv2d(*others).sum().backward()
        assert all(torch.equal(result, copy) for result, copy in zip(results, copies, strict=True))

    @pytest.mark.parametrize("groups", [1, 2])
    @pytest.mark.parametrize("stride", [1, 2, 3])
    def test_the_same_shapes_again_with_other_numbers(self, groups: int, stride: int) -> None:
        for _ in range(3):
            ours = with_gradient(
                torch.randn(5, 4, 9, 8), torch.randn(6, 4 // groups, 3, 3), torch.randn(6)
            )
            torchs = with_gradient(*ours)
            actual, expected = (
                conv2d(*ours, stride, 1, 1, groups),
                F.conv2d(*torchs, stride, 1, 1, groups),
            )
            grad_output = torch.randn_like(expected)
            torch.testing.assert_close(actual, expected, rtol=1e-4, atol=1e-4)
            wanted = gradients(expected, torchs, grad_output)
            torch.testing.assert_close(
                gradients(actual, ours, grad_output), wanted, rtol=1e-4, atol=1e-4
            )

    def test_two_passes_forward_before_two_backward(self, chunks: None) -> None:
        # The second pass overwrites the kept memory that the first one left for its backward pass.
        weight = torch.randn(4, 3, 3, 3, requires_grad=True)
        first, second = torch.randn(5, 3, 8, 8), torch.randn(5, 3, 8, 8)
        outputs = [conv2d(images, weight).square().sum() for images in (first, second)]
        actual = [torch.autograd.grad(output, weight)[0] for output in outputs]
        expected = [
            torch.autograd.grad(F.conv2d(x, weight).square().sum(), weight)[0]
            for x in (first, second)
        ]
        torch.testing.assert_close(actual, expected, rtol=1e-4, atol=1e-3)

    def test_kept_memory_is_bounded(self, monkeypatch: pytest.MonkeyPatch) -> None:
        own_plans = plans.Plans()
        monkeypatch.setattr(fast_conv, "kept_plans", own_plans)
        monkeypatch.setattr(plans, "KEPT_BYTES", 100_000)
        for size in range(8, 24):
            conv2d(
                torch.randn(4, 2, size, size), torch.randn(3, 2, 3, 3, requires_grad=True)
            ).sum().backward()
        conv2d(torch.randn(1, 2, 4, 4), torch.randn(3, 2, 3, 3))
        assert 0 < sum(plan.bytes for plan in own_plans._plans.values()) <= 100_000

    def test_threads_do_not_disturb_each_other(self) -> None:
        weight = torch.randn(4, 3, 3, 3)
        batches = [torch.randn(8, 3, 16, 16) for _ in range(4)]
        wrong: list[int] = []

        def work(index: int) -> None:
            expected = F.conv2d(batches[index], weight)
            for _ in range(20):
                if not torch.allclose(conv2d(batches[index], weight), expected, atol=1e-4):
                    wrong.append(index)

        threads = [threading.Thread(target=work, args=(index,)) for index in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not wrong


class TestArgumentsAsTorchTakesThem:
    @pytest.mark.parametrize(
        "number", [2, np.int64(2), np.uint8(2), torch.tensor(2), (2,), [2], [2, 2]]
    )
    def test_whole_numbers_and_lone_ones(self, number: object) -> None:
        x, weight = torch.randn(2, 4, 9, 9), torch.randn(4, 2, 3, 3)
        expected = F.conv2d(x, weight, None, 2, 2, 2, 2)
        for body in (conv2d, conv2d_im2col, conv2d_loops):
            actual = body(x, weight, None, number, number, number, np.int64(2))
            torch.testing.assert_close(actual, expected)
        layer = Conv2d(4, 4, number, number, number, number)
        assert layer.kernel_size == layer.stride == layer.padding == layer.dilation == (2, 2)
        torch.testing.assert_close(layer(x), F.conv2d(x, layer.weight, layer.bias, 2, 2, 2))

    def test_numbers_of_channels_and_sizes(self) -> None:
        layer = Conv2d(np.int64(4), np.int32(6), 3, groups=np.int8(2))
        assert repr(layer) == repr(nn.Conv2d(4, 6, 3, groups=2))
        assert output_size(np.int64(28), np.int8(5), padding=np.int64(2)) == 28

    def test_order_of_the_arguments(self) -> None:
        ours, torchs = (inspect.signature(layer.__init__) for layer in (Conv2d, nn.Conv2d))
        defaults = [(p.name, p.default) for p in ours.parameters.values()]
        assert defaults == [(p.name, p.default) for p in torchs.parameters.values()]
        assert list(inspect.signature(conv2d).parameters) == [
            *("input", "weight", "bias", "stride", "padding", "dilation", "groups")
        ]


class TestPaddingMode:
    @pytest.mark.parametrize("mode", ["reflect", "replicate", "circular"])
    @pytest.mark.parametrize("padding", [0, (2, 1), "valid", "same"])
    @pytest.mark.parametrize("kernel_size", [3, (2, 4)])
    def test_same_as_torch(self, mode: str, padding: object, kernel_size: object) -> None:
        ours = Conv2d(2, 3, kernel_size, 1, padding, padding_mode=mode)
        torchs = nn.Conv2d(2, 3, kernel_size, 1, padding, padding_mode=mode)
        torchs.load_state_dict(ours.state_dict())
        assert repr(ours) == repr(torchs)
        for shape in ((2, 2, 6, 7), (2, 6, 7)):
            tensors = with_gradient(torch.randn(shape))[0], with_gradient(torch.zeros(shape))[0]
            tensors[1].data.copy_(tensors[0].data)
            actual, expected = ours(tensors[0]), torchs(tensors[1])
            torch.testing.assert_close(actual, expected)
            upstream = torch.randn_like(expected)
            torch.testing.assert_close(
                torch.autograd.grad(actual, tensors[0], upstream),
                torch.autograd.grad(expected, tensors[1], upstream),
            )

    @pytest.mark.parametrize(
        ("mode", "padding", "x", "error", "message"),
        [
            (
                "reflect",
                (1, 5),
                torch.zeros(1, 2, 5, 5),
                ValueError,
                "padding: expected at most (4, 4) with padding_mode 'reflect' on an input of (5, "
                "5), got (1, 5)",
            ),
            (
                "circular",
                6,
                torch.zeros(2, 5, 7),
                ValueError,
                "padding: expected at most (5, 7) with padding_mode 'circular' on an input of (5, "
                "7), got (6, 6)",
            ),
            ("replicate", 1, torch.zeros(5, 5), ValueError, "input: expected shape (N, C, H, W)"),
            ("replicate", 1, [1.0], TypeError, "input: expected a Tensor, got a list"),
            (
                "replicate",
                1,
                torch.zeros(1, 2, 5, 5, dtype=torch.int64),
                TypeError,
                "input: expected a floating or complex dtype, got torch.int64",
            ),
        ],
    )
    def test_errors(self, mode: str, padding: object, x: object, error: type, message: str) -> None:
        layer = Conv2d(2, 3, 3, padding=padding, padding_mode=mode)
        with pytest.raises(error, match=re.escape(message)):
            layer(x)


class TestDeviceAndDtype:
    @pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16, torch.complex64])
    def test_dtype(self, dtype: torch.dtype) -> None:
        torch.manual_seed(3)
        ours = Conv2d(2, 3, 3, dtype=dtype)
        torch.manual_seed(3)
        torchs = nn.Conv2d(2, 3, 3, dtype=dtype)
        assert ours.weight.dtype == dtype
        assert all(map(torch.equal, ours.state_dict().values(), torchs.state_dict().values()))

    @pytest.mark.parametrize("device", ["meta", torch.device("meta")])
    def test_device(self, device: object) -> None:
        layer = Conv2d(2, 3, 3, device=device)
        assert layer.weight.device.type == layer.bias.device.type == "meta"
        assert layer(torch.zeros(1, 2, 5, 5, device="meta")).shape == (1, 3, 3, 3)
        assert Conv2d(2, 3, 3, device="cpu").weight.device.type == "cpu"


class TestModule:
    @pytest.mark.parametrize(
        "arguments",
        [
            (1, 3, 3),
            (4, 6, (3, 2), 2, 1),
            (4, 8, 5, (1, 2), (2, 0), 2, 2, False),
            (3, 3, 3, 1, "same"),
        ],
    )
    def test_same_seed_state_dict_and_output_as_torch(self, arguments: tuple) -> None:
        torch.manual_seed(3)
        ours = Conv2d(*arguments)
        torch.manual_seed(3)
        torchs = nn.Conv2d(*arguments)
        assert list(ours.state_dict()) == list(torchs.state_dict())
        assert all(
            torch.equal(a, b)
            for a, b in zip(ours.state_dict().values(), torchs.state_dict().values(), strict=True)
        )
        assert repr(ours) == repr(torchs)
        x = torch.randn(2, arguments[0], 12, 13)
        torch.testing.assert_close(ours(x), torchs(x))

    def test_state_dicts_load_both_ways(self) -> None:
        ours, torchs = Conv2d(2, 3, 3), nn.Conv2d(2, 3, 3)
        ours.load_state_dict(torchs.state_dict())
        assert torch.equal(ours.weight, torchs.weight)
        fresh = Conv2d(2, 3, 3)
        torchs.load_state_dict(fresh.state_dict())
        assert torch.equal(fresh.weight, torchs.weight)

    def test_trains(self) -> None:
        layer = Conv2d(1, 1, 3, padding=1)
        x = torch.randn(8, 1, 6, 6)
        target = F.conv2d(
            x, torch.tensor([[[[0.0, 1.0, 0.0], [1.0, -4.0, 1.0], [0.0, 1.0, 0.0]]]]), padding=1
        )
        optimizer = torch.optim.Adam(layer.parameters(), lr=0.05)
        for _ in range(200):
            optimizer.zero_grad()
            loss = F.mse_loss(layer(x), target)
            loss.backward()
            optimizer.step()
        assert loss.item() < 1e-3


X, W = torch.zeros(2, 4, 8, 9), torch.zeros(6, 4, 3, 3)


class TestErrors:
    @pytest.mark.parametrize(
        ("arguments", "error", "message"),
        [
            (([1.0], W), TypeError, "input: expected a Tensor, got a list"),
            (
                (X.to_sparse(), W),
                TypeError,
                "input: expected a dense Tensor, got layout torch.sparse_coo",
            ),
            ((X, None), TypeError, "weight: expected a Tensor, got NoneType"),
            ((X, W, 1.0), TypeError, "bias: expected a Tensor, got float"),
            (
                (X, W.to("meta")),
                ValueError,
                "weight: expected device cpu as the input has, got meta",
            ),
            (
                (X, W, torch.zeros(6, device="meta")),
                ValueError,
                "bias: expected device cpu as the input has, got meta",
            ),
            (
                (X[0, 0], W),
                ValueError,
                "input: expected shape (N, C, H, W) or (C, H, W), got (8, 9)",
            ),
            (
                (X, W[0]),
                ValueError,
                "weight: expected shape (C_out, C_in / groups, kh, kw), none of 0, got (4, 3, 3)",
            ),
            ((X, W[:0]), ValueError, "none of 0, got (0, 4, 3, 3)"),
            ((X, W[:, :, :0]), ValueError, "none of 0, got (6, 4, 0, 3)"),
            (
                (X.bool(), W.bool()),
                TypeError,
                "input: expected a floating, complex or integer dtype, got torch.bool",
            ),
            (
                (X, W.double()),
                TypeError,
                "weight: expected dtype torch.float32 as the input has, got torch.float64",
            ),
            (
                (X, W, torch.zeros(6).half()),
                TypeError,
                "bias: expected dtype torch.float32 as the input has, got torch.float16",
            ),
            ((X, W, torch.zeros(5)), ValueError, "bias: expected shape (6,), got (5,)"),
            ((X, W, torch.zeros(6, 1)), ValueError, "bias: expected shape (6,), got (6, 1)"),
            (
                (X[:, :3], W),
                ValueError,
                "input: expected 4 channels for weight (6, 4, 3, 3) and groups 1, got 3 in shape "
                "(2, 3, 8, 9)",
            ),
            (
                (X, W, None, 1, 0, 1, 3),
                ValueError,
                "input: expected 12 channels for weight (6, 4, 3, 3) and groups 3, got 4",
            ),
            (
                (X, W, None, 1, 0, 1, 4),
                ValueError,
                "weight: expected output channels that groups 4 divides, got 6",
            ),
            ((X, W, None, 1, 0, 1, 0), ValueError, "groups: expected at least 1, got 0"),
            ((X, W, None, 1, 0, 1, True), TypeError, "groups: expected an int, got True"),
            ((X, W, None, 0), ValueError, "stride: expected at least 1, got 0"),
            ((X, W, None, (1, 0)), ValueError, "stride: expected at least 1, got (1, 0)"),
            (
                (X, W, None, True),
                TypeError,
                "stride: expected an int or a pair of ints (height, width), got True",
            ),
            (
                (X, W, None, 1.0),
                TypeError,
                "stride: expected an int or a pair of ints (height, width), got 1.0",
            ),
            (
                (X, W, None, "2"),
                TypeError,
                "stride: expected an int or a pair of ints (height, width), got '2'",
            ),
            (
                (X, W, None, (1, 1, 1)),
                TypeError,
                "stride: expected an int or a pair of ints (height, width), got (1, 1, 1)",
            ),
            ((X, W, None, 1, -1), ValueError, "padding: expected at least 0, got -1"),
            (
                (X, W, None, 1, 0.5),
                TypeError,
                "padding: expected an int or a pair of ints (height, width), got 0.5",
            ),
            (
                (X, W, None, 1, "full"),
                ValueError,
                "padding: expected an int, a pair of ints, 'valid' or 'same', got 'full'",
            ),
            (
                (X, W, None, 2, "same"),
                ValueError,
                "padding 'same': expected stride (1, 1), got (2, 2)",
            ),
            ((X, W, None, 1, 0, 0), ValueError, "dilation: expected at least 1, got 0"),
            (
                (X, W, None, 1, 1, (1, 9)),
                ValueError,
                "no output left: kernel (3, 3) with dilation (1, 9) on an input of (8, 9) with "
                "padding 1",
            ),
            ((X[:, :, :0], W, None, 1, 2), ValueError, "no output left"),
        ],
    )
    @pytest.mark.parametrize("function", [conv2d, conv2d_im2col, conv2d_loops])
    def test_conv2d(self, function, arguments: tuple, error: type[Exception], message: str) -> None:
        with pytest.raises(error, match=re.escape(message)):
            function(*arguments)

    @pytest.mark.parametrize(
        ("arguments", "error", "message"),
        [
            ((0, 2, 3), ValueError, "in_channels: expected at least 1, got 0"),
            ((2.0, 2, 3), TypeError, "in_channels: expected an int, got 2.0"),
            ((2, -1, 3), ValueError, "out_channels: expected at least 1, got -1"),
            (
                (3, 4, 3, 1, 0, 1, 2),
                ValueError,
                "in_channels: expected a multiple of groups 2, got 3",
            ),
            (
                (4, 3, 3, 1, 0, 1, 2),
                ValueError,
                "out_channels: expected a multiple of groups 2, got 3",
            ),
            ((4, 4, 3, 1, 0, 1, 0), ValueError, "groups: expected at least 1, got 0"),
            ((4, 4, 3, 1, 0, 1, 1.0), TypeError, "groups: expected an int, got 1.0"),
            ((4, 4, 0), ValueError, "kernel_size: expected at least 1, got 0"),
            (
                (4, 4, "3"),
                TypeError,
                "kernel_size: expected an int or a pair of ints (height, width), got '3'",
            ),
            ((4, 4, 3, 0), ValueError, "stride: expected at least 1, got 0"),
            ((4, 4, 3, 1, -1), ValueError, "padding: expected at least 0, got -1"),
            (
                (4, 4, 3, 1, "full"),
                ValueError,
                "padding: expected an int, a pair of ints, 'valid' or 'same', got 'full'",
            ),
            (
                (4, 4, 3, (1, 2), "same"),
                ValueError,
                "padding 'same': expected stride (1, 1), got (1, 2)",
            ),
            ((4, 4, 3, 1, 0, 0), ValueError, "dilation: expected at least 1, got 0"),
            ((4, 4, 3, 1, 0, 1, 1, None), TypeError, "bias: expected a bool, got None"),
            ((4, 4, ()), TypeError, "kernel_size: expected an int or a pair of ints"),
            ((4, 4, np.bool_(True)), TypeError, "kernel_size: expected an int or a pair of ints"),
            ((4, 4, np.array([3, 3])), TypeError, "kernel_size: expected an int or a pair of ints"),
            (
                (4, 4, 3, 1, 0, 1, 1, True, "wrap"),
                ValueError,
                "padding_mode: expected one of 'zeros', 'reflect', 'replicate', 'circular', got "
                "'wrap'",
            ),
            (
                (4, 4, 3, 1, 0, 1, 1, True, "zeros", "nowhere"),
                ValueError,
                "device: expected a device that torch knows, got 'nowhere'",
            ),
            (
                (4, 4, 3, 1, 0, 1, 1, True, "zeros", 1.5),
                TypeError,
                "device: expected a torch.device, str or int, got 1.5",
            ),
            (
                (4, 4, 3, 1, 0, 1, 1, True, "zeros", None, torch.int64),
                TypeError,
                "dtype: expected a floating or complex dtype, got torch.int64",
            ),
            (
                (4, 4, 3, 1, 0, 1, 1, True, "zeros", None, "float32"),
                TypeError,
                "dtype: expected a torch.dtype, got 'float32'",
            ),
        ],
    )
    def test_module(self, arguments: tuple, error: type[Exception], message: str) -> None:
        with pytest.raises(error, match=re.escape(message)):
            Conv2d(*arguments)

    @pytest.mark.parametrize(
        ("arguments", "error", "message"),
        [
            ((8.0, 3), TypeError, "size: expected an int, got 8.0"),
            ((-1, 3), ValueError, "size: expected at least 0, got -1"),
            ((8, 0), ValueError, "kernel: expected at least 1, got 0"),
            ((8, 3, 0), ValueError, "stride: expected at least 1, got 0"),
            ((8, 3, 1, -1), ValueError, "padding: expected at least 0, got -1"),
            ((8, 3, 1, 0, 0), ValueError, "dilation: expected at least 1, got 0"),
        ],
    )
    def test_output_size(self, arguments: tuple, error: type[Exception], message: str) -> None:
        with pytest.raises(error, match=re.escape(message)):
            output_size(*arguments)

    @pytest.mark.parametrize(
        ("grad_output", "error", "message"),
        [
            (None, TypeError, "grad_output: expected a Tensor, got NoneType"),
            (
                torch.zeros(2, 6, 6, 6),
                ValueError,
                "grad_output: expected shape (2, 6, 6, 7) as the output has, got (2, 6, 6, 6)",
            ),
            (
                torch.zeros(2, 6, 6, 7, dtype=torch.float64),
                TypeError,
                "grad_output: expected dtype torch.float32 as the input has, got torch.float64",
            ),
            (
                torch.zeros(2, 6, 6, 7, device="meta"),
                ValueError,
                "grad_output: expected device cpu as the input has, got meta",
            ),
        ],
    )
    def test_backward(self, grad_output: object, error: type[Exception], message: str) -> None:
        with pytest.raises(error, match=re.escape(message)):
            conv2d_im2col_backward(grad_output, X, W)
