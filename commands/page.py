"""The command ``page``: a page of the app as one file that opens without a server."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click

from commands.folders import check_writable, make_folders
from commands.options import Command
from core.data.facts import ROOT
from core.failures import Failure


@click.command(cls=Command, short_help="Write pages of the app as files that open by themselves.")
@click.argument("links", metavar="LINK", nargs=-1)
@click.option("--out", type=click.Path(path_type=Path), help="File; of several links the folder.")
@click.option("--all", "folder", type=click.Path(path_type=Path), help="Folder for every view.")
def page(links: tuple[str, ...], out: Path | None, folder: Path | None) -> None:
    """Write the page that a LINK opens, such as "attack?view=Live", as one HTML file.

    It opens from the disk, without a server and a network.
    """
    if folder is None and not (links and out):
        raise click.UsageError("Expected a LINK and --out FILE, or --all FOLDER.")
    if folder is not None and (links or out):
        raise click.UsageError("Expected --all FOLDER alone, got a LINK or --out as well.")
    if folder is not None:
        check_writable(folder=folder)
        make_folders(folder=folder)
    chosen = ["--all", str(folder.absolute())] if folder else ["--out", _whole(out)]
    # The app is a program of its own: no command imports it.
    made = subprocess.run(
        [sys.executable, "-m", "app.export", *chosen, "--", *links],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if made.returncode:
        lines = made.stderr.strip().splitlines()
        raise Failure(lines[-1] if lines else f"The app ended with code {made.returncode}")


def _whole(out: Path | None) -> str:
    return str(out.absolute()) if out else ""
