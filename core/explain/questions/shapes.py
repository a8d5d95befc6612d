"""The shape that comes out of a layer, and the shapes that somebody says who makes a mistake."""

from __future__ import annotations

from math import prod

from torch import nn

from core.explain.described import shape_text
from core.explain.geometry import Geometry
from core.explain.questions.asked import Asked, Shape
from core.explain.questions.question import Option


def shapes(layer: Asked) -> list[Option | None]:
    """The right shape with its rule, then wrong ones with what was done to get them: best first.

    Args:
        layer: that is asked about.
    """
    module = layer.module
    if module is None:
        return _flattened(layer)
    if isinstance(module, nn.Linear):
        return _linear(layer)
    if isinstance(module, nn.BatchNorm2d):
        return _normalised(layer)
    return _convolved(layer) if hasattr(module, "out_channels") else _pooled(layer)


def _shape(shape: Shape, reason: str) -> Option | None:
    return Option(tuple(map(float, shape)), reason) if min(shape) > 0 else None


def _flattened(layer: Asked) -> list[Option | None]:
    channels, height, width = layer.before
    return [
        _shape(layer.after, f"{shape_text(layer.before)} = {prod(layer.before)}"),
        _shape((height * width,), "forgot the channels"),
        _shape((channels,), "kept one number for each channel"),
        _shape((channels + height + width,), "added the sides up"),
        _shape((channels, height * width), "flattened each channel by itself"),
        _shape((2 * channels,), "counted each channel twice"),
    ]


def _linear(layer: Asked) -> list[Option | None]:
    (inputs,), (outputs,) = layer.before, layer.after
    return [
        _shape(layer.after, "as many numbers as the layer has outputs"),
        _shape((inputs,), "kept the inputs"),
        _shape((outputs, inputs), "gave the shape of its weight"),
        _shape((outputs + 1,), "counted the bias as an output"),
    ]


def _normalised(layer: Asked) -> list[Option | None]:
    channels, height, width = layer.before
    return [
        _shape(layer.after, "each cell is moved and scaled where it stands"),
        _shape((channels,), "gave the shape of its means: one for each channel"),
        _shape((channels, height // 2, width // 2), "halved the maps: it is no pooling"),
        _shape((2 * channels, height, width), "counted mean and variance as channels"),
    ]


def _geometry(layer: Asked) -> Geometry:
    kernel, stride, padding = map(layer.setting, ("kernel_size", "stride", "padding"))
    size = (layer.before[1], layer.before[2])
    return Geometry(size, kernel, stride[0], padding[0], 1)


def _sides(geometry: Geometry, **other: int) -> Shape:
    """Of the output, with another stride or padding."""
    stride, padding = other.get("stride", geometry.stride), other.get("padding", geometry.padding)
    return Geometry(geometry.size, geometry.kernel, stride, padding, 1).output


def _convolved(layer: Asked) -> list[Option | None]:
    geometry = _geometry(layer)
    before, (channels, height, width) = layer.before[0], layer.after
    one_side = tuple(
        (side + geometry.padding - kernel) // geometry.stride + 1
        for side, kernel in zip(geometry.size, geometry.kernel)
    )
    return [
        _shape(layer.after, f"{geometry.written()}; {channels} filters give {channels} channels"),
        *(
            _shape((channels, *sides), reason) if sides != (height, width) else None
            for sides, reason in (
                (_sides(geometry, padding=0), "forgot the padding"),
                (_sides(geometry, stride=1), "ignored the stride"),
                (one_side, "padded one side only"),
            )
        ),
        _shape((before, height, width), "kept the channels that go in") if before > 1 else None,
        _shape((before * channels, height, width), "gave each filter a map for each channel"),
        _shape((channels, height - 1, width - 1), "forgot the + 1 at the end"),
        _shape((1, height, width), "added the filters up"),
    ]


def _pooled(layer: Asked) -> list[Option | None]:
    geometry = _geometry(layer)
    channels, height, width = layer.after
    return [
        _shape(layer.after, f"{geometry.written()}; each channel is pooled by itself"),
        _shape((channels, *geometry.size), "kept the size: the window takes many cells to one"),
        _shape((1, height, width), "pooled the channels too"),
        _shape((channels, *_sides(geometry, stride=1)), "moved by one cell, ignored the stride"),
        _shape((channels, height * 2, width * 2), "took half of the right window"),
        _shape((channels, height + 1, width + 1), "added one window too many"),
    ]
