"""The convolution as one matrix product against torch's, values and gradients."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from core.layers.matrix_conv import MatrixConv2d, conv2d_matrix, use_matrix_products
from core.models import ResNet

BF16 = torch.autocast("cpu", dtype=torch.bfloat16)


@settings(deadline=None)
@given(
    n=st.integers(1, 3),
    c=st.integers(1, 5),
    k=st.integers(1, 5),
    size=st.tuples(st.integers(1, 9), st.integers(1, 9)),
    stride=st.integers(1, 3),
    channels_last=st.booleans(),
    seed=st.integers(0, 2**16),
)
def test_values_and_gradients_are_torchs(
    n: int, c: int, k: int, size: tuple[int, int], stride: int, *, channels_last: bool, seed: int
) -> None:
    generator = torch.Generator().manual_seed(seed)
    draw = {"generator": generator, "dtype": torch.float64}
    images = torch.randn(n, c, *size, **draw)  # type: ignore[call-overload]
    if channels_last:
        images = images.contiguous(memory_format=torch.channels_last)
    images.requires_grad_()
    weight = torch.randn(k, c, 3, 3, **draw).requires_grad_()  # type: ignore[call-overload]
    mine = conv2d_matrix(images, weight, stride)
    theirs = F.conv2d(images, weight, stride=stride, padding=1)
    torch.testing.assert_close(mine, theirs, rtol=0, atol=1e-12)
    gradient = torch.randn(mine.shape, **draw)  # type: ignore[call-overload]
    for own, reference in zip(
        torch.autograd.grad(mine, (images, weight), gradient),
        torch.autograd.grad(theirs, (images, weight), gradient),
    ):
        torch.testing.assert_close(own, reference, rtol=0, atol=1e-11)


@pytest.mark.parametrize(("images", "weight"), [(True, False), (False, True)])
def test_one_gradient_alone(images: bool, weight: bool) -> None:
    torch.manual_seed(0)
    values = torch.randn(2, 3, 8, 8, requires_grad=images)
    kernels = torch.randn(4, 3, 3, 3, requires_grad=weight)
    conv2d_matrix(values, kernels).square().sum().backward()
    assert (values.grad is not None, kernels.grad is not None) == (images, weight)


def test_what_does_not_fit_is_refused() -> None:
    weight = torch.zeros(2, 3, 3, 3)
    with pytest.raises(ValueError, match=r"no side of 0, got \(1, 3, 0, 8\)"):
        conv2d_matrix(torch.zeros(1, 3, 0, 8), weight)
    with pytest.raises(ValueError, match=r"got \(3, 8, 8\)"):
        conv2d_matrix(torch.zeros(3, 8, 8), weight)
    with pytest.raises(ValueError, match=r"Expected weight \(K, 4, 3, 3\), got \(2, 3, 3, 3\)"):
        conv2d_matrix(torch.zeros(1, 4, 8, 8), weight)
    with pytest.raises(ValueError, match="Expected a stride of 1 or more, got 0"):
        conv2d_matrix(torch.zeros(1, 3, 8, 8), weight, 0)


def test_the_resnet_uses_it_and_trains_as_torchs_layers_do() -> None:
    torch.manual_seed(0)
    model, plain = ResNet(), ResNet()
    plain.load_state_dict(model.state_dict())
    assert use_matrix_products(model) == 6
    assert list(model.state_dict()) == list(plain.state_dict())
    images, labels = torch.rand(8, 3, 32, 32), torch.arange(8)
    gradients = []
    for network in (model, plain):
        with BF16:
            loss = F.cross_entropy(network(images).float(), labels)
        gradients.append(torch.autograd.grad(loss, network.parameters()))
    for own, reference in zip(*gradients):
        assert own.dtype == reference.dtype == torch.float32
        assert torch.cosine_similarity(own.flatten(), reference.flatten(), dim=0) > 0.99
    deep = [name for name, layer in model.named_modules() if isinstance(layer, MatrixConv2d)]
    expected = [f"block{block}.main.{layer}" for block in (1, 2, 3) for layer in (0, 3)]
    assert deep == expected


@pytest.mark.parametrize(
    ("size", "stride", "autocast", "by_product"),
    [(8, 1, True, True), (16, 2, True, True), (9, 1, True, False), (8, 1, False, False)],
)
def test_small_maps_in_16_bits_alone(
    size: int, stride: int, *, autocast: bool, by_product: bool
) -> None:
    torch.manual_seed(0)
    layer = nn.Conv2d(3, 128, 3, stride=stride, padding=1, bias=False)
    assert use_matrix_products(nn.Sequential(layer)) == 1
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=autocast):
        output = layer(torch.randn(2, 3, size, size))
    assert output.dtype == (torch.bfloat16 if autocast else torch.float32)
    assert (type(output.grad_fn).__name__ == "_ProductBackward") == by_product


@pytest.mark.parametrize(
    "layer",
    [
        nn.Conv2d(64, 128, 3, padding=1),
        nn.Conv2d(64, 128, 3, padding=1, stride=(2, 1), bias=False),
        nn.Conv2d(64, 128, 1, bias=False),
        nn.Conv2d(64, 128, 3, padding=1, groups=2, bias=False),
        nn.Conv2d(64, 128, 3, padding=1, bias=False, padding_mode="reflect"),
        nn.Conv2d(128, 64, 3, padding=1, bias=False),
    ],
)
def test_other_layers_stay_torchs(layer: nn.Conv2d) -> None:
    assert use_matrix_products(nn.Sequential(layer)) == 0
    assert type(layer) is nn.Conv2d
