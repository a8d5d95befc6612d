"""Five epochs of the small CNN on MNIST: `python -m benchmarks.five_epochs`.

The recipe that ships against the faster one of docs/training.md, each as `train_all.py mnist` with
the seeds 0, 1, ... Both take turns, in a process of their own and from the start. The table has the
mean accuracy on the 10,000 test images, which the homework validates on, with its standard error
over the seeds; the seconds of the five epochs with their validations; and their ratio, faster /
shipped, as the median of the turns and in brackets the least and the greatest.
"""

from __future__ import annotations

import argparse
import json
import math
import platform
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from core.data.facts import ROOT, data_folder

SHIPPED, FASTER = "the recipe that ships", "the faster one"
RECIPES: dict[str, tuple[str, ...]] = {
    SHIPPED: (),
    FASTER: (
        *("--batch-size", "256", "--lr", "0.03", "--set", "average=0.97"),
        *("--augmentation", "shift"),
    ),
}


@dataclass(frozen=True)
class Trained:
    """A training's end: the share of test images that are classified right, and its seconds."""

    accuracy: float
    seconds: float


def train(options: Sequence[str], seed: int, folder: Path) -> Trained:
    """One training as a user calls it; its error message ends this program."""
    command = [sys.executable, str(ROOT / "train_all.py"), "mnist", "--no-download", "--fresh"]
    with tempfile.TemporaryDirectory() as kept:
        places = ("--data-dir", str(folder), "--out", kept, "--runs-dir", kept)
        settings = ("--epochs", "5", "--seed", str(seed), *options)
        done = subprocess.run(
            [*command, *places, *settings], cwd=ROOT, capture_output=True, text=True, check=False
        )
        if done.returncode:
            sys.exit(done.stderr)
        result = json.loads((Path(kept) / "mnist_cnn.json").read_text("utf-8"))["result"]
    return Trained(result["validation_accuracy"], result["seconds"])


def rows(found: Mapping[str, Sequence[Trained]]) -> list[str]:
    """The table's lines: one for each recipe, whose trainings have the same seeds in one order."""
    lines = []
    for name, trained in found.items():
        accuracies = [one.accuracy for one in trained]
        spread = statistics.stdev(accuracies) / math.sqrt(len(accuracies))
        times = [one.seconds for one in trained]
        ratios = [own / other.seconds for own, other in zip(times, found[SHIPPED], strict=True)]
        ratio = f"{statistics.median(ratios):.2f} [{min(ratios):.2f}-{max(ratios):.2f}]"
        mean = f"{statistics.mean(accuracies):.2%} ± {spread:.2%}"
        lines.append(f"{name:<24}{mean:>18}{min(times):>7.1f} to {max(times):.1f} s{ratio:>20}")
    return lines


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="five epochs of the small CNN on MNIST")
    parser.add_argument("--data-dir", help="folder with the data sets (default: $CNN_DATA, data/)")
    parser.add_argument("--seeds", type=int, default=5, help="how many, from 2 (default: 5)")
    options = parser.parse_args()
    if options.seeds < 2:
        parser.error(f"Expected --seeds from 2, got {options.seeds}.")
    folder = data_folder(options.data_dir)
    found: dict[str, list[Trained]] = {name: [] for name in RECIPES}
    for seed in range(options.seeds):
        for name, settings in RECIPES.items():
            found[name].append(train(settings, seed, folder))
    print(
        f"torch {torch.__version__}, {platform.machine()}, {torch.get_num_threads()} threads, "
        f"Python {platform.python_version()}, {options.seeds} seeds"
    )
    print(f"{'five epochs':<24}{'accuracy':>18}{'time':>17}{'ratio':>20}")
    print("\n".join(rows(found)))


if __name__ == "__main__":
    main()
