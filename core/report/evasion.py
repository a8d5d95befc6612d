"""Part 6 in the report: adversarial pictures, judged as the grey values that are printed."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import UInt8
from torch import Tensor, nn

from core import homework
from core.attacks import attack
from core.checkpoints import Checkpoint
from core.data.samples import Samples, load_samples
from core.models import bounds_of, to_input
from core.report.document import Sheet
from core.report.figures import Strip, draw_pairs, draw_strips
from core.robustness import Task
from core.stored import as_stored

EPSILONS = (0, 2, 4, 8, 12, 16, 32, 64)  # of the columns
LIMIT = 64.0  # grey values, of the scale of what was added


def strips_sheet(sheet: Sheet, loaded: Checkpoint, network: str) -> None:
    """One row of pictures for each task, and two digits for the first."""
    model, samples = loaded.model.requires_grad_(False), load_samples("mnist")
    strips = [
        strip(model, samples, index, name, homework.EVALUATED[name])
        for name in homework.TASKS
        for index in _chosen(samples, homework.EVALUATED[name])
    ]
    sheet.text(
        f"Each picture is what model {network} sees: its pixels are whole grey values, none of "
        f"them further from the digit's own than epsilon. Below it what was added, from −{LIMIT:g} "
        f"(orange) over 0 (white) to +{LIMIT:g} (blue), and the class that the network sees in the "
        "printed picture: in bold where the attack has what it wanted."
    )
    draw_strips(sheet, strips, EPSILONS, limit=LIMIT)
    pairs = [_pair(one) for one in (strips[0], strips[-1]) if any(one.success)]
    if pairs:
        sheet.heading("The smallest of these epsilons that fools the network", keep=1.45)
        draw_pairs(sheet, pairs)


def strip(model: nn.Module, samples: Samples, index: int, name: str, task: Task) -> Strip:
    """One bundled digit under one task at every epsilon of ``EPSILONS``.

    Args:
        model: that is attacked.
        samples: the bundled digits.
        index: of the digit.
        name: of the task.
        task: the attack.

    Raises:
        ValueError: the task is noise and no attack.
    """
    if task.method is None:
        raise ValueError("Random signs are no attack.")
    original, label = samples.images[index : index + 1], samples.labels[index : index + 1]
    wanted = label if task.target is None else torch.tensor([task.target])
    images, bounds = to_input(model, original), bounds_of(model)
    found = []
    for epsilon in EPSILONS:
        result = attack(
            model,
            images,
            wanted,
            epsilon,
            method=task.method,
            targeted=task.target is not None,
            bounds=bounds,
            max_gradients=task.max_gradients if epsilon else 0,
            whole=True,
        )
        found.append(as_stored(model, result.adversarial, original, epsilon, bounds=bounds))
    return Strip(
        name=name.replace(": ", ":\n").replace(", ", ",\n") + f",\ndigit {int(label)}",
        label=int(label),
        original=original[0],
        pictures=torch.cat([one.images for one in found]),
        labels=torch.cat([one.logits.argmax(1) for one in found]),
        success=[bool(one.success(wanted, targeted=task.target is not None)) for one in found],
    )


def _chosen(samples: Samples, task: Task) -> Sequence[int]:
    """The first two digits, or the first of the class that the task takes."""
    if task.source is None:
        return (0, 1)
    return (samples.labels.tolist().index(task.source),)


def _pair(strip: Strip) -> list[tuple[str, UInt8[Tensor, "1 h w"]]]:
    """The digit, and the first picture that is a success."""
    first = strip.success.index(True)
    return [
        (f"digit {strip.label}", strip.original),
        (f"epsilon {EPSILONS[first]}, seen as {int(strip.labels[first])}", strip.pictures[first]),
    ]
