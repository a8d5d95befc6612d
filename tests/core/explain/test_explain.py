"""core.explain: every number comes from the layers and is right."""

import math
from dataclasses import dataclass

import pytest
import torch
import torch.nn.functional as F
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from core.explain.convolution import Convolution, explain_convolution
from core.explain.geometry import BORDERS, Geometry, pad
from core.explain.pooling import explain_pooling

PICTURE = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]])
KERNEL = torch.tensor([[1.0, 0.0], [0.0, -1.0]])


def random(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def torch_layer(picture, weight, bias, *, stride, padding, dilation, border, groups):
    if border != "zeros":
        picture, padding = F.pad(picture[None], (padding,) * 4, mode=border)[0], 0
    return F.conv2d(picture[None], weight, bias, stride, padding, dilation, groups)[0]


def test_step_by_hand():
    explained = explain_convolution(PICTURE[None], KERNEL[None, None], bias=torch.tensor([0.5]))
    assert explained.windows[0, :, 3].tolist() == [5, 6, 8, 9]
    assert explained.products(0)[0, :, 3].tolist() == [5, 0, 0, -9]
    assert float(explained.output[0, 1, 1]) == -3.5
    assert explained.geometry.covered()[3].tolist() == [4, 5, 7, 8]


def test_window_positions_outside_are_padding():
    explained = explain_convolution(
        PICTURE[None], KERNEL[None, None], stride=2, padding=1, dilation=2
    )
    geometry = explained.geometry
    assert geometry.covered()[0].tolist() == [0, 2, 10, 12]
    assert geometry.origin()[geometry.covered()[0]].tolist() == [-1, -1, -1, 4]
    assert explained.windows[0, :, 0].tolist() == [0, 0, 0, 5]


@dataclass(frozen=True)
class Case:
    """A picture, filters and settings that fit together."""

    picture: torch.Tensor
    weight: torch.Tensor
    bias: torch.Tensor
    relu: bool
    flipped: bool
    geometry: Geometry
    settings: dict

    @property
    def applied(self) -> torch.Tensor:
        return self.weight.flip(2, 3) if self.flipped else self.weight

    def explain(self, bias: torch.Tensor | None) -> Convolution:
        options = {"relu": self.relu, "flipped": self.flipped, **self.settings}
        return explain_convolution(self.picture, self.weight, bias=bias, **options)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    size = draw(st.tuples(st.integers(3, 8), st.integers(3, 8)))
    kernel = draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
    stride, padding = draw(st.integers(1, 3)), draw(st.integers(0, 2))
    geometry = Geometry(size, kernel, stride, padding, draw(st.integers(1, 2)))
    border = draw(st.sampled_from(BORDERS))
    assume(geometry.steps and border in geometry.borders())
    channels, filters, groups = draw(
        st.sampled_from([(1, 1, 1), (1, 3, 1), (3, 2, 1), (3, 3, 3), (2, 4, 2)])
    )
    seed = draw(st.integers(0, 99))
    return Case(
        picture=random(channels, *size, seed=seed),
        weight=random(filters, channels // groups, *kernel, seed=seed + 1),
        bias=random(filters, seed=seed + 2),
        relu=draw(st.booleans()),
        flipped=draw(st.booleans()),
        geometry=geometry,
        settings={
            "stride": stride,
            "padding": padding,
            "dilation": geometry.dilation,
            "border": border,
            "groups": groups,
        },
    )


@settings(deadline=None, max_examples=60)
@given(cases())
def test_every_number_adds_up_to_torchs_output(case):
    explained = case.explain(case.bias)
    sums = torch_layer(case.picture, case.applied, case.bias, **case.settings)
    expected = sums.relu() if case.relu else sums
    assert explained.geometry == case.geometry
    torch.testing.assert_close(explained.output, expected, rtol=0, atol=1e-12)
    assert explained.torch_difference < 1e-12
    for index in range(len(case.weight)):
        channels = list(explained.channels(index))
        products = explained.products(index)
        kernel = case.applied[index].flatten(1)[..., None]
        right = explained.windows[channels] * kernel
        torch.testing.assert_close(products, right, rtol=0, atol=1e-15)
        partial_sums = explained.partial_sums(index)
        torch.testing.assert_close(partial_sums, products.sum(1), rtol=0, atol=1e-12)
        total = products.sum((0, 1)) + case.bias[index]
        torch.testing.assert_close(total, sums[index].flatten(), rtol=0, atol=1e-12)


@settings(deadline=None, max_examples=60)
@given(cases())
def test_windows_and_padding_are_torchs(case):
    explained, geometry = case.explain(case.bias), case.geometry
    border, padding = explained.border, geometry.padding
    mode = "constant" if border == "zeros" else border
    padded = F.pad(case.picture[None], (padding,) * 4, mode=mode)[0]
    torch.testing.assert_close(explained.padded, padded)
    windows = padded.flatten(1)[:, geometry.covered()].transpose(1, 2)  # (C, kh·kw, steps)
    torch.testing.assert_close(explained.windows, windows, rtol=0, atol=0)
    unfolded = F.unfold(padded[None], geometry.kernel, geometry.dilation, 0, geometry.stride)[0]
    torch.testing.assert_close(unfolded, explained.windows.flatten(0, 1), rtol=0, atol=0)
    origin = geometry.origin(border)
    repeated = torch.where(origin < 0, 0.0, case.picture.flatten(1)[:, origin.clamp(min=0)])
    torch.testing.assert_close(repeated, padded.flatten(1), rtol=0, atol=0)


@settings(deadline=None, max_examples=30)
@given(cases())
def test_gradients_are_autograds(case):
    explained = case.explain(None)
    index, step = len(case.weight) - 1, case.geometry.steps // 2
    ours = explained.input_gradients(index)
    torchs = explained.input_gradients(index, own=False)
    torch.testing.assert_close(torchs, ours, rtol=0, atol=1e-12)
    assert explained.gradient_difference(index, ours) < 1e-12
    for of_step, into_picture in ((step, ours[step]), (None, ours.sum(0))):
        picture = case.picture.clone().requires_grad_()
        weight = explained.weight.clone().requires_grad_()
        output = torch_layer(picture, weight, None, **case.settings)[index].flatten()
        output = output.relu() if case.relu else output
        total = output.sum() if of_step is None else output[of_step]
        images, kernels = torch.autograd.grad(total, (picture, weight))
        gradients = explained.gradients(index, of_step)
        torch.testing.assert_close(gradients.images, images, rtol=0, atol=1e-12)
        torch.testing.assert_close(gradients.weight, kernels[index], rtol=0, atol=1e-12)
        assert gradients.torch_difference < 1e-12
        torch.testing.assert_close(into_picture, images, rtol=0, atol=1e-12)


def test_difference_to_torch_is_measured_not_assumed(monkeypatch):
    right = torch.nn.Conv2d

    class Wrong(right):
        def forward(self, images):
            return super().forward(images) + 99

    monkeypatch.setattr(torch.nn, "Conv2d", Wrong)
    explained = explain_convolution(PICTURE[None], KERNEL[None, None])
    assert explained.torch_difference > 50
    Wrong.forward = lambda self, images: 3 * right.forward(self, images)
    assert explained.gradient_difference(0, explained.input_gradients(0)) > 1.9
    monkeypatch.setattr(
        "core.explain.pooling.F.max_pool2d", lambda *arguments: torch.full((1, 1, 2, 2), 99.0)
    )
    assert explain_pooling(PICTURE, kernel_size=2, stride=1).torch_difference > 50


def test_whole_numbers_equal_torch_exactly():
    assert explain_convolution(PICTURE[None], KERNEL[None, None], padding=1).torch_difference == 0
    assert explain_pooling(PICTURE, kernel_size=2, stride=1).torch_difference == 0


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(
    ("kernel", "stride", "padding", "dilation"),
    [(2, 2, 0, 1), (3, 1, 1, 1), (2, 1, 1, 2), (3, 2, 1, 2)],
)
def test_poolings_winners_are_torchs(kernel, stride, padding, dilation, seed):
    picture = torch.randint(
        -3, 3, (7, 8), generator=torch.Generator().manual_seed(seed)
    ).float()  # many ties
    pooled = explain_pooling(
        picture, kernel_size=kernel, stride=stride, padding=padding, dilation=dilation
    )
    expected, indices = F.max_pool2d(
        picture[None, None], kernel, stride, padding, dilation, return_indices=True
    )
    assert torch.equal(pooled.output, expected[0, 0])
    origin = pooled.geometry.origin()[pooled.geometry.covered()]  # (steps, k·k)
    steps = torch.arange(pooled.geometry.steps)
    assert torch.equal(origin[steps, pooled.winners], indices.flatten())
    windows = pooled.windows.T
    for window, winner, ties in zip(
        windows.tolist(), pooled.winners.tolist(), pooled.ties.tolist()
    ):
        largest = max(window)
        assert [value == largest and index != winner for index, value in enumerate(window)] == ties
    counted = torch.zeros(56).index_add(0, indices.flatten(), torch.ones(indices.numel()))
    assert torch.equal(pooled.gradients().flatten(), counted)
    if dilation == 1:
        torch.testing.assert_close(
            pooled.average, F.avg_pool2d(picture[None, None], kernel, stride, padding)[0, 0]
        )
    else:
        assert pooled.average is None


def test_pooling_padding_never_wins():
    pooled = explain_pooling(-PICTURE, kernel_size=2, stride=2, padding=1)
    assert pooled.windows[:, 0].tolist() == [-math.inf, -math.inf, -math.inf, -1]
    assert int(pooled.winners[0]) == 3


def test_a_pooling_window_of_padding_alone_has_no_winner():
    """On either axis: a dilated window can step over a small picture."""
    for size in ((2, 2), (2, 5), (4, 2)):
        pooled = explain_pooling(torch.ones(size), kernel_size=2, stride=1, padding=1, dilation=3)
        empty = pooled.output.flatten() == -math.inf
        assert empty.any()
        assert torch.equal(pooled.winners < 0, empty)
        assert torch.equal(pooled.won[:, 0] < 0, empty)
        assert not pooled.ties[empty].any()
        assert pooled.torch_difference == 0
        assert float(pooled.gradients().sum()) == int((~empty).sum())


def test_depthwise_filters_see_one_channel():
    explained = explain_convolution(random(3, 5, 5), random(3, 1, 3, 3), groups=3)
    assert [list(explained.channels(index)) for index in range(3)] == [[0], [1], [2]]


def test_shapes_and_settings_are_checked():
    explained = explain_convolution(PICTURE[None], KERNEL[None, None])
    for call, message in (
        (
            lambda: explain_convolution(PICTURE, KERNEL[None, None]),
            r"picture \(channels, height, width\), got",
        ),
        (
            lambda: explain_convolution(PICTURE[None], KERNEL),
            r"Expected weight \(filters, channels",
        ),
        (
            lambda: explain_pooling(PICTURE[None], kernel_size=2, stride=2),
            r"Expected the picture \(height, width\)",
        ),
        (lambda: explain_convolution(PICTURE[None], torch.ones(1, 1, 4, 4)), "output"),
        (
            lambda: explain_convolution(
                PICTURE[None], KERNEL[None, None], padding=3, border="reflect"
            ),
            "reflect",
        ),
        (lambda: pad(PICTURE[None, None], 1, "mirror"), "Expected a border, one of zeros"),
        (lambda: pad(PICTURE[None, None], -1, "zeros"), "Expected a padding of 0 or more, got -1"),
        (lambda: pad(PICTURE[None, None], -1, "circular"), "Expected a padding of 0 or more"),
        (lambda: explained.gradients(1), "Expected a filter from 0 to 0, got 1"),
        (lambda: explained.gradients(0, 4), "Expected a step from 0 to 3, got 4"),
        (lambda: explained.channels(-1), "Expected a filter from 0 to 0, got -1"),
    ):
        with pytest.raises(ValueError, match=message):
            call()


@pytest.mark.parametrize(
    ("size", "padding", "borders"),
    [
        ((3, 9), 2, BORDERS),
        ((3, 9), 3, ("zeros", "replicate", "circular")),
        ((2, 9), 3, ("zeros", "replicate")),
    ],
)
def test_only_borders_that_a_picture_can_give_are_offered(size, padding, borders):
    geometry = Geometry(size, (1, 1), 1, padding, 1)
    assert geometry.borders() == borders
    for border in borders:
        assert pad(torch.rand(1, 1, *size), padding, border).shape[2:] == geometry.padded


def test_formula_has_the_numbers():
    formula = Geometry((28, 20), (3, 5), 2, 1, 1).formula()
    assert (
        formula
        == r"\left\lfloor \frac{28 + 2 \cdot 1 - 1 \cdot (3 - 1) - 1}{2} \right\rfloor + 1 = 14"
    )
    assert "20" in Geometry((28, 20), (3, 5), 2, 1, 1).formula(axis=1)


def test_geometry_without_output_has_no_steps():
    assert Geometry((2, 2), (3, 3), 1, 0, 1).steps == 0
