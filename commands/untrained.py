"""The command ``untrained``: what the networks see before their first step, epoch 0."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from typing import Any

import click
import torch
from torch import nn

from commands import options
from commands.folders import check_download, check_writable, make_folders
from commands.options import Command, typed_command
from core import checkpoints
from core.checkpoints import results
from core.checkpoints.files import epoch_file
from core.data.facts import LabelledImages, data_folder, facts
from core.evaluation import evaluate
from core.failures import Failure
from core.homework import UNTRAINED
from core.models import to_input
from core.report import measurements
from core.training.computing import Computing
from core.training.config import TrainConfig
from core.training.state import new_state


@click.command(cls=Command, short_help="Measure the networks before their first step.")
@options.data_dir
@options.no_download
@options.out("Folder with the networks, and for the results.")
def untrained(data_dir: Path | None, no_download: bool, out: Path) -> None:
    """Measure the networks before their first step, with the initial weights of their seeds.

    Without the data sets, and with --no-download, the bundled pictures are taken.
    """
    check_writable(out=out)
    cards = {name: checkpoints.load_card(name, out) for name in UNTRAINED}
    folder = data_folder(data_dir)
    if not no_download:
        for card in cards.values():
            check_download(card["config"]["dataset"], folder)
    make_folders(out=out)
    for name, card in cards.items():
        dataset = card["config"]["dataset"]
        every = facts(dataset).test_images
        test, title = measurements.cam_images(dataset, folder, every, download=not no_download)
        found = measure(card, test, title, out)
        print(f"{card['title']}: {found['validation_accuracy']:.2%} of {title} before training")
        print(f"written to {results.path(UNTRAINED[name], out)}")


def measure(card: dict[str, Any], test: LabelledImages, title: str, out: Path) -> dict[str, Any]:
    """Evaluate a network as it was before its first step, and write the result.

    Args:
        card: of the network.
        test: pictures to evaluate it on.
        title: what a card calls them.
        out: folder for the result.

    Returns:
        What was written.

    Raises:
        CheckpointError: the weights of epoch 0 are missing or damaged.
        Failure: the seed gives other weights here than it gave when the network was trained.
    """
    started = time.perf_counter()
    model = initial_network(card, out)
    found = evaluate(model, test.images, test.labels, prepare=partial(to_input, model))
    return results.save(
        UNTRAINED[card["name"]],
        {
            "initial": card["epoch_weights"][epoch_file(0)],
            "validated_on": title,
            "validation_loss": found.loss,
            "validation_accuracy": found.accuracy,
            "confusion": found.confusion.tolist(),
        },
        command=typed_command(),
        seconds=time.perf_counter() - started,
        seed=card["seed"],
        device="cpu",
        folder=out,
    )


def initial_network(card: dict[str, Any], out: Path) -> nn.Module:
    """A network as its seed makes it, held against what was kept of its weights before training.

    Args:
        card: of the network.
        out: folder with its checkpoint.

    Raises:
        CheckpointError: the weights of epoch 0 are missing or damaged.
        Failure: the two are not the same.
    """
    kept = checkpoints.load_epoch(card["name"], 0, out)
    config = TrainConfig.from_dict(card["config"])
    model = new_state(config, Computing()).averaged.eval()
    made = model.state_dict()
    if any(not torch.equal(made[name], value) for name, value in kept.items()):
        raise Failure(
            f"The seed {config.seed} of {card['name']} gives other initial weights here than "
            f"those of {card['name']}_epochs: expected the torch {card['versions']['torch']} that "
            f"it was trained with, got {torch.__version__}; train the network again, or use that."
        )
    return model
