"""Numbers on their way to the browser, and back again in tests."""

from __future__ import annotations

import base64

import numpy as np
import torch
from torch import Tensor


def floats(values: Tensor) -> str:
    """Numbers as base64 of little-endian float32."""
    return base64.b64encode(values.detach().flatten().numpy().astype("<f4").tobytes()).decode()


def integers(values: Tensor) -> str:
    """Places as base64 of little-endian int32."""
    return base64.b64encode(
        np.ascontiguousarray(values.detach().flatten().numpy(), dtype="<i4").tobytes()
    ).decode()


def unpacked(text: str, *, whole: bool = False) -> Tensor:
    """What ``floats`` or ``integers`` packed, for tests and for reading a picture again."""
    found = np.frombuffer(base64.b64decode(text), dtype="<i4" if whole else "<f4")
    return torch.from_numpy(found.astype(np.int64 if whole else np.float32))
