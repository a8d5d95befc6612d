"""Pictures as files: PNG, and data URLs. No streamlit here."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from functools import cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from app.ui.font_file import font_file
from core.report.lines import in_lines

FILM = 512  # pixels that an animation is wide, about
BELOW, TYPE = 40, 22  # pixels of the name below a picture of it, and of its type
ROW, SMALL, EDGE = 23, 18, 12  # of a line of the caption, its type, and beside and below it
REGULAR = 400  # weight
SHOWN, LAST = 500, 2000  # milliseconds of a picture, and of the last one


def pixels(picture: Tensor) -> np.ndarray:
    """A (C, H, W) uint8 picture, grey, RGB or RGBA, as libraries of pictures take it."""
    found: np.ndarray = picture.permute(1, 2, 0).squeeze(2).numpy()
    return found


def png(picture: Tensor, *, times: int = 1) -> bytes:
    """A (C, H, W) uint8 picture, grey, RGB or RGBA, as a PNG file, each pixel ``times`` x ``times``
    large.
    """
    file = io.BytesIO()
    _enlarged(picture, times).save(file, "PNG")
    return file.getvalue()


def _enlarged(picture: Tensor, times: int) -> Image.Image:
    grown = np.repeat(np.repeat(pixels(picture), times, axis=0), times, axis=1)
    return Image.fromarray(grown)


def film(pictures: Sequence[Tensor], names: Sequence[str], says: str) -> bytes:
    """Pictures one after the other as an animated WebP file, half a second each and the last for
    two, each above its name and the caption.

    Args:
        pictures: (C, H, W) uint8 of one size, grey or RGB.
        names: one for each.
        says: the caption of all.
    """
    frames = [_frame(picture, name, says) for picture, name in zip(pictures, names, strict=True)]
    durations = [SHOWN] * (len(frames) - 1) + [LAST]
    first, *others = frames
    file = io.BytesIO()
    first.save(
        file, "WEBP", save_all=True, append_images=others, duration=durations, lossless=True, loop=0
    )
    return file.getvalue()


def _frame(picture: Tensor, name: str, says: str) -> Image.Image:
    """A picture, enlarged, above its name and the caption."""
    enlarged = _enlarged(picture, max(1, FILM // picture.shape[2])).convert("RGB")
    small = _font(SMALL)
    lines = in_lines(says, enlarged.width - 2 * EDGE, small.getlength)
    height = enlarged.height + BELOW + len(lines) * ROW + EDGE
    frame = Image.new("RGB", (enlarged.width, height), "white")
    frame.paste(enlarged)
    pen = ImageDraw.Draw(frame)
    middle = (frame.width / 2, enlarged.height + BELOW / 2)
    pen.text(middle, name, "black", _font(TYPE), anchor="mm")
    for index, line in enumerate(lines):
        pen.text((EDGE, enlarged.height + BELOW + index * ROW), line, "dimgrey", small)
    return frame


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """The page's own font; Pillow's, where Streamlit has none or Pillow cannot read it."""
    path = font_file()
    if path is None:
        return ImageFont.load_default(size)
    try:
        font = ImageFont.truetype(path, size)
        font.set_variation_by_axes([REGULAR])
    except OSError:
        return ImageFont.load_default(size)
    return font


def data_url(picture: Tensor) -> str:
    """A picture for a browser, inside an address."""
    return f"data:image/png;base64,{base64.b64encode(png(picture)).decode()}"
