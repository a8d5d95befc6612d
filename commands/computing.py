"""``--device``, ``--precision`` and ``--processes``: where and how to compute."""

from __future__ import annotations

import sys
from typing import cast, get_args

import click
import torch

from commands.options import one_of
from core.training import parallel
from core.training.computing import automatic_precision
from core.training.config import Precision, TrainConfig

device = click.option(
    "--device",
    type=one_of("auto", "cpu", "cuda", "mps"),
    default="auto",
    show_default=True,
    help="Where to compute; auto: on a GPU where there is one.",
)
precision = click.option(
    "--precision",
    type=one_of("auto", *get_args(Precision)),
    default="auto",
    show_default=True,
    help="Of the numbers; auto: half where the device computes with it and the network is large "
    "enough to gain.",
)


def torch_device(name: str) -> torch.device:
    """The device that ``--device`` names.

    Args:
        name: "cpu", "cuda" or "mps"; "auto" is the fastest that is there.

    Raises:
        click.UsageError: this computer has no such device.
    """
    available = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    if name == "auto":
        return torch.device(next(name for name, is_there in available.items() if is_there))
    if not available[name]:
        raise click.UsageError(
            f"--device {name}: this computer has no such device; use --device auto."
        )
    return torch.device(name)


def resolved_precision(name: str, config: TrainConfig, device: torch.device) -> Precision:
    """The precision that ``--precision`` names.

    Args:
        name: as in ``TrainConfig``; "auto" is what network and device gain from.
        config: of the network.
        device: to compute on.
    """
    return automatic_precision(config, device) if name == "auto" else cast(Precision, name)


def process_count(config: TrainConfig, wanted: int | None, device: torch.device) -> int:
    """How many processes train together.

    Args:
        config: of the training.
        wanted: as asked; None takes two for a network in NHWC order on a processor, where two
            threads of torch wait for each other too often.
        device: to train on.

    Raises:
        click.UsageError: more than there are cores or images in a batch, or less than one.
    """
    on_cpu = device.type == "cpu"
    if wanted is None:
        wide = config.channels_last and on_cpu and sys.platform != "win32"
        return 2 if wide and parallel.cores() > 1 else 1
    most = min(config.batch_size, parallel.cores()) if on_cpu else 1
    if not 1 <= wanted <= most:
        reason = parallel.what_cores_are() if on_cpu else "several GPUs are used with torchrun"
        if on_cpu and most < parallel.cores():
            reason = "the images of a batch"
        raise click.UsageError(
            f"--processes {wanted}: expected a number from 1 to {most} ({reason})."
        )
    return wanted
