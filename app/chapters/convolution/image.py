"""The image that the convolution chapter works on: a bundled one, or numbers of one's own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import streamlit as st
import torch
from torch import Tensor

from app.chapters.convolution import typed
from app.chapters.convolution.numbers import draw_numbers, matrix_text, parse_matrix
from app.ui import blocks, bound, images, networks, widgets
from app.ui.address import Name
from app.ui.layer_layout import COLOURS
from app.ui.link_words import OWN_NUMBERS as OWN
from core.data.facts import facts, to_unit

LARGEST_IMAGE = 28
KINDS = {"mnist": "Digit", "cifar10": "Photo"}
MOST_SEEDS = 9999
FRAME_SCALE = 3  # pixels of the shown photo for one of its own, so that a frame is a thin line
PHOTO_WIDTH = 96
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


@dataclass(frozen=True)
class _Bundled:
    """Where a bundled image is found, and what it is called."""

    dataset: str
    index: int
    label: str


def pick_image() -> SourceImage:
    """A bundled digit or photo, whole or in detail, or own numbers."""
    bundled = dict(_bundled())

    def title(option: str) -> str:
        return bundled[option].label if option in bundled else option

    option = widgets.select(Name.IMAGE, "Picture", [*bundled, OWN], say=title)
    if option == OWN:
        return _own_numbers()
    say = str if bundled[option].dataset == "mnist" else PARTS_OF_PHOTOS.__getitem__
    part = widgets.choice(Name.PART, "Part", PARTS, default=PARTS[1], say=say)
    _show_whole(bundled[option], whole=part == PARTS[0])
    return _part_of(bundled[option], whole=part == PARTS[0])


PARTS = ("Whole, 28 × 28", "Detail, 10 × 10")
PARTS_OF_PHOTOS = {PARTS[0]: "Middle, 28 × 28", PARTS[1]: PARTS[1]}  # which are larger


def _bundled() -> Iterator[tuple[str, _Bundled]]:
    """Option to bundled image; a data set that cannot be read is a sentence on the page."""
    for dataset, kind in KINDS.items():
        with blocks.or_error():
            names = facts(dataset).classes
            for index, label in enumerate(images.samples(dataset).labels.tolist()):
                option = f"{index}" if dataset == "mnist" else f"photo {index}"
                yield option, _Bundled(dataset, index, f"{kind} {names[label]} (no. {index})")


def _show_whole(bundled: _Bundled, *, whole: bool) -> None:
    """A photo in its colours, which the channels alone do not show, with a frame around the part
    that the layer gets.
    """
    if bundled.dataset != "cifar10":
        return
    first, last = (_WHOLES if whole else _DETAILS)[bundled.dataset]
    photo = images.samples(bundled.dataset).images[bundled.index]  # (3, H, W) uint8
    framed = photo.repeat_interleave(FRAME_SCALE, 1).repeat_interleave(FRAME_SCALE, 2)
    start, end = first * FRAME_SCALE, last * FRAME_SCALE - 1
    for inset, colour in ((0, 255), (1, 0)):  # white and black, to be seen on every colour
        low, high = start + inset, end - inset
        for line in (low, high):
            framed[:, low : high + 1, line] = colour
            framed[:, line, low : high + 1] = colour
    with st.container(horizontal=True, vertical_alignment="center", gap="small", wrap=False):
        st.image(
            framed.permute(1, 2, 0).numpy(),
            width=PHOTO_WIDTH,
            output_format="PNG",
            alt=f"{bundled.label}, with a frame around its middle {last - first} × {last - first}",
        )
        st.caption(f"The photo; in the frame the {last - first} × {last - first} that are used")


def _part_of(bundled: _Bundled, *, whole: bool) -> SourceImage:
    dataset, index = bundled.dataset, bundled.index
    first, last = (_WHOLES if whole else _DETAILS)[dataset]
    values = images.samples(dataset).images[index].float()  # (C, H, W)
    rows = f"{first}:{last}"
    code = f'load_samples("{dataset}").images[{index}:{index + 1}, :, {rows}, {rows}].float()'
    part = "whole" if whole and dataset == "mnist" else f"middle {last - first} × {last - first}"
    name = bundled.label[0].lower() + bundled.label[1:]
    return SourceImage(f"{name}, {part}", values[:, first:last, first:last], code)


def _own_numbers() -> SourceImage:
    seed = bound.value(Name.SEED, 0, fit=widgets.between(0, MOST_SEEDS))
    values = typed.pick(
        Name.NUMBERS,
        "Numbers, a row a line",
        default=matrix_text(draw_numbers(seed)),
        height=150,
        read=partial(parse_matrix, what="picture", largest=LARGEST_IMAGE),
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
