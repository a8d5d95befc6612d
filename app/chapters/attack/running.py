"""One step of an attack, as the loop of the attack has called it for this picture."""

from __future__ import annotations

from itertools import accumulate
from typing import Any

import torch
from torch import Tensor

from app.chapters.attack import questions
from app.chapters.attack.questions import Attacking
from app.ui import networks
from app.ui.charts import limit, number
from app.ui.grids import WIDTH, CellGrid, Mark, Scene
from app.ui.layer_layout import LEGEND, TOP, bottom
from app.ui.lit_code import listing
from app.ui.lit_layout import LEAST
from app.ui.lit_memory import DrawnIn
from app.ui.networks import AttackedNetwork, Source
from core import attacks
from core.explain.tracing import RETURN, Recording, recorded

AROUND = 20.5  # rem that the page needs besides the picture
GAP = 14.0
APART = 46.0  # between the pictures of one channel, whose scales are wider than they are
SCALED = (1, 2, 4)  # pictures whose scale is printed: the others have the last one's
SIDE, ROW = 200.0, 3  # of a picture with one channel, and how many stand in a row
NAMES = (
    "x′, where it stands",
    "Gradient g",
    "Direction v",
    "x′ + step · sign(v)",
    "Clipped: new x′",
)


def call_of(moment: int, budgets: list[int]) -> int:
    """Which step of an attack led to a moment of its trace, counted from 0; of a moment at which a
    run begins, the step that comes next.

    Args:
        moment: 0 before the first step.
        budgets: gradients of each run.
    """
    begins = [0, *accumulate(budget + 1 for budget in budgets)]  # of the runs, in the trace
    run = max(at for at, begin in enumerate(begins[:-1]) if begin <= moment)
    return moment - run - (moment > begins[run])


def run_of(
    source: Source, attacking: tuple[Any, ...], epsilon: float, moment: int
) -> tuple[Scene, dict[str, Any]]:
    """One step with its picture and its code, of a network that can be read again.

    Args:
        source: of the network.
        attacking: the fields of ``Attacking``.
        epsilon: largest change of a pixel, in grey values.
        moment: of the trace.
    """
    return run(networks.network_of(source), Attacking(*attacking), epsilon, moment)


def run(
    network: AttackedNetwork, attacking: Attacking, epsilon: float, moment: int
) -> tuple[Scene, dict[str, Any]]:
    """The attack once more, and what it did in one of its steps, as a picture and its code.

    Args:
        network: that is attacked.
        attacking: how.
        epsilon: largest change of a pixel, in grey values.
        moment: of the trace.
    """
    budgets = attacks.Method(*attacking.method).budgets(attacking.gradients)
    more = {"keep_pictures": False, "whole": True}
    recording = recorded(
        attacks.step,
        lambda: questions.attack(network, attacking, epsilon, **more),
        call=call_of(moment, budgets),
    )
    size = tuple(attacking.image.shape)
    picture = scene(recording, size)
    return picture, lit(recording, picture, size)


def scene(recording: Recording, size: tuple[int, ...]) -> Scene:
    """What the step began with and what it made, pixel by pixel.

    Args:
        recording: of one call of ``core.attacks.step``.
        size: (C, H, W) of the picture.
    """
    channels, h, w = size
    made = [_values(recording, name, which) for name, which in _DRAWN]
    places, side, width = _places(channels)
    largest = [limit(made[0], made[3], made[4])] * len(made)
    largest[1:3] = limit(made[1]), limit(made[2])
    grids = [
        CellGrid(
            title if channel == 0 else "",
            *places[channel][column],
            h,
            w,
            side / max(h, w),
            values=values.reshape(channels, -1)[channel],
            largest=most,
            step="cell",
            legend=channel == channels - 1 and (channels > 1 or column in SCALED),
            written=False,
        )
        for channel in range(channels)
        for column, (title, values, most) in enumerate(zip(NAMES, made, largest))
    ]
    every = torch.arange(h * w)[:, None]
    return Scene(
        "One step of the attack",
        "the picture before the step, gradient, direction, and the picture after it",
        bottom(grids),
        h * w,
        w,
        grids,
        [Mark(grid, every, "current") for grid in range(len(grids))],
        _sentences(made, channels, w),
        player=False,
        around=AROUND,
        least=LEAST,
        width=width,
    )


def _places(channels: int) -> tuple[list[list[tuple[float, float]]], float, float]:
    """(x, y) of each picture of each channel, their side, and the width of all: channels are rows;
    one channel has two.
    """
    if channels == 1:
        across, down = SIDE + APART, SIDE + LEGEND + TOP
        row = [(at % ROW * across, TOP + at // ROW * down) for at in range(len(NAMES))]
        return [row], SIDE, ROW * across
    step = (WIDTH + GAP) / len(NAMES)
    side = (step - GAP) / 1.6
    rows = [
        [(at * step, TOP + channel * (side + 6)) for at in range(len(NAMES))]
        for channel in range(channels)
    ]
    return rows, side, WIDTH


_DRAWN = (("points", 0), ("gradient", 0), ("direction", 1), ("points", 1), (f"{RETURN}[0]", 0))


def _values(recording: Recording, name: str, which: int) -> Tensor:
    """What a name stood for, the first time (0) or after it was given another value."""
    found = [event.seen[name] for event in recording.events if name in event.seen][which]
    if found.values is None:
        raise ValueError(f"Expected a {name} that is seen whole, got {found.shape}.")
    return found.values.float()


def steepest(picture: Scene) -> int:
    """The pixel with the largest gradient.

    Args:
        picture: of ``scene``.
    """
    gradients = [one.values for one in picture.grids[1 :: len(NAMES)] if one.values is not None]
    return int(torch.stack(gradients).abs().amax(0).argmax())


def _sentences(made: list[Tensor], channels: int, w: int) -> list[str]:
    before, gradient, direction, _, after = (one.reshape(channels, -1).T.tolist() for one in made)
    return [
        f"Row {pixel // w + 1}, column {pixel % w + 1}: gradient {_all(gradient[pixel], 4)}, "
        f"direction {_all(direction[pixel])}: from {_all(before[pixel])} to {_all(after[pixel])}"
        for pixel in range(len(before))
    ]


def _all(values: list[float], digits: int = 0) -> str:
    texts = [f"{value:.{digits}g}" if digits else number(value) for value in values]
    return ", ".join(texts).replace("-", "−")


def lit(recording: Recording, picture: Scene, size: tuple[int, ...]) -> dict[str, Any]:
    """``core.attacks.step`` beside the scene.

    Args:
        recording: of one call of ``core.attacks.step``.
        picture: of ``scene``.
        size: (C, H, W) of the picture.
    """
    channels, pixels = size[0], size[1] * size[2]

    def drawn_in(column: int) -> list[DrawnIn]:
        return [
            DrawnIn(channel * len(NAMES) + column, torch.arange(pixels) + channel * pixels)
            for channel in range(channels)
        ]

    drawn: dict[Any, list[DrawnIn]] = {pair: drawn_in(column) for column, pair in enumerate(_DRAWN)}
    drawn |= {("direction", 0): drawn_in(2), "low": drawn_in(4), "high": drawn_in(4)}
    return listing(recording, picture, drawn)
