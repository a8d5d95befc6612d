"""How a map is laid over a picture: stretched to its size, and blended with it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal, SupportsIndex, get_args

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float, UInt8
from torch import Tensor

from core.checks import check_dtype, whole_number
from core.environment import import_scipy

Method = Literal["nearest", "bilinear", "bicubic", "spline"]
METHODS: tuple[Method, ...] = get_args(Method)


def upsample(
    maps: Float[Tensor, "*n h w"], size: SupportsIndex | Sequence[SupportsIndex], method: str
) -> Float[Tensor, "*n H W"]:
    """Stretch maps over a picture, so that cell (i, j) of an h x w map lies on its own block of
    pixels.

    Pixel centres are aligned: output pixel p reads the map at (p + 1/2) · h / H - 1/2. Smoothness
    is drawn, not computed: the network gave h·w numbers.

    Args:
        maps: (..., h, w) floating point.
        size: of the picture, one number or (H, W).
        method: "nearest" (blocks), "bilinear", "bicubic" (cubic convolution with a = -3/4, where
            Keys, 1981, has -1/2; these from torch.nn.functional.interpolate) or "spline" (cubic,
            through all the numbers; scipy.ndimage.zoom). The last two overshoot.

    Returns:
        (..., H, W), same dtype.

    Raises:
        TypeError: the maps are no floating-point tensor, or the size no whole numbers.
        ValueError: unknown method, more sides than two, or an empty map or picture.
    """
    sides = size if isinstance(size, Sequence) else (size, size)
    if len(sides) != 2:
        raise ValueError(f"Expected size as one number or (H, W), got {size}.")
    height, width = (whole_number("size", side) for side in sides)
    check_dtype("maps", maps, "(..., h, w)")
    if method not in METHODS:
        raise ValueError(f"Expected method to be one of {', '.join(METHODS)}, got {method!r}.")
    if maps.dim() < 2 or 0 in maps.shape[-2:] or min(height, width) < 1:
        raise ValueError(
            f"Expected maps (..., h, w) and a size above 0, got {tuple(maps.shape)} and "
            f"{height, width}."
        )
    shape = (*maps.shape[:-2], height, width)
    if not maps.numel():  # no picture
        return maps.new_empty(shape)
    flat = maps.reshape(-1, 1, *maps.shape[-2:])  # (N, 1, h, w)
    if method == "spline":
        stretched = _spline(flat, (height, width))
    else:
        kernel = {"nearest": "nearest-exact"}.get(method, method)
        stretched = F.interpolate(flat, (height, width), mode=kernel, **_ALIGNMENT.get(method, {}))
    return stretched.reshape(shape)  # (..., H, W)


_ALIGNMENT: dict[str, dict[str, Any]] = {
    method: {"align_corners": False} for method in ("bilinear", "bicubic")
}


def _spline(maps: Tensor, size: tuple[int, int]) -> Tensor:
    h, w = maps.shape[-2:]
    ndimage = import_scipy()  # a second that only this method needs
    # mode "nearest" repeats the border's numbers; scipy's "grid-mirror" is off by 4e-4 on maps this
    # small
    zoomed = [
        ndimage.zoom(one, (size[0] / h, size[1] / w), order=3, mode="nearest", grid_mode=True)
        for one in maps[:, 0].detach().cpu().double().numpy()
    ]
    return torch.from_numpy(np.stack(zoomed))[:, None].to(maps)  # (N, 1, H, W)


def evidence_opacity(values: Float[Tensor, "*shape"], limit: float) -> Float[Tensor, "*shape"]:
    """How opaque each place of a map is drawn, so that no evidence hides nothing of the picture.

        opacity = min(|M| / limit, 1)

    Evidence for and against a class, M > 0 and M < 0, is equally opaque, and 0 is clear.

    Args:
        values: the map M, raw and signed.
        limit: the number that is drawn fully opaque, above 0.

    Returns:
        In [0, 1], of the same shape.

    Raises:
        TypeError: the map is no floating-point tensor.
        ValueError: the limit is not a number above 0.
    """
    check_dtype("values", values, "(..., h, w)")
    if not 0 < limit < math.inf:
        raise ValueError(f"Expected a limit above 0, got {limit}.")
    return (values.abs() / limit).clamp(max=1)


def blend(
    photo: UInt8[Tensor, "*shape"], colours: UInt8[Tensor, "*colours"], alpha: float
) -> UInt8[Tensor, "*shape"]:
    """Lay a coloured map over a photo, rounded to whole values:

        (1 - alpha · o) · photo + alpha · o · colours

    Here o is 1, or the opacity that the colours bring along for each pixel, as a fourth channel
    behind red, green and blue, 255 for 1 (see ``evidence_opacity``). This is what
    ``matplotlib.pyplot.imshow(colours, alpha=alpha)`` over the photo shows.

    Args:
        photo: uint8, any shape.
        colours: uint8, the same shape; or (4, H, W) over a photo (3, H, W).
        alpha: opacity in [0, 1]; 0 is exactly the photo, 1 exactly the map where it is opaque.

    Returns:
        uint8, the photo's shape.

    Raises:
        TypeError: one of the pictures is not uint8.
        ValueError: alpha is outside [0, 1] or the shapes differ.
    """
    for name, picture in (("photo", photo), ("colours", colours)):
        check_dtype(name, picture, "of grey values 0..255", (torch.uint8,))
    if not 0 <= alpha <= 1:  # also false for NaN
        raise ValueError(f"Expected alpha from 0 to 1, got {alpha}.")
    opacity: float | Tensor = 1.0
    if photo.dim() == colours.dim() == 3 and (len(photo), len(colours)) == (3, 4):
        colours, opacity = colours[:3], colours[3].cpu().double() / 255
    if photo.shape != colours.shape:
        raise ValueError(
            f"Expected pictures of one shape, got {tuple(photo.shape)} and {tuple(colours.shape)}."
        )
    over = alpha * opacity
    blended = (1 - over) * photo.cpu().double() + over * colours.cpu().double()
    return blended.round().byte().to(photo.device)
