"""Files that a person or an accident brings: pictures, weights, cards, each changed a little."""

from __future__ import annotations

import argparse
import io
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import numpy as np
import torch
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn
from PIL import Image
from safetensors.torch import save as safetensors

import core.homework  # noqa: F401 (registers the facts that messages about its files need)
from benchmarks.fuzzing.target import Target
from core import checkpoints
from core.checkpoints import results
from core.checkpoints.cards import CheckpointError, load_card
from core.checkpoints.foreign import ForeignError, read_digit_net
from core.data.facts import SAMPLES, DatasetError
from core.data.photos import PictureError, read_picture
from core.data.samples import load_samples
from core.lecture import reading
from core.lecture.block import LectureError
from core.models import DigitNet

SHIPPED = Path(__file__).resolve().parents[2] / "checkpoints"
TOKENS = (
    *(b"", b"\0", b"[" * 3000, b"{", b"}", b'"', b",", b"NaN", b"Infinity", b"-1", b"1e999"),
    *(b"null", b"9" * 400, b"true", b'"x"', b"[]", b"{}", b"\xff\xd8", b"Exif\0\0MM\0*"),
    *(b"PK\3\4", b"\x80\2."),
)
LECTURE = b"""[lecture]
title = "a"
minutes = 1
[[state]]
title = "b"
link = "cam?image=1"
say = "c"
ask = "d"
answer = "e"
minutes = 1
misconception = "f"
"""
NAMES = ("a.pt", "b.pth", "c.safetensors", "d.zip", "é.bin", "*.pt")


@st.composite
def damaged(draw: DrawFn, contents: tuple[bytes, ...]) -> bytes:
    """One of some files: whole, cut, with flipped bytes, or with something put into it."""
    content = bytearray(draw(st.sampled_from(contents)))
    for _ in range(draw(st.integers(0, 4))):
        place = draw(st.integers(0, max(0, len(content) - 1)))
        kind = draw(st.sampled_from(("flip", "cut", "put", "drop", "repeat")))
        length = draw(st.integers(1, 40))
        if kind == "flip" and content:
            content[place] ^= draw(st.integers(1, 255))
        elif kind == "cut":
            del content[place:]
        elif kind == "put":
            content[place:place] = draw(st.one_of(st.sampled_from(TOKENS), st.binary(max_size=20)))
        elif kind == "drop":
            del content[place : place + length]
        else:
            content[place:place] = content[place : place + length]
    return bytes(content)


@cache
def pictures() -> tuple[bytes, ...]:
    """Small pictures of every kind that a person may have."""
    pixels = np.random.default_rng(0).integers(0, 255, (9, 12, 4), dtype=np.uint8)
    colours = Image.fromarray(pixels)
    grey = colours.convert("L")
    exif = Image.Exif()
    exif[0x0112] = 6  # turned to the right
    kinds = {
        "PNG": [colours, grey, colours.convert("RGB").quantize(8), grey.convert("I;16")],
        "JPEG": [colours.convert("RGB"), grey, colours.convert("CMYK")],
        "WEBP": [colours, colours.convert("RGB")],
        "GIF": [grey],
        "BMP": [colours.convert("RGB")],
        "TIFF": [colours],
    }
    made = [_saved(picture, kind, exif) for kind, several in kinds.items() for picture in several]
    for picture, colour in ((grey, 9), (grey.convert("I;16"), 9), (kinds["BMP"][0], (1, 2, 3))):
        file = io.BytesIO()
        picture.save(file, "PNG", transparency=colour)
        made.append(file.getvalue())
    frames = [colours.convert("RGB").rotate(angle) for angle in (0, 90, 180)]
    for kind in ("PNG", "WEBP", "GIF"):
        file = io.BytesIO()
        frames[0].save(file, kind, save_all=True, append_images=frames[1:])
        made.append(file.getvalue())
    return tuple(made)


def _saved(picture: Image.Image, kind: str, exif: Image.Exif) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, exif=exif) if kind in ("JPEG", "WEBP") else picture.save(file, kind)
    return file.getvalue()


@cache
def weights() -> tuple[bytes, ...]:
    """State dicts of the digit network, as torch and safetensors write them."""
    with torch.random.fork_rng():
        state = DigitNet().state_dict()
    written = []
    beside = {"args": argparse.Namespace(lr=0.1), "loss": np.float64(1)}
    for content in (
        *(state, {"model_state_dict": state, "epoch": 1}, {"module.a": state}, [1, "a"]),
        *({"run": {"model": state}, **beside}, DigitNet()),
    ):
        file = io.BytesIO()
        torch.save(content, file)
        written.append(file.getvalue())
    old = io.BytesIO()
    torch.save(state, old, _use_new_zipfile_serialization=False)
    return (*written, old.getvalue(), safetensors(state), b"e", b"accuracy 0.97\n", b"")


def _card(name: str, read: Callable[..., object]) -> Target:
    """A card or a result of a folder of checkpoints, whose JSON is damaged."""
    whole = (SHIPPED / f"{name}.json").read_bytes()

    def call(content: bytes) -> object:
        with _folder(name) as folder:
            (folder / f"{name}.json").write_bytes(content)
            return read(name, folder)

    arguments = st.fixed_dictionaries({"content": damaged((whole,))})
    title = f"{name}.json by {read.__module__}.{read.__name__}"
    return Target(title, arguments, call, (CheckpointError,))


def _listing() -> Target:
    """The list of the bundled pictures, damaged, beside them."""

    def call(content: bytes, name: str) -> object:
        with tempfile.TemporaryDirectory() as folder:
            for file in SAMPLES.glob("*.png"):
                (Path(folder) / file.name).symlink_to(file)
            (Path(folder) / "samples.json").write_bytes(content)
            return load_samples(name, Path(folder))

    whole = (SAMPLES / "samples.json").read_bytes()
    names = st.sampled_from(("mnist", "cifar10"))
    arguments = st.fixed_dictionaries({"content": damaged((whole,)), "name": names})
    return Target("samples.json", arguments, call, (DatasetError,))


def _lecture() -> Target:
    """A lecture, whose file is damaged."""

    def call(content: bytes) -> object:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "lecture.toml"
            path.write_bytes(content)
            return reading.read(path)

    whole = reading.find("cnn_45_minutes").read_bytes()
    arguments = st.fixed_dictionaries({"content": damaged((whole, LECTURE))})
    return Target("lecture.toml", arguments, call, (LectureError,), weight=2)


@contextmanager
def _folder(name: str) -> Iterator[Path]:
    """A temporary folder that holds all that belongs to a card, but for the card."""
    with tempfile.TemporaryDirectory() as folder:
        for file in SHIPPED.glob(f"{name}*"):
            if file.name != f"{name}.json":
                (Path(folder) / file.name).symlink_to(file)
        yield Path(folder)


def targets() -> list[Target]:
    """A picture, weights, the list of pictures, and each card and result that ships."""
    picture = st.fixed_dictionaries(
        {"content": damaged(pictures()), "size": st.sampled_from((28, 32, 224))},
        optional={"fit": st.sampled_from(("crop", "pad"))},
    )
    network = st.fixed_dictionaries(
        {
            "content": damaged(weights()),
            "name": st.sampled_from(("a.pt", "b.pth", "c.safetensors", "d.zip", "é.bin", "*.pt")),
        }
    )
    return [
        Target("picture", picture, read_picture, (PictureError,), weight=6),
        Target("weights", network, read_digit_net, (ForeignError,), weight=4),
        _listing(),
        _lecture(),
        *_cards(),
    ]


def _cards() -> Iterator[Target]:
    for file in sorted(SHIPPED.glob("*.json")):
        network = file.with_suffix(".safetensors").exists()
        yield _card(file.stem, load_card if network or "plain" in file.stem else results.load)
        if network:
            yield _card(file.stem, checkpoints.load)
