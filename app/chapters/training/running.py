"""One step of a training on a small batch, line by line: ``core.training.loop.training_step``."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from app.ui import heavy, images
from app.ui.charts import articled, limit, number
from app.ui.grids import CellGrid, Mark, Scene
from app.ui.layer_layout import TOP, bottom
from app.ui.lit_code import listing
from app.ui.lit_layout import LEAST
from app.ui.lit_memory import DrawnIn
from app.ui.lit_values import Drawn
from app.ui.palette import WEIGHTS
from core.explain.tracing import Recording, recorded
from core.training.computing import Computing
from core.training.loop import training_step
from core.training.recipes import RECIPES
from core.training.state import TrainingState, new_state

BATCH = 6  # images
COLUMN, SIDE = 72.0, 62.0  # an image's column and the side of it
RIGHT, KERNEL = BATCH * COLUMN + 24.0, 130.0  # where the loss and the kernels lie, and their side
SCALE = 44.0  # that a printed scale is wider than a kernel, in the type of a presented page
ROW = 22.0  # height of a logit's cell
AROUND = 14.5  # rem that the page needs besides the picture
CAPTION = (
    f"The first step of a training of the small CNN, on {BATCH} of the digits of the project as "
    "they are, at the highest learning rate of the network that ships"
)


def run() -> tuple[Scene, dict[str, Any]]:
    """The first step of a training of the small CNN on a few of the bundled digits, at the highest
    rate of the network that ships, whose own first step is too small to be seen.
    """
    _step(*_batch())  # torch's optimizers load what they need at their first step
    state, pictures, labels = _batch()
    before = _first_kernels(state)
    recording = recorded(training_step, lambda: _step(state, pictures, labels))
    kernels = most_moved(before, _first_kernels(state))
    picture = _scene(recording, pictures, labels, kernels)
    return picture, listing(recording, picture, _drawn(pictures))


STEP_RUN = heavy.question(run)


def _batch() -> tuple[TrainingState, Tensor, Tensor]:
    config = replace(RECIPES["mnist_cnn"], batch_size=BATCH, bundled=True)
    state, digits = new_state(config, Computing()), images.training_digits()
    return state, state.prepare(digits.images[:BATCH]), digits.labels[:BATCH]


def _step(state: TrainingState, pictures: Tensor, labels: Tensor) -> Tensor:
    return training_step(state, pictures, labels, state.config.learning_rate)


def _first_kernels(state: TrainingState) -> Tensor:
    """The kernels of the first layer, (F, k, k), on its one channel."""
    return next(state.model.parameters()).detach()[:, 0].clone()


def most_moved(before: Tensor, after: Tensor) -> tuple[Tensor, Tensor]:
    """The kernel that a step moves most, before and after: one whose maps are 0 on the whole batch
    has no gradient and stays.

    Args:
        before: (F, k, k).
        after: the same after the step.
    """
    index = int((after - before).abs().amax((1, 2)).argmax())
    return before[index], after[index]


def _scene(
    recording: Recording, pictures: Tensor, labels: Tensor, kernels: tuple[Tensor, Tensor]
) -> Scene:
    """The batch, an image a column: its labels and logits; the loss, and a kernel that it moves."""
    logits: Tensor = recording.result
    (loss,) = (event.seen["loss"] for event in recording.events if "loss" in event.seen)
    below = TOP + SIDE + TOP
    first = CellGrid("Loss of the batch", RIGHT, TOP, 1, 1, 96.0, 40.0, values=loss.values)
    grids = [
        *_columns(pictures, labels, logits, below),
        first,
        *_kernels(kernels, TOP + 40.0 + TOP),
    ]
    every = torch.arange(BATCH)[:, None]
    return Scene(
        "One step of a training",
        f"{BATCH} digits with their labels and logits, the loss, and a kernel before and after",
        bottom(grids),
        BATCH,
        BATCH,
        grids,
        [Mark(BATCH, every, "current"), Mark(BATCH + 1, torch.empty(BATCH, 0), "column")],
        _sentences(logits, labels, kernels),
        player=False,
        around=AROUND,
        least=LEAST,
        width=RIGHT + KERNEL + SCALE,
    )


def _columns(pictures: Tensor, labels: Tensor, logits: Tensor, below: float) -> list[CellGrid]:
    rows, columns = pictures.shape[2:]
    images = [
        CellGrid(
            f"Image {index + 1}",
            index * COLUMN + (COLUMN - SIDE) / 2,
            TOP,
            rows,
            columns,
            SIDE / rows,
            values=picture,
            written=False,
        )
        for index, picture in enumerate(pictures[:, 0])
    ]
    targets = CellGrid(
        "Targets", 0.0, below, 1, BATCH, COLUMN, 26.0, values=labels.float(), step="cell"
    )
    given = CellGrid(
        "Logits: a row for each class from 0 to 9",
        0.0,
        below + 26 + TOP,
        logits.shape[1],
        BATCH,
        COLUMN,
        ROW,
        values=logits.T,
        step="column",
        legend=True,
        digits=14,
    )
    return [*images, targets, given]


def _kernels(kernels: tuple[Tensor, Tensor], top: float) -> list[CellGrid]:
    """One kernel before and, below it, after the step."""
    rows, columns = kernels[0].shape
    return [
        CellGrid(
            f"A kernel {when}",
            RIGHT,
            top + index * (KERNEL + TOP),
            rows,
            columns,
            KERNEL / max(rows, columns),
            values=kernel,
            colours=WEIGHTS,
            largest=limit(*kernels),
            legend=index == 1,
        )
        for index, (when, kernel) in enumerate(zip(("before", "after"), kernels))
    ]


def _sentences(logits: Tensor, labels: Tensor, kernels: tuple[Tensor, Tensor]) -> list[str]:
    before, after = kernels
    moved = number(float((after - before).abs().max()))
    return [
        f"Image {index + 1} is {articled(str(label))}: its logit is "
        f"{number(float(row[label]))}, the largest is {number(float(row.max()))}, of class "
        f"{int(row.argmax())}, before the step, which moves a weight of this kernel by {moved} at "
        "most"
        for index, (row, label) in enumerate(zip(logits, labels.tolist()))
    ]


def _drawn(pictures: Tensor) -> Drawn:
    pixels = pictures[0].numel()
    classes = torch.arange(10)[:, None] + torch.arange(BATCH) * 10
    return {
        "images": [DrawnIn(one, torch.arange(pixels) + one * pixels) for one in range(BATCH)],
        "targets": [DrawnIn(BATCH, torch.arange(BATCH))],
        "logits": [DrawnIn(BATCH + 1, classes.flatten())],
        "loss": [DrawnIn(BATCH + 2, torch.zeros(1, dtype=torch.long))],
    }
