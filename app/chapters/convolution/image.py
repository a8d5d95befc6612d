"""The image that the convolution chapter works on: a bundled one, or numbers of one's own."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st
import torch
from torch import Tensor

from app.chapters.convolution import typed
from app.chapters.convolution.numbers import Matrix, draw_numbers, matrix_text, parse_matrix
from app.ui import address, blocks, bound, client, crisp, fetched, images, networks, rooms, widgets
from app.ui.address import Name
from app.ui.cache import cached
from app.ui.gallery import draw_digit, own_photo
from app.ui.layer_layout import COLOURS
from core.data.facts import facts, to_unit

LARGEST_IMAGE = 28
PHOTO_SIDE = 32  # cells of a photo
PHOTO_NAME = "photo "  # before the number of a bundled one
KINDS = {"mnist": "Digit", "cifar10": "Photo"}
MOST_SEEDS = 9999
FRAME_SCALE = 3  # pixels of the shown photo for one of its own, so that a frame is a thin line
# The middle 10 x 10, and the middle 28 x 28 of a photo of 32 x 32.
_DETAILS = {"mnist": (9, 19), "cifar10": (11, 21)}
_WHOLES = {"mnist": (0, LARGEST_IMAGE), "cifar10": (2, 30)}


@dataclass(frozen=True, eq=False)
class SourceImage:
    """An image to convolve.

    Attributes:
        name: for captions.
        values: (C, H, W) float32: grey values 0..255, or own numbers.
        code: the Python expression that gives it as (1, C, H, W).
        is_pixels: whether these are grey values of a bundled image.
    """

    name: str
    values: Tensor
    code: str
    is_pixels: bool = True

    @property
    def size(self) -> tuple[int, int]:
        """Height and width."""
        return self.values.shape[1], self.values.shape[2]


@dataclass(frozen=True, eq=False)
class _Picture:
    """A whole picture, of which the layer gets a part.

    Attributes:
        pixels: (C, H, W) uint8: a digit of 28 x 28 or a photo of 32 x 32.
        label: what it is called.
        code: the Python expression of its samples, to be sliced; "" for a picture of one's own.
    """

    pixels: Tensor
    label: str
    code: str = ""

    @property
    def kind(self) -> str:
        """The data set whose pictures are as large."""
        return "mnist" if len(self.pixels) == 1 else "cifar10"


def pick_image() -> SourceImage | str:
    """A bundled digit or photo, whole or in detail, numbers, a drawing, or a photo of one's own; or
    a sentence that says what is missing.
    """
    source = widgets.choice(Name.SOURCE, "Picture", wrap=True)
    if source == address.NUMBERS:
        return _own_numbers()
    if source == address.DRAWING:
        drawing = draw_digit("convolution_pad", "convolution drawn")
        picture = None if drawing is None else _Picture(drawing, "drawn digit")
        missing = "Draw a digit in the panel on the left."
    elif source == address.OWN_PHOTO:
        photo = own_photo(PHOTO_SIDE, key="convolution_photo")
        picture = None if photo is None else _Picture(photo, "own photo")
        missing = "Choose a photo in the panel on the left."
    else:
        picture = _pick_bundled("mnist" if source == address.DIGITS else "cifar10")
        missing = "The bundled pictures are missing: choose Numbers in the panel on the left."
    return missing if picture is None else _pick_part(picture)


PARTS = ("Whole, 28 × 28", "Detail, 10 × 10")
PARTS_OF_PHOTOS = {PARTS[0]: "Middle, 28 × 28", PARTS[1]: PARTS[1]}  # which are larger
GALLERY = "convolution_gallery"


def _pick_bundled(dataset: str) -> _Picture | None:
    """One of the bundled pictures, by a click on it; None (and a sentence) where they cannot be
    read.
    """
    pictures = _gallery(dataset)
    if not pictures:
        return None
    titles = {picture["name"]: picture["title"] for picture in pictures}
    option = widgets.unseen(
        Name.IMAGE,
        next(iter(titles)),
        widgets.among(list(titles), titles.__getitem__),
        f"one of the bundled pictures, like “{next(reversed(titles))}”",
    )
    client.gallery(pictures, option, label="Pictures", key=GALLERY, on_pick=_take_picked)
    index = int(option.removeprefix(PHOTO_NAME))
    label = titles[option][0].lower() + titles[option][1:]
    code = f'load_samples("{dataset}").images[{index}:{index + 1}]'
    return _Picture(images.samples(dataset).images[index], label, code)


def _gallery(dataset: str) -> list[dict[str, str]]:
    """The pictures of a data set for the gallery; a set that cannot be read is a sentence."""
    found: list[dict[str, str]] = []
    with blocks.or_error():
        found = _small_pictures(dataset)
    return found


@cached(images.sample_files)
def _small_pictures(dataset: str) -> list[dict[str, str]]:
    found, names = images.samples(dataset), facts(dataset).classes
    return [
        {
            "name": f"{index}" if dataset == "mnist" else f"{PHOTO_NAME}{index}",
            "url": fetched.picture(dataset, found.test_indices[index]),
            "title": f"{KINDS[dataset]} {names[label]} (no. {index})",
        }
        for index, (image, label) in enumerate(zip(found.images, found.labels.tolist()))
    ]


def _take_picked() -> None:
    name = client.picked_name(GALLERY)
    if name is not None:
        bound.put(Name.IMAGE, name)


def _pick_part(picture: _Picture) -> SourceImage:
    say = str if picture.kind == "mnist" else PARTS_OF_PHOTOS.__getitem__
    part = widgets.choice(Name.PART, "Part", PARTS, default=PARTS[1], say=say)
    _show_whole(picture, whole=part == PARTS[0])
    return _part_of(picture, whole=part == PARTS[0])


def _show_whole(picture: _Picture, *, whole: bool) -> None:
    """A photo in its colours, which the channels alone do not show, with a frame around the part
    that the layer gets.
    """
    if picture.kind != "cifar10":
        return
    first, last = (_WHOLES if whole else _DETAILS)[picture.kind]
    framed = picture.pixels.repeat_interleave(FRAME_SCALE, 1).repeat_interleave(FRAME_SCALE, 2)
    start, end = first * FRAME_SCALE, last * FRAME_SCALE - 1
    for inset, colour in ((0, 255), (1, 0)):  # white and black, to be seen on every colour
        low, high = start + inset, end - inset
        for line in (low, high):
            framed[:, line, low : high + 1] = colour
            framed[:, low : high + 1, line] = colour
    with st.container(horizontal=True, vertical_alignment="center", gap="small", wrap=False):
        size = f"{last - first} × {last - first}"
        with rooms.room("photo", "framed"):
            crisp.picture(framed, alt=f"{picture.label}, with a frame around its middle {size}")
        st.caption(f"The photo; in the frame the {size} that are used")


def _part_of(picture: _Picture, *, whole: bool) -> SourceImage:
    first, last = (_WHOLES if whole else _DETAILS)[picture.kind]
    rows = slice(first, last)
    values = picture.pixels[:, rows, rows].float()
    code = f"torch.tensor({[values.tolist()]})"
    if picture.code:
        code = f"{picture.code[:-1]}, :, {first}:{last}, {first}:{last}].float()"
    is_whole = whole and picture.kind == "mnist"
    part = "whole" if is_whole else f"middle {last - first} × {last - first}"
    return SourceImage(f"{picture.label}, {part}", values, code)


def read_numbers(text: str) -> Matrix:
    """The rows of a picture; a ValueError with one sentence where the text has none."""
    return parse_matrix(text, what="picture", largest=LARGEST_IMAGE)


def _own_numbers() -> SourceImage:
    seed = bound.value(Name.SEED, 0, fit=widgets.between(0, MOST_SEEDS))
    values = typed.pick(
        Name.NUMBERS,
        "Numbers, a row a line",
        default=matrix_text(draw_numbers(seed)),
        height=150,
        read=read_numbers,
    )
    st.button(
        "Draw new numbers",
        icon=":material/casino:",
        on_click=bound.callback(_draw_again),
        args=(seed,),
        width="stretch",
        key="draw",
    )
    code = f"torch.tensor({[[[*map(list, values)]]]})"
    return SourceImage("own numbers", torch.tensor([values]), code, is_pixels=False)


def _draw_again(seed: int) -> None:
    bound.put(Name.SEED, (seed + 1) % (MOST_SEEDS + 1))
    bound.reset(Name.NUMBERS)


def pick_channel(image: SourceImage) -> SourceImage:
    """One channel of a photo: a pooling treats each by itself."""
    if len(image.values) == 1:
        return image
    name = widgets.choice(Name.CHANNEL, "Channel", COLOURS, labelled=True)
    channel = COLOURS.index(name)
    only = slice(channel, channel + 1)
    code = f"{image.code}[:, {channel}:{channel + 1}]"
    return SourceImage(f"{image.name}, {name.lower()}", image.values[only], code)


def as_seen(image: SourceImage, network: str) -> tuple[Tensor, str]:
    """The image as a trained network sees it, and the Python expression that gives it.

    Args:
        image: of grey values, or own numbers, which no network normalises.
        network: that the filters come from; "" for filters of no network.
    """
    if not network or not image.is_pixels:
        return image.values, image.code
    unit = to_unit(image.values.byte())
    code = f"{image.code} / 255"
    if network == "cifar10_resnet":
        normalize = networks.model(network).get_submodule("normalize")
        return normalize(unit[None])[0], f'load("cifar10_resnet").model.normalize({code})'
    return unit, code
