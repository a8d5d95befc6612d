"""What one step of a layer does, as plain numbers: window, products, sum, output, winner.

Nothing is computed beside the layers: every number on the screen comes out of ``core.conv`` and ``core.pool``. A
convolution with k·k one-hot kernels copies each window; the same kernels scaled by the weights give the products; and
the gradient of a max pooling's output is 1 at the winner.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from core.conv import conv2d, output_size
from core.pool import max_pool2d


@dataclass(frozen=True)
class Geometry:
    """How a window of one size slides over a picture of one size. All lengths in cells, all pairs (height, width)."""

    size: tuple[int, int]
    kernel: tuple[int, int]
    stride: int
    padding: int
    dilation: int

    @property
    def output(self) -> tuple[int, int]:
        """Output size, floor((size + 2·padding − dilation·(kernel − 1) − 1) / stride) + 1 per axis; below 1: none."""
        return (self._positions(0), self._positions(1))

    @property
    def steps(self) -> int:
        """Number of output cells, 0 when the window does not fit."""
        return max(0, self.output[0]) * max(0, self.output[1])

    def formula(self, axis: int = 0) -> str:
        """The output-size formula of one axis with its numbers, as LaTeX."""
        covered = rf"{self.dilation} \cdot ({self.kernel[axis]} - 1) - 1"
        fraction = rf"\frac{{{self.size[axis]} + 2 \cdot {self.padding} - {covered}}}{{{self.stride}}}"
        return rf"\left\lfloor {fraction} \right\rfloor + 1 = {self.output[axis]}"

    def _positions(self, axis: int) -> int:
        return output_size(self.size[axis], self.kernel[axis], self.stride, self.padding, self.dilation)


@dataclass(frozen=True)
class Step:
    """One output cell and all that goes into it.

    Attributes:
        index: 0 is the first, row by row.
        row: of the output cell.
        column: of the output cell.
        window_rows: input row of each window row; below 0 or from the height on: padding.
        window_columns: likewise for columns.
        window: (kernel height, kernel width) the input values under the window; padding is 0 in a convolution and -inf
            in a max pooling.
        products: (kernel height, kernel width) window · weight; None in a pooling.
        bias: added after the sum; 0 in a pooling.
        output: the layer's own output here.
        winner: (row, column) within the window whose value was passed on; None in a convolution.
    """

    index: int
    row: int
    column: int
    window_rows: tuple[int, ...]
    window_columns: tuple[int, ...]
    window: Tensor
    products: Tensor | None
    bias: float
    output: float
    winner: tuple[int, int] | None


@dataclass(frozen=True)
class Explanation:
    """A layer applied to one single-channel picture, ready to be walked through cell by cell.

    Attributes:
        picture: (H, W) float.
        weight: (kernel height, kernel width); None in a pooling.
        bias: one number, 0 in a pooling.
        geometry: sizes, stride, padding, dilation.
        output: (H_out, W_out), what the layer gives.
        torch_difference: largest absolute difference to torch's own layer for exactly this setting.
        products: (kernel height * kernel width, H_out, W_out), every product of every step; None in a pooling.
    """

    picture: Tensor
    weight: Tensor | None
    bias: float
    geometry: Geometry
    output: Tensor
    torch_difference: float
    products: Tensor | None
    _windows: Tensor  # (kernel height * kernel width, H_out, W_out)

    def step(self, index: int) -> Step:
        """Everything about one output cell.

        Args:
            index: 0 to steps - 1, row by row.

        Raises:
            ValueError: there is no such step.
        """
        geometry = self.geometry
        if not 0 <= index < geometry.steps:
            raise ValueError(f"Expected a step from 0 to {geometry.steps - 1}, got {index}.")
        row, column = divmod(index, geometry.output[1])
        rows, columns = (
            tuple(place * geometry.stride - geometry.padding + offset * geometry.dilation for offset in range(kernel))
            for place, kernel in zip((row, column), geometry.kernel)
        )
        window = self._windows[:, row, column].reshape(geometry.kernel)
        products = None if self.products is None else self.products[:, row, column].reshape(geometry.kernel)
        winner = None
        if self.weight is None:
            outside = torch.tensor([not 0 <= place < geometry.size[0] for place in rows])[:, None]
            outside = outside | torch.tensor([not 0 <= place < geometry.size[1] for place in columns])
            window = window.masked_fill(outside, -torch.inf)
            winner = self._winner(row, column, rows, columns)
        return Step(
            index=index,
            row=row,
            column=column,
            window_rows=rows,
            window_columns=columns,
            window=window,
            products=products,
            bias=self.bias,
            output=float(self.output[row, column]),
            winner=winner,
        )

    def _winner(self, row: int, column: int, rows: tuple[int, ...], columns: tuple[int, ...]) -> tuple[int, int]:
        picture = self.picture.clone().requires_grad_()
        with torch.enable_grad():
            pooled = _max_pool(picture, self.geometry)
            (gradient,) = torch.autograd.grad(pooled[row, column], picture)
        place = int(gradient.argmax())
        return rows.index(place // picture.shape[1]), columns.index(place % picture.shape[1])


def explain_convolution(
    picture: Tensor, weight: Tensor, *, bias: float = 0.0, stride: int = 1, padding: int = 0, dilation: int = 1
) -> Explanation:
    """Apply one kernel to one single-channel picture with ``core.conv.conv2d`` and keep what goes into each cell.

    output[i, j] = bias + Σ_u Σ_v weight[u, v] · padded[i·stride + u·dilation, j·stride + v·dilation]

    Args:
        picture: (H, W) float.
        weight: (kernel height, kernel width), same dtype.
        bias: added to every output cell.
        stride: cells from one window to the next.
        padding: rows and columns of zeros on every side.
        dilation: cells from one kernel entry to the next.

    Returns:
        The output with all windows and products.

    Raises:
        TypeError: ``core.conv.conv2d`` refuses the dtypes or a setting's type.
        ValueError: picture or weight is not (H, W), or a setting leaves no output.
    """
    for name, tensor in (("picture", picture), ("weight", weight)):
        if tensor.dim() != 2:
            raise ValueError(f"Expected the {name} as (height, width), got the shape {tuple(tensor.shape)}.")
    images = picture[None, None]  # (1, 1, H, W)
    biases = torch.tensor([bias], dtype=weight.dtype)
    one_hot = torch.eye(weight.numel(), dtype=weight.dtype).reshape(-1, 1, *weight.shape)  # (k*k, 1, k, k)
    output = conv2d(images, weight[None, None], biases, stride, padding, dilation)[0, 0]
    reference = F.conv2d(images, weight[None, None], biases, stride, padding, dilation)[0, 0]
    return Explanation(
        picture=picture,
        weight=weight,
        bias=bias,
        geometry=Geometry(_pair(picture), _pair(weight), stride, padding, dilation),
        output=output,
        torch_difference=float((output - reference).abs().max()),
        _windows=conv2d(images, one_hot, None, stride, padding, dilation)[0],
        products=conv2d(images, one_hot * weight, None, stride, padding, dilation)[0],
    )


def explain_max_pooling(
    picture: Tensor, *, kernel_size: int, stride: int, padding: int = 0, dilation: int = 1
) -> Explanation:
    """Apply ``core.pool.max_pool2d`` to one single-channel picture and keep what goes into each cell.

    output[i, j] = max over u, v of padded[i·stride + u·dilation, j·stride + v·dilation], padded with -inf

    Args:
        picture: (H, W) float.
        kernel_size: side of the square window.
        stride: cells from one window to the next.
        padding: rows and columns of -inf on every side, at most half the kernel.
        dilation: cells from one window entry to the next.

    Returns:
        The output with all windows; each step names its winner.

    Raises:
        TypeError: ``core.pool.max_pool2d`` refuses the dtype or a setting's type.
        ValueError: the picture is not (H, W), or a setting leaves no output.
    """
    if picture.dim() != 2:
        raise ValueError(f"Expected the picture as (height, width), got the shape {tuple(picture.shape)}.")
    geometry = Geometry(_pair(picture), (kernel_size, kernel_size), stride, padding, dilation)
    output = _max_pool(picture, geometry)
    images = picture[None, None]
    reference = F.max_pool2d(images, kernel_size, stride, padding, dilation)[0, 0]
    one_hot = torch.eye(kernel_size**2, dtype=picture.dtype).reshape(-1, 1, kernel_size, kernel_size)
    return Explanation(
        picture=picture,
        weight=None,
        bias=0.0,
        geometry=geometry,
        output=output,
        torch_difference=float((output - reference).abs().max()),
        _windows=conv2d(images, one_hot, None, stride, padding, dilation)[0],
        products=None,
    )


def _max_pool(picture: Tensor, geometry: Geometry) -> Tensor:
    return max_pool2d(picture[None, None], geometry.kernel, geometry.stride, geometry.padding, geometry.dilation)[0, 0]


def _pair(tensor: Tensor) -> tuple[int, int]:
    return (tensor.shape[0], tensor.shape[1])
