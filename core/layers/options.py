"""What the layer `Conv2d` asks of its own arguments: channels, padding mode, device and dtype."""

from __future__ import annotations

from typing import SupportsIndex, TypedDict

import torch
import torch.nn.functional as F
from torch import Tensor

from core.layers.dispatch import overridable, quiet_in_a_trace
from core.layers.settings import COMPLEX, FLOATS, check_image, whole_number
from core.layers.windows import Pair

PADDING_MODES = ("zeros", "reflect", "replicate", "circular")


class Memory(TypedDict):
    """Where new parameters lie."""

    device: torch.device | None
    dtype: torch.dtype | None


def parameter_memory(device: torch.device | str | int | None, dtype: torch.dtype | None) -> Memory:
    """Checks a layer's device and dtype; None leaves the choice to torch."""
    if dtype is not None and not isinstance(dtype, torch.dtype):
        raise TypeError(f"dtype: expected a torch.dtype, got {dtype!r}")
    if dtype is not None and dtype not in (*FLOATS, *COMPLEX):
        raise TypeError(f"dtype: expected a floating or complex dtype, got {dtype}")
    if device is None:
        return Memory(device=None, dtype=dtype)
    try:
        return Memory(device=torch.device(device), dtype=dtype)
    except RuntimeError:
        raise ValueError(f"device: expected a device that torch knows, got {device!r}") from None
    except TypeError:
        raise TypeError(f"device: expected a torch.device, str or int, got {device!r}") from None


def channel_count(name: str, value: SupportsIndex, groups: int) -> int:
    """A number of channels that the groups divide."""
    channels = whole_number(name, value, 1)
    if channels % groups:
        raise ValueError(f"{name}: expected a multiple of groups {groups}, got {channels}")
    return channels


def check_padding_mode(mode: str) -> str:
    """Refuses what is no padding mode."""
    if mode not in PADDING_MODES:
        names = ", ".join(map(repr, PADDING_MODES))
        raise ValueError(f"padding_mode: expected one of {names}, got {mode!r}")
    return mode


@overridable
@quiet_in_a_trace
def pad_by_mode(images: Tensor, sides: tuple[Pair, Pair], mode: str) -> Tensor:
    """Pads an image with its own cells: mode "reflect", "replicate" or "circular".

    Raises:
        TypeError: no tensor, or one of integers, which have no such padding in torch.
        ValueError: not an image, or one that is too small for this padding.
    """
    check_image(images, (*FLOATS, *COMPLEX), "a floating or complex dtype")
    (top, left), (bottom, right) = sides
    h, w = images.shape[-2:]
    largest = {"reflect": (h - 1, w - 1), "circular": (h, w)}.get(mode)
    if largest and (max(top, bottom) > largest[0] or max(left, right) > largest[1]):
        raise ValueError(
            f"padding: expected at most {largest} with padding_mode {mode!r} on an input of "
            f"{(h, w)}, got {(max(top, bottom), max(left, right))}"
        )
    return F.pad(images, (left, right, top, bottom), mode=mode)
