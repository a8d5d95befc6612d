"""Ways to swap rows and columns of an output."""

from __future__ import annotations

from torch import Tensor


def _swapped(output: Tensor) -> Tensor:
    return output.transpose(2, 3)


def _columns_read_first(output: Tensor) -> Tensor:
    return output.transpose(2, 3).reshape(output.shape)


def _rows_written_first(output: Tensor) -> Tensor:
    *lead, height, width = output.shape
    return output.reshape(*lead, width, height).transpose(2, 3)


TRANSPOSITIONS = (_swapped, _columns_read_first, _rows_written_first)
