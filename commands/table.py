"""The command ``table``: the README's table of results, made from the cards alone."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import click

from commands import options
from commands.options import FILE, Command
from core import checkpoints, homework
from core.checkpoints.cards import duration, end_of_curve, processor
from core.checkpoints.files import write_whole

MARKS = ("<!-- results -->", "<!-- /results -->")
COLUMNS = (
    *("network", "parameters", "epochs", "validation accuracy", "homework asks", "time", "seed"),
    *("hardware", "versions"),
)


@click.command(cls=Command, short_help="Print the README's result table.")
@options.out("Folder with the checkpoints.")
@click.option(
    "--write",
    metavar="FILE",
    type=FILE,
    help=f"Write the table into FILE, between the lines {MARKS[0]} and {MARKS[1]}.",
)
def table(out: Path, write: Path | None) -> None:
    """Print the README's result table from the cards."""
    if not any(checkpoints.card_path(name, out).is_file() for name in homework.NETWORKS):
        raise click.UsageError(
            f"There is no card in {out}: train a network first, or name the folder with --out."
        )
    if write is None:
        print(result_table(out))
    else:
        write_table(result_table(out), write)


def result_table(folder: Path) -> str:
    """The README's table of results as Markdown.

    Args:
        folder: where the checkpoints are.

    Returns:
        One row per trained network; below them why a curve ends elsewhere.
    """
    cards = [
        checkpoints.load_card(name, folder)
        for name in homework.NETWORKS
        if checkpoints.card_path(name, folder).is_file()
    ]
    head, *body = ["| " + " | ".join(cells) + " |" for cells in (COLUMNS, *map(_cells, cards))]
    notes = [
        f"- {homework.NETWORKS[card['name']].title}: {why[0].lower()}{why[1:]}"
        for card in cards
        if (why := end_of_curve(card))
    ]
    table = [head, "|---" * len(COLUMNS) + "|", *body]
    return "\n".join([*table, "", *notes] if notes else table)


def _cells(card: dict[str, Any]) -> list[str]:
    result, versions = card["result"], card["versions"]
    network = homework.NETWORKS[card["name"]]
    asked = network.homework_accuracy
    return [
        network.title,
        f"{card['parameters']:,}",
        str(result["epochs"]),
        f"**{result['validation_accuracy']:.2%}**",
        f"{asked:.0%}" if asked else "–",
        duration(result["seconds"]),
        str(card["seed"]),
        _hardware(card["hardware"], card["config"]["precision"]),
        f"torch {versions['torch']}, Python {versions['python']}",
    ]


def _hardware(hardware: dict[str, Any], precision: str) -> str:
    if "gpu" in hardware:
        return f"{processor(hardware)}, {precision}"
    threads = f"{hardware['threads']} thread{'s' if hardware['threads'] != 1 else ''}"
    if hardware["processes"] != 1:
        threads = f"{hardware['processes']} processes with {threads} each"
    return f"{processor(hardware)}, {threads}, {hardware['device']}, {precision}"


def write_table(table: str, path: Path) -> None:
    """Put the table of results into a Markdown file, between the lines of ``MARKS``.

    Args:
        table: what ``result_table`` made.
        path: the file, usually README.md.

    Raises:
        click.UsageError: the file cannot be read, or does not hold the two lines.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise click.UsageError(f"--write: {path} cannot be read ({reason}).") from error
    begin, end = MARKS
    between = re.compile(rf"^{begin}$.*?^{end}$", re.MULTILINE | re.DOTALL)
    new, found = between.subn(lambda match: f"{begin}\n{table}\n{end}", text, count=1)
    if not found:
        raise click.UsageError(
            f"--write: {path} does not hold the lines {begin} and {end} for the table to stand "
            "between."
        )
    write_whole(path, new.encode())
