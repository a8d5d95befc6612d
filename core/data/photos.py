"""A person's own picture: whatever the file holds, a small RGB picture or one clear sentence."""

from __future__ import annotations

import io
import warnings
from typing import Literal, get_args

import numpy as np
import torch
from jaxtyping import Int64, UInt8
from PIL import Image, ImageOps, UnidentifiedImageError
from torch import Tensor

Fit = Literal["crop", "pad"]
Colour = tuple[int, int, int]
FORMATS = ("JPEG", "PNG", "WEBP")
LARGEST_PIXELS = 50_000_000  # 150 MB when decoded
LARGEST_BYTES = 20_000_000
WHITE: Colour = (255, 255, 255)
DIGIT_SIDE, DIGIT_BOX = 28, 20  # of MNIST's pictures, and of the box that their digits fill


class PictureError(Exception):
    """A file is no picture that can be used; the message is one sentence for a person."""


def read_picture(
    content: bytes, size: int, *, fit: Fit = "crop", fill: Colour = WHITE
) -> UInt8[Tensor, "3 size size"]:
    """Decode a JPEG, PNG or WebP file into a small square RGB picture, turned as its EXIF data say.

    CMYK, palettes and grey become RGB; 16 bits become 8; of an animation the first picture is
    taken; what is transparent takes the colour ``fill``. The size is read before anything is
    decoded, so memory stays bounded.

    Args:
        content: the file.
        size: side of the result in pixels.
        fit: "crop" takes the largest square in the middle, "pad" adds ``fill`` beside the shorter
            side.
        fill: RGB colour, 0..255.

    Returns:
        The picture.

    Raises:
        PictureError: the file is too large, no picture of these kinds, or damaged.
        ValueError: unknown fit, or a size below 1.
    """
    if fit not in get_args(Fit) or size < 1:
        raise ValueError(
            f"Expected fit 'crop' or 'pad' and a size above 0, got {fit!r} and {size}."
        )
    if len(content) > LARGEST_BYTES:
        raise PictureError(
            f"The file has {len(content) / 1e6:,.0f} MB, and at most {LARGEST_BYTES / 1e6:.0f} "
            "MB can be read: save the picture smaller."
        )
    if not content:
        raise PictureError("The file is empty: choose a JPEG, PNG or WebP picture.")
    try:
        picture = _decode(content, size, fit, fill)
    except UnidentifiedImageError as error:
        raise PictureError(
            "The file is no JPEG, PNG or WebP picture, whatever its name says: choose another."
        ) from error
    except Image.DecompressionBombError as error:  # Pillow's own limit, before it tells the size
        raise _too_large("far too many") from error
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        raise PictureError(
            "The picture is damaged or incomplete: choose another, or save it again."
        ) from error
    return torch.from_numpy(np.array(picture)).permute(2, 0, 1)


def _decode(content: bytes, size: int, fit: Fit, fill: Colour) -> Image.Image:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's own limit is higher than ours
        with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
            width, height = picture.size
            if width * height > LARGEST_PIXELS:
                raise _too_large(f"{width:,} × {height:,}")
            if picture.format == "JPEG" and picture.mode != "CMYK":
                picture.draft("RGB", (4 * size, 4 * size))  # decode no more than is needed
            return _square(_rgb(ImageOps.exif_transpose(picture), fill), size, fit, fill)


def _too_large(size: str) -> PictureError:
    most = f"{LARGEST_PIXELS / 1e6:.0f} million"
    return PictureError(
        f"The picture has {size} pixels, and at most {most} can be read: save it smaller."
    )


def _rgb(picture: Image.Image, fill: Colour) -> Image.Image:
    if picture.mode.startswith("I"):  # 16 bits of grey
        values = np.asarray(picture).astype(np.float64) / 257
        return Image.fromarray(values.round().clip(0, 255).astype(np.uint8)).convert("RGB")
    if "A" in picture.mode or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        ground = Image.new("RGBA", picture.size, (*fill, 255))
        return Image.alpha_composite(ground, picture).convert("RGB")
    return picture.convert("RGB")


def _square(picture: Image.Image, size: int, fit: Fit, fill: Colour) -> Image.Image:
    if fit == "crop":
        return ImageOps.fit(picture, (size, size), Image.Resampling.LANCZOS)
    return ImageOps.pad(picture, (size, size), Image.Resampling.LANCZOS, color=fill)


def centred_digit(drawn: UInt8[Tensor, "h w"]) -> UInt8[Tensor, "1 28 28"] | None:
    """A drawn digit as MNIST's were made: size-normalised, and centred by its mass.

    It is scaled into a box of 20 x 20, whose centre of mass lies on pixel 14 of 28 x 28.

    Args:
        drawn: white (255) on black (0).

    Returns:
        The digit, or None where nothing is drawn.

    Raises:
        ValueError: this is no picture of grey values.

    Source: LeCun, Cortes & Burges, "The MNIST database of handwritten digits".
    """
    if drawn.dim() != 2 or drawn.dtype != torch.uint8:
        raise ValueError(
            f"Expected a picture (H, W) of uint8, got {drawn.dtype} {tuple(drawn.shape)}."
        )
    rows, columns = (drawn > 0).any(1).nonzero()[:, 0], (drawn > 0).any(0).nonzero()[:, 0]
    if not len(rows):
        return None
    cut = drawn[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    scale = DIGIT_BOX / max(cut.shape)
    height, width = (max(1, round(side * scale)) for side in cut.shape)
    small = Image.fromarray(cut.numpy()).resize((width, height), Image.Resampling.LANCZOS)
    pixels = torch.from_numpy(np.array(small))
    top, left = _offset(pixels.sum(1)), _offset(pixels.sum(0))
    digit = torch.zeros(1, DIGIT_SIDE, DIGIT_SIDE, dtype=torch.uint8)
    digit[0, top : top + height, left : left + width] = pixels
    return digit


def _offset(mass: Int64[Tensor, " n"]) -> int:
    """Where a digit begins along one axis, so that its centre of mass lies in the middle."""
    centre = float((mass.double() @ torch.arange(len(mass)).double()) / mass.sum())
    return min(max(0, round(DIGIT_SIDE / 2 - centre)), DIGIT_SIDE - len(mass))
