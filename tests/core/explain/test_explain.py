"""core.explain: every shown number comes from the layers and is right."""

import math

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from core.explain.convolution import explain_convolution
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


SETTINGS = {
    "size": st.tuples(st.integers(3, 8), st.integers(3, 8)),
    "kernel": st.tuples(st.integers(1, 3), st.integers(1, 3)),
    "stride": st.integers(1, 3),
    "padding": st.integers(0, 2),
    "dilation": st.integers(1, 2),
    "border": st.sampled_from(BORDERS),
    "channels": st.sampled_from([(1, 1, 1), (1, 3, 1), (3, 2, 1), (3, 3, 3), (2, 4, 2)]),
    "relu": st.booleans(),
    "flipped": st.booleans(),
    "seed": st.integers(0, 99),
}


@settings(deadline=None, max_examples=60)
@given(**SETTINGS)
def test_every_number_adds_up_to_torchs_output(
    size, kernel, stride, padding, dilation, border, channels, relu, flipped, seed
):
    geometry = Geometry(size, kernel, stride, padding, dilation)
    count, filters, groups = channels
    if not geometry.steps or border not in geometry.borders():
        return
    picture, weight = (
        random(count, *size, seed=seed),
        random(filters, count // groups, *kernel, seed=seed + 1),
    )
    bias = random(filters, seed=seed + 2)
    settings_ = {
        "stride": stride,
        "padding": padding,
        "dilation": dilation,
        "border": border,
        "groups": groups,
    }
    explained = explain_convolution(
        picture, weight, bias=bias, relu=relu, flipped=flipped, **settings_
    )
    applied = weight.flip(2, 3) if flipped else weight
    sums = torch_layer(picture, applied, bias, **settings_)
    expected = sums.relu() if relu else sums
    assert explained.geometry == geometry
    torch.testing.assert_close(explained.output, expected, rtol=0, atol=1e-12)
    assert explained.torch_difference < 1e-12
    padded = F.pad(picture[None], (padding,) * 4, mode="constant" if border == "zeros" else border)[
        0
    ]
    torch.testing.assert_close(explained.padded, padded)
    windows = padded.flatten(1)[:, geometry.covered()].transpose(1, 2)  # (C, kh·kw, steps)
    torch.testing.assert_close(explained.windows, windows, rtol=0, atol=0)
    torch.testing.assert_close(
        F.unfold(padded[None], kernel, dilation, 0, stride)[0],
        explained.windows.flatten(0, 1),
        rtol=0,
        atol=0,
    )
    origin = geometry.origin(border)
    repeated = torch.where(origin < 0, 0.0, picture.flatten(1)[:, origin.clamp(min=0)])
    torch.testing.assert_close(repeated, padded.flatten(1), rtol=0, atol=0)
    for place in range(filters):
        seen = list(explained.channels(place))
        products = explained.products(place)
        torch.testing.assert_close(
            products, windows[seen] * applied[place].flatten(1)[..., None], rtol=0, atol=1e-15
        )
        torch.testing.assert_close(
            explained.partial_sums(place), products.sum(1), rtol=0, atol=1e-12
        )
        total = products.sum((0, 1)) + bias[place]
        torch.testing.assert_close(total, sums[place].flatten(), rtol=0, atol=1e-12)


@settings(deadline=None, max_examples=30)
@given(**SETTINGS)
def test_gradients_are_autograds(
    size, kernel, stride, padding, dilation, border, channels, relu, flipped, seed
):
    geometry = Geometry(size, kernel, stride, padding, dilation)
    count, filters, groups = channels
    if not geometry.steps or border not in geometry.borders():
        return
    picture, weight = (
        random(count, *size, seed=seed),
        random(filters, count // groups, *kernel, seed=seed + 1),
    )
    settings_ = {
        "stride": stride,
        "padding": padding,
        "dilation": dilation,
        "border": border,
        "groups": groups,
    }
    explained = explain_convolution(picture, weight, relu=relu, flipped=flipped, **settings_)
    place, step = filters - 1, geometry.steps // 2
    every = explained.input_gradients(place)
    torch.testing.assert_close(
        explained.input_gradients(place, own=False), every, rtol=0, atol=1e-12
    )
    assert explained.gradient_difference(place, every) < 1e-12
    for wanted in (step, None):
        leaf = picture.clone().requires_grad_()
        kernel_leaf = explained.weight.clone().requires_grad_()
        output = torch_layer(leaf, kernel_leaf, None, **settings_)[place].flatten()
        output = output.relu() if relu else output
        images, kernels = torch.autograd.grad(
            output.sum() if wanted is None else output[wanted], (leaf, kernel_leaf)
        )
        found = explained.gradients(place, wanted)
        torch.testing.assert_close(found.images, images, rtol=0, atol=1e-12)
        torch.testing.assert_close(found.weight, kernels[place], rtol=0, atol=1e-12)
        assert found.torch_difference < 1e-12
        torch.testing.assert_close(
            every.sum(0) if wanted is None else every[wanted], images, rtol=0, atol=1e-12
        )


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
    expected, places = F.max_pool2d(
        picture[None, None], kernel, stride, padding, dilation, return_indices=True
    )
    assert torch.equal(pooled.output, expected[0, 0])
    origin = pooled.geometry.origin()[pooled.geometry.covered()]  # (steps, k·k)
    steps = torch.arange(pooled.geometry.steps)
    assert torch.equal(origin[steps, pooled.winners], places.flatten())
    windows = pooled.windows.T
    for window, winner, ties in zip(
        windows.tolist(), pooled.winners.tolist(), pooled.ties.tolist()
    ):
        largest = max(window)
        assert [value == largest and place != winner for place, value in enumerate(window)] == ties
    counted = torch.zeros(56).index_add(0, places.flatten(), torch.ones(places.numel()))
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


def test_depthwise_filters_see_one_channel():
    explained = explain_convolution(random(3, 5, 5), random(3, 1, 3, 3), groups=3)
    assert [list(explained.channels(place)) for place in range(3)] == [[0], [1], [2]]


def test_shapes_and_settings_are_checked():
    explained = explain_convolution(PICTURE[None], KERNEL[None, None])
    for call, message in (
        (
            lambda: explain_convolution(PICTURE, KERNEL[None, None]),
            r"picture as \(channels, height, width\), got",
        ),
        (
            lambda: explain_convolution(PICTURE[None], KERNEL),
            r"Expected the weight as \(filters, channels",
        ),
        (
            lambda: explain_pooling(PICTURE[None], kernel_size=2, stride=2),
            r"Expected the picture as \(height, width\)",
        ),
        (lambda: explain_convolution(PICTURE[None], torch.ones(1, 1, 4, 4)), "output"),
        (
            lambda: explain_convolution(
                PICTURE[None], KERNEL[None, None], padding=3, border="reflect"
            ),
            "reflect",
        ),
        (lambda: pad(PICTURE[None, None], 1, "mirror"), "Expected a border, one of zeros"),
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
