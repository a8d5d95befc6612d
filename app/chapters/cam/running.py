"""``class_activation_maps``, run for the picture that is looked at: how channels and weights become
a map and a logit.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from app.chapters.cam.case import Case
from app.ui.charts import limit, number
from app.ui.grids import CellGrid, Mark, Scene, Sign
from app.ui.layer_layout import LEGEND, TOP, bottom
from app.ui.lit_code import listing
from app.ui.lit_layout import LEAST
from app.ui.lit_memory import DrawnIn
from app.ui.palette import WEIGHTS
from core import cam
from core.explain.tracing import recorded

SIDE, GAP = 150.0, 14.0  # of a channel, and to the next one
WEIGHT, BELOW = 52.0, 8.0  # width of a weight's cell, and how far below its channel it lies
ROW = SIDE + BELOW + 32.0 + 6.0 + TOP  # from a row of two channels to the next one
MAP, MAP_SIDE = 2 * (SIDE + GAP) + 8.0, 220.0  # where the map lies, with bias and logit below it
AROUND = 20.0  # rem that the page needs besides the picture


def scene(case: Case, channels: cam.Channels) -> Scene:
    """The strongest channels with their weights, the map, the bias and the logit.

    Args:
        case: what is looked at.
        channels: that are drawn.
    """
    h, w = case.map.shape
    label, every = case.setting.label, torch.arange(h * w)[:, None]
    count = len(channels.index)
    grids = [grid for index in range(count) for grid in _channel(channels, index)]
    corners = [_corner(index) for index in range(count)]
    signs = [Sign(x + 26, y + SIDE + BELOW + 16, "×", 24) for x, y in corners]
    title = f"Map of {case.name}"
    place, side = (MAP, TOP, h, w), MAP_SIDE / max(h, w)
    grids.append(CellGrid(title, *place, side, values=case.map, step="cell", legend=True))
    bias, logit = (found[..., label].reshape(1) for found in (case.result.bias, case.result.logits))
    y, largest = TOP + MAP_SIDE + LEGEND + 2 * TOP, limit(logit, bias)
    for column, (title, value) in enumerate((("+ bias", bias), ("= logit", logit))):
        x = MAP + column * 110.0
        grids.append(CellGrid(title, x, y, 1, 1, 84.0, 36.0, values=value, largest=largest))
    marks = [Mark(2 * index, every, "cells") for index in range(count)]
    return Scene(
        "From channels to a map",
        f"the {count} strongest channels of {case.picture.name}, and the map of {case.name}",
        bottom(grids),
        h * w,
        w,
        grids,
        [*marks, Mark(2 * count, every, "current")],
        _sentences(case, channels),
        signs,
        around=AROUND,
        least=LEAST,
        width=MAP + MAP_SIDE,
    )


def _corner(index: int) -> tuple[float, float]:
    """Where a channel lies: two in a row."""
    return index % 2 * (SIDE + GAP), TOP + index // 2 * ROW


def _channel(channels: cam.Channels, index: int) -> list[CellGrid]:
    """A channel and, below it, its weight."""
    features, weight = channels.features[index], channels.weight[index][None]
    h, w = features.shape
    (x, y), title = _corner(index), f"Channel {int(channels.index[index]) + 1}"
    largest, heaviest = limit(channels.features), limit(channels.weight)
    below = CellGrid("", x + 48, y + SIDE + BELOW, 1, 1, WEIGHT, 32.0, says="Weight")
    return [
        CellGrid(title, x, y, h, w, SIDE / max(h, w), values=features, largest=largest),
        replace(below, values=weight, largest=heaviest, colours=WEIGHTS),
    ]


def _sentences(case: Case, channels: cam.Channels) -> list[str]:
    w = case.map.shape[1]
    products = channels.products.flatten(1)
    return [
        f"Row {cell // w + 1}, column {cell % w + 1}: weight times channel of these four "
        f"{' '.join(_plus(value) for value in products[:, cell].tolist())}, of the others "
        f"{_plus(total - float(products[:, cell].sum()))}, together {number(total)}"
        for cell, total in enumerate(case.map.flatten().tolist())
    ]


def _plus(value: float) -> str:
    return f"{'−' if value < 0 else '+'} {number(abs(value))}"


def maps(
    model: nn.Module, images: Tensor, case: Case, channels: cam.Channels, picture: Scene
) -> dict[str, Any]:
    """``class_activation_maps`` beside the scene.

    Args:
        model: that is looked into.
        images: (1, 3, H, W) as it takes them.
        case: what is looked at.
        channels: that are drawn.
        picture: of ``scene``.
    """
    recording = recorded(
        cam.class_activation_maps, lambda: cam.class_activation_maps(model, images)
    )
    cells, label = case.map.numel(), case.setting.label
    index = channels.index.tolist()
    features = [DrawnIn(2 * at, torch.arange(cells) + one * cells) for at, one in enumerate(index)]
    of_class = case.result.weight.shape[1] * label
    last = 2 * len(index)
    drawn = {
        "inferred": features,
        "features": features,
        "weight": [
            DrawnIn(2 * at + 1, torch.tensor([of_class + one])) for at, one in enumerate(index)
        ],
        "maps": [DrawnIn(last, torch.arange(cells) + label * cells)],
        "bias": [DrawnIn(last + 1, torch.tensor([label]))],
        "result.logits": [DrawnIn(last + 2, torch.tensor([label]))],
    }
    return listing(recording, picture, drawn)
