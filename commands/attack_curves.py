"""The command ``attack-curves``: how often attacks on models A, B and M succeed."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from commands import options
from commands.folders import check_download, check_writable, make_folders
from commands.options import Command, typed_command
from commands.progress import counting_bar
from core import checkpoints, homework
from core.checkpoints import Checkpoint, results
from core.data.facts import LabelledImages, data_folder
from core.report import measurements
from core.training.parallel import threads


@click.command(cls=Command, short_help="Measure how often attacks on models A, B and M succeed.")
@options.number("--images", 10_000, "Test images to attack, the first ones", low=1, high=10_000)
@options.data_dir
@options.no_download
@options.out("Folder with the networks, and for the result.")
@options.runs_dir("Folder for the finished parts.", follows_out=True)
def attack_curves(
    images: int, data_dir: Path | None, no_download: bool, out: Path, runs_dir: Path
) -> None:
    """Measure how often attacks on models A, B and M succeed, at every epsilon of the homework."""
    check_writable(out=out, runs_dir=runs_dir)
    loaded = {network: checkpoints.load(name, out) for network, name in homework.ATTACKED.items()}
    if not no_download:
        check_download("mnist", data_folder(data_dir))
    make_folders(out=out, runs_dir=runs_dir)
    with threads(1):
        test, title = measurements.test_images(
            "mnist", data_folder(data_dir), images, download=not no_download
        )
        card = measure(loaded, test, title, out, runs_dir)
    ones = int((test.labels == homework.SOURCE).sum())
    _print(card, ones, f"{results.path(homework.ATTACK_RESULT, out)}, finished parts in {runs_dir}")


def measure(
    loaded: Mapping[str, Checkpoint], test: LabelledImages, title: str, out: Path, runs: Path
) -> dict[str, Any]:
    """Attack the images on every network, and write the result.

    Args:
        loaded: name of each trained network to its checkpoint.
        test: the images.
        title: what a card calls them.
        out: folder for the result.
        runs: folder for the finished parts.

    Returns:
        What was written.
    """
    samples, _ = measurements.bundled_images("mnist", sys.maxsize)
    with counting_bar(" rates") as report:
        content = measurements.measure_attacks(
            loaded,
            test,
            homework.EPSILONS,
            validated_on=title,
            samples=samples,
            runs=runs,
            on_progress=report,
        )
    return results.save(
        homework.ATTACK_RESULT,
        content,
        command=typed_command(),
        seconds=content["seconds"],
        seed=0,
        device="cpu",
        folder=out,
    )


def _print(card: dict[str, Any], ones: int, where: str) -> None:
    print(f"success of {homework.THIRD} over the {ones:,} ones:")
    for row in card["rates"]:
        is_asked = row["epsilon"] in homework.BONUS_EPSILONS and row["model"] in homework.ATTACKED
        if row["attack"] == homework.THIRD and is_asked:
            share = 100 * row["successes"] / row["inputs"]
            print(f"    epsilon {row['epsilon']:2.0f}, model {row['model']}: {share:.2f} %")
    print(f"written to {where}")
