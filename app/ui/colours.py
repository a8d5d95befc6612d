"""Arrays to pictures: colour maps, PNG files, data URLs. No streamlit here."""

from __future__ import annotations

import base64
import io

import core.report  # noqa: F401 - it imports matplotlib, whatever the environment says

# isort: split
import matplotlib
import numpy as np
import torch
from matplotlib.colors import LinearSegmentedColormap
from PIL import Image
from torch import Tensor

from app.ui.palette import VALUES

DIVERGING = "Orange – white at 0 – blue"
COLOUR_MAPS = {
    DIVERGING: LinearSegmentedColormap.from_list("values", VALUES, N=257),
    "Viridis": matplotlib.colormaps["viridis"],
    "Inferno": matplotlib.colormaps["inferno"],
    "Jet, as in many papers": matplotlib.colormaps["jet"],
    "Grey": matplotlib.colormaps["gray"],
}


def limits(values: Tensor, name: str) -> tuple[float, float]:
    """The numbers at both ends of a colour map: symmetric about 0 where white stands for 0, else
    least and largest.
    """
    low, high = float(values.min()), float(values.max())
    if name == DIVERGING:
        high = max(abs(low), abs(high))
        low = -high
    return (low, high) if high > low else (low - 1, high + 1)


def coloured(values: Tensor, low: float, high: float, name: str) -> Tensor:
    """Colour a map: position (v - low) / (high - low) of the colour map.

    Args:
        values: (H, W).
        low: the number at the colour map's start.
        high: the number at its end.
        name: of ``COLOUR_MAPS``.

    Returns:
        (3, H, W) uint8.
    """
    fraction = ((values.double() - low) / (high - low)).numpy()
    return torch.from_numpy(COLOUR_MAPS[name](fraction, bytes=True)[..., :3].copy()).permute(
        2, 0, 1
    )


def scale(name: str) -> Tensor:
    """A colour map from its start to its end, (3, 1, 256) uint8."""
    return coloured(torch.linspace(0, 1, 256)[None], 0, 1, name)


def png(picture: Tensor, *, times: int = 1) -> bytes:
    """A (C, H, W) uint8 picture, grey or RGB, as a PNG file, each pixel ``times`` x ``times``
    large.
    """
    pixels = picture.permute(1, 2, 0).squeeze(2).numpy()
    grown = np.repeat(np.repeat(pixels, times, axis=0), times, axis=1)
    file = io.BytesIO()
    Image.fromarray(grown).save(file, "PNG")
    return file.getvalue()


def data_url(picture: Tensor) -> str:
    """A picture for a browser, inside an address."""
    return f"data:image/png;base64,{base64.b64encode(png(picture)).decode()}"
