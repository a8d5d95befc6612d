"""The functions of the reference solution, run for the picture that is shown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from app.ui.grids import Scene
from app.ui.lit_code import listing
from app.ui.lit_memory import DrawnIn
from app.ui.lit_values import Drawn
from core import conv, pool
from core.explain.convolution import Convolution
from core.explain.geometry import Geometry
from core.explain.pooling import Pooling
from core.explain.tracing import Recording, recorded

RETURN = "return"


def _run_convolution(function: Any, explained: Convolution) -> Recording:  # noqa: ANN401 - any
    """One of the two ways to convolve, with exactly what the picture shows."""
    geometry, picture = explained.geometry, explained.picture[None]
    padding = geometry.padding
    if explained.border != "zeros":  # as the layer does it: padded before, and then not again
        picture, padding = explained.padded[None], 0
    settings = geometry.stride, padding, geometry.dilation, explained.groups
    return recorded(
        function, lambda: function(picture, explained.weight, explained.bias, *settings)
    )


def loops(explained: Convolution, index: int, scene: Scene) -> dict[str, Any]:
    """``conv2d_loops`` beside the steps of a convolution.

    Args:
        explained: the layer.
        index: of the filter that is shown large.
        scene: of ``app.ui.layer_steps.convolution``.
    """
    recording = _run_convolution(conv.conv2d_loops, explained)
    return listing(recording, scene, _drawn_in_steps(explained, index, scene))


def _drawn_in_steps(explained: Convolution, index: int, scene: Scene) -> Drawn:
    count, steps = len(explained.picture), explained.geometry.steps
    kernels = [number for number, one in enumerate(scene.grids) if one.feeds_all]
    size = explained.weight[0, 0].numel()
    first = index * len(kernels) * size
    outputs = [DrawnIn(_output(scene), torch.arange(steps) + index * steps)]
    return {
        **_input(explained, list(range(count))),
        "weight": [
            DrawnIn(grid, torch.arange(size) + first + row * size)
            for row, grid in enumerate(kernels)
        ],
        "output": outputs,
        RETURN: outputs,
    }


def _output(scene: Scene) -> int:
    return next(number for number, one in enumerate(scene.grids) if one.step == "cell")


def _input(explained: Convolution, channels: list[int]) -> Drawn:
    """The picture and the padded one, which are drawn in the same grids, one for each channel."""
    geometry = explained.geometry
    padded = geometry.padded[0] * geometry.padded[1]
    of_padded = [
        DrawnIn(row, torch.arange(padded) + channel * padded)
        for row, channel in enumerate(channels)
    ]
    if explained.border != "zeros" or not geometry.padding:
        return {"input": of_padded, "padded": of_padded}
    origin, cells = geometry.origin(), geometry.size[0] * geometry.size[1]
    of_input = [
        DrawnIn(row, (origin + channel * cells).masked_fill(origin < 0, -1))
        for row, channel in enumerate(channels)
    ]
    return {"input": of_input, "padded": of_padded}


def steps(layer: Convolution | Pooling, index: int, scene: Scene) -> dict[str, Any]:
    """The loops of a layer beside its steps.

    Args:
        layer: of the picture.
        index: of the filter of a convolution that is shown large.
        scene: of ``app.ui.layer_steps``.
    """
    if isinstance(layer, Pooling):
        return pooling(layer, scene)
    return loops(layer, index, scene)


def im2col(explained: Convolution, index: int, scene: Scene) -> dict[str, Any]:
    """``conv2d_im2col`` beside the matrix that it makes.

    Args:
        explained: the layer.
        index: of the filter that is shown.
        scene: of ``app.chapters.convolution.im2col.unfolded``.
    """
    recording = _run_convolution(conv.conv2d_im2col, explained)
    channels, steps = list(explained.channels(index)), explained.geometry.steps
    kernel, matrix, flat, shaped = range(len(channels), len(channels) + 4)
    size = explained.weight[0].numel()
    weights = torch.arange(size) + index * size
    cells = torch.arange(size * steps) + channels[0] // len(channels) * size * steps
    outputs = [DrawnIn(grid, torch.arange(steps) + index * steps) for grid in (flat, shaped)]
    drawn = {
        **_input(explained, channels),
        "weight": [DrawnIn(kernel, weights)],
        "columns": [DrawnIn(matrix, cells)],
        "output": outputs,
        RETURN: outputs,
    }
    return listing(recording, scene, drawn)


def pooling(pooled: Pooling, scene: Scene) -> dict[str, Any]:
    """``max_pool2d_loops`` beside the steps of a pooling.

    Args:
        pooled: the layer.
        scene: of ``app.ui.layer_steps.pooling``.
    """
    geometry, picture = pooled.geometry, pooled.picture[None]
    recording = recorded(
        pool.max_pool2d_loops, lambda: pool.max_pool2d_loops(picture, *_settings(geometry))
    )
    outputs = [DrawnIn(_output(scene), torch.arange(geometry.steps))]
    padded = torch.arange(geometry.padded[0] * geometry.padded[1])
    drawn = {
        "input": [DrawnIn(0, geometry.origin())],
        "padded": [DrawnIn(0, padded)],
        "output": outputs,
        RETURN: outputs,
    }
    return listing(recording, scene, drawn)


def pooling_backward(pooled: Pooling, everything: bool, scene: Scene) -> dict[str, Any]:
    """``max_pool2d_backward`` beside the picture of the gradients.

    Args:
        pooled: the layer.
        everything: the gradient of the sum of all output cells, in one call; else one call for each
            of them.
        scene: of ``app.chapters.convolution.backward.pooling``.
    """
    geometry = pooled.geometry
    _, indices = pool.max_pool2d_with_indices(pooled.picture[None], *_settings(geometry))

    def run() -> None:
        for gradient in _output_gradients(indices, everything):
            pool.max_pool2d_backward(gradient, indices, geometry.size)

    recording = recorded(pool.max_pool2d_backward, run)
    outputs = [DrawnIn(2, torch.arange(geometry.steps))]
    inputs = [DrawnIn(1, torch.arange(geometry.size[0] * geometry.size[1]))]
    of_outputs = ("grad_output", "indices", "winners", "gradients")
    drawn = {**dict.fromkeys(of_outputs, outputs), "grad_input": inputs, RETURN: inputs}
    return listing(recording, scene, drawn)


def _settings(geometry: Geometry) -> tuple[Any, ...]:
    return geometry.kernel, geometry.stride, geometry.padding, geometry.dilation


def _output_gradients(indices: Tensor, everything: bool) -> Iterator[Tensor]:
    """1 in every cell of the output, or in one cell after the other."""
    if everything:
        yield torch.ones(indices.shape)
        return
    for cell in range(indices.numel()):
        gradient = torch.zeros(indices.numel())
        gradient[cell] = 1
        yield gradient.reshape(indices.shape)
