"""Train the homework's networks and write their checkpoints.

    python train_all.py mnist           the small CNN on MNIST (about three and a half minutes on two cores)
    python train_all.py table           print the result table from the cards; --write README.md puts it there

A run that was ended goes on where it stopped when the same command is given again.
"""

from __future__ import annotations

import argparse
import re
import shlex
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm

from core import checkpoints, training
from core.datasets import DATA_VARIABLE, ROOT, DatasetError, data_folder, hold_out, load
from core.evaluation import evaluate
from core.training import RECIPES, Computing, Progress, TrainConfig, TrainingError, duration, fit, run_folder

try:
    import fcntl
except ImportError:  # Windows has none
    fcntl = None  # type: ignore[assignment]

RUNS = ROOT / "runs"
NETWORKS = {"mnist": "mnist_cnn"}
SMOKE = {"epochs": 2, "limit": 1_000}
MARKS = ("<!-- results -->", "<!-- /results -->")


class UsageError(Exception):
    """The command line asks for something that cannot be done; the message is one sentence."""


def main(arguments: list[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: the command line without the program's name; None takes the real one.

    Returns:
        The exit code: 0 done, 2 cannot be done (one sentence says why), 130 ended with Ctrl-C.
    """
    options = _parser().parse_args(arguments)
    try:
        if options.command == "table":
            folder = options.out or checkpoints.CHECKPOINTS
            if not any(checkpoints.card_path(name, folder).is_file() for name in checkpoints.KNOWN):
                raise UsageError(f"There is no card in {folder}: train a network first, or name the folder with --out.")
            table = result_table(folder)
            if options.write is None:
                print(table)
            else:
                write_table(table, options.write)
        else:
            _train(NETWORKS[options.command], options)
    except (UsageError, DatasetError, TrainingError, checkpoints.CheckpointError) as error:
        print(f"train_all.py: {error}", file=sys.stderr)
        return 2
    except OSError as error:  # a full disk, a folder without permission
        print(f"train_all.py: A file cannot be read or written ({error}).", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        command = "The same command without --fresh" if getattr(options, "fresh", False) else "The same command"
        print(f"\nEnded. {command} goes on after the last finished epoch.", file=sys.stderr)
        return 130
    return 0


def result_table(folder: Path) -> str:
    """The README's table of results as Markdown, made from the cards alone.

    Args:
        folder: where the checkpoints are.

    Returns:
        One row per trained network.
    """
    rows = [
        "| network | parameters | epochs | validation accuracy | homework asks | time | seed | hardware | versions |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name, known in checkpoints.KNOWN.items():
        if not checkpoints.card_path(name, folder).is_file():
            continue
        card = checkpoints.load_card(name, folder)
        result, hardware, versions = card["result"], card["hardware"], card["versions"]
        asked = known.homework_accuracy
        rows.append(
            f"| {known.title} | {card['parameters']:,} | {result['epochs']} | "
            f"**{result['validation_accuracy']:.2%}** | {f'{asked:.0%}' if asked else '–'} | "
            f"{duration(result['seconds'])} | {card['seed']} | {hardware['cpu']}, {hardware['threads']} threads, "
            f"{hardware['device']}, {card['config']['precision']} | torch {versions['torch']}, "
            f"Python {versions['python']} |"
        )
    return "\n".join(rows)


def write_table(table: str, path: Path) -> None:
    """Put the table of results into a Markdown file, between the lines ``<!-- results -->`` and ``<!-- /results -->``.

    Args:
        table: what ``result_table`` made.
        path: the file, usually README.md.

    Raises:
        UsageError: the file cannot be read, or does not hold the two lines.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise UsageError(f"--write: {path} cannot be read ({reason}).") from error
    begin, end = MARKS
    new, found = re.subn(
        rf"^{begin}$.*?^{end}$", lambda match: f"{begin}\n{table}\n{end}", text, count=1, flags=re.MULTILINE | re.DOTALL
    )
    if not found:
        raise UsageError(f"--write: {path} does not hold the lines {begin} and {end} for the table to stand between.")
    training.write_whole(path, new.encode())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command, name in NETWORKS.items():
        recipe = RECIPES[name]
        sub = commands.add_parser(command, help=f"train: {checkpoints.KNOWN[name].title}")
        add = sub.add_argument
        add("--data-dir", help=f"folder with the data sets (default: ${DATA_VARIABLE}, else data/)")
        add("--no-download", action="store_true", help="never fetch missing data")
        add("--epochs", type=int, help=f"passes over the training images (default {recipe.epochs})")
        add("--seed", type=int, help=f"of weights, order and augmentation (default {recipe.seed})")
        add("--device", choices=("auto", "cpu", "cuda", "mps"), default="auto")
        add("--precision", choices=("auto", "fp32", "bf16", "fp16"), default="auto")
        add("--batch-size", type=int, help=f"images per step (default {recipe.batch_size})")
        add("--lr", type=float, help=f"peak learning rate (default {recipe.learning_rate:g})")
        fitting = [name for name in training.AUGMENTATIONS if name != "crop_flip" or recipe.dataset == "cifar10"]
        add("--augmentation", choices=fitting,
            help=f"random changes of the training images (default {recipe.augmentation})")  # fmt: skip
        add("--held-out", type=int, default=0, metavar="N",
            help="validate on N training images that are not trained on, to choose settings")  # fmt: skip
        add("--out", type=Path, help="folder for the checkpoint (default: checkpoints/; with --smoke or --held-out: "
            "runs/)")  # fmt: skip
        add("--runs-dir", type=Path, default=RUNS, help="folder for the state of running trainings (default: runs/)")
        add("--fresh", action="store_true", help="begin anew instead of going on with a run of the same settings")
        add("--smoke", action="store_true", help="a run of seconds that shows that everything works")
    table = commands.add_parser("table", help="print the README's result table from the cards")
    table.add_argument("--out", type=Path, help="folder with the checkpoints (default: checkpoints/)")
    table.add_argument("--write", type=Path, metavar="FILE",
        help=f"write the table into FILE, between the lines {MARKS[0]} and {MARKS[1]}")  # fmt: skip
    return parser


def _device(wanted: str) -> torch.device:
    available = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if wanted == "auto":
        return torch.device(next(name for name in ("cuda", "mps", "cpu") if available[name]))
    if not available[wanted]:
        raise UsageError(f"--device {wanted}: this computer has no such device; use --device auto.")
    return torch.device(wanted)


def _configuration(name: str, options: argparse.Namespace) -> TrainConfig:
    precision = None if options.precision == "auto" else options.precision
    smoke = SMOKE if options.smoke else {}
    try:
        return training.with_overrides(
            RECIPES[name],
            epochs=smoke.get("epochs") if options.epochs is None else options.epochs,
            limit=smoke.get("limit"),
            seed=options.seed,
            precision=precision,
            batch_size=options.batch_size,
            learning_rate=options.lr,
            augmentation=options.augmentation,
            held_out=options.held_out,
        )
    except ValueError as error:
        raise UsageError(str(error)) from error


def _train(name: str, options: argparse.Namespace) -> None:
    device = _device(options.device)
    config = _configuration(name, options)
    rehearsal = options.smoke or options.held_out
    out = options.out or (options.runs_dir / "rehearsal" if rehearsal else checkpoints.CHECKPOINTS)
    folder = run_folder(name, config, options.runs_dir)
    data = data_folder(options.data_dir)
    train = load(config.dataset, "train", data, download=not options.no_download)
    validation = load(config.dataset, "test", data, download=not options.no_download)
    try:
        if config.held_out:
            train, validation = hold_out(train, config.held_out)
    except ValueError as error:
        raise UsageError(f"--held-out: {error}") from error
    if config.limit:
        train, validation = train.subset(slice(config.limit)), validation.subset(slice(config.limit))
    for path in (out, folder):
        try:
            path.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=path).close()  # a folder that exists may still refuse files
        except OSError as error:
            raise UsageError(f"The folder {path} cannot be written ({error.strerror}): choose another.") from error
    with _locked(folder):
        if options.fresh:
            for file in folder.glob("*.safetensors"):
                file.unlink()
        with _progress_bar(config, len(train)) as show:
            result = fit(
                config, train, validation, computing=Computing(device=device), state_folder=folder, on_progress=show
            )
        model = result.model.cpu()
        evaluation = evaluate(model, validation.images, validation.labels, prepare=training.to_unit)
        card = checkpoints.save(
            name,
            model,
            config,
            result.history,
            evaluation,
            command=shlex.join(["python", *sys.argv]),
            device=device.type,
            epochs_from=folder if name == "mnist_cnn" else None,
            folder=out,
        )
    _print_result(card, out)


@contextmanager
def _progress_bar(config: TrainConfig, images: int) -> Iterator[Callable[[Progress], None]]:
    """A bar over all images of all epochs (so the time left is that of the whole run), and what moves it."""
    total = images * config.epochs
    # With a delay nothing is drawn before the first step, so that a state that cannot be used gives one line.
    with tqdm(total=total, unit=" images", unit_scale=True, dynamic_ncols=True, delay=0.01) as bar:

        def show(progress: Progress) -> None:
            before = (progress.epoch - 1) * images
            if bar.n == 0 and before:  # a run that goes on: the rate counts what is done now
                bar.initial = bar.n = before
            bar.set_description(f"epoch {progress.epoch}/{config.epochs}", refresh=False)
            bar.set_postfix_str(f"loss {progress.loss:.4f}, accuracy {progress.accuracy:.2%}", refresh=False)
            bar.update(before + progress.images - bar.n)
            if progress.record is not None:
                record = progress.record
                bar.write(
                    f"epoch {record.epoch:3d}   train loss {record.train_loss:.4f}  accuracy "
                    f"{record.train_accuracy:.2%}   validation loss {record.validation_loss:.4f}  accuracy "
                    f"{record.validation_accuracy:.2%}   {record.seconds:.1f} s"
                )

        yield show


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Let only one process at a time write a run's state; the lock ends with the process, however it ends."""
    if fcntl is None:
        yield
        return
    with (folder / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise UsageError(
                f"Another process is training this very run in {folder}: wait for it, or end it."
            ) from error
        yield


def _print_result(card: dict[str, Any], out: Path) -> None:
    result, asked = card["result"], card["homework_accuracy"]
    rows = [
        ("network", f"{card['title']}, {card['parameters']:,} parameters"),
        ("epochs", f"{result['epochs']} in {duration(result['seconds'])}"),
        ("validated on", card["validated_on"]),
        ("validation accuracy", f"{result['validation_accuracy']:.2%}"),
        ("homework asks", f"{asked:.0%}" if asked else "no figure"),
        ("validation loss", f"{result['validation_loss']:.4f}"),
        ("weakest class", _weakest(card)),
        ("written to", str(checkpoints.weights_path(card["name"], out))),
    ]
    print("\n".join(f"{label:>20}  {value}" for label, value in rows))


def _weakest(card: dict[str, Any]) -> str:
    accuracy, label = min(zip(card["result"]["per_class_accuracy"], card["classes"]))
    return f"{label} ({accuracy:.2%})"


if __name__ == "__main__":
    sys.exit(main())
