"""Kernels that a lecture on filters shows, at the sizes that they are defined for."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Float, Float32, Float64
from torch import Tensor

from core.checks import check_dtype

Wave = Literal["real", "imaginary"]
BOX, GAUSS, IDENTITY, GABOR = "Blur (box)", "Blur (Gauss)", "Identity", "Gabor"
FIXED: dict[str, list[list[float]]] = {
    "Vertical edges (Sobel)": [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]],
    "Horizontal edges (Sobel)": [[-1, -2, -1], [0, 0, 0], [1, 2, 1]],
    "All edges (Laplace)": [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
    "Sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
    "Emboss": [[-2, -1, 0], [-1, 1, 1], [0, 1, 2]],
}
SIZED = (BOX, GAUSS, IDENTITY, GABOR)
NAMES = (*FIXED, *SIZED)
LARGEST = 7
LONGEST_WAVE = 1_000_000  # in cells
# Of fractions that kernels have: whole numbers first, boxes to 12 x 12, binomials, typed decimals.
DENOMINATORS = (*range(1, 145), 256, 512, 1000, 1024, 2048, 4096, 10_000)


def preset(
    name: str,
    size: tuple[int, int] = (3, 3),
    *,
    angle: float = 0.0,
    wavelength: float = 4.0,
    part: Wave = "real",
) -> Float32[Tensor, "height width"]:
    """A kernel by its name.

    Args:
        name: one of ``NAMES``.
        size: (height, width), each 1 to 7; those in ``FIXED`` are 3 x 3 alone.
        angle: of the Gabor kernel, see ``gabor``.
        wavelength: likewise.
        part: likewise.

    Returns:
        The kernel's entries.

    Raises:
        ValueError: no such kernel, or not at this size.
    """
    if name not in NAMES:
        raise ValueError(f"Expected the name of a kernel, one of {', '.join(NAMES)}; got {name!r}.")
    if name in FIXED:
        if size != (3, 3):
            raise ValueError(f"Expected the size 3 x 3 for {name}, got {size[0]} x {size[1]}.")
        return torch.tensor(FIXED[name], dtype=torch.float32)
    if name == GABOR:
        return gabor(size, angle=angle, wavelength=wavelength, part=part)
    height, width = _checked(size)
    if name == BOX:
        return torch.full((height, width), 1 / (height * width))
    if name == GAUSS:
        return torch.outer(_binomial(height), _binomial(width))
    kernel = torch.zeros(height, width)
    kernel[(height - 1) // 2, (width - 1) // 2] = 1.0
    return kernel


@dataclass(frozen=True)
class Fractions:
    """Numbers with one denominator: each is its numerator / denominator.

    Attributes:
        numerators: whole numbers, in the shape of the numbers, on the CPU.
        denominator: the smallest that they share.
    """

    numerators: Float64[Tensor, "*shape"]
    denominator: int


def as_fractions(numbers: Float[Tensor, "*shape"]) -> Fractions | None:
    """The fractions that floating-point numbers stand for: 0.0625 is 1/16, 0.11111111 is 1/9.

    Args:
        numbers: finite ones; each has to be the float that is nearest to its fraction.

    Returns:
        None where no denominator of ``DENOMINATORS`` fits them all.

    Raises:
        TypeError: these are no floats in a tensor.
    """
    check_dtype("numbers", numbers, "of any shape")
    exact = numbers.cpu()  # some devices, such as MPS, have no float64
    for denominator in DENOMINATORS:
        numerators = (exact.double() * denominator).round()
        if torch.equal((numerators / denominator).to(exact.dtype), exact):
            return Fractions(numerators, denominator)
    return None


def gabor(
    size: tuple[int, int], *, angle: float = 0.0, wavelength: float = 4.0, part: Wave = "real"
) -> Float32[Tensor, "height width"]:
    """A wave under a Gaussian, as the simple cells of the visual cortex and many first layers have.

        g(x, y) = exp(-(x² + y²) / (2 σ²)) · w(2π x' / λ)
        x' = x cos θ + y sin θ,   σ = 0.56 λ

    with w = cos for the real part, which answers to bars, and w = sin for the imaginary part, which
    answers to edges.

    Args:
        size: (height, width), each 1 to 7; the middle of the kernel is x = y = 0.
        angle: θ in degrees, the direction in which the wave runs; 0 runs to the right, 90 down.
        wavelength: λ in cells, 2 to a million.
        part: "real" or "imaginary".

    Returns:
        The kernel's entries.

    Raises:
        ValueError: a setting is out of range.

    Source: Daugman, "Uncertainty relation for resolution in space, spatial frequency, and
        orientation optimized by two-dimensional visual cortical filters" (1985).
    """
    height, width = _checked(size)
    if part not in ("real", "imaginary"):
        raise ValueError(f'Expected the part "real" or "imaginary", got {part!r}.')
    if not 2 <= wavelength <= LONGEST_WAVE:
        raise ValueError(
            f"Expected a wavelength from 2 to {LONGEST_WAVE:,} cells, got {wavelength}."
        )
    if not math.isfinite(angle):
        raise ValueError(f"Expected an angle in degrees, got {angle}.")
    y = torch.arange(height, dtype=torch.float64)[:, None] - (height - 1) / 2  # (H, 1)
    x = torch.arange(width, dtype=torch.float64) - (width - 1) / 2  # (W)
    turn = math.radians(angle)
    phase = 2 * math.pi / wavelength * (x * math.cos(turn) + y * math.sin(turn))  # (H, W)
    envelope = torch.exp(-(x**2 + y**2) / (2 * (0.56 * wavelength) ** 2))
    wave = phase.cos() if part == "real" else phase.sin()
    return (envelope * wave).float()


def _binomial(count: int) -> Float32[Tensor, " {count}"]:
    """Row count - 1 of Pascal's triangle over its sum: what a Gauss kernel is made of."""
    total = 2 ** (count - 1)
    return torch.tensor([math.comb(count - 1, index) / total for index in range(count)])


def _checked(size: tuple[int, int]) -> tuple[int, int]:
    if not all(1 <= side <= LARGEST for side in size):
        raise ValueError(
            f"Expected a height and width from 1 to {LARGEST}, got {size[0]} x {size[1]}."
        )
    return size
