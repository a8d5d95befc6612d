"""The command ``report``: the homework's report, from cards, networks and bundled pictures."""

from __future__ import annotations

from pathlib import Path

import click

from commands import options
from commands.folders import check_checkpoints, check_writable, make_folders
from commands.options import Command
from commands.progress import Counted, counting_bar
from core.report import document, pages


@click.command(cls=Command, short_help="Write the homework's report as one PDF.")
@options.out("Folder with the checkpoints.")
@options.report_dir("Folder for the report.")
def report(out: Path, report_dir: Path) -> None:
    """Write the homework's report as one PDF, from what was measured."""
    check_writable(report_dir=report_dir)
    check_checkpoints(out)
    path = report_dir / "report.pdf"
    with counting_bar(" pages") as progress:
        found = pages.pages(out)
        make_folders(report_dir=report_dir)
        document.write_pdf(path, Counted(found, progress))
    print(f"written to {path}")
