"""core.explain: every shown number comes from the layers and is right."""

import math

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from core.explain import Geometry, explain_convolution, explain_max_pooling

PICTURE = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]])
KERNEL = torch.tensor([[1.0, 0.0], [0.0, -1.0]])


def test_step_by_hand():
    step = explain_convolution(PICTURE, KERNEL, bias=0.5).step(3)
    assert (step.row, step.column) == (1, 1)
    assert step.window.tolist() == [[5, 6], [8, 9]]
    assert step.products is not None
    assert step.products.tolist() == [[5, 0], [0, -9]]
    assert step.output == -3.5
    assert (step.window_rows, step.window_columns) == ((1, 2), (1, 2))


def test_window_positions_outside_are_padding():
    step = explain_convolution(PICTURE, KERNEL, stride=2, padding=1, dilation=2).step(0)
    assert step.window_rows == (-1, 1)
    assert step.window.tolist() == [[0, 0], [0, 5]]


@settings(deadline=None, max_examples=40)
@given(
    size=st.tuples(st.integers(3, 9), st.integers(3, 9)),
    kernel=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    stride=st.integers(1, 3),
    padding=st.integers(0, 2),
    dilation=st.integers(1, 2),
    seed=st.integers(0, 99),
)
def test_every_step_adds_up_to_torchs_output(size, kernel, stride, padding, dilation, seed):
    geometry = Geometry(size, kernel, stride, padding, dilation)
    if not geometry.steps:
        return
    generator = torch.Generator().manual_seed(seed)
    picture = torch.randn(size, generator=generator, dtype=torch.float64)
    weight = torch.randn(kernel, generator=generator, dtype=torch.float64)
    explained = explain_convolution(picture, weight, bias=0.25, stride=stride, padding=padding, dilation=dilation)
    expected = F.conv2d(
        picture[None, None], weight[None, None], torch.tensor([0.25], dtype=torch.float64), stride, padding, dilation
    )[0, 0]
    assert explained.geometry.output == tuple(expected.shape)
    for index in range(geometry.steps):
        step = explained.step(index)
        assert step.products is not None
        assert math.isclose(step.output, float(expected[step.row, step.column]), abs_tol=1e-12)
        assert math.isclose(float(step.products.sum()) + step.bias, step.output, abs_tol=1e-12)
        torch.testing.assert_close(step.products, step.window * weight, rtol=0, atol=1e-15)
        for r, row in enumerate(step.window_rows):
            for c, column in enumerate(step.window_columns):
                inside = 0 <= row < size[0] and 0 <= column < size[1]
                assert float(step.window[r, c]) == (float(picture[row, column]) if inside else 0.0)


def test_difference_to_torch_is_measured_not_assumed(monkeypatch):
    monkeypatch.setattr("core.explain.F.conv2d", lambda *arguments: torch.full((1, 1, 2, 2), 99.0))
    assert explain_convolution(PICTURE, KERNEL).torch_difference > 50


def test_whole_numbers_equal_torch_exactly():
    assert explain_convolution(PICTURE, KERNEL, padding=1).torch_difference == 0
    assert explain_max_pooling(PICTURE, kernel_size=2, stride=1).torch_difference == 0


def test_pooling_winner():
    step = explain_max_pooling(torch.tensor([[1.0, 9.0], [3.0, 2.0]]), kernel_size=2, stride=2).step(0)
    assert step.winner == (0, 1)
    assert step.output == 9
    assert step.products is None


def test_pooling_tie_goes_to_the_first_as_in_torch():
    picture = torch.zeros(2, 2)
    _, index = F.max_pool2d(picture[None, None], 2, return_indices=True)
    assert explain_max_pooling(picture, kernel_size=2, stride=2).step(0).winner == divmod(int(index), 2)


def test_pooling_padding_never_wins():
    step = explain_max_pooling(-PICTURE, kernel_size=2, stride=2, padding=1).step(0)
    assert step.window.tolist() == [[-math.inf, -math.inf], [-math.inf, -1]]
    assert step.winner == (1, 1)


def test_pooling_winner_with_dilation():
    step = explain_max_pooling(PICTURE, kernel_size=2, stride=1, dilation=2).step(0)
    assert step.window.tolist() == [[1, 3], [7, 9]]
    assert step.winner == (1, 1)


@pytest.mark.parametrize("index", [-1, 4])
def test_no_such_step(index):
    with pytest.raises(ValueError, match="Expected a step from 0 to 3, got"):
        explain_convolution(PICTURE, KERNEL).step(index)


def test_shapes_are_checked():
    with pytest.raises(ValueError, match=r"Expected the picture as \(height, width\), got the shape \(1, 3, 3\)"):
        explain_convolution(PICTURE[None], KERNEL)
    with pytest.raises(ValueError, match=r"Expected the weight as \(height, width\)"):
        explain_convolution(PICTURE, KERNEL[None])
    with pytest.raises(ValueError, match=r"Expected the picture as \(height, width\)"):
        explain_max_pooling(PICTURE[None], kernel_size=2, stride=2)


def test_no_output_is_an_error_of_the_layer():
    with pytest.raises(ValueError, match="output"):
        explain_convolution(PICTURE, torch.ones(4, 4))


def test_formula_has_the_numbers():
    formula = Geometry((28, 20), (3, 5), 2, 1, 1).formula()
    assert formula == r"\left\lfloor \frac{28 + 2 \cdot 1 - 1 \cdot (3 - 1) - 1}{2} \right\rfloor + 1 = 14"
    assert "20" in Geometry((28, 20), (3, 5), 2, 1, 1).formula(axis=1)


def test_geometry_without_output_has_no_steps():
    assert Geometry((2, 2), (3, 3), 1, 0, 1).steps == 0
