"""The recipes whose time to an accuracy is measured: what is typed for each, and where its curve is
from.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from core import homework
from core.training.ingredients import HELD_OUT

FAST = ("--short", "--set", "sharpness=0")
FEW = ("--set", "precise_images=1000")
GROWING = ("--set", "first_size=24", "--set", "full_size_from=0.5")
SMALLEST = ("--set", "first_size=16", "--set", "full_size_from=0.75")
PROCESSES = "--processes"
HELD = ("--held-out", str(HELD_OUT))
# Of few steps: a higher rate that falls in a line, an average over the last fifty, first kernels
# that see edges and colours from the beginning.
STEEP = ("--lr", "0.006", "--set", "schedule=triangle", "--set", "average=0.98")
SEEING = ("--set", "principal_kernels=True")
# Adam moves as many weights however small the images are: two processes would both move all.
ALONE = (PROCESSES, "1")
TRAIN = "train"


@dataclass(frozen=True)
class Recipe:
    """One row of the table.

    Attributes:
        name: short.
        title: what a class reads.
        what: a plain sentence about it.
        options: of ``train_all.py resnet``, apart from the images held out; None: the plain script.
        curve: "train", the name of a card, or "INGREDIENT EPOCHS": a run of ``train_all.py
            ingredients``, of the least seed.
    """

    name: str
    title: str
    what: str
    options: tuple[str, ...] | None
    curve: str = TRAIN

    @property
    def settings(self) -> str:
        """What is typed for it."""
        if self.options is None:
            return "the plain script of python -m benchmarks.training"
        return shlex.join(["train_all.py", "resnet", *HELD, *self.options])

    @property
    def processes(self) -> tuple[str, ...]:
        """The option that says how many processes train together, where it has one."""
        if self.options is None or PROCESSES not in self.options:
            return ()
        first = self.options.index(PROCESSES)
        return self.options[first : first + 2]


PLAIN = Recipe(
    "plain",
    "Plain Adam",
    "A plain script of PyTorch, as a student would write it: Adam at a fixed rate in 32 bits.",
    None,
    homework.PLAIN_RESNET,
)
RECIPES = (
    PLAIN,
    Recipe(
        "fast 5",
        "5 epochs, small images first",
        "The recipe without sharpness-aware steps in five epochs: the pictures have 16 pixels a "
        "side in the first three quarters of the steps, the rate is twice as high and falls in a "
        "line, and the first kernels begin as the pictures' principal components.",
        (*FAST, *FEW, "--epochs", "5", *SMALLEST, *STEEP, *SEEING, *ALONE),
    ),
    Recipe(
        "fast 12",
        "12 epochs, small images first",
        "The recipe without sharpness-aware steps in twelve epochs: the pictures have 24 pixels a "
        "side in the first half of the steps.",
        (*FAST, *FEW, "--epochs", "12", *GROWING),
    ),
    Recipe(
        "no sharpness",
        "12 epochs, no sharpness",
        "The recipe without sharpness-aware steps in twelve epochs.",
        (*FAST, "--epochs", "12"),
        "no-sharpness 12",
    ),
    Recipe("short", "30 epochs", "The recipe of 30 epochs.", ("--short",), "recipe 30"),
    Recipe(
        "ships",
        "60 epochs, settings of what ships",
        "The recipe of the 200 epochs that ship in 60: with CutMix in half of the batches.",
        ("--epochs", "60", "--seed", "11"),
        "cutmix+weight-decay-0.1 60",
    ),
    Recipe(
        "airbench",
        "airbench's settings",
        "Settings of airbench, Keller Jordan's CIFAR-10 speed run of 2024, with this network and "
        "these transforms: stochastic gradient descent with momentum, batches of 1,024.",
        (
            *("--epochs", "10", "--batch-size", "1024", "--lr", "1.5"),
            *("--set", "optimizer=sgd", "--set", "momentum=0.85", "--set", "warmup=0.23"),
            *("--set", "weight_decay=0.00133", "--set", "label_smoothing=0.2"),
            *("--set", "sharpness=0", "--set", "precise_bn=False", "--set", "average=0.99"),
            *("--set", "cutmix=0"),
        ),
    ),
)
