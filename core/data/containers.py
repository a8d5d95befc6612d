"""What of a picture file draws the picture: of each kind, the parts that a decoder needs.

Cameras, phones and editors put much beside the pixels: EXIF, text, colour profiles, thumbnails,
further frames. None of it is used here but the orientation, and much of it is damaged or huge in
files that show well everywhere else. So it is left out before the file is decoded.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["JPEG", "PNG", "WEBP", "AVIF"]
LARGEST_TEXT = 1_000_000  # bytes of a compressed text that are looked at for an orientation
UPRIGHT = 1
_ORIENTATION = 0x0112  # its tag in EXIF
_NUMBERS = {1: "B", 3: "H", 4: "L", 6: "b", 8: "h", 9: "l"}  # whole numbers among EXIF's types
_XMP = re.compile(rb"tiff:Orientation\s*(?:=\s*[\"']|>)\s*([1-8])")
_AVIF_EXIF = re.compile(rb"(infe(?:\x02.{7}|\x03.{9}))Exif", re.DOTALL)
_PNG_START = b"\x89PNG\r\n\x1a\n"
_PNG_PIXELS = (b"IHDR", b"PLTE", b"IDAT", b"IEND")
_PNG_CHANNELS = {0: 1, 2: 3}  # of the colour types that name one transparent colour: grey and RGB
_PNG_PALETTE, LARGEST_PALETTE = 3, 256
_JPEG_KEPT = (0xE0, 0xEE)  # JFIF, and Adobe's, which says how CMYK is stored
_JPEG_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}  # the segments that hold the size


@dataclass(frozen=True)
class PictureFile:
    """A picture without what does not draw it.

    Attributes:
        kind: of the file, by its first bytes.
        content: a file of that kind with the pixels of its first picture.
        orientation: 1 to 8 as EXIF has it: how the pixels are turned to be seen upright.
        scans: times that a decoder goes over all pixels; more than one needs memory for all of
            them at once.
        transparent: the one colour of a PNG of grey or RGB that stands for no colour at all, a
            number for each channel; () is none.
        bits: of these numbers: 8 or 16.
    """

    kind: Kind
    content: bytes
    orientation: int = UPRIGHT
    scans: int = 1
    transparent: tuple[int, ...] = ()
    bits: int = 8


def kind_of(content: bytes) -> Kind | None:
    """The kind of a picture file that can be read here, by its first bytes."""
    if content.startswith(b"\xff\xd8"):
        return "JPEG"
    if content.startswith(_PNG_START):
        return "PNG"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "WEBP"
    return "AVIF" if {b"avif", b"avis"} & set(brands(content)) else None


def brands(content: bytes) -> list[bytes]:
    """The brands in the ftyp box of AVIF, HEIC and film files; none of another file."""
    if content[4:8] != b"ftyp":
        return []
    size, first = int.from_bytes(content[:4], "big"), 8
    if size == 1:  # then 64 bits follow that say it
        size, first = int.from_bytes(content[8:16], "big"), 16
    end = size or len(content)  # 0: the box ends with the file
    box = content[first : min(len(content), end, 1000)]
    return [box[start : start + 4] for start in (0, *range(8, len(box), 4))]


def picture_file(content: bytes, kind: Kind) -> PictureFile:
    """Leave out what does not draw the first picture of a file, and find its orientation.

    Args:
        content: the file, possibly damaged; what cannot be parted is left to the decoder.
        kind: of the file.

    Returns:
        The parts.
    """
    return {"JPEG": _jpeg, "PNG": _png, "WEBP": _webp, "AVIF": _avif}[kind](content)


def exif_orientation(exif: bytes) -> int | None:
    """The orientation in EXIF data, whatever else they hold.

    Args:
        exif: from "II" or "MM" on, or with "Exif" and two zeros before it.

    Returns:
        1 to 8, or None where it cannot be read.
    """
    data = exif.removeprefix(b"Exif\0\0")
    order = {b"II": "<", b"MM": ">"}.get(data[:2])
    if order is None or len(data) < 10:
        return None
    (start,) = struct.unpack_from(f"{order}L", data, 4)
    if start + 2 > len(data):
        return None
    (count,) = struct.unpack_from(f"{order}H", data, start)
    for entry in range(start + 2, min(start + 2 + 12 * count, len(data) - 11), 12):
        tag, kind, values = struct.unpack_from(f"{order}HHL", data, entry)
        if tag == _ORIENTATION and kind in _NUMBERS and values == 1:
            (value,) = struct.unpack_from(f"{order}{_NUMBERS[kind]}", data, entry + 8)
            return value if 1 <= value <= 8 else None
    return None


def _orientation(exif: bytes, xmp: bytes) -> int:
    """Of the EXIF data, else of the XMP text; upright where neither says."""
    found = exif_orientation(exif)
    if found is None and (said := _XMP.search(xmp)):
        found = int(said[1])
    return found or UPRIGHT


def _jpeg(content: bytes) -> PictureFile:
    exif = xmp = b""
    kept, components, at = [content[:2]], 0, 2
    for start, end, marker in _segments(content):
        body, at = content[start + 4 : end], end
        if marker == 0xE1 and body.startswith(b"Exif\0\0"):
            exif = exif or body
        elif marker == 0xE1:
            xmp = xmp or body
        elif marker in _JPEG_KEPT or not (0xE0 <= marker <= 0xEF or marker == 0xFE):
            kept.append(content[start:end])
        if marker in _JPEG_FRAMES and len(body) > 5:
            components = body[5]
        if marker == 0xDA:
            components -= body[0] if body else 0
            break
    end = content.find(b"\xff\xd9", at)  # more pictures, or a film, may follow
    scans = 1 + content.count(b"\xff\xda", at, end if end >= 0 else len(content))
    scans += components > 0  # the first holds only some colours, so others follow
    return PictureFile("JPEG", b"".join([*kept, content[at:]]), _orientation(exif, xmp), scans)


def _segments(content: bytes) -> Iterator[tuple[int, int, int]]:
    """Where each segment of a JPEG file begins and ends, and its marker, to the first scan."""
    at = 2
    while at + 4 <= len(content) and content[at] == 0xFF:
        if content[at + 1] == 0xFF:  # a filling byte
            at += 1
            continue
        end = at + 2 + int.from_bytes(content[at + 2 : at + 4], "big")
        if end > len(content):
            return
        yield at, end, content[at + 1]
        at = end


def _png(content: bytes) -> PictureFile:
    exif = xmp = b""
    header, transparency, kept, names = b"", b"", [_PNG_START], set[bytes]()
    for start, end in _chunks(content):
        name, body = content[start + 4 : start + 8], content[start + 8 : end - 4]
        if name == b"PLTE" and len(body) < 3:
            continue
        if name in _PNG_PIXELS or end > len(content):
            kept.append(content[start:end])
            header = header or body
        elif name == b"tRNS" and name not in names:
            if _png_transparency(header, body, names) and _is_whole(content[start:end]):
                transparency = body
                kept += [content[start:end]] if header[9] == _PNG_PALETTE else []
        elif name == b"eXIf":
            exif = exif or body
        elif name in (b"iTXt", b"zTXt", b"tEXt"):
            keyword, text = _png_text(name, body)
            exif = exif or (_hexadecimal(text) if keyword == b"Raw profile type exif" else b"")
            xmp = xmp or (text if keyword == b"XML:com.adobe.xmp" else b"")
        names.add(name)
    if header[9:10] == bytes([_PNG_PALETTE]) and b"PLTE" not in names:
        kept = []  # what a decoder would show as black
    return PictureFile(
        "PNG", b"".join(kept), _orientation(exif, xmp), 1, *_png_colour(header, transparency)
    )


def _chunks(content: bytes) -> Iterator[tuple[int, int]]:
    """Where each chunk of a PNG file begins and ends; the last one may end beyond the file."""
    at = len(_PNG_START)
    while at + 12 <= len(content):
        end = at + 12 + int.from_bytes(content[at : at + 4], "big")
        yield at, end
        at = end


def _is_whole(chunk: bytes) -> bool:
    """Whether a chunk of a PNG file has its own checksum."""
    return zlib.crc32(chunk[4:-4]) == int.from_bytes(chunk[-4:], "big")


def _png_transparency(header: bytes, body: bytes, before: set[bytes]) -> bool:
    """Whether a tRNS chunk can be used: its length fits the header, and it stands where the
    specification wants it. Browsers leave out any other.
    """
    if len(header) != 13 or b"IDAT" in before:
        return False
    if header[9] == _PNG_PALETTE:
        return b"PLTE" in before and 1 <= len(body) <= LARGEST_PALETTE
    return len(body) == 2 * _PNG_CHANNELS.get(header[9], -1)


def _png_colour(header: bytes, transparency: bytes) -> tuple[tuple[int, ...], int]:
    """The transparent colour as the decoder gives the pixels, and its bits.

    Grey of 1, 2 and 4 bits is spread over 0..255. Of the two bytes of a number only as many count
    as the pixels have.
    """
    if len(header) != 13 or header[9] not in _PNG_CHANNELS or not transparency:
        return (), 8
    depth = header[8]
    numbers = struct.unpack(f">{len(transparency) // 2}H", transparency)
    if depth == 16:
        return numbers, 16
    largest = 2**depth - 1
    numbers = tuple(number % 256 for number in numbers)
    return (tuple(n * 255 // largest for n in numbers) if max(numbers) <= largest else ()), 8


def _png_text(name: bytes, body: bytes) -> tuple[bytes, bytes]:
    """The keyword and the text of a text chunk, as far as an orientation may stand in it."""
    keyword, _, text = body.partition(b"\0")
    if keyword not in (b"Raw profile type exif", b"XML:com.adobe.xmp"):
        return keyword, b""
    compressed = name == b"zTXt" or (name == b"iTXt" and text[:1] == b"\1")
    if name == b"iTXt":
        text = text[2:].split(b"\0", 2)[-1]
    elif name == b"zTXt":
        text = text[1:]
    if compressed:
        try:
            text = zlib.decompressobj().decompress(text, LARGEST_TEXT)
        except zlib.error:
            text = b""
    return keyword, text[:LARGEST_TEXT]


def _hexadecimal(text: bytes) -> bytes:
    """The bytes of ImageMagick's "\\nexif\\n  length\\n" and hexadecimal digits."""
    digits = b"".join(text.split(b"\n")[3:])
    try:
        return bytes.fromhex(digits.decode("ascii"))
    except ValueError:
        return b""


def _webp(content: bytes) -> PictureFile:
    exif = xmp = b""
    kept, at = [], 12
    while at + 8 <= len(content):
        size = int.from_bytes(content[at + 4 : at + 8], "little")
        name, end = content[at : at + 4], at + 8 + size + size % 2
        body = content[at + 8 : at + 8 + size]
        if name == b"EXIF":
            exif = exif or body
        elif name == b"XMP ":
            xmp = xmp or body
        elif name == b"VP8X" and size == 10:  # its flags: nothing of EXIF, XMP and profile follows
            kept.append(content[at : at + 8] + bytes([body[0] & 0x12]) + body[1:])
        elif name != b"ICCP":
            kept.append(content[at:end])
        at = end
    if kept and at <= len(content) + 1:
        body = b"WEBP" + b"".join(kept)
        content = b"RIFF" + len(body).to_bytes(4, "little") + body
    return PictureFile("WEBP", content, _orientation(exif, xmp))


def _avif(content: bytes) -> PictureFile:
    """Its boxes point at each other by position, so the EXIF item only loses its name; how the
    picture is turned stands in boxes of its own, which the decoder reads.
    """
    return PictureFile("AVIF", _AVIF_EXIF.sub(rb"\1none", content))
