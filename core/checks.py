"""What public functions ask of their arguments, each check with one sentence for its kind."""

from __future__ import annotations

import operator
import reprlib
from collections.abc import Sequence
from typing import SupportsIndex

import numpy as np
import torch
from jaxtyping import Float, Num
from torch import Tensor, nn

from core.layers.settings import is_bool, what_came

FLOATS = (torch.float32, torch.float64, torch.float16, torch.bfloat16)
LEAST_SEED, LARGEST_SEED = -(2**63), 2**64 - 1  # what torch's generators take


def check_dtype(
    name: str, value: Tensor, axes: str, dtypes: Sequence[torch.dtype] | None = FLOATS
) -> None:
    """Refuse what is no tensor of one of these dtypes.

    Args:
        name: of the argument.
        value: what came.
        axes: what the message says of the axes.
        dtypes: one of them; None: any.

    Raises:
        TypeError: no tensor, one of another dtype, or one that is not dense.
    """
    if not isinstance(value, Tensor):
        raise TypeError(f"Expected {name} as a tensor {axes}, got {what_came(name, value)}.")
    if dtypes is not None and value.dtype not in dtypes:
        names = " or ".join(str(dtype).removeprefix("torch.") for dtype in dtypes)
        expected = "floats" if dtypes is FLOATS else names
        raise TypeError(f"Expected {name} as {expected}, got {value.dtype}.")
    if value.is_nested:
        raise TypeError(
            f"Expected {name} as one tensor {axes}, got a nested one: write "
            f"torch.stack({name}.unbind())."
        )
    if value.layout != torch.strided:
        raise TypeError(
            f"Expected {name} as a dense tensor {axes}, got layout {value.layout}: write "
            f"{name}.to_dense()."
        )


def check_kind(name: str, value: object, kind: type, example: str = "") -> None:
    """Refuse what is no object of a class.

    Args:
        name: of the argument.
        value: what came.
        kind: the class.
        example: of such an object, as it is written.

    Raises:
        TypeError: it is none.
    """
    if not isinstance(value, kind):
        named = "torch.nn.Module" if kind is nn.Module else kind.__name__
        like = f" such as {example}" if example else ""
        raise TypeError(f"Expected {name} as a {named}{like}, got {described(value)}.")


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
    check_dtype(name, value, axes, dtypes)
    sizes = axes.strip("()").split(", ")
    fits = value.dim() == len(sizes) and all(
        not size.isdecimal() or int(size) == length for size, length in zip(sizes, value.shape)
    )
    if not fits:
        raise ValueError(f"Expected {name} {axes}, got the shape {tuple(value.shape)}.")


def check_values(images: Num[Tensor, ...]) -> None:
    """Refuse images that no network can be asked about: on the meta device there are but shapes.

    Raises:
        TypeError: they are there.
    """
    if images.is_meta:
        raise TypeError("Expected images with values, got some without, on the meta device.")


def logits_of(model: nn.Module, images: Num[Tensor, "n ..."]) -> Float[Tensor, "n k"]:
    """The logits (N, K) that a model gives for images.

    Raises:
        TypeError: the model is no network, or the images have no values.
        ValueError: what it gives are none.
    """
    check_kind("model", model, nn.Module)
    check_values(images)
    logits: Tensor = model(images)
    is_logits = isinstance(logits, Tensor) and logits.dim() == 2 and len(logits) == len(images)
    if not is_logits or not logits.is_floating_point():
        came = tuple(logits.shape) if isinstance(logits, Tensor) else type(logits).__name__
        raise ValueError(
            f"Expected a model that gives logits ({len(images)}, classes), got {came}."
        )
    return logits


def whole_number(name: str, value: SupportsIndex) -> int:
    """A whole number of Python, numpy or a tensor without axes, as Python's; a bool is none.

    Args:
        name: of the argument.
        value: what came.

    Raises:
        TypeError: it is none.
    """
    try:
        if is_bool(value):
            raise TypeError
        return operator.index(value)
    except (TypeError, ValueError, RuntimeError):  # the last of a tensor without values
        raise TypeError(f"Expected {name} as a whole number, got {described(value)}.") from None


def real_number(name: str, value: object) -> float:
    """A number of Python, numpy or a tensor without axes, as Python's and exactly that; a bool is
    none.

    Args:
        name: of the argument.
        value: what came.

    Raises:
        TypeError: it is none.
        ValueError: no float is as large.
    """
    number = value
    if isinstance(value, np.generic | np.ndarray | Tensor) and value.shape == ():
        number = value.item()
    if is_bool(number) or not isinstance(number, int | float):
        raise TypeError(f"Expected {name} as a number, got {described(value)}.")
    try:
        float(number)
    except OverflowError:
        raise ValueError(f"Expected {name} as a number, got one that no float holds.") from None
    return number


def described(value: object) -> str:
    """What came where a number was expected, as the end of a sentence: its kind, and what it holds
    where that is short.
    """
    if isinstance(value, Tensor | np.ndarray):
        return f"{value.dtype} of shape {tuple(value.shape)}"
    try:
        return "None" if value is None else f"{type(value).__name__} {reprlib.repr(value)}"
    except ValueError:  # Python writes no number of more than 4,300 digits
        return type(value).__name__


def spelled(number: int) -> str:
    """A whole number in a message; Python refuses to write one of more than 4,300 digits."""
    return str(number) if abs(number) < 2**70 else "a huge number"


def generator(seed: SupportsIndex) -> torch.Generator:
    """A generator of random numbers on the CPU: the same seed, the same numbers on every device.

    Raises:
        TypeError: the seed is no whole number.
        ValueError: torch takes no such seed.
    """
    number = whole_number("seed", seed)
    if not LEAST_SEED <= number <= LARGEST_SEED:
        raise ValueError(f"Expected a seed from -2^63 to 2^64 - 1, got {spelled(number)}.")
    return torch.Generator().manual_seed(number)
