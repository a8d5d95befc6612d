"""The pictures of this chapter where their code stands beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from app.ui.charts import limit
from app.ui.grids import CellGrid, Scene
from app.ui.layer_layout import TOP, bottom
from app.ui.lit_layout import GAP, Column, in_columns, sized, strip
from app.ui.lit_layout import narrow as narrow_scene

# Widths with which all numbers of a detail of 10 x 10 are written in a laptop's window: the input,
# window with kernel and products, the output; and a cell of a large kernel.
WIDE, KERNEL, OUTPUT, CELL = 385.0, 183.0, 398.0, 33.0
# A row of a channel: its input, window, kernel and products, and its height.
PARTS, TALL, FEW = (88.0, 122.0, 100.0, KERNEL), 112.0, 4  # grids before the output of one channel
FILTER = 84.0  # one of several filters' outputs
WINDOW = 120.0  # of a pooling
AVERAGED = 240.0  # each of two outputs below each other
AROUND = 19.0  # rem that the page needs besides the picture; what unfolding costs stands below
ROW, MATRIX = 36.0, 330.0  # height of a row of the matrix, and of all of them


def steps(scene: Scene) -> Scene:
    """One output cell after the other. Channels that are rows are narrow already.

    Args:
        scene: of ``app.ui.layer_steps``.
    """
    outputs = [number for number, grid in enumerate(scene.grids) if grid.step == "cell"]
    if outputs[0] > FEW:  # several channels, of which each has a row
        return _in_rows(scene, outputs[0])
    between = [*range(1, outputs[0])]
    width = max(KERNEL if len(between) > 1 else WINDOW, CELL * scene.grids[1].columns)
    output = OUTPUT if len(outputs) == 1 else AVERAGED
    columns = [Column([0], WIDE), Column(between, width), Column(outputs, output)]
    below = outputs[-1] + 1
    upper = in_columns(replace(scene, grids=scene.grids[:below]), columns)
    return _with_filters(upper, scene.grids[below:])


def _with_filters(scene: Scene, filters: Sequence[CellGrid]) -> Scene:
    """All filters' outputs in a strip below the picture."""
    if not filters:
        return scene
    below = strip(filters, scene.height + TOP, scene.width, FILTER)
    return replace(scene, grids=[*scene.grids, *below], height=bottom(below))


def _in_rows(scene: Scene, output: int) -> Scene:
    """Channel after channel: its input, window, kernel and products in a row. The sentence below
    says what each adds.
    """
    channels = sum(grid.entries is None for grid in scene.grids[:output])
    grids = []
    for number, grid in enumerate(scene.grids[:output]):
        row = round((grid.y - TOP) / (scene.grids[1].y - TOP))
        place = 0 if number < channels else 1 + (number - channels) % 3
        height = None if place == 0 else TALL / grid.rows
        one = replace(sized(grid, PARTS[place], height), legend=number == output - 3)
        x = sum(PARTS[:place]) + place * GAP / 2
        grids.append(replace(one, x=x, y=TOP + row * (TALL + TOP)))
    x = sum(PARTS) + (len(PARTS) + 1) * GAP / 2
    grids.append(replace(sized(scene.grids[output], OUTPUT), x=x, y=TOP))
    upper = replace(scene, grids=grids, signs=(), width=x + OUTPUT, height=bottom(grids))
    return _with_filters(narrow_scene(upper), scene.grids[output + 1 :])


def im2col(scene: Scene) -> Scene:
    """The input over the output, the kernel, and the matrix over its product with the kernel.

    Args:
        scene: of ``app.chapters.convolution.im2col``.
    """
    if len(scene.grids) > 5:  # several channels lie beside each other
        return narrow_scene(scene)
    tall = min(ROW, MATRIX / scene.grids[2].rows)
    columns = [
        Column([0, 4], 190.0),
        Column([1], 42.0, [tall], room=74.0),
        Column([2, 3], 600.0, [tall, ROW]),
    ]
    return in_columns(replace(scene, around=AROUND), columns)


def pooling_backward(scene: Scene) -> Scene:
    """The input, the gradient into it, and where it comes from.

    Args:
        scene: of ``app.chapters.convolution.backward.pooling``.
    """
    picture, gradient, output = scene.grids
    largest = limit(scene.numbers(picture))  # of the input: its scale counts for both
    output = replace(output, title="Maximum", legend=False, largest=largest)
    grids = [picture, gradient, output]
    columns = [Column([0], WIDE), Column([1], WIDE), Column([2], WIDE / 2)]
    return in_columns(replace(scene, grids=grids), columns)
