"""Numbers as pictures of red, green and blue: the report leaves no opacity to be applied."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float, UInt8
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from torch import Tensor

COLOURS = ("#D55E00", "#FFFFFF", "#0072B2")  # negative, zero, positive
VALUES = LinearSegmentedColormap.from_list("values", COLOURS, N=257)
SHARP = 256  # pixels of the side that a small picture has at least, so that no viewer smooths it


def signed_colours(values: Float[Tensor, "h w"], limit: float) -> UInt8[Tensor, "3 h w"]:
    """Values from -limit over zero (white) to limit as orange to blue.

    Args:
        values: any; those beyond a limit have its colour.
        limit: above 0.
    """
    shares = (values.detach().cpu().double().numpy() / limit + 1) / 2
    colours = VALUES(shares, bytes=True)[..., :3]  # (h, w, 3)
    return torch.from_numpy(np.array(colours)).permute(2, 0, 1).contiguous()


def grey(image: UInt8[Tensor, "1 h w"]) -> UInt8[Tensor, "3 h w"]:
    """A picture of one channel with three equal ones."""
    return image.expand(3, -1, -1)


def draw_picture(axes: Axes, picture: UInt8[Tensor, "3 h w"], place: tuple[float, ...]) -> None:
    """A picture with sharp cells.

    Args:
        axes: of ``Sheet.canvas``.
        picture: red, green and blue.
        place: (left, top, width, height).
    """
    left, top, width, height = place
    factor = max(1, -(-SHARP // max(picture.shape[1:])))
    pixels = picture.permute(1, 2, 0).numpy()
    pixels = pixels.repeat(factor, 0).repeat(factor, 1)
    axes.imshow(pixels, extent=(left, left + width, top + height, top), aspect="auto")


def draw_scale(axes: Axes, limit: float, place: tuple[float, ...]) -> None:
    """The colours from -limit to limit from left to right, with three numbers below.

    Args:
        axes: of ``Sheet.canvas``.
        limit: above 0.
        place: (left, top, width, height) of the colours.
    """
    left, top, width, height = place
    values = torch.linspace(-limit, limit, 257)[None]
    draw_picture(axes, signed_colours(values, limit), place)
    for share, text in ((0, f"−{limit:.3g}"), (0.5, "0"), (1, f"+{limit:.3g}")):
        axes.text(
            left + share * width, top + height + 0.04, text, fontsize=6.5, ha="center", va="top"
        )
