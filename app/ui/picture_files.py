"""Pictures as files: PNG, and data URLs. No streamlit here."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

FILM = 512  # pixels that an animation is wide, about
BELOW, TYPE = 40, 22  # pixels of what stands below a picture of it, and of its type
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


def film(pictures: Sequence[Tensor], names: Sequence[str]) -> bytes:
    """Pictures one after the other as an animated WebP file, half a second each and the last for
    two, each with its name below.

    Args:
        pictures: (C, H, W) uint8 of one size, grey or RGB.
        names: one for each.
    """
    frames = [_frame(picture, name) for picture, name in zip(pictures, names, strict=True)]
    durations = [SHOWN] * (len(frames) - 1) + [LAST]
    first, *others = frames
    file = io.BytesIO()
    first.save(
        file, "WEBP", save_all=True, append_images=others, duration=durations, lossless=True, loop=0
    )
    return file.getvalue()


def _frame(picture: Tensor, name: str) -> Image.Image:
    """A picture, enlarged, above its name."""
    enlarged = _enlarged(picture, max(1, FILM // picture.shape[2])).convert("RGB")
    frame = Image.new("RGB", (enlarged.width, enlarged.height + BELOW), "white")
    frame.paste(enlarged)
    font = ImageFont.load_default(TYPE)
    middle = (frame.width / 2, enlarged.height + BELOW / 2)
    ImageDraw.Draw(frame).text(middle, name, "black", font, anchor="mm")
    return frame


def data_url(picture: Tensor) -> str:
    """A picture for a browser, inside an address."""
    return f"data:image/png;base64,{base64.b64encode(png(picture)).decode()}"
