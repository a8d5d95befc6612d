"""A process that has everything ready for a training and waits for its command line.

    python -m commands.waiting

It reads one line of JSON from its standard input, the arguments of ``train_all.py``, and goes on as
that does. Python and torch need seconds to start, which have passed when the line comes; without a
line it ends when its input does.
"""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from importlib import import_module
from typing import NoReturn

import torch

from commands.main import main
from core.data.facts import LabelledImages, facts
from core.homework import MNIST_CNN
from core.json_files import parse_json
from core.training.loop import fit
from core.training.recipes import RECIPES

IMAGES = 2  # to rehearse with


def wait() -> int:
    """Get ready, wait for the arguments, and do what they say.

    Returns:
        The exit code: 0 where no arguments came.
    """
    import_module("commands.training")
    rehearse()
    line = sys.stdin.readline()
    return (
        main(parse_json(line.encode())) if line else 0
    )  # the server is gone, or needs it no longer


def rehearse() -> None:
    """Train for two steps, since torch imports much of what it needs in the first one."""
    shape = facts("mnist").shape
    images = LabelledImages(
        torch.zeros(IMAGES, *shape, dtype=torch.uint8), torch.zeros(IMAGES, dtype=torch.long)
    )
    for optimizer in ("adam", "sgd"):
        recipe = replace(RECIPES[MNIST_CNN], epochs=1, optimizer=optimizer)
        fit(recipe, images, images)


def end(code: int) -> NoReturn:
    """End the process at once: what torch does at the end of Python takes a second."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    end(wait())
