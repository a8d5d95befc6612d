"""A person's own picture: whatever the file holds, a small RGB picture or one clear sentence."""

from __future__ import annotations

import io
import re
import warnings
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import torch
from jaxtyping import Int64, UInt8
from PIL import Image
from torch import Tensor

from core.checks import check_tensor
from core.data import containers
from core.data.containers import Kind, PictureFile
from core.data.transparent import opacity
from core.failures import megabytes

try:
    from PIL.AvifImagePlugin import SUPPORTED as _AVIF
except ImportError:  # Pillow before 11.3
    _AVIF = False

Fit = Literal["crop", "pad"]
Colour = tuple[int, int, int]
READABLE = "JPEG, PNG, WebP or AVIF" if _AVIF else "JPEG, PNG or WebP"
LARGEST_BYTES = 20_000_000
# A decoder takes at most 400 MB for so many: 4 bytes a pixel, but 20 for WebP and AVIF.
LARGEST_PIXELS = 50_000_000
LARGEST_OF: dict[Kind, int] = {
    "JPEG": LARGEST_PIXELS,
    "PNG": LARGEST_PIXELS,
    "WEBP": 16_000_000,
    "AVIF": 16_000_000,
}
_TITLES: dict[Kind, str] = {
    "JPEG": "a JPEG",
    "PNG": "a PNG",
    "WEBP": "a WebP",
    "AVIF": "an AVIF",
}
LARGEST_PROGRESSIVE = 40_000_000  # a JPEG in several scans: up to 8 bytes a pixel
LONGEST_SIDE = 65_535  # of any JPEG; rows have a cost of their own
MOST_SCANS = 100  # of a JPEG; usual are 10
BAND = 2_000_000  # pixels that become RGB at once
WHITE: Colour = (255, 255, 255)
DIGIT_SIDE, DIGIT_BOX = 28, 20  # of MNIST's pictures, and of the box that their digits fill
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}  # of EXIF's orientations
_FILM = {b"isom", b"iso2", b"mp41", b"mp42", b"qt  ", b"M4V "}
_HEIC = {
    *(b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"),
    *(b"mif1", b"msf1", b"miaf"),  # of AVIF too, which has its own beside them
}
_BRANDS = {b"jxl ": "a JPEG XL", b"crx ": "a raw (CR3)"}  # which may have those of films beside it
_OTHERS = {
    b"GIF8": "a GIF",
    b"BM": "a BMP",
    b"II*\0": "a TIFF",
    b"MM\0*": "a TIFF",
    b"8BPS": "a Photoshop",
    b"\0\0\1\0": "an icon",
    b"\0\0\0\x0cjP": "a JPEG 2000",
    b"\xff\x4f\xff\x51": "a JPEG 2000",
    b"\xff\x0a": "a JPEG XL",
    b"\0\0\0\x0cJXL": "a JPEG XL",
    b"%PDF": "a PDF document, no",
}  # the first bytes of what people take for a picture, too
# Before an SVG's first element stand what XML says of itself, comments, and the name of its kind.
_SVG = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:(?><\?.*?\?>|<!--.*?-->)\s*)*+<(?:!DOCTYPE\s+)?(?:\w+:)?svg\b",
    re.DOTALL,
)


class PictureError(Exception):
    """A file is no picture that can be used; the message is one sentence for a person."""


def read_picture(
    content: bytes, size: int, *, fit: Fit = "crop", fill: Colour = WHITE
) -> UInt8[Tensor, "3 size size"]:
    """Decode a JPEG, PNG, WebP or AVIF file into a small square RGB picture, turned as its EXIF
    data say.

    CMYK, palettes and grey become RGB; 16 bits become 8; of an animation the first picture is
    taken; what is transparent takes the colour ``fill``. What does not draw the picture is left
    out before anything is decoded (``core.data.containers``), and the size is read before that, so
    that at most 400 MB of memory are taken.

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
            f"The file has {megabytes(len(content), LARGEST_BYTES)}, and at most "
            f"{LARGEST_BYTES // 10**6} MB can be read: save the picture smaller."
        )
    kind = containers.kind_of(content)
    if kind is None or (kind == "AVIF" and not _AVIF):
        raise PictureError(_what_came(content))
    try:
        picture = _decode(containers.picture_file(content, kind), size, fit, fill)
    except PictureError:
        raise
    except Exception as error:  # whatever a decoder makes of damaged bytes
        raise PictureError(
            "The picture is damaged or incomplete: choose another, or save it again."
        ) from error
    return torch.from_numpy(np.array(picture)).permute(2, 0, 1)


def _what_came(content: bytes) -> str:
    """What a file is that cannot be read, and what to do."""
    if not content:
        return f"The file is empty: choose a {READABLE} picture."
    brands = set(containers.brands(content))
    if {b"avif", b"avis"} & brands:
        return "The file is an AVIF picture, which needs Pillow 11.3: save it as a JPEG."
    if brands & _HEIC:
        return (
            "The file is a HEIC photo, which cannot be read: save it as a JPEG (on an iPhone: "
            "Settings, Camera, Formats, Most Compatible)."
        )
    start = content[:1000].removeprefix(b"\xef\xbb\xbf").lstrip()
    named = next((name for first, name in _OTHERS.items() if start.startswith(first)), None)
    named = "an SVG" if _SVG.match(content[:10_000]) else named
    named = "a film, no" if brands & _FILM else named
    named = next((_BRANDS[brand] for brand in brands if brand in _BRANDS), named)
    if named is None:
        return f"The file is no {READABLE} picture, whatever its name says: choose another."
    return f"The file is {named} picture: expected is {READABLE}, so save it as one of them."


def _decode(file: PictureFile, size: int, fit: Fit, fill: Colour) -> Image.Image:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with _opened(file) as picture:
            _check_size(file, *picture.size)
            if file.kind == "JPEG":
                picture.draft(None, (4 * size, 4 * size))  # decode no more than is needed
            mask = opacity(file)
            picture.load()
            small = _square(Ground(picture, mask, fill), size, fit)
            orientation = file.orientation
            if file.kind == "AVIF":  # its decoder tells it as EXIF
                exif = picture.info.get("exif", b"")
                orientation = containers.exif_orientation(exif) or containers.UPRIGHT
    return small.transpose(_TURNS[orientation]) if orientation in _TURNS else small


def _opened(file: PictureFile) -> Image.Image:
    """A picture that is not decoded yet, of any size: Image.open does not tell that of a picture
    beyond Pillow's own limit, which is higher than ours.
    """
    Image.init()
    opened: Image.Image = Image.OPEN[file.kind][0](io.BytesIO(file.content), "")
    return opened


def _check_size(file: PictureFile, width: int, height: int) -> None:
    """Refuse what would take more than 400 MB, or hours, before it is decoded."""
    if file.scans > MOST_SCANS:
        raise PictureError(
            f"The JPEG is stored in {file.scans:,} scans, and at most {MOST_SCANS} can be read: "
            "save it again."
        )
    several = file.scans > 1
    most = LARGEST_PROGRESSIVE if several else LARGEST_OF[file.kind]
    if width * height > most:
        kind = (
            "a JPEG in several scans, such as a progressive one" if several else _TITLES[file.kind]
        )
        raise _too_large(f"{width:,} × {height:,}", most, kind)
    if max(width, height) > LONGEST_SIDE:
        raise PictureError(
            f"The picture has {width:,} × {height:,} pixels, and a side of at most "
            f"{LONGEST_SIDE:,} can be read: cut it smaller."
        )


def _too_large(size: str, most: int, kind: str) -> PictureError:
    return PictureError(
        f"The picture has {size} pixels, and at most {most / 1e6:.0f} million can be read of "
        f"{kind}: save it smaller."
    )


@dataclass(frozen=True)
class Ground:
    """A decoded picture on the colour that is seen where it is transparent.

    Attributes:
        picture: of any mode.
        mask: 0 where it is transparent and its own mode does not say so; None: nowhere.
        fill: the colour.
    """

    picture: Image.Image
    mask: Image.Image | None
    fill: Colour

    def rows(self, start: int, end: int) -> Image.Image:
        """Some rows in RGB."""
        box = (0, start, self.picture.width, end)
        band = _rgb(self.picture.crop(box), self.fill)
        if self.mask is None:
            return band
        return Image.composite(band, Image.new("RGB", band.size, self.fill), self.mask.crop(box))


def _square(ground: Ground, size: int, fit: Fit) -> Image.Image:
    """The middle square, or the whole between two bands of the fill, (size, size)."""
    width, height = ground.picture.size
    if fit == "crop":
        side = min(width, height)
        left, top = (width - side) / 2, (height - side) / 2
        return _resized(ground, (left, top, left + side, top + side), (size, size))
    longest = max(width, height)
    across, down = (max(1, round(length / longest * size)) for length in (width, height))
    small = _resized(ground, (0, 0, width, height), (across, down))
    square = Image.new("RGB", (size, size), ground.fill)
    square.paste(small, (round((size - across) / 2), round((size - down) / 2)))
    return square


def _resized(
    ground: Ground, box: tuple[float, float, float, float], size: tuple[int, int]
) -> Image.Image:
    """A part of a picture in RGB, resized across and then down, as Pillow does it.

    It goes across band by band, so that no second picture of full size is needed.
    """
    left, top, right, bottom = box
    first, last = int(top), min(ground.picture.height, int(np.ceil(bottom)))
    narrow = Image.new("RGB", (size[0], last - first))
    rows = max(1, BAND // ground.picture.width)
    for start in range(first, last, rows):
        end = min(last, start + rows)
        across = ground.rows(start, end).resize(
            (size[0], end - start), Image.Resampling.LANCZOS, box=(left, 0, right, end - start)
        )
        narrow.paste(across, (0, start - first))
    return narrow.resize(
        size, Image.Resampling.LANCZOS, box=(0, top - first, size[0], bottom - first)
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


def centred_digit(drawn: UInt8[Tensor, "h w"]) -> UInt8[Tensor, "1 28 28"] | None:
    """A drawn digit as MNIST's were made: size-normalised, and centred by its mass.

    It is scaled into a box of 20 x 20, whose centre of mass lies on pixel 14 of 28 x 28.

    Args:
        drawn: white (255) on black (0).

    Returns:
        The digit, or None where nothing is drawn.

    Raises:
        TypeError: these are no grey values.
        ValueError: they are no picture.

    Source: LeCun, Cortes & Burges, "The MNIST database of handwritten digits".
    """
    check_tensor("drawn", drawn, "(H, W)", (torch.uint8,))
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
