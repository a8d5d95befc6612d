"""core.data.containers: what stands beside the pixels of a file neither hides nor breaks them."""

import io
import struct
import zlib
from collections.abc import Callable

import numpy as np
import pytest
import torch
from PIL import Image, ImageCms, PngImagePlugin

from core.data.containers import exif_orientation, kind_of, picture_file
from core.data.photos import READABLE, PictureError, read_picture

RED = (200, 30, 40)
HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 200
EXIF_KINDS = ["PNG", "JPEG", "WEBP"]
KINDS = [*EXIF_KINDS, *(["AVIF"] if "AVIF" in READABLE else [])]


def tiff(*entries: tuple[int, int, int, bytes], order: str = "<", start: int = 8) -> bytes:
    """One directory of EXIF: tag, type, count and four bytes each."""
    header = {"<": b"II*\0", ">": b"MM\0*"}[order] + struct.pack(f"{order}L", start)
    body = b"".join(struct.pack(f"{order}HHL", *entry[:3]) + entry[3] for entry in entries)
    return header + struct.pack(f"{order}H", len(entries)) + body + b"\0" * 4


def turned(value: int, order: str = "<") -> tuple[int, int, int, bytes]:
    """The entry of the orientation."""
    return (0x0112, 3, 1, struct.pack(f"{order}HH", value, 0))


def file_of(kind: str, exif: bytes = b"", **settings: object) -> bytes:
    """64 x 48, red on the left and black on the right."""
    picture = Image.new("RGB", (64, 64))
    picture.paste(RED, (0, 0, 32, 64))
    file = io.BytesIO()
    picture.save(file, kind, **settings, **({"exif": b"Exif\0\0" + exif} if exif else {}))
    return file.getvalue()


def side_of_red(content: bytes) -> str:
    """Where the picture is red after it was read."""
    red = read_picture(content, 32)[0].float()
    means = {
        "left": red[:, :16].mean(),
        "right": red[:, 16:].mean(),
        "top": red[:16].mean(),
        "bottom": red[16:].mean(),
    }
    assert red.shape == (32, 32)
    return max(means, key=lambda name: float(means[name]))


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png_with(name: bytes, body: bytes) -> bytes:
    """A PNG with one more chunk after its header."""
    content = file_of("PNG")
    return content[:33] + chunk(name, body) + content[33:]


RUBBISH = {
    "header alone": b"MM\0*",
    "two bytes": b"II",
    "text": b"no EXIF at all, but a long text",
    "text for a long": tiff((0x0100, 2, 4, b"abc\0")),
    "text for a ratio": tiff((0x011A, 2, 3, b"72\0\0")),
    "ratio beyond the end": tiff((0x011A, 5, 1, b"\xff\xff\0\0")),
    "unknown type": tiff((0x0100, 99, 1, b"\0" * 4)),
    "no directory": tiff(start=2**32 - 1),
    "directory in itself": tiff((0x8769, 4, 1, b"\x08\0\0\0")),
    "many entries": tiff()[:8] + b"\xff\xff" + b"\x01" * 100,
    "huge text": tiff((0x010E, 2, 2**32 - 1, b"\x08\0\0\0")),
    "orientation as text": tiff((0x0112, 2, 2, b"6\0\0\0")),
    "orientation 0": tiff(turned(0)),
    "orientation 99": tiff(turned(99)),
    "several orientations": tiff((0x0112, 3, 3, b"\x08\0\0\0")),
}


@pytest.mark.parametrize("exif", RUBBISH.values(), ids=RUBBISH.keys())
@pytest.mark.parametrize("kind", EXIF_KINDS)
def test_rubbish_for_exif_leaves_the_picture(kind: str, exif: bytes) -> None:
    assert side_of_red(file_of(kind, exif)) == "left"


@pytest.mark.parametrize(
    "before",
    [
        (0x0100, 2, 4, b"abc\0"),
        (0x0101, 99, 1, b"\0" * 4),
        (0x010E, 2, 2**32 - 1, b"\x08\0\0\0"),
        (0x010F, 2, 100, b"\xff\xff\xff\xff"),
    ],
)
def test_rubbish_before_the_orientation_does_not_hide_it(before: tuple) -> None:
    assert side_of_red(file_of("JPEG", tiff(before, turned(6)))) == "top"


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kind", EXIF_KINDS)
@pytest.mark.parametrize(
    ("value", "side"), [(1, "left"), (2, "right"), (3, "right"), (6, "top"), (8, "bottom")]
)
def test_every_orientation_is_respected(kind: str, order: str, value: int, side: str) -> None:
    assert side_of_red(file_of(kind, tiff(turned(value, order), order=order))) == side


@pytest.mark.parametrize("kind", [1, 3, 4])
def test_the_orientation_may_have_any_type_of_whole_number(kind: int) -> None:
    assert exif_orientation(tiff((0x0112, kind, 1, b"\x06\0\0\0"))) == 6


@pytest.mark.parametrize("kind", KINDS)
def test_it_turns_as_pillow_does(kind: str) -> None:
    """Corners of four colours: nothing is mirrored where it should be turned."""
    corners = Image.new("RGB", (64, 64))
    for index, colour in enumerate(((250, 0, 0), (0, 250, 0), (0, 0, 250), (250, 250, 250))):
        left, top = 32 * (index % 2), 32 * (index // 2)
        corners.paste(colour, (left, top, left + 32, top + 32))
    turns = [Image.Transpose(number) for number in (0, 3, 1, 5, 4, 6, 2)]  # of 2 to 8
    for value, turn in enumerate(turns, 2):
        exif, file = Image.Exif(), io.BytesIO()
        exif[0x0112] = value
        corners.save(file, kind, exif=exif, quality=95)
        expected = torch.from_numpy(np.array(corners.transpose(turn).resize((2, 2), 0))).reshape(
            4, 3
        )
        picture = read_picture(file.getvalue(), 32)
        seen = picture[:, 8::16, 8::16].permute(1, 2, 0).reshape(4, 3).int()
        assert int((seen - expected).abs().max()) < 16, value


XMP = b'<x:xmpmeta><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'
HEX = tiff(turned(6)).hex().encode()
PROFILE = b"\nexif\n  %d\n%b\n" % (len(HEX) // 2, b"\n".join([HEX[:72], HEX[72:]]))
WHERE: dict[str, Callable[[], bytes]] = {
    "EXIF chunk": lambda: png_with(b"eXIf", tiff(turned(6))),
    "ImageMagick, plain": lambda: png_with(b"tEXt", b"Raw profile type exif\0" + PROFILE),
    "ImageMagick": lambda: png_with(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(PROFILE)),
    "XMP": lambda: png_with(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP),
    "XMP, compressed": lambda: png_with(
        b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(XMP)
    ),
    "XMP of a JPEG": lambda: file_of("JPEG", xmp=XMP),
    "XMP of a WebP": lambda: file_of("WEBP", xmp=XMP),
}


@pytest.mark.parametrize("content", WHERE.values(), ids=WHERE.keys())
def test_the_orientation_is_found_wherever_programs_write_it(content: Callable) -> None:
    assert side_of_red(content()) == "top"


@pytest.mark.parametrize("body", [b"", b"no zlib", zlib.compress(b"\n1\n2\nnot hexadecimal")])
def test_damaged_text_leaves_the_picture(body: bytes) -> None:
    assert side_of_red(png_with(b"zTXt", b"Raw profile type exif\0\0" + body)) == "left"


def huge_text(compressed: bool) -> bytes:
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", "x" * 2_000_000, zip=compressed)
    return file_of("PNG", pnginfo=text)


HUGE: dict[str, Callable[[], bytes]] = {
    "text": lambda: huge_text(False),
    "compressed text": lambda: huge_text(True),
    "profile": lambda: file_of("PNG", icc_profile=b"\0" * 2_000_000),
    "profile of a JPEG": lambda: file_of("JPEG", icc_profile=b"\0" * 2_000_000),
    "profile of a WebP": lambda: file_of("WEBP", icc_profile=b"\0" * 2_000_000),
    "a bomb": lambda: png_with(b"zTXt", b"a\0\0" + zlib.compress(b"\0" * 99_000_000)),
    "many texts": lambda: png_with(b"tEXt", b"a\0b").replace(
        chunk(b"tEXt", b"a\0b"), chunk(b"tEXt", b"a\0" + b"b" * 60_000) * 100
    ),
    "comment of a JPEG": lambda: file_of("JPEG", comment=b"x" * 60_000),
}


@pytest.mark.parametrize("content", HUGE.values(), ids=HUGE.keys())
def test_huge_text_and_profiles_leave_the_picture(content: Callable) -> None:
    file = content()
    assert side_of_red(file) == "left"
    assert len(picture_file(file, kind_of(file)).content) < 5_000


@pytest.mark.parametrize("damage", [b"", b"MM", b"MM\0*\0\0\0\1", tiff((0xB001, 2, 4, b"abc\0"))])
def test_a_damaged_list_of_further_pictures_leaves_the_first(damage: bytes) -> None:
    content, body = file_of("JPEG"), b"MPF\0" + damage
    segment = b"\xff\xe2" + struct.pack(">H", len(body) + 2) + body
    assert side_of_red(content[:2] + segment + content[2:]) == "left"


def test_a_film_behind_a_photo_is_no_scan_of_it() -> None:
    film = b"\0\0\0\x18ftypisom" + b"\xff\xda" * 5_000
    assert side_of_red(file_of("JPEG") + film) == "left"
    assert picture_file(file_of("JPEG") + film, "JPEG").scans == 1
    assert picture_file(file_of("JPEG", progressive=True), "JPEG").scans > 1


def test_thousands_of_scans_are_refused() -> None:
    content = file_of("JPEG", progressive=True)
    scan = content[content.rindex(b"\xff\xda") : -2]
    with pytest.raises(PictureError, match=r"stored in [\d,]+ scans, and at most 100 can be read"):
        read_picture(content[:-2] + scan * 5_000 + content[-2:], 32)


@pytest.mark.skipif("AVIF" not in KINDS, reason="Pillow before 11.3, or built without AVIF")
@pytest.mark.parametrize("exif", RUBBISH.values(), ids=RUBBISH.keys())
def test_avif_is_read_whatever_its_exif(exif: bytes) -> None:
    content = file_of("AVIF", tiff((0x010E, 2, 600, b"\0\0\0\0")) + b"x" * 600)
    start = content.index(b"II*\0")
    assert side_of_red(content[:start] + exif.ljust(600, b"\0")[:600] + content[start + 600 :]) == (
        "left"
    )


@pytest.mark.parametrize("brand", [b"heic", b"heix", b"hevc", b"hevm", b"hevs", b"mif1", b"msf1"])
def test_a_heic_photo_is_named_with_what_to_do(brand: bytes) -> None:
    with pytest.raises(PictureError, match="is a HEIC photo, which cannot be read: save it as a J"):
        read_picture(HEIC.replace(b"heic", brand), 32)


@pytest.mark.parametrize(
    "start",
    [
        b"\0\0\0\0ftypheic\0\0\0\0",
        b"\0\0\0\1ftyp\0\0\0\0\0\0\0\x18heic\0\0\0\0",
        b"\0\0\0\x14ftypmiaf\0\0\0\0miaf",
    ],
    ids=["to the end", "64 bits", "miaf alone"],
)
def test_a_heic_photo_is_named_however_its_first_box_is_written(start: bytes) -> None:
    with pytest.raises(PictureError, match="is a HEIC photo"):
        read_picture(start + b"\0" * 200, 32)


@pytest.mark.parametrize(
    ("box", "kind"),
    [
        (b"\0\0\0\x14ftypjxl \0\0\0\0jxl ", "a JPEG XL"),
        (b"\0\0\0\x18ftypcrx \0\0\0\1crx isom", r"a raw \(CR3\)"),
    ],
)
def test_another_picture_in_boxes_is_named(box: bytes, kind: str) -> None:
    with pytest.raises(PictureError, match=f"The file is {kind} picture: expected is JPEG"):
        read_picture(box + b"\0" * 99, 32)


def test_a_film_is_named() -> None:
    with pytest.raises(PictureError, match="The file is a film, no picture: expected is JPEG"):
        read_picture(b"\0\0\0\x14ftypqt  \0\0\0\0qt  " + b"\0" * 99, 32)


def test_one_colour_profile_is_no_other_colour() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for kind in EXIF_KINDS:
        plain = read_picture(file_of(kind), 32)
        assert torch.equal(read_picture(file_of(kind, icc_profile=profile), 32), plain)
