"""The command ``page``: a page of the app as one file that opens without a server."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import click

from commands import options
from commands.options import Command
from core.data.facts import ROOT
from core.failures import Failure


@click.command(cls=Command, short_help="Write a page of the app as a file that opens by itself.")
@click.argument("link", metavar="[LINK]", required=False)
@click.option(
    "--out",
    cls=options.Option,
    type=options.EITHER,
    metavar="FILE",
    show_default="named after the LINK; pages/ without one",
    help="File for the page; without a LINK the folder.",
)
def page(link: str | None, out: Path | None) -> None:
    """Write the page that a LINK opens, such as "attack?view=Live", as one HTML file.

    It opens from the disk, without a server and a network. Without a LINK every view is written.
    """
    chosen = [] if out is None else ["--out", str(out.absolute())]
    # The app is a program of its own: no command imports it.
    made = subprocess.run(
        [sys.executable, "-m", "app.export", *chosen, "--", *filter(None, [link])],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if made.returncode:
        lines = made.stderr.strip().splitlines()
        raise Failure(lines[-1] if lines else f"The app ended with code {made.returncode}")
