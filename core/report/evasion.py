"""Part 6 in the report: adversarial pictures, judged as the grey values that are printed."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import UInt8
from torch import Tensor, nn

from core import homework
from core.attacks import attack
from core.checkpoints import Checkpoint
from core.checks import logits_of
from core.data.samples import Samples, load_samples
from core.evaluation import evaluation_mode
from core.models import bounds_of, to_input
from core.report.document import Sheet
from core.report.figures import Strip, draw_pairs, draw_strips
from core.robustness import Task
from core.stored import StoredPictures, as_stored
from core.ties import is_right

EPSILONS = (0, 2, 4, 8, 12, 16, 32, 64)  # of the columns
LIMIT = 64.0  # grey values, of the scale of what was added


def strips_sheet(sheet: Sheet, loaded: Checkpoint, network: str) -> None:
    """One row of pictures for each task, and up to two digits for the first."""
    model, samples = loaded.model.requires_grad_(False), load_samples("mnist")
    strips = [
        strip(model, samples, index, name, homework.EVALUATED[name])
        for name in homework.TASKS
        for index in _chosen(model, samples, homework.EVALUATED[name])
    ]
    sheet.text(
        f"What model {network} sees: whole grey values, none further from the digit's own than "
        f"epsilon. Below it what was added, from −{LIMIT:g} (orange) over 0 (white) to +{LIMIT:g} "
        "(blue), and the class seen in the printed picture: in bold where the attack has what it "
        f"wanted. Of the {len(samples.labels)} bundled digits the one that falls at the smallest "
        f"epsilon; for task 1 the first one, too.{_unfallen(strips)}"
    )
    draw_strips(sheet, strips, EPSILONS, limit=LIMIT)
    pairs = [_pair(one) for one in (strips[1], strips[-1]) if any(one.success)]
    if pairs:
        sheet.heading("The smallest of these epsilons that fools the network", keep=1.45)
        draw_pairs(sheet, pairs)


def _unfallen(strips: Sequence[Strip]) -> str:
    """The tasks of which no digit falls: for these the first one is shown."""
    names = [one.name.partition(":")[0] for one in strips]
    fallen = {name for name, one in zip(names, strips) if any(one.success)}
    return "".join(
        f" {name.capitalize()}: none of them falls up to {EPSILONS[-1]}."
        for name in dict.fromkeys(names)
        if name not in fallen
    )


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
    original, label = samples.images[index : index + 1], samples.labels[index : index + 1]
    wanted = label if task.target is None else torch.tensor([task.target])
    found = [_attacked(model, original, wanted, task, epsilon) for epsilon in EPSILONS]
    return Strip(
        name=name.replace(": ", ":\n").replace(", ", ",\n") + f",\ndigit {int(label)}",
        label=int(label),
        original=original[0],
        pictures=torch.cat([one.images for one in found]),
        labels=torch.cat([one.logits.argmax(1) for one in found]),
        success=[bool(one.success(wanted, targeted=task.target is not None)) for one in found],
    )


def _attacked(
    model: nn.Module, originals: Tensor, wanted: Tensor, task: Task, epsilon: float
) -> StoredPictures:
    """What the task makes of digits at one epsilon, as it is printed."""
    if task.method is None:
        raise ValueError("Random signs are no attack.")
    result = attack(
        model,
        to_input(model, originals),
        wanted,
        epsilon,
        method=task.method,
        targeted=task.target is not None,
        bounds=bounds_of(model),
        max_gradients=task.max_gradients if epsilon else 0,
        whole=True,
    )
    return as_stored(model, result.adversarial, originals, epsilon, bounds=bounds_of(model))


def _chosen(model: nn.Module, samples: Samples, task: Task) -> Sequence[int]:
    """The first digit and the one that falls at the smallest epsilon; of a task that takes one
    class the latter alone.
    """
    labels = samples.labels
    able = labels == task.source if task.source is not None else labels == labels
    indices = able.nonzero()[:, 0]
    wanted = labels[able] if task.target is None else torch.full((len(indices),), task.target)
    with evaluation_mode(model):
        right = is_right(logits_of(model, to_input(model, samples.images[able])), labels[able])
    easiest = int(indices[0])
    for epsilon in EPSILONS:
        found = _attacked(model, samples.images[able], wanted, task, epsilon)
        falls = found.success(wanted, targeted=task.target is not None) & right
        if falls.any():
            easiest = int(indices[falls][0])
            break
    return (easiest,) if task.source is not None else (0, easiest)


def _pair(strip: Strip) -> list[tuple[str, UInt8[Tensor, "1 h w"]]]:
    """The digit with its task, and the first picture that is a success."""
    first = strip.success.index(True)
    return [
        (f"{strip.name.partition(':')[0]}, digit {strip.label}", strip.original),
        (f"epsilon {EPSILONS[first]}, seen as {int(strip.labels[first])}", strip.pictures[first]),
    ]
