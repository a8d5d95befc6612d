"""Which pixels of a PNG have the one colour that stands for no colour at all.

Pillow compares that colour with pixels of 8 bits, whatever the file has. So it is left out of the
file (``core.data.containers``) and compared here, with all bits.
"""

from __future__ import annotations

import io

import numpy as np
import numpy.typing as npt
from PIL import Image

from core.data.containers import PictureFile

ROWS = 2_000_000  # pixels that are compared at once
# How Pillow takes 8 of 16 bits: the first byte of each number, or as if the second were the first.
_FIRST, _SECOND = "RGB;16B", "RGB;16L"


def opacity(file: PictureFile) -> Image.Image | None:
    """A mask of a PNG: 0 where a pixel has the transparent colour, else 255.

    Args:
        file: a picture of grey or RGB.

    Returns:
        The mask in mode L, of the picture's size; None where no colour is transparent.
    """
    colour = file.transparent
    if not colour:
        return None
    if file.bits == 16 and len(colour) == 3:
        same = _same(file, [number >> 8 for number in colour], _FIRST)
        same &= _same(file, [number & 255 for number in colour], _SECOND)
    else:
        same = _same(file, colour)
    return Image.fromarray(np.where(same, np.uint8(0), np.uint8(255)))


def _same(
    file: PictureFile, colour: list[int] | tuple[int, ...], layout: str = ""
) -> npt.NDArray[np.bool_]:
    """(H, W) which pixels have a colour, in the bytes that ``layout`` takes."""
    with Image.open(io.BytesIO(file.content), formats=("PNG",)) as picture:
        if layout:
            picture.tile = [picture.tile[0]._replace(args=layout)]
        picture.load()
        width, height = picture.size
        same = np.empty((height, width), bool)
        rows = max(1, ROWS // width)
        for start in range(0, height, rows):
            band = picture.crop((0, start, width, min(height, start + rows)))
            band = band.convert("L") if band.mode == "1" else band
            pixels = np.asarray(band).reshape(*band.size[::-1], len(colour))
            same[start : start + rows] = (pixels == np.array(colour)).all(2)
    return same
