"""The command ``data``: fetch a data set."""

from __future__ import annotations

from pathlib import Path

import click

from commands import options
from commands.folders import check_download
from commands.options import Command, one_of
from commands.progress import print_event
from core.data.download import fetch
from core.data.facts import DATASETS, data_folder, facts


@click.command(cls=Command, short_help="Fetch a data set.")
@click.argument("name", type=one_of(*DATASETS), metavar="NAME", required=False)
@options.data_dir
@options.json_lines
def data(name: str | None, data_dir: Path | None, json: bool) -> None:
    """Fetch the data set NAME, mnist or cifar10, if it is not there."""
    if name is None:
        raise click.UsageError(f"NAME is missing: expected one of {', '.join(DATASETS)}.")
    folder, dataset = data_folder(data_dir), facts(name)
    check_download(name, folder)

    def report(done: int) -> None:
        print_event(event="bytes", done=done, total=dataset.download_bytes)

    fetch(name, folder, on_bytes=report if json else None)  # else torchvision draws a bar
    if json:
        print_event(event="result", folder=str(folder))
    else:
        print(f"{dataset.title} is in {folder}.")
