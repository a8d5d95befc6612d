"""What comes out at each cell of a layer, and what somebody gets who makes a known mistake: for a
room that guesses the next cell of whatever layer is on the screen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from jaxtyping import Float
from torch import Tensor

from core.explain.convolution import Convolution
from core.explain.pooling import Pooling
from core.explain.questions.question import OPTIONS

DECIMALS = 2  # in which answers must differ: what a cell shows
Values = Float[Tensor, " steps"]


@dataclass(frozen=True)
class CellAnswers:
    """The answers to choose from for one output cell.

    Attributes:
        values: four numbers.
        right: index of the right one.
        reasons: for each number what somebody did who gets it; "" at the right one.
    """

    values: tuple[float, ...]
    right: int
    reasons: tuple[str, ...]


def of_convolution(layer: Convolution, filter_index: int) -> list[CellAnswers | None]:
    """The answers for each output cell of one filter.

    Args:
        layer: with all its settings.
        filter_index: of the filter.

    Returns:
        None where too few mistakes give a number of their own.

    Raises:
        ValueError: there is no such filter.
    """
    products = layer.products(filter_index)
    channels = layer.channels(filter_index)
    windows = layer.windows[channels.start : channels.stop]  # (c_group, window, steps)
    turned = windows * layer.weight[filter_index].flatten(1).flip(1)[:, :, None]
    bias = float(layer.bias[filter_index])
    sums = products.sum((0, 1))
    mistakes = {
        "forgot the bias": sums if bias else None,
        f"{'did not flip' if layer.flipped else 'flipped'} the kernel": turned.sum((0, 1)) + bias,
        "moved the window too little": _moved(sums, 1) + bias,
        "left out the minus signs": products.abs().sum((0, 1)) + bias,
        "moved the window too far": _moved(sums, -1) + bias,
        "added up the window, without the kernel": windows.sum((0, 1)) + bias,
        "took the largest product": products.flatten(0, 1).amax(0) + bias,
    }
    found = {reason: values for reason, values in mistakes.items() if values is not None}
    if layer.relu:
        found = {reason: values.clamp(min=0) for reason, values in found.items()}
        found = {"forgot the ReLU": sums + bias} | found
    return _answers(layer.output[filter_index].flatten(), found)


def of_pooling(layer: Pooling) -> list[CellAnswers | None]:
    """The answers for each output cell of a max pooling; as ``of_convolution``."""
    return _answers(layer.output.flatten(), pooling_mistakes(layer))


def pooling_mistakes(layer: Pooling) -> dict[str, Values]:
    """What somebody gets at each output cell who makes a mistake with a max pooling."""
    windows = layer.windows.nan_to_num(neginf=0.0)  # (window, steps), padding as zeros
    output = layer.output.flatten()
    return {
        "took the mean": windows.mean(0),
        "moved the window too little": _moved(output, 1),
        "moved the window too far": _moved(output, -1),
        "took the smallest": windows.amin(0),
        "took the first cell": windows[0],
        "took the last cell": windows[-1],
        "added them up": windows.sum(0),
    }


def _moved(values: Values, steps: int) -> Values:
    """What stands so many cells before each; the first one's own at the end."""
    moved = values.roll(steps)
    edge = slice(0, steps) if steps > 0 else slice(steps, None)
    moved[edge] = values[edge]
    return moved


def _answers(right: Values, mistakes: dict[str, Values]) -> list[CellAnswers | None]:
    columns = [values.double().tolist() for values in mistakes.values()]
    rows = zip(*columns)
    every = zip(right.double().tolist(), rows)
    return [_cell(step, value, row, [*mistakes]) for step, (value, row) in enumerate(every)]


def _cell(
    step: int, right: float, wrong: Sequence[float], reasons: Sequence[str]
) -> CellAnswers | None:
    chosen = {round(right, DECIMALS) + 0.0: (right, "")}
    for value, reason in zip(wrong, reasons):
        if len(chosen) < OPTIONS:
            chosen.setdefault(round(value, DECIMALS) + 0.0, (value, reason))
    if len(chosen) < OPTIONS:
        return None
    first, *others = chosen.values()
    position = Random(step).randrange(OPTIONS)  # the same cell has the same order
    row = [*others[:position], first, *others[position:]]
    return CellAnswers(
        tuple(value for value, _ in row), position, tuple(reason for _, reason in row)
    )
