"""A case of a report as linked grids: what the layer sees, our output and theirs beside it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from app.ui import layer_steps
from app.ui.charts import limit, number
from app.ui.grids import EDGE, CellGrid, Mark, Scene, Sign
from app.ui.layer_layout import LEGEND, TOP, bottom
from core.checking.results import Case, Nested
from core.explain.convolution import explain_convolution
from core.explain.pooling import explain_pooling

GAP = 40.0  # between our output and theirs
WORDS = 330.0  # width of a sentence in their output's place
HATCHED = 15.0  # size of the line that says what is hatched
SIDE = 60.0  # of a cell, at the most
ALONE = 420.0  # side of an output that is drawn without its layer
AROUND = 26.0  # height of what surrounds the picture on the page, in rem
MOST_CELLS = 200_000  # of all windows together
MOST_PADDING = 10
CLOSE = 1e-4  # what float32 may differ by, against 1 + the largest number
OURS, THEIRS = "Ours", "Yours"


class CaseError(ValueError):
    """A case cannot be drawn; the message is one sentence for a person."""


@dataclass(frozen=True)
class Drawn:
    """A case as it is drawn.

    Attributes:
        scene: its grids.
        wrong: steps of the cells that are wrong, in reading order.
        image: which image of the batch is shown, from 0.
        channel: which channel of the output.
    """

    scene: Scene
    wrong: tuple[int, ...]
    image: int
    channel: int


def draw(case: Case, cell: tuple[int, ...] | None, *, alt: str) -> Drawn:
    """The image and the output channel of one cell.

    Args:
        case: with its numbers.
        cell: index into the output; None: the first.
        alt: one sentence that says what the scene shows.

    Raises:
        CaseError: the numbers do not belong together.
    """
    image, channel = _place(case, cell)
    ours = _plane(case.expected, image, channel)
    theirs = None if case.got is None else _theirs(case, image, channel)
    scene = _with_layer(case, image, channel, ours, alt) or _alone(ours, alt)
    wrong = () if theirs is None else wrong_cells(ours, theirs)
    return Drawn(_with_legend(_beside(scene, ours, theirs, wrong)), wrong, image, channel)


def wrong_cells(ours: Tensor, theirs: Tensor) -> tuple[int, ...]:
    """Places of our cells that theirs differ from, row by row; none where the sizes differ."""
    if ours.shape != theirs.shape:
        return ()
    near = (theirs - ours).abs() <= CLOSE * (1 + ours.abs().max())  # False of NaN
    return tuple((~near).flatten().nonzero()[:, 0].tolist())


def _tensor(values: Nested) -> Tensor:
    """(N, F, H, W), whatever axes are missing before."""
    found = torch.tensor(values, dtype=torch.float32)
    return found.reshape((1,) * (4 - found.dim()) + tuple(found.shape))


def _place(case: Case, cell: tuple[int, ...] | None) -> tuple[int, int]:
    full = (0, 0, 0, 0, *(cell or ()))[-4:]
    shape = _tensor(case.expected).shape
    if any(index >= size for index, size in zip(full, shape)):
        raise CaseError(f"The output has {tuple(shape)} cells, none at {cell}.")
    return full[0], full[1]


def _plane(values: Nested, image: int, channel: int) -> Tensor:
    return _tensor(values)[image, channel]


def _theirs(case: Case, image: int, channel: int) -> Tensor | None:
    """Their output of the same image and channel; None: they have none."""
    if case.got is None:
        return None
    found = _tensor(case.got)
    if image >= len(found) or channel >= found.shape[1]:
        return None
    return found[image, channel]


def _with_layer(case: Case, image: int, channel: int, ours: Tensor, alt: str) -> Scene | None:
    """The layer step by step; None of a case that is none of a convolution or a max pooling."""
    inputs = _tensor(case.input)
    settings = case.settings
    if case.kernel is None and "kernel_size" not in settings:
        return None
    if image >= len(inputs):
        raise CaseError(f"The input has {len(inputs)} images, the output more.")
    _check_work(case, ours)
    try:
        if case.kernel is None:
            return _pooling(inputs[image, channel], settings, ours, alt)
        return _convolution(case, inputs[image], channel, ours, alt)
    except (IndexError, RuntimeError, TypeError, ValueError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise CaseError(f"The numbers of this case do not belong together: {reason}") from error


def _check_work(case: Case, ours: Tensor) -> None:
    """Refuse what would take long."""
    side = case.settings.get("kernel_size", 1)
    window = side * side if case.kernel is None else math.prod(_tensor(case.kernel).shape[1:])
    padding = case.settings.get("padding", 0)
    if not 0 < window * ours.numel() <= MOST_CELLS or not 0 <= padding <= MOST_PADDING:
        raise CaseError(f"A case of this size is not drawn: window {side}, padding {padding}.")


def _convolution(case: Case, image: Tensor, channel: int, ours: Tensor, alt: str) -> Scene:
    kernels, bias = _tensor(case.kernel or 0.0), None
    if case.bias is not None:
        bias = torch.tensor(case.bias, dtype=torch.float32).reshape(-1)[channel : channel + 1]
    explained = explain_convolution(
        image,
        kernels[channel : channel + 1],
        bias=bias,
        stride=case.settings.get("stride", 1),
        padding=case.settings.get("padding", 0),
    )
    _check_output(explained.output[0], ours)
    return layer_steps.convolution(explained, 0, name="A case of the check", alt=alt)


def _pooling(image: Tensor, settings: Mapping[str, int], ours: Tensor, alt: str) -> Scene:
    side = settings["kernel_size"]
    pooled = explain_pooling(
        image,
        kernel_size=side,
        stride=settings.get("stride", side),
        padding=settings.get("padding", 0),
    )
    _check_output(pooled.output, ours)
    return layer_steps.pooling(replace(pooled, average=None), alt=alt)


def _check_output(found: Tensor, ours: Tensor) -> None:
    if found.shape != ours.shape or wrong_cells(found, ours):
        raise ValueError("the expected output is not what the layer gives")


def _alone(ours: Tensor, alt: str) -> Scene:
    """Our output by itself."""
    rows, columns = ours.shape
    cell = min(SIDE, ALONE / max(rows, columns))
    grid = CellGrid("", 0, TOP, rows, columns, cell, values=ours, step="cell", legend=True)
    names = [f"Row {at // columns + 1}, column {at % columns + 1}" for at in range(ours.numel())]
    sentences = [
        f"{name}: {number(value)} expected" for name, value in zip(names, ours.flatten().tolist())
    ]
    every = torch.arange(ours.numel())[:, None]
    height = TOP + rows * cell + LEGEND
    marks = [Mark(0, every, "current")]
    width = max(columns * cell, 300.0)
    steps = ours.numel()
    return Scene(
        "A case of the check", alt, height, steps, columns, [grid], marks, sentences, width=width
    )


def _beside(scene: Scene, ours: Tensor, theirs: Tensor | None, wrong: tuple[int, ...]) -> Scene:
    """The scene with their output at its right, the wrong cells marked in it."""
    at = next(index for index, grid in enumerate(scene.grids) if grid.step == "cell")
    largest = _largest(ours, theirs)
    size = "{} × {}".format(*ours.shape)
    own = replace(
        scene.grids[at], title=f"{OURS} {size}", largest=largest, visited=False, secret=False
    )
    grids = [*scene.grids[:at], own, *scene.grids[at + 1 :]]
    signs = [sign for sign in scene.signs if sign.x < own.x]  # the sentence has the whole sum
    left = own.x + own.columns * own.width + GAP
    if theirs is None:
        signs.append(Sign(left, own.y + 20, f"{THEIRS}: no such output came", align="left"))
        return replace(scene, grids=grids, signs=signs, width=max(scene.width, left + WORDS))
    other = _theirs_as_grid(own, theirs, left)
    grids.append(other)
    return replace(
        scene,
        grids=grids,
        marks=[*scene.marks, *_marks(len(grids) - 1, scene.steps, ours, theirs, wrong)],
        signs=signs,
        sentences=_sentences(scene.sentences, ours, theirs),
        width=max(scene.width, left + other.columns * other.width + 2 * EDGE),
        height=bottom(grids, signs),
        around=AROUND,
    )


def _with_legend(scene: Scene) -> Scene:
    """The scene with a line below that says what is hatched in it, where something is."""
    found = [grid.values for grid in scene.grids if grid.values is not None]
    odd = {_came(value) for one in found for value in one[~one.isfinite()].tolist()}
    meant = ["the padding"] if any(grid.outside is not None for grid in scene.grids) else []
    meant += [f"cells with {', '.join(sorted(odd))}"] if odd else []
    if not meant:
        return scene
    below = bottom(scene.grids, scene.signs)
    text = f"Hatched: {' and '.join(meant)}"
    signs = [*scene.signs, Sign(0, below + HATCHED, text, HATCHED, align="left")]
    return replace(scene, signs=signs, height=bottom(scene.grids, signs))


def _largest(ours: Tensor, theirs: Tensor | None) -> float:
    """One limit of the colours for both."""
    both = ours.flatten() if theirs is None else torch.cat([ours.flatten(), theirs.flatten()])
    return limit(both[both.isfinite()]) if both.isfinite().any() else 1.0


def _theirs_as_grid(own: CellGrid, theirs: Tensor, left: float) -> CellGrid:
    """Their output with cells as large as ours, or smaller where it has more of them."""
    rows, columns = theirs.shape
    cell = min(own.width, own.width * max(own.rows, own.columns) / max(rows, columns))
    is_same = (rows, columns) == (own.rows, own.columns)
    return CellGrid(
        f"{THEIRS} {rows} × {columns}",
        left,
        own.y,
        rows,
        columns,
        cell,
        values=theirs,
        largest=own.largest,
        step="cell" if is_same else None,
        says="Your cell",
    )


def _marks(
    grid: int, steps: int, ours: Tensor, theirs: Tensor, wrong: tuple[int, ...]
) -> list[Mark]:
    """The wrong cells of their output, and the one of the step."""
    found = [Mark(grid, torch.tensor(wrong).expand(steps, -1), "tie")] if wrong else []
    if theirs.shape == ours.shape:
        found.append(Mark(grid, torch.arange(steps)[:, None], "current"))
    return found


def _sentences(sentences: Sequence[str], ours: Tensor, theirs: Tensor) -> Sequence[str]:
    """Each cell's sum, and what came in its place."""
    if ours.shape != theirs.shape:
        return sentences
    wrong = set(wrong_cells(ours, theirs))
    return [
        f"{sentence}. Yours: {_came(value)}, {'wrong' if step in wrong else 'right'}"
        for step, (sentence, value) in enumerate(zip(sentences, theirs.flatten().tolist()))
    ]


def _came(value: float) -> str:
    return (
        number(value) if math.isfinite(value) else str(value).replace("-", "−").replace("inf", "∞")
    )
