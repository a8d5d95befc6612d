"""How a window lies on an image, and what the padding around the image holds."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int64
from torch import Tensor

from core.checks import check_dtype, check_tensor
from core.conv import output_size

Border = Literal["zeros", "reflect", "replicate", "circular"]
BORDERS: tuple[Border, ...] = get_args(Border)


@dataclass(frozen=True)
class Geometry:
    """How a window of one size slides over a picture of one size. All lengths are in cells.

    Attributes:
        size: height and width of the picture.
        kernel: height and width of the window.
        stride: from one window to the next.
        padding: rows and columns added on every side.
        dilation: from one entry of the window to the next.
    """

    size: tuple[int, int]
    kernel: tuple[int, int]
    stride: int
    padding: int
    dilation: int

    @property
    def output(self) -> tuple[int, int]:
        """Height and width of the output; below 1 the window fits nowhere.

        floor((size + 2 padding - dilation (kernel - 1) - 1) / stride) + 1
        """
        return (self._positions(0), self._positions(1))

    @property
    def padded(self) -> tuple[int, int]:
        """Height and width with the padding."""
        return (self.size[0] + 2 * self.padding, self.size[1] + 2 * self.padding)

    @property
    def steps(self) -> int:
        """Number of output cells, 0 when the window does not fit."""
        return max(0, self.output[0]) * max(0, self.output[1])

    def formula(self, axis: int = 0) -> str:
        """The output-size formula of one axis with its numbers, as LaTeX."""
        covered = rf"{self.dilation} \cdot ({self.kernel[axis]} - 1) - 1"
        padded = rf"{self.size[axis]} + 2 \cdot {self.padding}"
        fraction = rf"\frac{{{padded} - {covered}}}{{{self.stride}}}"
        return rf"\left\lfloor {fraction} \right\rfloor + 1 = {self.output[axis]}"

    def written(self) -> str:
        """The output size with its numbers as plain text: what is 0 or 1 is left out.

        Both axes where they differ: "7 − 3 + 1 = 5 and 5 − 3 + 1 = 3".
        """
        same = len({*self.size}) == 1 and len({*self.kernel}) == 1
        return " and ".join(self._written(axis) for axis in ((0,) if same else (0, 1)))

    def borders(self) -> tuple[Border, ...]:
        """The borders that this padding can have.

        "reflect" needs more cells than it adds, "circular" at least as many.
        """
        smallest = min(self.size)
        fits = {"reflect": self.padding < smallest, "circular": self.padding <= smallest}
        return tuple(border for border in BORDERS if fits.get(border, True))

    def covered(self) -> Int64[Tensor, "steps window"]:
        """Which cells each window covers, as indices into the flattened padded picture.

        A row of kernel height · kernel width indices for each window, row by row.
        """
        rows, columns = (self._covered(axis) for axis in (0, 1))  # (H_out, kh), (W_out, kw)
        cells = rows[:, None, :, None] * self.padded[1] + columns[None, :, None, :]
        return cells.reshape(self.steps, -1)  # from (H_out, W_out, kh, kw)

    def origin(self, border: Border = "zeros") -> Int64[Tensor, " padded"]:
        """Which cell of the picture each padded cell repeats.

        Args:
            border: of the padding, see ``pad``.

        Returns:
            Indices into the flattened picture, -1 where a padded cell repeats none.
        """
        height, width = self.size
        cells = torch.arange(height * width, dtype=torch.float64).reshape(1, 1, height, width)
        return pad(cells, self.padding, border, fill=-1.0).flatten().long()

    def free_cells(self, axis: int) -> int:
        """How many cells the window can move along an axis."""
        return self.padded[axis] - self.dilation * (self.kernel[axis] - 1) - 1

    def _positions(self, axis: int) -> int:
        size, kernel = self.size[axis], self.kernel[axis]
        return output_size(size, kernel, self.stride, self.padding, self.dilation)

    def _written(self, axis: int) -> str:
        size, kernel, stride = self.size[axis], self.kernel[axis], self.stride
        padded = f"{size} + 2·{self.padding}" if self.padding else f"{size}"
        wide = f"{self.dilation}·({kernel} − 1) − 1" if self.dilation > 1 else f"{kernel}"
        moves = f"{padded} − {wide}"
        if stride > 1:
            rounded = ", rounded down," if self.free_cells(axis) % stride else ""
            moves = f"({moves}) / {stride}{rounded}"
        return f"{moves} + 1 = {self.output[axis]}"

    def _covered(self, axis: int) -> Int64[Tensor, "positions entries"]:
        """Rows or columns of the padded picture that each position of the window covers."""
        starts = torch.arange(self.output[axis]) * self.stride
        return starts[:, None] + torch.arange(self.kernel[axis]) * self.dilation


def pad(
    images: Float[Tensor, "n c h w"], padding: int, border: Border, *, fill: float = 0.0
) -> Float[Tensor, "n c h+2*{padding} w+2*{padding}"]:
    """Images with rows and columns added on every side.

    Args:
        images: any number of them.
        padding: rows and columns on each side.
        border: what they hold: "zeros" (the fill), "reflect" (the image mirrored at its edge
            cells), "replicate" (the edge cells again) or "circular" (the opposite side); torch's
            names of ``padding_mode``.
        fill: of "zeros".

    Returns:
        The images with their padding.

    Raises:
        TypeError: the images are no floating-point tensor.
        ValueError: other axes, no such border, a negative padding, an image too small for it, or a
            fill that its dtype does not have.
    """
    check_tensor("images", images, "(N, C, H, W)")
    if 0 in images.shape:
        raise ValueError(f"Expected images with cells, got the shape {tuple(images.shape)}.")
    if border not in BORDERS:
        raise ValueError(f"Expected a border, one of {', '.join(BORDERS)}; got {border!r}.")
    if math.isfinite(fill) and abs(fill) > torch.finfo(images.dtype).max:
        raise ValueError(f"Expected a fill that {images.dtype} has, got {fill}.")
    if padding < 0:
        raise ValueError(f"Expected a padding of 0 or more, got {padding}.")
    height, width = image_size(images)
    if border not in Geometry((height, width), (1, 1), 1, padding, 1).borders():
        raise ValueError(
            f"Expected a {border} padding that {height} x {width} cells can give, got {padding}."
        )
    sides = (padding,) * 4
    if border == "zeros":
        return F.pad(images, sides, value=fill)
    return F.pad(images, sides, mode=border)


def image_size(images: Float[Tensor, "*axes h w"]) -> tuple[int, int]:
    """Height and width of an image, of many, or of a kernel.

    Raises:
        TypeError: this is no tensor.
        ValueError: there are no two axes.
    """
    check_dtype("images", images, "(..., H, W)", None)
    if images.dim() < 2:
        raise ValueError(f"Expected images (..., H, W), got the shape {tuple(images.shape)}.")
    return (images.shape[-2], images.shape[-1])
