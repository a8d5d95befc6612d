"""core.data.photos: any bytes at all are a picture or one sentence, and memory stays bounded."""

import contextlib
import io
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from core.data.photos import (
    LARGEST_OF,
    LARGEST_PROGRESSIVE,
    READABLE,
    PictureError,
    read_picture,
)

MOST = 400e6  # bytes
ROOT = Path(__file__).resolve().parents[3]
MEASURE = """
import sys
from core.data.photos import read_picture

def memory(name):
    lines = open("/proc/self/status").read().splitlines()
    return 1024 * int(next(line for line in lines if line.startswith(name)).split()[1])

warm, *files = sys.argv[1:]
read_picture(open(warm, "rb").read(), 32)
for name in files:
    content = open(name, "rb").read()
    open("/proc/self/clear_refs", "w").write("5")  # the highest memory counts from here
    start = memory("VmRSS")
    picture = read_picture(content, 32, fit="pad")
    print(memory("VmHWM") - start)
"""
AVIF = ["AVIF"] if "AVIF" in READABLE else []


def file_of(picture: Image.Image, kind: str, **settings: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **settings)
    return file.getvalue()


def tiled(pixels: int, mode: str = "RGB") -> Image.Image:
    """A square of at most so many pixels that takes little room in a file."""
    side = int(pixels**0.5)
    ramp = np.arange(side, dtype=np.uint32) // 8 % 256
    return Image.fromarray(np.broadcast_to(ramp.astype(np.uint8), (side, side))).convert(mode)


def png16(side: int, interlaced: bool, *, keyed: bool = False) -> bytes:
    """A PNG of 16 bits for each of red, green, blue and opacity, which Pillow cannot write; keyed
    is one of red, green and blue whose black is transparent.
    """
    pixel = 6 if keyed else 8
    passes = [(1, 1)]
    if interlaced:
        passes = [(8, 8), (8, 8), (4, 8), (4, 4), (2, 4), (2, 2), (1, 2)]
    compress = zlib.compressobj(1)
    parts = [
        compress.compress(bytes(1 + pixel * -(-side // across)))
        for across, down in passes
        for _ in range(-(-side // down))
    ]

    def chunk(name: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        )

    header = struct.pack(">IIBBBBB", side, side, 16, 2 if keyed else 6, 0, 0, int(interlaced))
    body = b"".join(parts) + compress.flush()
    key = chunk(b"tRNS", bytes(6)) if keyed else b""
    chunks = chunk(b"IHDR", header) + key + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


LARGEST = {
    "progressive CMYK": lambda: file_of(
        tiled(LARGEST_PROGRESSIVE, "CMYK"), "JPEG", progressive=True, subsampling=0
    ),
    "palette": lambda: file_of(
        tiled(LARGEST_OF["PNG"], "P"), "PNG", compress_level=1, transparency=3
    ),
    "interlaced PNG of 16 bits": lambda: png16(int(LARGEST_OF["PNG"] ** 0.5), True),
    "PNG of 16 bits with a transparent colour": lambda: png16(
        int(LARGEST_OF["PNG"] ** 0.5), False, keyed=True
    ),
    "WebP": lambda: file_of(tiled(LARGEST_OF["WEBP"], "RGBA"), "WEBP", lossless=True, method=0),
    "animated WebP": lambda: file_of(
        tiled(LARGEST_OF["WEBP"]),
        "WEBP",
        method=0,
        save_all=True,
        append_images=[Image.new("RGB", (4000, 4000))] * 3,
    ),
}
if AVIF:
    LARGEST["AVIF"] = lambda: file_of(tiled(LARGEST_OF["AVIF"], "RGBA"), "AVIF", speed=10)


@pytest.fixture(scope="module")
def memory(tmp_path_factory: pytest.TempPathFactory) -> dict[str, int]:
    """Bytes above the start that each of the largest pictures takes, in a process of its own."""
    folder = tmp_path_factory.mktemp("large")
    files = {"warm": file_of(Image.new("RGB", (40, 40)), "PNG")}
    files |= {name: make() for name, make in LARGEST.items()}
    for name, content in files.items():
        (folder / name).write_bytes(content)
    command = [sys.executable, "-c", MEASURE, *(str(folder / name) for name in files)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return dict(zip(LARGEST, map(int, done.stdout.split()), strict=True))


@pytest.mark.skipif(sys.platform != "linux", reason="reads what Linux says about a process")
@pytest.mark.parametrize("kind", LARGEST)
def test_the_largest_picture_of_a_kind_takes_at_most_400_mb(
    memory: dict[str, int], kind: str
) -> None:
    assert 20e6 < memory[kind] < MOST


@pytest.mark.parametrize(
    ("kind", "size", "most"),
    [
        ("WEBP", (7000, 7000), 16),
        ("PNG", (7100, 7100), 50),
        *[(kind, (5000, 5000), 16) for kind in AVIF],
    ],
)
def test_what_would_take_more_is_refused_undecoded(
    monkeypatch: pytest.MonkeyPatch, kind: str, size: tuple[int, int], most: int
) -> None:
    speed = {"WEBP": {"method": 0}, "AVIF": {"speed": 10}}.get(kind, {"compress_level": 1})
    content = file_of(Image.new("L", size).convert("RGB"), kind, **speed)
    monkeypatch.setattr(Image.Image, "load", lambda self: pytest.fail("decoded"))
    sentence = f"has {size[0]:,} × {size[1]:,} pixels, and at most {most} million can be read"
    name = {"WEBP": "a WebP", "PNG": "a PNG", "AVIF": "an AVIF"}[kind]
    sentence += f" of {name}: save it smaller"
    with pytest.raises(PictureError, match=sentence):
        read_picture(content, 32)


def test_a_progressive_jpeg_is_refused_earlier_than_another() -> None:
    picture = Image.new("L", (6900, 6900))
    assert read_picture(file_of(picture, "JPEG"), 32).shape == (3, 32, 32)
    with pytest.raises(
        PictureError,
        match="at most 40 million can be read of a JPEG in several scans, such as a progressive",
    ):
        read_picture(file_of(picture, "JPEG", progressive=True), 32)


def test_a_side_that_is_too_long_is_refused() -> None:
    with pytest.raises(PictureError, match="a side of at most 65,535 can be read: cut it smaller"):
        read_picture(file_of(Image.new("L", (65_536, 2)), "PNG"), 32)


def seeds() -> list[bytes]:
    """Small files of every kind that can be read."""
    pixels = np.random.default_rng(0).integers(0, 256, (30, 40, 3), dtype=np.uint8)
    picture, exif = Image.fromarray(pixels), Image.Exif()
    exif[0x0112] = 6
    files = [
        file_of(picture, kind, exif=exif, **more)
        for kind, more in (
            ("PNG", {}),
            ("JPEG", {}),
            ("JPEG", {"progressive": True}),
            ("WEBP", {}),
            ("WEBP", {"lossless": True}),
            ("WEBP", {"save_all": True, "append_images": [picture.rotate(90)]}),
            *[(kind, {}) for kind in AVIF],
        )
    ]
    others = ("P", "LA", "1"), ("L", "CMYK")
    files += [file_of(picture.convert(mode), "PNG") for mode in others[0]]
    return files + [file_of(picture.convert(mode), "JPEG") for mode in others[1]]


SEEDS = seeds()


@settings(max_examples=400, deadline=None, derandomize=True)
@given(
    st.sampled_from(SEEDS),
    st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=12)), max_size=8),
    st.floats(0.05, 1.5),
)
def test_any_damage_is_a_picture_or_a_sentence(
    file: bytes, damages: list[tuple[float, bytes]], share: float
) -> None:
    content = bytearray(file)
    for where, damage in damages:
        place = int(where**3 * (len(content) - 1))  # most often in what stands first
        content[place : place + len(damage)] = damage
    cut = content[: max(1, int(share * len(content)))]
    with contextlib.suppress(PictureError):
        assert read_picture(bytes(cut), 32).shape == (3, 32, 32)
