"""The command ``table``: the tables of results and of ingredients in README and docs/, made from
the cards and the runs that were kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from commands import options
from commands.options import FILE, Command
from commands.settings import OPTIONS
from core import checkpoints, homework
from core.checkpoints import results
from core.checkpoints.cards import duration, end_of_curve, processor
from core.checkpoints.files import write_whole
from core.training import ingredients
from core.training.comparison import Compared, compared

MARKS = ("<!-- results -->", "<!-- /results -->")
INGREDIENT_MARKS = ("<!-- ingredients -->", "<!-- /ingredients -->")
COLUMNS = (
    *("network", "parameters", "epochs", "validation accuracy", "homework asks", "time", "seed"),
    *("hardware", "versions"),
)
INGREDIENT_COLUMNS = (
    *("ingredient", "settings", "seeds", "held-out accuracy", "difference, points"),
    "time of an epoch",
)
READING = (
    "After ± stands one standard error. A difference is that of runs with the same seed, averaged: "
    "the recipe has seeds that some ingredients have not, so that it is not that of the two "
    "accuracies. A time is relative to the recipe's on the same GPU. –: the recipe was not trained "
    "for as many epochs or with none of these seeds, or nothing on a GPU."
)


@click.command(cls=Command, short_help="Print the tables of results and ingredients.")
@options.out("Folder with the checkpoints.")
@click.option(
    "--write",
    metavar="FILE",
    type=FILE,
    help=f"Write the tables into FILE, each between its lines, {MARKS[0]} and {MARKS[1]} or "
    f"{INGREDIENT_MARKS[0]} and {INGREDIENT_MARKS[1]}.",
)
def table(out: Path, write: Path | None) -> None:
    """Print the table of results from the cards, and that of the ingredients where they were
    measured.
    """
    if not any(checkpoints.card_path(name, out).is_file() for name in homework.NETWORKS):
        raise click.UsageError(
            f"There is no card in {out}: train a network first, or name the folder with --out."
        )
    tables = {MARKS: result_table(out)}
    if results.path(homework.INGREDIENTS_RESULT, out).is_file():
        tables[INGREDIENT_MARKS] = ingredient_table(out)
    if write is None:
        print("\n\n".join(tables.values()))
    else:
        write_tables(tables, write)


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
    notes = [
        f"- {homework.NETWORKS[card['name']].title}: {why[0].lower()}{why[1:]}"
        for card in cards
        if (why := end_of_curve(card))
    ]
    table = _markdown(COLUMNS, map(_cells, cards))
    return "\n".join([table, "", *notes] if notes else [table])


def _markdown(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    head, *body = ["| " + " | ".join(cells) + " |" for cells in (columns, *rows)]
    return "\n".join([head, "|---" * len(columns) + "|", *body])


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


def ingredient_table(folder: Path) -> str:
    """What each ingredient of the recipe brings, as Markdown tables, one a number of epochs.

    Args:
        folder: where the result is.

    Returns:
        One row per ingredient, by difference; below the tables how they are read and where they
        were computed.

    Raises:
        CheckpointError: the result is missing or damaged.
    """
    runs = results.load(homework.INGREDIENTS_RESULT, folder)["runs"]
    rows: dict[int, list[list[str]]] = {}
    for row in compared(runs, base=ingredients.NAME):
        rows.setdefault(row.epochs, []).append(_ingredient_cells(row))
    tables = [
        f"After {epochs} epochs:\n\n{_markdown(INGREDIENT_COLUMNS, cells)}"
        for epochs, cells in rows.items()
    ]
    machines = dict.fromkeys(map(_machine, runs))
    return "\n\n".join([*tables, READING, f"Computed on {'; '.join(machines)}."])


def _ingredient_cells(row: Compared) -> list[str]:
    gain, time = row.difference, row.relative_time
    return [
        ingredients.title(row.name),
        " ".join(f"`{_option(name, value)}`" for name, value in row.settings.items()) or "–",
        ", ".join(map(str, row.seeds)),
        row.accuracy.percent,
        f"{100 * gain.value:+.2f} ± {100 * gain.error:.2f}" if gain else "–",
        f"{time:.2f}" if time else "–",
    ]


def _option(name: str, value: object) -> str:
    texts = [f"{one:g}" if isinstance(one, float) else str(one) for one in _several(value)]
    text = ",".join(texts)
    return f"{OPTIONS[name]} {text}" if name in OPTIONS else f"--set {name}={text}"


def _several(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _machine(run: Mapping[str, Any]) -> str:
    """Where a run was computed, and with which versions."""
    hardware, versions = run["hardware"], run["versions"]
    where = processor(hardware) if "gpu" in hardware else f"{hardware['cpu']}, {hardware['device']}"
    return f"{where}, {run['precision']}, torch {versions['torch']}, Python {versions['python']}"


def write_tables(tables: Mapping[tuple[str, str], str], path: Path) -> None:
    """Put those tables into a Markdown file that it has lines for, each between its two lines.

    Args:
        tables: the first and the last line to the table between them.
        path: the file, such as README.md.

    Raises:
        click.UsageError: the file cannot be read, has lines for no table, or one of two lines;
            nothing is written.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise click.UsageError(f"--write: {path} cannot be read ({reason}).") from error
    there = {marks: table for marks, table in tables.items() if any(mark in text for mark in marks)}
    for marks, table in (there or tables).items():
        text = _placed(table, marks, text, path)
    write_whole(path, text.encode())


def _placed(table: str, marks: tuple[str, str], text: str, path: Path) -> str:
    begin, end = marks
    between = re.compile(rf"^{begin}$.*?^{end}$", re.MULTILINE | re.DOTALL)
    new, found = between.subn(lambda match: f"{begin}\n{table}\n{end}", text, count=1)
    if not found:
        raise click.UsageError(
            f"--write: {path} does not hold the lines {begin} and {end} for the table to stand "
            "between."
        )
    return new
