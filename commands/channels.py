"""The command ``channels``: the pictures that excite each channel of the ResNet most."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import torch
from torch import Tensor

from commands import computing, options
from commands.folders import check_download, check_writable, make_folders
from commands.options import Command, typed_command
from commands.progress import counting_bar
from core import checkpoints
from core.checkpoints import Checkpoint, results
from core.checkpoints.measured import LayerPictures
from core.data.facts import LabelledImages, data_folder
from core.explain.exciting import channel_means, most_exciting
from core.homework import CHANNELS_RESULT, RESNET
from core.models import ResNet, to_input
from core.report import measurements
from core.training.config import TrainConfig

BATCH = 100  # pictures that are computed at once


@click.command(
    cls=Command, short_help="Find the pictures that excite each channel of the ResNet most."
)
@options.number("--images", 10_000, "Test pictures to look at, the first ones", low=1, high=10_000)
@computing.device
@options.data_dir
@options.no_download
@options.out("Folder with the network, and for the result.")
def channels(images: int, device: str, data_dir: Path | None, no_download: bool, out: Path) -> None:
    """Find the pictures that excite each channel of the ResNet most: those with the largest mean
    over its map.

    Without the data set, and with --no-download, the bundled pictures are taken.
    """
    check_writable(out=out)
    loaded = checkpoints.load(RESNET, out)
    place = computing.torch_device(device)
    dataset = TrainConfig.from_dict(loaded.card["config"]).dataset
    if not no_download:
        check_download(dataset, data_folder(data_dir))
    make_folders(out=out)
    test, title = measurements.cam_images(
        dataset, data_folder(data_dir), images, download=not no_download
    )
    card = measure(loaded, test, title, place, out)
    print(f"{sum(layer['channels'] for layer in card['layers'].values()):,} channels on {title}")
    print(f"written to {results.path(CHANNELS_RESULT, out)}")


def measure(
    loaded: Checkpoint, test: LabelledImages, title: str, device: torch.device, out: Path
) -> dict[str, Any]:
    """Look at the pictures, and write the result.

    Args:
        loaded: the ResNet.
        test: the pictures.
        title: what a card calls them.
        device: to compute on.
        out: folder for the result.

    Returns:
        What was written.
    """
    started = time.perf_counter()
    model = loaded.model.to(device)
    if not isinstance(model, ResNet):
        raise TypeError(f"Expected the ResNet, got {type(model).__name__}.")
    with counting_bar(" pictures") as report, torch.inference_mode():
        found = most_exciting(_batches(model, test.images, report))
    return results.save(
        CHANNELS_RESULT,
        {
            "network": loaded.card["weights"]["sha256"],
            "validated_on": title,
            "images": len(test),
            "layers": {name: LayerPictures.packed(one) for name, one in found.items()},
        },
        command=typed_command(),
        seconds=time.perf_counter() - started,
        seed=0,
        device=device.type,
        folder=out,
    )


def _batches(
    model: ResNet, images: Tensor, report: Callable[[int, int], None]
) -> Iterator[dict[str, Tensor]]:
    device = next(model.parameters()).device
    for first in range(0, len(images), BATCH):
        part = to_input(model, images[first : first + BATCH].to(device))
        yield {name: means.cpu() for name, means in channel_means(model, part).items()}
        report(min(first + BATCH, len(images)), len(images))
