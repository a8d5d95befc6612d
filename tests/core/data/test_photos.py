"""core.data.photos: whatever file a person brings, a right picture or one clear sentence."""

import io
import struct
import zlib

import numpy as np
import pytest
import torch
from PIL import Image, ImageCms

from core.data.photos import LARGEST_BYTES, READABLE, PictureError, centred_digit, read_picture
from core.data.samples import load_samples

RED, GREEN, BLUE = (200, 30, 40), (20, 180, 60), (10, 60, 220)


def stripes(width: int = 90, height: int = 60) -> Image.Image:
    """Red, green and blue from left to right."""
    picture = Image.new("RGB", (width, height))
    for index, colour in enumerate((RED, GREEN, BLUE)):
        picture.paste(colour, (index * width // 3, 0, (index + 1) * width // 3, height))
    return picture


def file_of(picture: Image.Image, kind: str = "PNG", **settings: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **settings)
    return file.getvalue()


def colour_at(picture: torch.Tensor, row: int, column: int) -> list[int]:
    return picture[:, row, column].tolist()


def near(one: list[int], other: tuple[int, ...], tolerance: int = 6) -> bool:
    return all(abs(a - b) <= tolerance for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize(
    ("kind", "settings"), [("PNG", {}), ("JPEG", {"quality": 95}), ("WEBP", {"lossless": True})]
)
def test_every_kind_is_read(kind: str, settings: dict) -> None:
    picture = read_picture(file_of(stripes(), kind, **settings), 32)
    assert picture.shape == (3, 32, 32)
    assert picture.dtype == torch.uint8
    assert near(
        colour_at(picture, 16, 2), RED
    )  # the middle 60 x 60: half of red, green, half of blue
    assert near(colour_at(picture, 16, 16), GREEN)
    assert near(colour_at(picture, 16, 29), BLUE)


def test_a_picture_of_the_networks_size_stays_as_it_is() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    for fit in ("crop", "pad"):
        picture = read_picture(file_of(Image.fromarray(pixels)), 32, fit=fit)
        assert torch.equal(picture, torch.from_numpy(pixels).permute(2, 0, 1))


def test_padding_keeps_everything() -> None:
    picture = read_picture(file_of(stripes(96, 32)), 32, fit="pad", fill=(1, 2, 3))
    assert colour_at(picture, 0, 16) == colour_at(picture, 31, 16) == [1, 2, 3]
    assert near(colour_at(picture, 16, 3), RED)
    assert near(colour_at(picture, 16, 28), BLUE)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_the_exif_rotation_is_respected(kind: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held turned: rotate by 90 degrees clockwise to see it upright
    picture = read_picture(file_of(stripes(90, 90), kind, exif=exif), 32)
    assert near(colour_at(picture, 2, 16), RED, 12)  # left has become top
    assert near(colour_at(picture, 29, 16), BLUE, 12)


def test_a_large_photo_is_scaled_down_without_its_noise() -> None:
    noise = np.random.default_rng(0).integers(-60, 60, (1200, 1600, 1))
    pixels = np.clip(np.array([120, 130, 90]) + noise, 0, 255).astype(np.uint8)
    picture = read_picture(file_of(Image.fromarray(pixels), "JPEG", quality=90), 32).float()
    assert picture.std(dim=(1, 2)).max() < 6
    assert near(picture.mean((1, 2)).round().int().tolist(), (120, 130, 90))


def test_cmyk_becomes_rgb() -> None:
    picture = read_picture(file_of(stripes().convert("CMYK"), "JPEG", quality=95), 32)
    assert near(colour_at(picture, 16, 16), GREEN, 20)


def test_grey_becomes_rgb() -> None:
    picture = read_picture(file_of(Image.new("L", (40, 40), 77)), 32)
    assert picture.shape == (3, 32, 32)
    assert picture.unique().tolist() == [77]


@pytest.mark.parametrize("grey", [0, 128, 255])
def test_sixteen_bits_become_eight(grey: int) -> None:
    pixels = np.full((40, 40), grey * 257, dtype=np.uint16)
    assert read_picture(file_of(Image.fromarray(pixels)), 32).unique().tolist() == [grey]


def test_sixteen_bits_of_colour_become_eight() -> None:
    rows = b"".join(
        b"\0" + struct.pack(">3H", 200 * 257, 30 * 257, 40 * 257) * 40 for _ in range(40)
    )

    def chunk(name: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        )

    header = struct.pack(">IIBBBBB", 40, 40, 16, 2, 0, 0, 0)
    file = (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )
    assert near(colour_at(read_picture(file, 32), 5, 5), RED, 1)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_what_is_transparent_shows_the_fill(mode: str) -> None:
    picture = Image.new("RGBA", (40, 40), (0, 0, 0, 0)).convert(mode)
    settings = {"transparency": picture.getpixel((0, 0))} if mode == "P" else {}
    assert colour_at(read_picture(file_of(picture, **settings), 32, fill=(9, 99, 199)), 5, 5) == [
        9,
        99,
        199,
    ]


def test_half_transparent_pixels_are_mixed() -> None:
    picture = Image.new("RGBA", (40, 40), (255, 0, 0, 128))
    assert near(
        colour_at(read_picture(file_of(picture), 32, fill=(255, 255, 255)), 5, 5),
        (255, 127, 127),
        1,
    )


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_of_an_animation_the_first_picture_is_taken(kind: str) -> None:
    frames = [Image.new("RGB", (40, 40), colour) for colour in (RED, BLUE)]
    file = file_of(
        frames[0], kind, save_all=True, append_images=frames[1:], duration=100, lossless=True
    )
    assert near(colour_at(read_picture(file, 32), 16, 16), RED)


def test_a_colour_profile_does_no_harm() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert near(colour_at(read_picture(file_of(stripes(), icc_profile=profile), 32), 16, 16), GREEN)


@pytest.mark.parametrize("size", [(1, 1), (1, 500), (500, 1), (2, 200), (31, 33), (65_535, 1)])
@pytest.mark.parametrize("fit", ["crop", "pad"])
def test_odd_shapes_show_their_colour(size: tuple[int, int], fit: str) -> None:
    picture = read_picture(file_of(Image.new("RGB", size, RED)), 32, fit=fit)
    red = (picture == torch.tensor(RED, dtype=torch.uint8)[:, None, None]).all(0)
    white = (picture == 255).all(0)
    assert bool((red | white).all())
    width, height = size if fit == "pad" else (1, 1)
    longest = max(width, height)
    expected = max(1, round(32 * width / longest)) * max(1, round(32 * height / longest))
    assert int(red.sum()) == expected


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("share", [0.2, 0.6, 0.95])
def test_a_truncated_file_is_one_sentence(kind: str, share: float) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (200, 200, 3), dtype=np.uint8)
    file = file_of(Image.fromarray(pixels), kind)
    with pytest.raises(PictureError, match="damaged or incomplete"):
        read_picture(file[: int(share * len(file))], 32)


@pytest.mark.parametrize(
    "content",
    [b"just text, named .png", b"\x89PNG\r\n\x1a\n", b"%PDF-1.7", b"\0" * 1000, b"<svg></svg>"],
)
def test_what_is_no_picture_is_one_sentence(content: bytes) -> None:
    with pytest.raises(
        PictureError,
        match=rf"(is no {READABLE} picture|damaged|is an SVG|is a PDF document, no picture:)",
    ):
        read_picture(content, 32)


@pytest.mark.parametrize(
    ("content", "is_svg"),
    [
        (b"<svg/>", True),
        (b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- a > b --><svg xmlns="x">', True),
        (
            b'<?xml version="1.0"?>\n<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" [<!ENTITY a>]>',
            True,
        ),
        (b"<!-- a --> <!-- b -->\n<svg:svg>", True),
        (b"<!DOCTYPE html><html><svg></svg>", False),
        (b"<?xml?><note>svg</note>", False),
        (b"<!-- <svg> -->" * 700, False),
    ],
)
def test_an_svg_is_named_whatever_stands_before_it(content: bytes, is_svg: bool) -> None:
    with pytest.raises(PictureError) as caught:
        read_picture(content, 32)
    assert ("is an SVG picture: expected is" in str(caught.value)) == is_svg


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF", "JPEG2000", "ICO"])
def test_other_kinds_are_named(kind: str) -> None:
    name = {"JPEG2000": "a JPEG 2000", "ICO": "an icon"}.get(kind, f"a {kind}")
    sentence = f"The file is {name} picture: expected is {READABLE}, so save it as one of them."
    with pytest.raises(PictureError) as caught:
        read_picture(file_of(stripes(), kind), 32)
    assert str(caught.value) == sentence


def test_an_empty_file_is_one_sentence() -> None:
    with pytest.raises(PictureError, match="The file is empty"):
        read_picture(b"", 32)


def test_a_hundred_megapixels_are_refused_before_they_are_decoded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = file_of(Image.new("1", (10_000, 10_000)))
    monkeypatch.setattr(Image.Image, "load", lambda self: pytest.fail("decoded"))
    with pytest.raises(PictureError, match=r"10,000 × 10,000 pixels, and at most 50 million"):
        read_picture(file, 32)


def test_a_header_that_lies_about_its_size_is_refused() -> None:
    file = bytearray(file_of(Image.new("RGB", (8, 8))))
    file[16:24] = struct.pack(">II", 2**31 - 1, 2**31 - 1)
    file[29:33] = struct.pack(">I", zlib.crc32(bytes(file[12:29])))
    with pytest.raises(PictureError, match="2,147,483,647 × 2,147,483,647 pixels, and at most 50"):
        read_picture(bytes(file), 32)


def test_a_huge_file_is_refused_unread() -> None:
    with pytest.raises(PictureError, match="a little more than 20 MB, and at most 20 MB can"):
        read_picture(b"\0" * (LARGEST_BYTES + 1), 32)


@pytest.mark.parametrize(("size", "fit"), [(0, "crop"), (32, "stretch")])
def test_a_wrong_setting_is_refused(size: int, fit: str) -> None:
    with pytest.raises(ValueError, match="Expected fit 'crop' or 'pad' and a size above 0"):
        read_picture(file_of(stripes()), size, fit=fit)


def test_a_drawn_digit_is_boxed_and_centred_by_mass() -> None:
    drawn = torch.zeros(56, 56, dtype=torch.uint8)
    drawn[5:45, 40:44] = 255  # a stroke, high and far to the right
    digit = centred_digit(drawn)
    assert digit.shape == (1, 28, 28)
    rows, columns = (digit[0] > 64).nonzero(as_tuple=True)
    assert int(rows.max() - rows.min()) + 1 == 20
    assert int(columns.max() - columns.min()) + 1 == 2
    weight = digit[0].double()
    for axis in (0, 1):
        centre = float((weight.sum(1 - axis) @ torch.arange(28).double()) / weight.sum())
        assert abs(centre - 14) <= 0.6


def test_an_mnist_digit_that_is_drawn_again_stays_as_it_is() -> None:
    digit = load_samples("mnist").images[0, 0]
    large = digit.repeat_interleave(2, 0).repeat_interleave(2, 1)
    again = centred_digit(large).float()
    assert float((again[0] - digit.float()).abs().mean()) < 6


@pytest.mark.parametrize("size", [(1, 1), (1, 56), (56, 1), (56, 56)])
def test_any_drawing_fits(size: tuple[int, int]) -> None:
    drawn = torch.zeros(56, 56, dtype=torch.uint8)
    drawn[: size[0], : size[1]] = 255
    assert centred_digit(drawn).shape == (1, 28, 28)


def test_nothing_drawn_is_no_digit() -> None:
    assert centred_digit(torch.zeros(56, 56, dtype=torch.uint8)) is None
    with pytest.raises(TypeError, match=r"Expected drawn as uint8, got torch\.float32"):
        centred_digit(torch.zeros(56, 56))
    with pytest.raises(ValueError, match=r"Expected drawn \(H, W\), got the shape"):
        centred_digit(torch.zeros(1, 56, 56, dtype=torch.uint8))
