"""Questions about the size of an output."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random

import torch

from core.conv import conv2d
from core.explain.geometry import Geometry
from core.explain.questions.question import Option, Question, SizedLayers, Value, number, offered
from core.pool import max_pool2d

SQUARES = (5, 6, 7, 8)
COLOURS = 3


def computed(sized: SizedLayers) -> Value:
    """(channels, height, width) that the layers give for an empty picture of that size."""
    images = torch.zeros(1, sized.channels, *sized.layers[0].size)
    for one in sized.layers:
        how = (one.stride, one.padding, one.dilation)
        if sized.filters is None:
            images = max_pool2d(images, one.kernel, *how)
        else:
            weight = torch.zeros(sized.filters, images.shape[1], *one.kernel)
            images = conv2d(images, weight, None, *how)
    return tuple(float(side) for side in images.shape[1:])


def _square(
    side: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1
) -> Geometry:
    return Geometry((side, side), (kernel, kernel), stride, padding, dilation)


def _size(height: float, width: float, reason: str) -> Option | None:
    return Option((float(height), float(width)), reason) if min(height, width) > 0 else None


def _of(geometry: Geometry, reason: str) -> Option | None:
    """The output of another layer, as somebody's mistake."""
    return _size(*geometry.output, reason)


def _each(geometry: Geometry, side: Callable[[int, int], float], reason: str) -> Option | None:
    """Another formula, of picture and kernel in each direction, as somebody's mistake."""
    (height, width), kernel = geometry.size, geometry.kernel
    return _size(side(height, kernel[0]), side(width, kernel[1]), reason)


def _without_one(geometry: Geometry) -> Option | None:
    height, width = geometry.output
    return _size(height - 1, width - 1, "forgot the + 1 at the end")


def _rounded_up(geometry: Geometry) -> Option | None:
    """With the window that hangs over the edge counted too."""

    def side(axis: int) -> int:
        covered = geometry.dilation * (geometry.kernel[axis] - 1) + 1
        return -((covered - geometry.padded[axis]) // geometry.stride) + 1

    return _size(side(0), side(1), "rounded up: the last window hangs over the edge")


def _asked(
    rng: Random, idea: str, layer: str, geometry: Geometry, rule: str, *mistakes: Option | None
) -> Question | None:
    """A question about one layer of one filter."""
    sized = SizedLayers((geometry,))
    found = offered(rng, Option(computed(sized)[1:], rule), mistakes)
    height, width = geometry.size
    text = f"{layer} on {height} × {width}: how large is the output?"
    return None if found is None else Question(idea, text, sized, *found, unit="size")


def plain(rng: Random) -> Question | None:
    """A kernel without padding takes away its side less one."""
    kernel = rng.choice((2, 3, 4))
    geometry = _square(rng.choice(SQUARES), kernel)
    return _asked(
        rng,
        "no padding",
        f"A {kernel} × {kernel} kernel, no padding, stride 1",
        geometry,
        f"the kernel takes away {kernel} − 1",
        _without_one(geometry),
        _each(geometry, lambda side, _: side, "kept the size: that needs padding"),
        _each(geometry, lambda side, own: side - 2 * (own - 1), "took it away on both sides"),
        _each(geometry, lambda side, _: side + 1, "added 1 to the picture"),
    )


def padding(rng: Random) -> Question | None:
    """Padding counts on both sides."""
    kernel, cells = rng.choice(((3, 1), (5, 2), (3, 2), (4, 1)))
    geometry = _square(rng.choice(SQUARES), kernel, padding=cells)
    return _asked(
        rng,
        "padding",
        f"A {kernel} × {kernel} kernel with a padding of {cells}",
        geometry,
        "padding is added on both sides",
        _of(replace(geometry, padding=0), "forgot the padding"),
        _each(geometry, lambda side, own: side + cells - own + 1, "padded one side only"),
        _each(geometry, lambda side, _: side + 2 * cells, "forgot to take the kernel away"),
        _without_one(geometry),
    )


def stride(rng: Random) -> Question | None:
    """A stride divides the way that the window can go."""
    geometry = _square(rng.choice((5, 7, 9)), 3, stride=2)
    return _asked(
        rng,
        "stride",
        "A 3 × 3 kernel with a stride of 2",
        geometry,
        "steps of 2 from the first place on",
        _of(replace(geometry, stride=1), "forgot the stride"),
        _without_one(geometry),
        _each(geometry, lambda side, _: -(-side // 2), "halved the picture, without the kernel"),
    )


def remainder(rng: Random) -> Question | None:
    """A window that does not fit is left out."""
    side, kernel, step = rng.choice(((6, 3, 2), (8, 3, 2), (7, 2, 2), (7, 3, 3), (9, 2, 3)))
    geometry = _square(side, kernel, stride=step)
    return _asked(
        rng,
        "remainder",
        f"A {kernel} × {kernel} kernel with a stride of {step}",
        geometry,
        "what is left at the edge is no window: round down",
        _rounded_up(geometry),
        _of(replace(geometry, stride=1), "forgot the stride"),
        _without_one(geometry),
    )


def dilation(rng: Random) -> Question | None:
    """A dilated kernel covers more cells."""
    geometry = _square(rng.choice((6, 7, 8)), 3, dilation=2)
    return _asked(
        rng,
        "dilation",
        "A 3 × 3 kernel with a dilation of 2",
        geometry,
        "the kernel covers 5 cells: three, and two between them",
        _of(replace(geometry, dilation=1), "forgot the dilation"),
        _each(geometry, lambda side, own: side - 2 * own + 1, "doubled the kernel to 6 cells"),
        _without_one(geometry),
        _each(geometry, lambda side, _: side, "kept the size: that needs padding"),
        _of(replace(geometry, dilation=1, stride=2), "moved the window by 2: that is the stride"),
    )


def oblong(rng: Random) -> Question | None:
    """Height and width are counted apart."""
    height, width = rng.choice(((4, 6), (5, 8), (7, 5), (8, 5)))
    geometry = Geometry((height, width), (3, 3), 1, 0, 1)
    rows, columns = geometry.output
    return _asked(
        rng,
        "height and width",
        "A 3 × 3 kernel",
        geometry,
        "each direction by itself, height first",
        _size(columns, rows, "swapped height and width"),
        _size(rows, rows, "counted the height twice"),
        _without_one(geometry),
        _size(height, width, "kept the size: that needs padding"),
    )


def pooling(rng: Random) -> Question | None:
    """A pooling moves by its own side."""
    side = rng.choice((5, 7, 9))
    geometry = _square(side, 2, stride=2)
    half = side // 2
    sized = SizedLayers((geometry,), filters=None)
    found = offered(
        rng,
        Option(computed(sized)[1:], "two cells become one, and the last row is left out"),
        [
            _rounded_up(geometry),
            _of(replace(geometry, stride=1), "moved by one cell, not by the window's side"),
            _size(half - 1, half - 1, "forgot the + 1 at the end"),
        ],
    )
    text = f"Max pooling 2 × 2 on {side} × {side}: how large is the output?"
    return None if found is None else Question("pooling", text, sized, *found, unit="size")


def same(rng: Random) -> Question | None:
    """Which padding keeps the size."""
    kernel = rng.choice((5, 7))
    side = rng.choice((7, 8))
    right = next(
        cells
        for cells in range(kernel)
        if _square(side, kernel, padding=cells).output == (side, side)
    )
    found = offered(
        rng,
        number(right, "half of what the kernel takes away, on each side"),
        [
            number(kernel - 1, "took both sides together"),
            number(1, "that is for a kernel of 3 × 3"),
            number(kernel, "took the kernel's side"),
        ],
    )
    sized = SizedLayers((_square(side, kernel, padding=right),))
    text = f"A {kernel} × {kernel} kernel on {side} × {side}: which padding keeps the size?"
    return None if found is None else Question("keep the size", text, sized, *found)


def filters(rng: Random) -> Question | None:
    """As many channels come out as there are filters."""
    count, side = rng.choice((2, 4, 5)), rng.choice(SQUARES)
    sized = SizedLayers((_square(side, 3),), COLOURS, count)
    _, height, width = computed(sized)

    def output(channels: int, reason: str) -> Option:
        return Option((float(channels), height, width), reason)

    found = offered(
        rng,
        output(count, "each filter gives one channel"),
        [
            output(COLOURS, "kept the picture's channels"),
            output(COLOURS * count, "gave each filter one output for each colour"),
            output(1, "added the filters up too"),
        ],
    )
    text = f"{count} filters of 3 × 3 on a colour picture of {side} × {side}: what comes out?"
    return None if found is None else Question("filters", text, sized, *found, unit="size")


def two_layers(rng: Random) -> Question | None:
    """Each layer takes away its own."""
    first = _square(rng.choice((7, 8, 9)), rng.choice((2, 3)))
    second = Geometry(first.output, (3, 3), 1, 0, 1)
    sized = SizedLayers((first, second))
    side = first.size[0]
    kernels = first.kernel[0] + 3
    found = offered(
        rng,
        Option(computed(sized)[1:], "each kernel takes away its side less one"),
        [
            _of(first, "stopped after the first layer"),
            _size(side - kernels, side - kernels, "forgot both + 1"),
            _size(side - kernels + 1, side - kernels + 1, "added the kernels and took 1 off once"),
        ],
    )
    kernel = first.kernel[0]
    text = f"{kernel} × {kernel} and then 3 × 3 on {side} × {side}: how large is the output?"
    return None if found is None else Question("two layers", text, sized, *found, unit="size")


def strided_and_padded(rng: Random) -> Question | None:
    """All of it together, as in a network."""
    kernel, step, cells = rng.choice((3, 4, 5)), rng.choice((2, 3)), rng.choice((1, 2))
    geometry = _square(rng.choice(SQUARES), kernel, step, cells)
    return _asked(
        rng,
        "output size",
        f"A {kernel} × {kernel} kernel, stride {step}, padding {cells}",
        geometry,
        f"(side + 2·{cells} − {kernel}) / {step}, rounded down, + 1",
        _of(replace(geometry, padding=0), "forgot the padding"),
        _of(replace(geometry, stride=1), "forgot the stride"),
        _without_one(geometry),
        _rounded_up(geometry),
    )


def pooled_channels(rng: Random) -> Question | None:
    """A pooling treats each channel by itself."""
    side = rng.choice((4, 6, 8))
    sized = SizedLayers((_square(side, 2, stride=2),), COLOURS, None)
    channels, height, width = computed(sized)
    found = offered(
        rng,
        Option((channels, height, width), "each channel is pooled by itself"),
        [
            Option((1.0, height, width), "took the maximum over the channels too"),
            Option((channels, side - 1.0, side - 1.0), "moved by one cell"),
            Option((channels, float(side), float(side)), "kept the size"),
        ],
    )
    text = f"Max pooling 2 × 2 on a colour picture of {side} × {side}: what comes out?"
    return None if found is None else Question("channels", text, sized, *found, unit="size")
