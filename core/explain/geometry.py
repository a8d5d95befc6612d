"""How a window lies on an image, and what the padding around the image holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import torch
import torch.nn.functional as F
from torch import Tensor

from core.conv import output_size

Border = Literal["zeros", "reflect", "replicate", "circular"]
BORDERS: tuple[Border, ...] = get_args(Border)


@dataclass(frozen=True)
class Geometry:
    """How a window of one size slides over a picture of one size. All lengths in cells, all pairs
    (height, width).
    """

    size: tuple[int, int]
    kernel: tuple[int, int]
    stride: int
    padding: int
    dilation: int

    @property
    def output(self) -> tuple[int, int]:
        """Output size, floor((size + 2·padding − dilation·(kernel − 1) − 1) / stride) + 1 per axis;
        below 1: none.
        """
        return (self._positions(0), self._positions(1))

    @property
    def padded(self) -> tuple[int, int]:
        """Size with the padding."""
        return (self.size[0] + 2 * self.padding, self.size[1] + 2 * self.padding)

    @property
    def steps(self) -> int:
        """Number of output cells, 0 when the window does not fit."""
        return max(0, self.output[0]) * max(0, self.output[1])

    def formula(self, axis: int = 0) -> str:
        """The output-size formula of one axis with its numbers, as LaTeX."""
        covered = rf"{self.dilation} \cdot ({self.kernel[axis]} - 1) - 1"
        fraction = (
            rf"\frac{{{self.size[axis]} + 2 \cdot {self.padding} - {covered}}}{{{self.stride}}}"
        )
        return rf"\left\lfloor {fraction} \right\rfloor + 1 = {self.output[axis]}"

    def borders(self) -> tuple[Border, ...]:
        """The borders that this padding can have: a mirror needs more cells than it adds, a ring at
        least as many.
        """
        least = min(self.size)
        fits = {"reflect": self.padding < least, "circular": self.padding <= least}
        return tuple(border for border in BORDERS if fits.get(border, True))

    def covered(self) -> Tensor:
        """Where each window lies: (steps, kernel height · kernel width) places in the padded
        picture, row by row.
        """
        rows, columns = (
            torch.arange(self.output[axis])[:, None] * self.stride
            + torch.arange(self.kernel[axis]) * self.dilation
            for axis in (0, 1)
        )  # (H_out, kh), (W_out, kw)
        places = (
            rows[:, None, :, None] * self.padded[1] + columns[None, :, None, :]
        )  # (H_out, W_out, kh, kw)
        return places.reshape(self.steps, -1)

    def origin(self, border: Border = "zeros") -> Tensor:
        """Which cell of the picture each padded cell repeats: (padded height · padded width)
        places, -1 for none.
        """
        places = torch.arange(self.size[0] * self.size[1], dtype=torch.float64).reshape(
            1, 1, *self.size
        )
        return pad(places, self.padding, border, fill=-1.0).flatten().long()

    def _positions(self, axis: int) -> int:
        return output_size(
            self.size[axis], self.kernel[axis], self.stride, self.padding, self.dilation
        )


def pad(images: Tensor, padding: int, border: Border, *, fill: float = 0.0) -> Tensor:
    """Images with rows and columns added on every side.

    Args:
        images: (N, C, H, W) float.
        padding: rows and columns on each side.
        border: what they hold: "zeros" (the fill), "reflect" (the picture mirrored at its edge
            cells), "replicate" (the edge cells again) or "circular" (the opposite side); torch's
            names of ``padding_mode``.
        fill: of "zeros".

    Returns:
        (N, C, H + 2 padding, W + 2 padding).

    Raises:
        ValueError: no such border, or a picture too small for it.
    """
    if border not in BORDERS:
        raise ValueError(f"Expected a border, one of {', '.join(BORDERS)}; got {border!r}.")
    height, width = images.shape[-2:]
    if border not in Geometry((height, width), (1, 1), 1, padding, 1).borders():
        raise ValueError(
            f"Expected a {border} padding that {height} x {width} cells can give, got {padding}."
        )
    sides = (padding,) * 4
    if border == "zeros":
        return F.pad(images, sides, value=fill)
    return F.pad(images, sides, mode=border)


def _pair(tensor: Tensor) -> tuple[int, int]:
    return (tensor.shape[-2], tensor.shape[-1])
