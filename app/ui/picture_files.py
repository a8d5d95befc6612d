"""Pictures as files: PNG, and data URLs. No streamlit here."""

from __future__ import annotations

import base64
import io

import numpy as np
from PIL import Image
from torch import Tensor


def pixels(picture: Tensor) -> np.ndarray:
    """A (C, H, W) uint8 picture, grey, RGB or RGBA, as libraries of pictures take it."""
    found: np.ndarray = picture.permute(1, 2, 0).squeeze(2).numpy()
    return found


def png(picture: Tensor, *, times: int = 1) -> bytes:
    """A (C, H, W) uint8 picture, grey, RGB or RGBA, as a PNG file, each pixel ``times`` x ``times``
    large.
    """
    grown = np.repeat(np.repeat(pixels(picture), times, axis=0), times, axis=1)
    file = io.BytesIO()
    Image.fromarray(grown).save(file, "PNG")
    return file.getvalue()


def data_url(picture: Tensor) -> str:
    """A picture for a browser, inside an address."""
    return f"data:image/png;base64,{base64.b64encode(png(picture)).decode()}"
