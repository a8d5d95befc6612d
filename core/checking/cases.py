"""What the layers of a file are asked: small seeded cases of small whole numbers.

Height and width differ, no kernel looks the same when it is turned, and every number is exact in
float32, so that a sum can be written out and every bug leaves its mark.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any

import torch
from jaxtyping import Float64
from torch import Tensor

LARGEST = 9  # of inputs and kernels, with either sign
LOWEST_POOLED, HIGHEST_POOLED = -27, 23  # as many below zero as above
LEFT_OUT = "stride and padding left out"
HIDDEN = 4  # cases that are kept from the student, in each part


@dataclass(frozen=True, eq=False)
class ConvSetting:
    """One convolution, in float64.

    Attributes:
        input: (N, C, H, W).
        weight: (F, C, k, k).
        bias: (F,) or None.
        stride: in both directions.
        padding: on all four sides.
        left_out: whether stride and padding, 1 and 0, are not said.
    """

    input: Float64[Tensor, "n c h w"]
    weight: Float64[Tensor, "f c k k"]
    bias: Float64[Tensor, " f"] | None = None
    stride: int = 1
    padding: int = 0
    left_out: bool = False


@dataclass(frozen=True, eq=False)
class PoolSetting:
    """One max pooling, in float64.

    Attributes:
        input: (N, C, H, W).
        kernel_size: of the square window.
        stride: None: it is left out.
        padding: on all four sides.
    """

    input: Float64[Tensor, "n c h w"]
    kernel_size: int
    stride: int | None = None
    padding: int = 0


Setting = ConvSetting | PoolSetting


@dataclass(frozen=True)
class Asked:
    """A question and the cases that answer it.

    Attributes:
        name: in a few words.
        settings: the cases, the simplest one first.
        hidden: whether the student sees no numbers of it.
        needs: the parameters beyond input and kernel without which it cannot be asked.
    """

    name: str
    settings: tuple[Setting, ...]
    hidden: bool = False
    needs: tuple[str, ...] = ()


def numbers(random: Random, shape: Sequence[int], low: int, high: int) -> Float64[Tensor, "*shape"]:
    """Whole numbers from ``low`` to ``high``, in float64."""
    count = int(torch.Size(shape).numel())
    return torch.tensor(
        [random.randint(low, high) for _ in range(count)], dtype=torch.float64
    ).reshape(*shape)


def different(
    random: Random, rows: int, count: int, choices: Sequence[int]
) -> Float64[Tensor, "rows count"]:
    """(rows, count) whole numbers, all different within a row."""
    drawn = [random.sample(choices, count) for _ in range(rows)]
    return torch.tensor(drawn, dtype=torch.float64)


def draw_conv(
    random: Random,
    size: tuple[int, int],
    side: int,
    *,
    stride: int = 1,
    padding: int = 0,
    images: int = 1,
    channels: int = 1,
    filters: int = 1,
    bias: bool = False,
    halves: bool = False,
) -> ConvSetting:
    """One convolution of these sizes.

    Args:
        random: draws the numbers.
        size: height and width of the pictures.
        side: of the kernels, 1 to 4.
        stride: in both directions.
        padding: on all four sides.
        images: of the batch.
        channels: of the pictures.
        filters: kernels.
        bias: whether there is one, of numbers that differ.
        halves: whether all numbers are halved.
    """
    choices = [value for value in range(-LARGEST, LARGEST + 1) if value]
    image = numbers(random, (images, channels, *size), -LARGEST, LARGEST)
    weight = different(random, filters * channels, side * side, choices)
    offset = different(random, 1, filters, choices)[0] if bias else None
    scale = 0.5 if halves else 1.0
    return ConvSetting(
        image * scale,
        weight.reshape(filters, channels, side, side) * scale,
        None if offset is None else offset * scale,
        stride,
        padding,
    )


def draw_pool(
    random: Random,
    size: tuple[int, int],
    side: int,
    *,
    stride: int | None = None,
    padding: int = 0,
    images: int = 1,
    channels: int = 1,
) -> PoolSetting:
    """One max pooling of these sizes; the numbers of a channel are all different.

    Args:
        random: draws the numbers.
        size: height and width of the pictures, at most 50 cells.
        side: of the window.
        stride: None: it is left out.
        padding: on all four sides.
        images: of the batch.
        channels: of the pictures.
    """
    choices = range(LOWEST_POOLED, HIGHEST_POOLED + 1)
    image = different(random, images * channels, size[0] * size[1], choices)
    lowest = image.argmin(1, keepdim=True)
    first = image[:, :1].clone()
    image[:, :1] = image.gather(1, lowest)  # in the corner, where a padding with zeros would win
    image.scatter_(1, lowest, first)
    return PoolSetting(image.reshape(images, channels, *size), side, stride, padding)


Sizes = tuple[tuple[int, int], int, dict[str, Any]]  # of the picture, of the window, and settings
CONV: tuple[tuple[str, tuple[str, ...], tuple[Sizes, ...]], ...] = (
    ("one kernel on one channel", (), (((5, 6), 3, {}),)),
    ("bias", ("bias",), (((4, 5), 2, {"bias": True}), ((4, 5), 2, {"filters": 3, "bias": True}))),
    ("stride", ("stride",), (((6, 5), 3, {"stride": 2}), ((8, 6), 2, {"stride": 3}))),
    ("padding", ("padding",), (((4, 5), 3, {"padding": 1}), ((4, 3), 3, {"padding": 2}))),
    (
        "stride and padding",
        ("stride", "padding"),
        (((6, 5), 3, {"stride": 2, "padding": 1}), ((5, 7), 3, {"stride": 3, "padding": 2})),
    ),
    (
        "several channels",
        (),
        (((4, 5), 2, {"channels": 3}), ((5, 4), 2, {"channels": 2, "filters": 1})),
    ),
    (
        "several filters",
        ("bias",),
        (
            ((4, 5), 2, {"filters": 3}),
            ((4, 5), 3, {"channels": 2, "filters": 3, "bias": True}),
        ),
    ),
    (
        "several images",
        ("bias", "padding"),
        (
            ((4, 5), 2, {"images": 3, "channels": 2, "filters": 2}),
            ((4, 5), 2, {"images": 2, "channels": 2, "filters": 3, "bias": True, "padding": 1}),
        ),
    ),
    (
        "numbers that are not whole",
        ("bias",),
        (((4, 5), 2, {"channels": 2, "filters": 2, "bias": True, "halves": True}),),
    ),
)
POOL: tuple[tuple[str, tuple[str, ...], tuple[Sizes, ...]], ...] = (
    ("stride left out", (), (((5, 4), 2, {}), ((6, 8), 3, {}))),
    ("windows that overlap", ("stride",), (((4, 5), 2, {"stride": 1}), ((7, 6), 3, {"stride": 2}))),
    ("windows with a gap", ("stride",), (((6, 8), 2, {"stride": 3}),)),
    ("several channels", (), (((4, 6), 2, {"channels": 3}),)),
    ("several images", (), (((4, 6), 2, {"images": 3, "channels": 2}),)),
    (
        "padding",
        ("padding", "stride"),
        (((5, 6), 3, {"stride": 2, "padding": 1}), ((4, 5), 2, {"stride": 2, "padding": 1})),
    ),
)


def conv_questions(seed: int, part: str) -> tuple[Asked, ...]:
    """What a convolution is asked, the hidden cases last.

    Args:
        seed: of all numbers.
        part: its name, so that function and layer see other numbers.
    """
    shown = [
        Asked(
            name,
            tuple(
                draw_conv(_random(seed, part, name, index), size, side, **settings)
                for index, (size, side, settings) in enumerate(cases)
            ),
            needs=needs,
        )
        for name, needs, cases in CONV
    ]
    left_out = replace(draw_conv(_random(seed, part, LEFT_OUT, 0), (5, 7), 3), left_out=True)
    shown.append(Asked(LEFT_OUT, (left_out,), needs=("stride", "padding")))
    return (*shown, *(_hidden_conv(_random(seed, part, "hidden", one), one) for one in _HIDDEN))


def pool_questions(seed: int) -> tuple[Asked, ...]:
    """What a max pooling is asked, the hidden cases last.

    Args:
        seed: of all numbers.
    """
    shown = [
        Asked(
            name,
            tuple(
                draw_pool(_random(seed, "pool", name, index), size, side, **settings)
                for index, (size, side, settings) in enumerate(cases)
            ),
            needs=needs,
        )
        for name, needs, cases in POOL
    ]
    return (*shown, *(_hidden_pool(_random(seed, "pool", "hidden", one), one) for one in _HIDDEN))


def gradient_conv(seed: int, part: str) -> tuple[ConvSetting, Float64[Tensor, "n f h_out w_out"]]:
    """One convolution, and the gradient that comes from behind it."""
    random = _random(seed, part, "gradient", 0)
    sizes: dict[str, Any] = {
        "images": 2,
        "channels": 2,
        "filters": 2,
        "bias": True,
        "stride": 2,
        "padding": 1,
    }
    setting = draw_conv(random, (5, 4), 3, **sizes)
    return setting, numbers(random, (2, 2, 3, 2), 1, LARGEST)


def gradient_pool(
    seed: int, *, ties: bool
) -> tuple[PoolSetting, Float64[Tensor, "n c h_out w_out"]]:
    """One max pooling, and the gradient that comes from behind it.

    Args:
        seed: of all numbers.
        ties: whether the largest number of a window stands there more than once.
    """
    random = _random(seed, "pool", "gradient", int(ties))
    setting = draw_pool(random, (4, 6), 2, images=2, channels=2)
    if ties:
        image = setting.input.clone()
        image[..., 0::2, 1::2] = image[..., 1::2, 0::2] = HIGHEST_POOLED + 1.0
        setting = replace(setting, input=image)
    return setting, numbers(random, (2, 2, 2, 3), 1, LARGEST)


_HIDDEN = range(1, HIDDEN + 1)


def _random(seed: int, part: str, name: str, index: int) -> Random:
    """Draws the same for the same words, on every machine."""
    return Random(f"{seed} {part} {name} {index}")


def _hidden_conv(random: Random, index: int) -> Asked:
    height, width = random.sample(range(4, 8), 2)
    setting = draw_conv(
        random,
        (height, width),
        random.choice((2, 3)),
        stride=random.randint(1, 3),
        padding=random.randint(0, 2),
        images=random.randint(1, 2),
        channels=random.randint(1, 2),
        filters=random.randint(1, 3),
        bias=True,
    )
    return Asked(f"hidden case {index}", (setting,), True, ("bias", "stride", "padding"))


def _hidden_pool(random: Random, index: int) -> Asked:
    height, width = random.sample(range(4, 8), 2)
    setting = draw_pool(
        random,
        (height, width),
        random.choice((2, 3)),
        stride=random.choice((None, 1, 2, 3)),
        images=random.randint(1, 2),
        channels=random.randint(1, 2),
    )
    return Asked(f"hidden case {index}", (setting,), True, ("stride",))
