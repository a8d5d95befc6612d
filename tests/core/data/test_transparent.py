"""core.data.transparent and the PNG of core.data.containers: what a PNG says beside its pixels is
used where the specification allows it, and does no harm where not.
"""

import struct
import zlib

import pytest
import torch

from core.data.photos import PictureError, read_picture

FILL = (9, 99, 199)
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # of each colour type
PALETTE = bytes(range(30))  # (0, 1, 2), (3, 4, 5), ...
KINDS = [
    *((0, depth) for depth in (1, 2, 4, 8, 16)),
    *((2, depth) for depth in (8, 16)),
    *((3, depth) for depth in (1, 2, 4, 8)),
    *((kind, depth) for kind in (4, 6) for depth in (8, 16)),
]
LENGTHS = {0: (2,), 2: (6,), 3: range(1, 257)}  # bytes of tRNS that a colour type has
KEYED = [kind for kind in KINDS if kind[0] in (0, 2)]
PASSES = [
    *((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4)),
    *((0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)),
]  # of an interlaced picture: first column, first row, and the distances


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def packed(row: list[list[int]], depth: int) -> bytes:
    """The bytes of a row of pixels."""
    numbers = [number for pixel in row for number in pixel]
    if depth == 16:
        return struct.pack(f">{len(numbers)}H", *numbers)
    bits = "".join(f"{number:0{depth}b}" for number in numbers)
    bits += "0" * (-len(bits) % 8)
    return bytes(int(bits[at : at + 8], 2) for at in range(0, len(bits), 8))


def png(
    kind: tuple[int, int],
    left: list[int],
    right: list[int],
    *chunks: tuple[bytes, bytes],
    palette: bytes = PALETTE,
    interlaced: bool = False,
) -> bytes:
    """64 x 64 pixels, the left half of one colour and the right one of another.

    Args:
        kind: colour type and bits.
        left: a number for each channel.
        right: of the other half.
        chunks: name and content, between the header (or the palette) and the pixels.
        palette: of colour type 3.
        interlaced: in seven passes.
    """
    colour, depth = kind
    row, passes = [left] * 32 + [right] * 32, PASSES if interlaced else [(0, 0, 1, 1)]
    data = b"".join(
        (b"\0" + packed(row[first::across], depth)) * len(range(top, 64, down))
        for first, top, across, down in passes
    )
    header = struct.pack(">IIBBBBB", 64, 64, depth, colour, 0, 0, int(interlaced))
    if colour == 3:
        chunks = ((b"PLTE", palette[: 3 * 2**depth]), *chunks)
    parts = [(b"IHDR", header), *chunks, (b"IDAT", zlib.compress(data)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts)


def colours(kind: tuple[int, int]) -> tuple[list[int], list[int]]:
    """Two colours that differ in their last bit alone: in 16 bits they look alike."""
    base = 0x0102 if kind[1] == 16 else 0
    channels = CHANNELS[kind[0]]
    return [base] * channels, [base] * (channels - 1) + [base + 1]


def halves(content: bytes) -> list[list[int]]:
    """A pixel of the left and one of the right."""
    picture = read_picture(content, 32, fill=FILL)
    return [picture[:, 16, column].tolist() for column in (5, 26)]


def plain(kind: tuple[int, int], **settings: bool) -> list[list[int]]:
    return halves(png(kind, *colours(kind), **settings))


@pytest.mark.parametrize("kind", KEYED)
@pytest.mark.parametrize("interlaced", [False, True])
def test_the_transparent_colour_shows_the_fill(kind: tuple[int, int], interlaced: bool) -> None:
    pair = colours(kind)
    for index, key in enumerate(pair):
        body = struct.pack(f">{len(key)}H", *key)
        seen = halves(png(kind, *pair, (b"tRNS", body), interlaced=interlaced))
        expected = plain(kind)
        expected[index] = list(FILL)
        assert seen == expected


@pytest.mark.parametrize("kind", [kind for kind in KEYED if kind[1] < 16])
def test_of_a_transparent_colour_the_bits_of_the_pixels_count(kind: tuple[int, int]) -> None:
    left, right = colours(kind)
    body = b"".join(bytes([1, number]) for number in left)
    assert halves(png(kind, left, right, (b"tRNS", body)))[0] == list(FILL)
    if kind[1] < 8:
        body = bytes([0, 2 ** kind[1]]) * len(left)
        assert halves(png(kind, left, right, (b"tRNS", body))) == plain(kind)


@pytest.mark.parametrize(
    ("kind", "length"),
    [
        (kind, length)
        for kind in KINDS
        for length in (0, 1, 2, 3, 4, 5, 6, 7, 12, 300)
        if length not in LENGTHS.get(kind[0], ())
    ],
)
def test_a_list_of_another_length_leaves_the_picture(kind: tuple[int, int], length: int) -> None:
    left, right = colours(kind)
    seen = halves(png(kind, left, right, (b"tRNS", bytes(length))))
    assert seen == plain(kind)


@pytest.mark.parametrize("depth", [1, 2, 4, 8])
@pytest.mark.parametrize("length", [1, 2, 7, 11, 256])
def test_of_a_palette_each_colour_has_its_opacity(depth: int, length: int) -> None:
    opacities = bytes([0, 128] * 128)[:length]
    left, right = halves(png((3, depth), [0], [1], (b"tRNS", opacities)))
    assert left == list(FILL)
    mixed = [round((colour + fill) / 2) for colour, fill in zip((3, 4, 5), FILL)]
    expected = [3, 4, 5] if length == 1 else mixed
    assert max(abs(a - b) for a, b in zip(right, expected)) <= 1


@pytest.mark.parametrize(
    "change",
    [
        lambda file, key: file.replace(key, key[:-1] + bytes([key[-1] ^ 1])),  # its checksum
        lambda file, key: file.replace(key, b"")[:-12] + key + file[-12:],  # behind the pixels
        lambda file, key: file.replace(key, b"")[:33] + key + file.replace(key, b"")[33:],
    ],
    ids=["damaged", "behind the pixels", "before the palette"],
)
def test_a_list_that_is_damaged_or_out_of_place_leaves_the_picture(change: object) -> None:
    key = chunk(b"tRNS", b"\0\0")
    file = png((3, 8), [0], [1], (b"tRNS", b"\0\0"))
    assert halves(change(file, key)) == plain((3, 8))


def test_of_two_lists_the_first_is_used() -> None:
    file = png((3, 8), [0], [1], (b"tRNS", b"\0"), (b"tRNS", b"\xff\0"))
    assert halves(file) == [list(FILL), [3, 4, 5]]


OTHERS = (
    *(b"gAMA", b"cHRM", b"iCCP", b"sBIT", b"pHYs", b"bKGD", b"hIST", b"tIME", b"sRGB", b"cICP"),
    *(b"sPLT", b"eXIf", b"tEXt", b"zTXt", b"iTXt", b"acTL", b"fcTL", b"fdAT", b"zzZz"),
)


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize("kind", KINDS)
def test_what_does_not_draw_may_have_any_length(name: bytes, kind: tuple[int, int]) -> None:
    expected = plain(kind)
    for length in (0, 1, 4, 50):
        assert halves(png(kind, *colours(kind), (name, b"\1" * length))) == expected


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_read_interlaced(kind: tuple[int, int]) -> None:
    assert plain(kind, interlaced=True) == plain(kind)


@pytest.mark.parametrize("palette", [b"", b"\1\2"])
def test_a_palette_picture_without_a_palette_is_damaged(palette: bytes) -> None:
    file = png((3, 8), [0], [1], palette=palette)
    without = file.replace(chunk(b"PLTE", palette), b"")
    for content in (file, without):
        with pytest.raises(PictureError, match="damaged or incomplete"):
            read_picture(content, 32)


@pytest.mark.parametrize("kind", [(0, 8), (2, 16)])
@pytest.mark.parametrize("fit", ["crop", "pad"])
def test_the_mask_follows_the_picture_when_it_is_turned(kind: tuple[int, int], fit: str) -> None:
    left, right = colours(kind)
    body = struct.pack(f">{len(left)}H", *left)
    turned = b"II*\0" + struct.pack("<LHHHLHHL", 8, 1, 0x0112, 3, 1, 6, 0, 0)
    file = png(kind, left, right, (b"tRNS", body), (b"eXIf", turned))
    picture = read_picture(file, 32, fill=FILL, fit=fit)
    fill = torch.tensor(FILL, dtype=torch.uint8)[:, None, None]
    assert bool((picture[:, :12] == fill).all())  # left has become top
    assert not bool((picture[:, 20:] == fill).all(0).any())
