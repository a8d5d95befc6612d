"""Arrays to pictures: colour maps. No streamlit here."""

from __future__ import annotations

from collections.abc import Callable

import core.report  # noqa: F401 - it imports matplotlib, whatever the environment says

# isort: split
import matplotlib
import numpy as np
import torch
from matplotlib.colors import LinearSegmentedColormap, to_rgb
from torch import Tensor

from app.ui.palette import EVIDENCE, VALUES
from core.overlay import evidence_opacity

CLEAR = "Orange – clear at 0 – magenta"
DIVERGING = "Orange – white at 0 – blue"
SYMMETRIC = (CLEAR, DIVERGING)  # about 0


def _clear_at_zero(fraction: np.ndarray, *, bytes: bool) -> np.ndarray:
    """Positions in [0, 1] as red, green, blue and opacity: against, none in the middle, for."""
    evidence = torch.as_tensor(2 * np.asarray(fraction, np.float64) - 1)
    against, for_it = (np.array(to_rgb(colour)) for colour in EVIDENCE)
    hue = np.where(evidence.numpy()[..., None] < 0, against, for_it)
    found = np.concatenate([hue, evidence_opacity(evidence, 1).numpy()[..., None]], axis=-1)
    return np.round(255 * found).astype(np.uint8) if bytes else found


COLOUR_MAPS: dict[str, Callable[..., np.ndarray]] = {
    CLEAR: _clear_at_zero,
    DIVERGING: LinearSegmentedColormap.from_list("values", VALUES, N=257),
    "Viridis": matplotlib.colormaps["viridis"],
    "Inferno": matplotlib.colormaps["inferno"],
    "Jet, as in many papers": matplotlib.colormaps["jet"],
    "Grey": matplotlib.colormaps["gray"],
}


def limits(values: Tensor, name: str) -> tuple[float, float]:
    """The numbers at both ends of a colour map: symmetric about 0 where 0 is white or clear,
    else least and largest.
    """
    low, high = float(values.min()), float(values.max())
    if name in SYMMETRIC:
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
        uint8, (3, H, W), or (4, H, W) with the opacity of each pixel where 0 is clear.
    """
    fraction = ((values.double() - low) / (high - low)).numpy()
    channels = 4 if name == CLEAR else 3
    pixels = COLOUR_MAPS[name](fraction, bytes=True)[..., :channels]
    return torch.from_numpy(pixels.copy()).permute(2, 0, 1)


def scale(name: str) -> Tensor:
    """A colour map from its start to its end, (3, 1, 256) uint8, or (4, 1, 256)."""
    return coloured(torch.linspace(0, 1, 256)[None], 0, 1, name)
