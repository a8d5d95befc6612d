"""The command ``site``: writes the chapters that need no training as a folder for any web host."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click

from commands import options
from commands.folders import check_writable
from commands.options import Command
from core.data.facts import ROOT
from core.failures import Failure

SITE = Path("site")


@click.command(cls=Command, short_help="Write the chapters as a folder for any web host.")
@options.folder("--out", SITE, "Folder for the site.")
def site(out: Path) -> None:
    """Write the chapters that need no training as a folder of pages.

    Digits are drawn, classified and attacked in the visitor's browser: no server computes anything.
    Any web host serves the folder, and its pages open by a double click as well.
    """
    check_writable(out=out)
    command = [sys.executable, "-m", "app.twin.build", "--out", str(out.absolute())]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8")
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["it ended without a word"]
        raise Failure(f"The site was not written as it should be: {lines[-1]}")
    files = [path for path in out.rglob("*") if path.is_file()]
    size = sum(path.stat().st_size for path in files) / 1e6
    print(f"{len(files)} files, {size:.1f} MB, written to {out}: open {out / 'index.html'}")
