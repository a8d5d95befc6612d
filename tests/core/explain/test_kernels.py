"""core.explain.kernels: every preset does what its name says."""

import math

import pytest
import torch

from core.conv import conv2d
from core.explain import kernels

RAMP = torch.arange(9.0).expand(9, 9)  # grows by 1 to the right


def applied(kernel: torch.Tensor, picture: torch.Tensor) -> torch.Tensor:
    return conv2d(picture[None, None], kernel[None, None])[0, 0]


def test_identity_changes_nothing():
    for size in ((3, 3), (1, 5), (4, 2), (7, 7)):
        kernel = kernels.preset(kernels.IDENTITY, size)
        top, left = (size[0] - 1) // 2, (size[1] - 1) // 2
        out = applied(kernel, RAMP)
        assert torch.equal(out, RAMP[top : top + out.shape[0], left : left + out.shape[1]])


@pytest.mark.parametrize("name", [kernels.BOX, kernels.GAUSS])
@pytest.mark.parametrize("size", [(1, 1), (3, 3), (2, 5), (7, 4)])
def test_blurs_keep_the_mean(name, size):
    kernel = kernels.preset(name, size)
    assert kernel.shape == size
    assert float(kernel.sum()) == pytest.approx(1)
    assert torch.equal(kernel, kernel.flip(0, 1))


def test_gauss_by_hand():
    assert torch.equal(
        kernels.preset(kernels.GAUSS) * 16, torch.tensor([[1.0, 2, 1], [2, 4, 2], [1, 2, 1]])
    )


@pytest.mark.parametrize(
    ("name", "right", "down"),
    [
        ("Vertical edges (Sobel)", 8.0, 0.0),
        ("Horizontal edges (Sobel)", 0.0, 8.0),
        ("All edges (Laplace)", 0.0, 0.0),
    ],
)
def test_edges_on_a_ramp(name, right, down):
    kernel = kernels.preset(name)
    assert applied(kernel, RAMP).unique().tolist() == [right]
    assert applied(kernel, RAMP.T).unique().tolist() == [down]
    assert float(kernel.sum()) == 0


@pytest.mark.parametrize("name", ["Sharpen", "Emboss"])
def test_sharpen_and_emboss_keep_a_flat_picture(name):
    assert applied(kernels.preset(name), torch.full((5, 5), 3.0)).unique().tolist() == [3.0]


def test_gabor_by_hand():
    kernel = kernels.gabor((3, 5), angle=0.0, wavelength=4.0)
    for row, y in enumerate((-1, 0, 1)):
        for column, x in enumerate((-2, -1, 0, 1, 2)):
            right = math.exp(-(x * x + y * y) / (2 * (0.56 * 4) ** 2)) * math.cos(
                2 * math.pi * x / 4
            )
            assert float(kernel[row, column]) == pytest.approx(right, abs=1e-7)


def test_gabor_turns_and_has_two_parts():
    level, upright = (kernels.gabor((5, 5), angle=angle, wavelength=3.0) for angle in (0.0, 90.0))
    assert torch.allclose(level.T, upright, atol=1e-6)
    assert torch.equal(level, level.flip(1)), "the real part is even"
    odd = kernels.gabor((5, 5), wavelength=3.0, part="imaginary")
    assert torch.allclose(odd, -odd.flip(1), atol=1e-7), "the imaginary part is odd"
    assert kernels.preset(kernels.GABOR, (5, 5), wavelength=3.0, part="imaginary").equal(odd)


@pytest.mark.parametrize(
    ("numbers", "numerators", "denominator"),
    [
        ([[1.0, -2.0, 0.0]], [[1, -2, 0]], 1),
        ([0.0625, 0.125, 0.25], [1, 2, 4], 16),
        ([1 / 9, -2 / 9], [1, -2], 9),
        ([0.1, 0.35], [2, 7], 20),
        ([400 / 4096, 1 / 4096], [400, 1], 4096),
        ([0.3333], [3333], 10_000),
    ],
)
def test_fractions_are_found(numbers, numerators, denominator):
    for dtype in (torch.float32, torch.float64):
        found = kernels.as_fractions(torch.tensor(numbers, dtype=dtype))
        assert found.denominator == denominator
        assert found.numerators.tolist() == numerators


def test_what_is_no_fraction_is_none():
    drawn = torch.randn(3, 3, generator=torch.Generator().manual_seed(0))
    assert kernels.as_fractions(drawn) is None
    assert kernels.as_fractions(torch.tensor([math.nan])) is None


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: kernels.preset("Blurr"), "Expected the name of a kernel"),
        (lambda: kernels.preset("Emboss", (5, 5)), "Expected the size 3 x 3 for Emboss, got 5 x 5"),
        (lambda: kernels.preset(kernels.BOX, (8, 1)), "from 1 to 7, got 8 x 1"),
        (lambda: kernels.gabor((0, 3)), "from 1 to 7, got 0 x 3"),
        (lambda: kernels.gabor((3, 3), wavelength=1.0), "from 2 to 1,000,000 cells, got 1.0"),
        (lambda: kernels.gabor((3, 3), wavelength=math.nan), "from 2 to 1,000,000 cells, got nan"),
        (lambda: kernels.gabor((3, 3), angle=math.inf), "an angle in degrees, got inf"),
        (lambda: kernels.gabor((3, 3), part="both"), 'Expected the part "real" or "imaginary"'),
    ],
)
def test_wrong_settings_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
