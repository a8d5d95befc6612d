"""Winograd's convolution against torch's, values and gradients."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from core.layers.winograd import WinogradConv2d, conv2d_winograd, use_winograd
from core.models import ResNet


@settings(deadline=None)
@given(
    n=st.integers(1, 3),
    c=st.integers(1, 5),
    k=st.integers(1, 5),
    rows=st.integers(1, 4),
    columns=st.integers(1, 4),
    channels_last=st.booleans(),
    seed=st.integers(0, 2**16),
)
def test_values_and_gradients_are_torchs(
    n: int, c: int, k: int, rows: int, columns: int, *, channels_last: bool, seed: int
) -> None:
    generator = torch.Generator().manual_seed(seed)
    draw = {"generator": generator, "dtype": torch.float64}
    images = torch.randn(n, c, 4 * rows, 4 * columns, **draw)  # type: ignore[call-overload]
    if channels_last:
        images = images.contiguous(memory_format=torch.channels_last)
    images.requires_grad_()
    weight = torch.randn(k, c, 3, 3, **draw).requires_grad_()  # type: ignore[call-overload]
    mine, theirs = conv2d_winograd(images, weight), F.conv2d(images, weight, padding=1)
    torch.testing.assert_close(mine, theirs, rtol=0, atol=1e-11)
    gradient = torch.randn(mine.shape, **draw)  # type: ignore[call-overload]
    for own, reference in zip(
        torch.autograd.grad(mine, (images, weight), gradient),
        torch.autograd.grad(theirs, (images, weight), gradient),
    ):
        torch.testing.assert_close(own, reference, rtol=0, atol=1e-10)


def test_float32_rounding_stays_small() -> None:
    torch.manual_seed(0)
    images, weight = torch.randn(4, 128, 16, 16), torch.randn(128, 128, 3, 3) / 34
    exact = F.conv2d(images.double(), weight.double(), padding=1)
    assert (conv2d_winograd(images, weight) - exact).abs().max() < 5e-5 * exact.abs().max()


@pytest.mark.parametrize(("images", "weight"), [(True, False), (False, True)])
def test_one_gradient_alone(images: bool, weight: bool) -> None:
    torch.manual_seed(0)
    values = torch.randn(2, 3, 8, 8, requires_grad=images)
    kernels = torch.randn(4, 3, 3, 3, requires_grad=weight)
    conv2d_winograd(values, kernels).square().sum().backward()
    assert (values.grad is not None, kernels.grad is not None) == (images, weight)


def test_shapes_that_do_not_fit_are_refused() -> None:
    weight = torch.zeros(2, 3, 3, 3)
    with pytest.raises(ValueError, match=r"H and W multiples of 4, got \(1, 3, 6, 8\)"):
        conv2d_winograd(torch.zeros(1, 3, 6, 8), weight)
    with pytest.raises(ValueError, match=r"got \(3, 8, 8\)"):
        conv2d_winograd(torch.zeros(3, 8, 8), weight)
    with pytest.raises(ValueError, match=r"Expected weight \(K, 4, 3, 3\), got \(2, 3, 3, 3\)"):
        conv2d_winograd(torch.zeros(1, 4, 8, 8), weight)


def test_the_resnet_uses_it_in_three_layers_and_stays_the_same_network() -> None:
    torch.manual_seed(0)
    model = ResNet().eval()
    images = torch.rand(2, 3, 32, 32)
    names = list(model.state_dict())
    with torch.no_grad():
        before = model(images)
        assert use_winograd(model) == 3
        after = model(images)
    changed = [name for name, layer in model.named_modules() if isinstance(layer, WinogradConv2d)]
    assert changed == ["block1.main.3", "block2.main.3", "block3.main.3"]
    assert list(model.state_dict()) == names
    torch.testing.assert_close(after, before, rtol=1e-3, atol=1e-3)
    assert not torch.equal(after, before)  # it was really computed in another way
    assert use_winograd(model) == 0


@pytest.mark.parametrize("size", [4, 7])
def test_what_it_cannot_do_is_left_to_torch(size: int) -> None:
    torch.manual_seed(0)
    layers = nn.Sequential(nn.Conv2d(64, 64, 3, padding=1, bias=False))
    images = torch.randn(1, 64, size, size, dtype=torch.float32)
    expected = layers(images)
    use_winograd(layers)
    torch.testing.assert_close(layers(images), expected, rtol=1e-4, atol=1e-4)
    assert torch.equal(layers(images), expected) == (size == 7)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert layers(images).dtype == torch.bfloat16


@pytest.mark.parametrize(
    "layer",
    [
        nn.Conv2d(64, 64, 3, padding=1),
        nn.Conv2d(64, 64, 3, padding=1, stride=2, bias=False),
        nn.Conv2d(64, 64, 5, padding=2, bias=False),
        nn.Conv2d(64, 64, 3, padding=1, groups=2, bias=False),
        nn.Conv2d(64, 64, 3, padding=1, bias=False, padding_mode="reflect"),
        nn.Conv2d(3, 64, 3, padding=1, bias=False),
    ],
)
def test_other_layers_stay_torchs(layer: nn.Conv2d) -> None:
    assert use_winograd(nn.Sequential(layer)) == 0
    assert type(layer) is nn.Conv2d
