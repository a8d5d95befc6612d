"""Class labels as they come: a number, a list, an array of numpy or a tensor, made one kind.

A whole number is taken whatever holds it, and one number stands for all images. Floats and truth
values are refused, since 2.7 or True as a class is a mistake somewhere else; the message says what
to write.
"""

from __future__ import annotations

import operator
import warnings
from collections.abc import Sequence
from typing import Any, SupportsIndex, TypeAlias

import numpy as np
import numpy.typing as npt
import torch
from jaxtyping import Int
from torch import Tensor

from core.layers.settings import is_bool

WHOLE = (
    *(torch.int64, torch.int32, torch.int16, torch.int8),
    *(torch.uint64, torch.uint32, torch.uint16, torch.uint8),
)
_SUCH = "whole numbers such as 3"
_NUMBER = "a whole number for each, or leave those images out"
Labels: TypeAlias = SupportsIndex | Sequence[SupportsIndex] | npt.NDArray[Any] | Tensor


def checked_labels(
    labels: Labels, count: int, *, classes: int | None = None, name: str = "labels"
) -> Int[Tensor, " n"]:
    """The label of each image.

    Args:
        labels: whole numbers, one for all images or (N,) one each.
        count: images, N.
        classes: how many there are; None: any label from 0 on.
        name: of the labels in a message.

    Returns:
        (N,) int64, on the device that the labels were on.

    Raises:
        TypeError: they are no whole numbers.
        ValueError: they do not fit the images or the classes.
    """
    found = _as_tensor(labels, name)
    unsigned = found.dtype == torch.uint64
    if found.dtype != torch.int64:
        found = found.long()  # of uint64 the largest become negative
    if found.dim() == 0:
        found = found.expand(count)
    if found.shape != (count,):
        raise ValueError(_wrong_shape(found, count, name.removesuffix("s")))
    if not count:
        return found
    least, most = map(int, found.aminmax())
    if least < 0 or (classes is not None and most >= classes):
        wrong = least if least < 0 else most
        expected = "from 0 on" if classes is None else f"from 0 to {classes - 1}"
        raise ValueError(
            f"Expected {name} {expected}, got {wrong + 2**64 * (unsigned and wrong < 0)}."
        )
    return found


def checked_index(value: object, count: int, name: str) -> int:
    """One of ``count`` things by its number, which starts at 0.

    Args:
        value: a whole number, of Python, numpy or a tensor without axes.
        count: how many there are.
        name: of the number in a message.

    Raises:
        TypeError: it is no whole number.
        ValueError: there is no such thing.
    """
    index = _whole_number(value, name)
    if not 0 <= index < count:
        raise ValueError(f"Expected {name} from 0 to {count - 1}, got {index}.")
    return index


def _as_tensor(labels: object, name: str) -> Tensor:
    """A tensor of whole numbers."""
    if isinstance(labels, Tensor):
        _check_plain(labels, name)
        return labels
    written = "labels"
    if hasattr(labels, "to_numpy"):  # a column of pandas or polars
        labels, written = labels.to_numpy(), "labels.to_numpy()"
    if isinstance(labels, np.ndarray):
        hidden = int(np.sum(labels.mask)) if isinstance(labels, np.ma.MaskedArray) else 0
        if hidden:
            raise _not_whole(
                name,
                f"a masked array ({hidden} of {labels.size} masked)",
                "labels.compressed(), and images[~labels.mask] for them",
            )
        if labels.dtype.kind not in "iu":
            raise _no_whole_array(name, labels, written)
        native = labels.astype(labels.dtype.newbyteorder("="))
        return torch.from_numpy(native if native.dtype == np.uint64 else native.astype(np.int64))
    if isinstance(labels, Sequence) and not isinstance(labels, str | bytes):
        numbers = [_whole_number(label, name) for label in labels]
        return torch.tensor(numbers, dtype=torch.long)
    return torch.tensor(_whole_number(labels, name))


def _check_plain(labels: Tensor, name: str) -> None:
    """Refuse a tensor that does not hold its whole numbers one beside the other."""
    if labels.is_nested:
        raise _not_whole(name, "a nested tensor", "torch.cat(labels.unbind())")
    if labels.is_quantized:
        raise _not_whole(name, "a quantised tensor", "labels.dequantize().long()")
    if labels.layout != torch.strided:
        raise _not_whole(name, f"a tensor of layout {labels.layout}", "labels.to_dense()")
    if labels.is_meta:
        raise _not_whole(name, "a tensor without values", "the tensor on another device")
    if labels.is_complex():
        raise _not_whole(name, str(labels.dtype), "labels.real.long()")
    if labels.is_floating_point() and bool((missing := labels.float().isnan()).any()):
        raise _not_whole(name, _missing(labels.dtype, int(missing.sum()), labels.numel()), _NUMBER)
    if labels.dtype not in WHOLE:
        usual = labels.is_floating_point() or labels.dtype == torch.bool
        raise _not_whole(name, str(labels.dtype), "labels.long()" if usual else _SUCH)


def _no_whole_array(name: str, labels: npt.NDArray[Any], written: str) -> TypeError:
    """The error of an array of anything but whole numbers; what it advises works for this one.

    Args:
        name: of the labels in a message.
        labels: the array.
        written: what it is called where it came from.
    """
    missing = sum(map(_is_missing, labels.flat))
    if missing:
        return _not_whole(name, _missing(labels.dtype, missing, labels.size), _NUMBER)
    advice = f"{written}.astype(int)"
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # numpy warns of what it leaves out
        try:
            labels.astype(int)
        except (TypeError, ValueError, OverflowError, Warning):
            advice = _SUCH
    return _not_whole(name, f"an array of {labels.dtype}", advice)


def _is_missing(value: object) -> bool:
    """Whether this stands for a label that is not there: None, NaN, the NA of pandas."""
    try:
        return value is None or bool(value != value)
    except (TypeError, ValueError):  # NA neither equals itself nor differs
        return True


def _missing(kind: object, count: int, whole: int) -> str:
    return f"{kind} with {count} of {whole} missing"


def _whole_number(value: object, name: str) -> int:
    if is_bool(value):
        raise _not_whole(name, _kind(value), _SUCH)
    try:
        number = operator.index(value)  # type: ignore[arg-type] # it asks whether it can
    except (TypeError, ValueError) as error:
        raise _not_whole(name, _kind(value), _SUCH) from error
    if abs(number) >= 2**63:
        came = number if abs(number) < 2**64 else "a huge number"
        raise ValueError(f"Expected {name} from 0 on that a class may have, got {came}.")
    return number


def _kind(value: object) -> str:
    """What a value is, in a message: with its number where it is short."""
    if isinstance(value, Tensor | np.ndarray):
        return f"{value.dtype} of shape {tuple(value.shape)}"
    name = type(value).__name__
    return f"{name} {value!r}" if isinstance(value, bool | float | np.generic) else name


def _not_whole(name: str, found: str, instead: str) -> TypeError:
    return TypeError(f"Expected {name} as whole numbers, got {found}: write {instead}.")


def _wrong_shape(labels: Tensor, count: int, name: str) -> str:
    message = f"Expected one {name} for each of {count} images, got shape {tuple(labels.shape)}"
    if labels.dim() == 2 and labels.shape[0] == count:
        one = labels.shape[1] == 1
        return f"{message}: write {'labels[:, 0]' if one else 'labels.argmax(1)'}."
    return f"{message}."
