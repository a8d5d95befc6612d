"""The ResNet that ships, or one out of a person's file: what pages and the processes beside them
read.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from app.ui import images, networks
from app.ui.cache import OwnFile, cached
from app.ui.examples import TIED, bundled_pictures
from core.checkpoints.foreign_resnet import ReadResNet, read_resnet
from core.data.facts import to_unit
from core.homework import RESNET
from core.models import ResNet
from core.ties import is_tied

DATASET = "cifar10"
TOLD_APART = 8  # bundled pictures by which batch normalisations are told apart


def files_of(file: OwnFile | None) -> list[Path]:
    """The files that a network and the bundled pictures are read from.

    Args:
        file: a person's own; None: the network is the one that ships.
    """
    return [*(() if file else networks.model_files(RESNET)), *images.sample_files()]


def model_of(file: OwnFile | None) -> ResNet:
    """The network of a person's file, or where there is none the one that ships.

    Raises:
        CheckpointError: its files are missing or damaged.
        ForeignError: the file is no state dict of this architecture.
    """
    return networks.model_of(RESNET, ResNet) if file is None else read(file).model


# Eight networks of 19 MB are kept; of others the file is read again.
@cached(files_of, most=8)
def read(file: OwnFile) -> ReadResNet:
    """The network of a person's file, and what is known of it.

    Raises:
        ForeignError: the file is no state dict of this architecture.
    """
    some = images.samples(DATASET).images[:TOLD_APART]
    return read_resnet(file.content, file.name, to_unit(some))


@cached(files_of, most=8)
def predictions(file: OwnFile) -> Tensor:
    """(N,) what a person's network makes of the bundled pictures, as ``Examples`` has it."""
    with torch.inference_mode():
        logits: Tensor = model_of(file)(to_unit(bundled_pictures(DATASET).images))
    return logits.argmax(1).masked_fill(is_tied(logits), TIED)
