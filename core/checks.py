"""What public functions ask of their arguments, each check with one sentence for its kind."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import SupportsIndex

import torch
from torch import Tensor

FLOATS = (torch.float32, torch.float64, torch.float16, torch.bfloat16)
LEAST_SEED, LARGEST_SEED = -(2**63), 2**64 - 1  # what torch's generators take


def check_tensor(
    name: str, value: Tensor, axes: str, dtypes: Sequence[torch.dtype] | None = FLOATS
) -> None:
    """Refuse what is no tensor of these axes.

    Args:
        name: of the argument.
        value: what came.
        axes: as in "(N, C, H, W)", one letter or word for each; an axis written as a number has
            this size.
        dtypes: one of them; None: any.

    Raises:
        TypeError: no tensor, or one of another dtype.
        ValueError: other axes.
    """
    if not isinstance(value, Tensor):
        raise TypeError(f"Expected {name} as a tensor {axes}, got {type(value).__name__}.")
    if dtypes is not None and value.dtype not in dtypes:
        names = " or ".join(str(dtype).removeprefix("torch.") for dtype in dtypes)
        raise TypeError(f"Expected {name} as {names}, got {value.dtype}.")
    sizes = axes.strip("()").split(", ")
    fits = value.dim() == len(sizes) and all(
        not size.isdecimal() or int(size) == length for size, length in zip(sizes, value.shape)
    )
    if not fits:
        raise ValueError(f"Expected {name} {axes}, got the shape {tuple(value.shape)}.")


def generator(seed: SupportsIndex) -> torch.Generator:
    """A generator of random numbers on the CPU: the same seed, the same numbers on every device.

    Raises:
        TypeError: the seed is no whole number.
        ValueError: torch takes no such seed.
    """
    try:
        number = operator.index(seed)
    except TypeError:
        raise TypeError(f"Expected seed as a whole number, got {seed!r}.") from None
    if not LEAST_SEED <= number <= LARGEST_SEED:
        raise ValueError(f"Expected a seed from -2^63 to 2^64 - 1, got {number}.")
    return torch.Generator().manual_seed(number)
