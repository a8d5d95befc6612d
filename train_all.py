"""Train the homework's networks and write their checkpoints.

    python train_all.py mnist           the small CNN on MNIST (about three and a half minutes on
    two cores) python train_all.py resnet          the ResNet on CIFAR-10 (hours on two cores,
    minutes on a GPU) python train_all.py resnet --plain  the same network as a student trains it,
    Adam at a fixed rate; a card alone python train_all.py cam             put the ResNet's class
    activation maps to the test; draw the homework's pictures python train_all.py data mnist
    fetch a data set, if it is not there python train_all.py table           print the result table
    from the cards; --write README.md puts it there

A run that was ended goes on where it stopped when the same command is given again. On a machine
with several GPUs:

    torchrun --nproc-per-node GPUS train_all.py resnet
"""

from __future__ import annotations

import argparse
import ast
import inspect
import json
import math
import re
import shlex
import shutil
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, fields
from functools import partial
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm

from core import attacks, cam, checkpoints, faithfulness, robustness
from core.checkpoints import results
from core.checkpoints.cards import duration
from core.checkpoints.files import write_whole
from core.data.download import fetch, is_present
from core.data.facts import (
    DATA_VARIABLE,
    DATASETS,
    ROOT,
    DatasetError,
    LabelledImages,
    Part,
    data_folder,
    facts,
)
from core.data.load import hold_out, load
from core.data.samples import load_samples
from core.evaluation import evaluate
from core.models import Saturated, bounds_of, to_input
from core.report import figures, pages
from core.training import parallel
from core.training.computing import automatic_precision, fastest_computing
from core.training.config import (
    AUGMENTATIONS,
    AUTOCAST,
    Progress,
    TrainConfig,
    TrainingError,
    with_overrides,
)
from core.training.loop import fit
from core.training.recipes import RECIPES
from core.training.resume import run_folder, state_bytes

try:
    import fcntl
    import resource
except ImportError:  # Windows has neither
    fcntl = resource = None  # type: ignore[assignment]

RUNS = ROOT / "runs"
CAM_FILES = ("cam_rows.png", "cam_interpolations.png")
PARTS: tuple[Part, Part] = ("train", "test")
NETWORKS = {
    "mnist": ("mnist_cnn",),
    "resnet": ("cifar10_resnet",),
    "attack-models": ("mnist_model_a", "mnist_model_b"),
}
PLAIN = {"resnet": "cifar10_resnet_plain"}  # what --plain trains instead
SMOKE = {"epochs": 2, "limit": 1_000}
# Settings with an option of their own, or not to be chosen; --set has the others.
OPTIONS = {
    "model",
    "dataset",
    "epochs",
    "batch_size",
    "learning_rate",
    "augmentation",
    "held_out",
    "limit",
    "precision",
    "seed",
}
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
                raise UsageError(
                    f"There is no card in {folder}: train a network first, or name the folder "
                    "with --out."
                )
            table = result_table(folder)
            if options.write is None:
                print(table)
            else:
                write_table(table, options.write)
        elif options.command == "data":
            _fetch(options)
        elif options.command == "cam":
            _cam(options)
        elif options.command == "report":
            _report(options)
        elif options.command == "attack-curves":
            with _one_thread():
                _attack_curves(options)
        else:
            plain = getattr(options, "plain", False)
            command = [
                sys.executable,
                __file__,
                *(sys.argv[1:] if arguments is None else arguments),
            ]
            for name in (
                (PLAIN[options.command],)
                if plain
                else getattr(options, "only", None) or NETWORKS[options.command]
            ):
                _train(name, options, command if plain else [*command, "--only", name])
    except (
        UsageError,
        DatasetError,
        TrainingError,
        parallel.ProcessesError,
        checkpoints.CheckpointError,
    ) as error:
        _complain(f"train_all.py: {error}")
        return 2
    except OSError as error:  # a full disk, a folder without permission
        _complain(f"train_all.py: A file cannot be read or written ({error}).")
        return 2
    except KeyboardInterrupt:
        again = (
            "The same command without --fresh"
            if getattr(options, "fresh", False)
            else "The same command"
        )
        _complain(f"\nEnded. {again} goes on after the last finished epoch.")
        return 130
    return 0


def _complain(sentence: str) -> None:
    if not (parallel.is_torchrun() and parallel.is_helper()):  # of torchrun's processes one speaks
        print(sentence, file=sys.stderr)


def result_table(folder: Path) -> str:
    """The README's table of results as Markdown, made from the cards alone.

    Args:
        folder: where the checkpoints are.

    Returns:
        One row per trained network.
    """
    rows = [
        "| network | parameters | epochs | validation accuracy | homework asks | time | seed | "
        "hardware | versions |",
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
            f"{duration(result['seconds'])} | {card['seed']} | {hardware['cpu']}, "
            f"{_workers(hardware)}, "
            f"{hardware['device']}, {card['config']['precision']} | torch {versions['torch']}, "
            f"Python {versions['python']} |"
        )
    return "\n".join(rows)


def _workers(hardware: dict[str, Any]) -> str:
    threads = f"{hardware['threads']} thread{'s' if hardware['threads'] != 1 else ''}"
    return (
        threads
        if hardware["processes"] == 1
        else f"{hardware['processes']} processes with {threads} each"
    )


def write_table(table: str, path: Path) -> None:
    """Put the table of results into a Markdown file, between the lines ``<!-- results -->`` and
    ``<!-- /results -->``.

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
        rf"^{begin}$.*?^{end}$",
        lambda match: f"{begin}\n{table}\n{end}",
        text,
        count=1,
        flags=re.MULTILINE | re.DOTALL,
    )
    if not found:
        raise UsageError(
            f"--write: {path} does not hold the lines {begin} and {end} for the table to stand "
            "between."
        )
    write_whole(path, new.encode())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command, names in NETWORKS.items():
        recipe, plain = RECIPES[names[0]], RECIPES.get(PLAIN.get(command, ""))
        sub = commands.add_parser(
            command,
            help=f"train: {'; '.join(checkpoints.KNOWN[name].title for name in names)}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
            epilog=_settings_help(recipe),
        )
        add = sub.add_argument
        add(
            "--only",
            action="append",
            choices=names,
            help=argparse.SUPPRESS if len(names) == 1 else "train this one",
        )
        if plain is not None:
            add(
                "--plain",
                action="store_true",
                help=f"as a student trains it: Adam at a fixed rate of {plain.learning_rate:g}, "
                f"{plain.epochs} epochs; "
                "keeps the card alone",
            )
        add("--data-dir", help=f"folder with the data sets (default: ${DATA_VARIABLE}, else data/)")
        add("--no-download", action="store_true", help="never fetch missing data")
        add("--epochs", type=int, help=f"passes over the training images (default {recipe.epochs})")
        add("--seed", type=int, help=f"of weights, order and augmentation (default {recipe.seed})")
        add(
            "--device",
            choices=("auto", "cpu", "cuda", "mps"),
            default="auto",
            help="auto: a GPU where there is one",
        )
        add(
            "--precision",
            choices=("auto", "fp32", "bf16", "fp16"),
            default="auto",
            help="auto: half where the device computes with it and the network is large enough "
            "to gain",
        )
        add(
            "--processes",
            type=int,
            metavar="N",
            help="processes that share each batch (default: 2 for the ResNet on a processor, "
            "else 1)",
        )
        add("--batch-size", type=int, help=f"images per step (default {recipe.batch_size})")
        add("--lr", type=float, help=f"peak learning rate (default {recipe.learning_rate:g})")
        fitting = [
            name for name in AUGMENTATIONS if name != "crop_flip" or recipe.dataset == "cifar10"
        ]
        add(
            "--augmentation",
            choices=fitting,
            help=f"random changes of the training images (default {recipe.augmentation})",
        )
        add(
            "--set",
            action="append",
            default=[],
            metavar="NAME=VALUE",
            dest="settings",
            help="another setting, such as average=0.99; may be repeated; see below",
        )
        add(
            "--held-out",
            type=int,
            default=0,
            metavar="N",
            help="validate on N training images that are not trained on, to choose settings",
        )
        add(
            "--out",
            type=Path,
            help="folder for the checkpoint (default: checkpoints/; with --smoke, --limit or "
            "--held-out: runs/)",
        )
        add(
            "--runs-dir",
            type=Path,
            default=RUNS,
            help="folder for the state of running trainings (default: runs/)",
        )
        add(
            "--limit",
            type=int,
            default=0,
            metavar="N",
            help="use only the first N training and N test images",
        )
        add(
            "--json",
            action="store_true",
            help="print the progress as JSON, an object a line, for a program to read",
        )
        add(
            "--fresh",
            action="store_true",
            help="begin anew instead of going on with a run of the same settings",
        )
        add(
            "--smoke", action="store_true", help="a run of seconds that shows that everything works"
        )
    maps = commands.add_parser(
        "cam",
        help="put the ResNet's class activation maps to the test, and draw the "
        "homework's pictures of them",
    )
    maps.add_argument(
        "--data-dir", help=f"folder with the data sets (default: ${DATA_VARIABLE}, else data/)"
    )
    maps.add_argument(
        "--no-download",
        action="store_true",
        help="never fetch missing data: without them the bundled pictures are taken",
    )
    maps.add_argument(
        "--pictures",
        type=int,
        default=10_000,
        metavar="N",
        help="test pictures to delete and insert pixels of, the first N (default: all)",
    )
    maps.add_argument(
        "--draws",
        type=int,
        default=3,
        metavar="N",
        help="random rankings of each kind for each picture (default 3)",
    )
    maps.add_argument(
        "--method",
        choices=cam.METHODS,
        default="bilinear",
        help="of the upsampling (default bilinear)",
    )
    maps.add_argument(
        "--alpha",
        type=float,
        default=0.5,
        help="opacity of the map in the drawn blends (default 0.5)",
    )
    maps.add_argument("--seed", type=int, default=0, help="of the random rankings (default 0)")
    maps.add_argument("--device", choices=("auto", "cpu", "cuda", "mps"), default="auto")
    maps.add_argument("--precision", choices=("auto", "fp32", "bf16", "fp16"), default="auto")
    maps.add_argument(
        "--out",
        type=Path,
        default=checkpoints.CHECKPOINTS,
        help="folder with the network, and for the result (default: checkpoints/)",
    )
    maps.add_argument(
        "--report-dir",
        type=Path,
        default=ROOT / "report",
        help="folder for the drawn pictures (default: report/)",
    )
    maps.add_argument(
        "--runs-dir", type=Path, default=RUNS, help="folder for the finished parts (default: runs/)"
    )
    curves = commands.add_parser(
        "attack-curves", help="measure how often attacks on models A, B and M succeed"
    )
    curves.add_argument(
        "--data-dir", help=f"folder with the data sets (default: ${DATA_VARIABLE}, else data/)"
    )
    curves.add_argument("--no-download", action="store_true", help="never fetch missing data")
    curves.add_argument(
        "--images",
        type=int,
        default=10_000,
        metavar="N",
        help="test images, the first N (default: all)",
    )
    curves.add_argument(
        "--out",
        type=Path,
        default=checkpoints.CHECKPOINTS,
        help="folder with the networks, and for the result (default: checkpoints/)",
    )
    curves.add_argument(
        "--runs-dir", type=Path, default=RUNS, help="folder for the finished parts (default: runs/)"
    )
    written = commands.add_parser(
        "report", help="write the homework's report as one PDF, from what was measured"
    )
    written.add_argument(
        "--out",
        type=Path,
        default=checkpoints.CHECKPOINTS,
        help="folder with the checkpoints (default: checkpoints/)",
    )
    written.add_argument(
        "--report-dir", type=Path, default=ROOT / "report", help="folder for it (default: report/)"
    )
    data = commands.add_parser("data", help="fetch a data set, if it is not there")
    data.add_argument("name", choices=tuple(DATASETS))
    data.add_argument(
        "--data-dir", help=f"folder with the data sets (default: ${DATA_VARIABLE}, else data/)"
    )
    data.add_argument(
        "--json", action="store_true", help="print the progress as JSON, an object a line"
    )
    table = commands.add_parser("table", help="print the README's result table from the cards")
    table.add_argument(
        "--out", type=Path, help="folder with the checkpoints (default: checkpoints/)"
    )
    table.add_argument(
        "--write",
        type=Path,
        metavar="FILE",
        help=f"write the table into FILE, between the lines {MARKS[0]} and {MARKS[1]}",
    )
    return parser


def _device(wanted: str) -> torch.device:
    available = {
        "cpu": True,
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
    }
    if wanted == "auto":
        return torch.device(next(name for name in ("cuda", "mps", "cpu") if available[name]))
    if not available[wanted]:
        raise UsageError(f"--device {wanted}: this computer has no such device; use --device auto.")
    return torch.device(wanted)


def _settings_help(recipe: TrainConfig) -> str:
    """What --set takes: each setting with the recipe's value, in the words of ``TrainConfig``'s
    docstring.
    """
    words = (
        (inspect.getdoc(TrainConfig) or "")
        .partition("Attributes:\n")[2]
        .replace("``", "")
        .replace("%", "%%")
    )
    lines = ["settings of --set, with the recipe's value:"]
    for name, text in re.findall(r"^    (\w+): (.+(?:\n {5,}.+)*)", words, re.MULTILINE):
        if name not in OPTIONS:
            line = f"{name}={getattr(recipe, name)}: {' '.join(text.split())}"
            lines += textwrap.wrap(line, 100, initial_indent="  ", subsequent_indent="      ")
    return "\n".join(lines)


def _configuration(name: str, options: argparse.Namespace, device: torch.device) -> TrainConfig:
    recipe = RECIPES[name]
    precision = (
        automatic_precision(recipe, device) if options.precision == "auto" else options.precision
    )
    smoke = SMOKE if options.smoke else {}
    try:
        return with_overrides(
            recipe,
            epochs=smoke.get("epochs") if options.epochs is None else options.epochs,
            limit=options.limit or smoke.get("limit"),
            seed=options.seed,
            precision=precision,
            batch_size=options.batch_size,
            learning_rate=options.lr,
            augmentation=options.augmentation,
            held_out=options.held_out,
            **dict(map(_setting, options.settings)),
        )
    except (TypeError, ValueError) as error:
        raise UsageError(str(error)) from error


def _setting(text: str) -> tuple[str, Any]:
    """The name and the value of one ``--set NAME=VALUE``."""
    name, _, value = text.partition("=")
    known = {
        field.name: field.default for field in fields(TrainConfig) if field.name not in OPTIONS
    }
    if name not in known:
        raise UsageError(
            f"--set {text}: expected NAME=VALUE with NAME one of {', '.join(sorted(known))}."
        )
    try:
        read = ast.literal_eval(value)
    except (SyntaxError, ValueError):
        read = value  # a word
    return name, float(read) if type(read) is int and isinstance(known[name], float) else read


def _processes(config: TrainConfig, options: argparse.Namespace, device: torch.device) -> int:
    """How many processes train together: as asked, or two on a processor, where two torch threads
    wait too much.
    """
    if options.processes is None:
        wide = config.channels_last and device.type == "cpu" and sys.platform != "win32"
        return 2 if wide and parallel.cores() > 1 else 1
    most = min(config.batch_size, parallel.cores()) if device.type == "cpu" else 1
    if not 1 <= options.processes <= most:
        raise UsageError(
            f"--processes {options.processes}: expected a number from 1 to {most}"
            + (
                " (several GPUs are used with torchrun)."
                if device.type != "cpu"
                else " (the cores of this computer)."
            )
        )
    return int(options.processes)


def _train(name: str, options: argparse.Namespace, command: list[str]) -> None:
    device = _device(options.device)
    config = _configuration(name, options, device)
    processes = _processes(config, options, device)
    known = checkpoints.KNOWN[name]
    rehearsal = options.smoke or options.limit or options.held_out
    out = options.out or (options.runs_dir / "rehearsal" if rehearsal else checkpoints.CHECKPOINTS)
    folder = run_folder(name, config, options.runs_dir)
    kept = known.epochs or ()
    speaks = not parallel.is_helper()
    if speaks:
        train, validation = _images(config, options, download=not options.no_download)
        _check_folders(out, folder, state_bytes(config, kept))
    with _locked(folder) if speaks else nullcontext():
        if options.fresh and speaks:
            for file in folder.glob("*.safetensors"):
                file.unlink()
        with parallel.together(processes, command):
            parallel.wait_for_all()  # until the data are there, and --fresh has begun anew
            if not speaks:
                train, validation = _images(config, options, download=False)
            shown = _progress_lines() if options.json else _progress_bar(config, len(train))
            with shown if speaks else nullcontext() as show:
                result = fit(
                    config,
                    train,
                    validation,
                    computing=fastest_computing(config, device),
                    state_folder=folder,
                    epoch_tensors=kept,
                    on_progress=show,
                )
            processes, memory = parallel.world_size(), _peak_memory(device)
        if not speaks:
            return
        model = checkpoints.as_stored(result.model, config, known.weights)
        evaluation = evaluate(
            model, validation.images, validation.labels, prepare=partial(to_input, model)
        )
        card = checkpoints.save(
            name,
            model,
            config,
            result.history,
            evaluation,
            command=shlex.join(["python", *sys.argv]),
            device=device.type,
            processes=processes,
            weights=known.weights,
            epochs_from=None if known.epochs is None else folder,
            folder=out,
        )
    if options.json:
        told = card["result"]
        _say(
            event="result",
            accuracy=told["validation_accuracy"],
            seconds=told["seconds"],
            peak_memory=memory,
        )
        return
    if result.resumed_from == config.epochs:
        print(f"All {config.epochs} epochs had been trained before; --fresh begins anew.")
    _print_result(card, out, memory)


def _cam(options: argparse.Namespace) -> None:
    """The command ``cam``: the pictures first, which take a second, then the measurement."""
    name, result = "cifar10_resnet", "cifar10_resnet_cam"
    if options.draws < 1 or not 0 <= options.alpha <= 1 or options.pictures < 1:
        raise UsageError(
            "Expected --draws and --pictures of at least 1 and --alpha from 0 to 1, got "
            f"{options.draws}, "
            f"{options.pictures} and {options.alpha:g}."
        )
    loaded = checkpoints.load(name, options.out)
    config = TrainConfig.from_dict(loaded.card["config"])
    device = _device(options.device)
    precision = (
        automatic_precision(config, device) if options.precision == "auto" else options.precision
    )
    for folder in (options.out, options.report_dir, options.runs_dir):
        _check_folders(folder, folder, 0)
    for figure, file in zip(pages.cam_figures(loaded, options.method, options.alpha), CAM_FILES):
        figure.savefig(options.report_dir / file, dpi=150, metadata={"Software": None})
    data = data_folder(options.data_dir)
    if options.no_download and not is_present(config.dataset, data):
        test = load_samples(config.dataset).images
        validated_on = "the bundled pictures"
    else:
        test = load(config.dataset, "test", data, download=not options.no_download).images
        validated_on = "the test images"
    images = test[: options.pictures]
    if len(images) < len(test):
        validated_on = f"the first {len(images):,} of {validated_on}"
    model = loaded.model.to(device=device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    fill = torch.tensor(facts(config.dataset).mean, device=device)
    started = time.perf_counter()

    def measure(part: slice) -> dict[str, dict[str, list[list[float]]]]:
        batch = to_input(model, images[part].to(device)).contiguous(
            memory_format=torch.channels_last
        )
        labels = cam.class_activation_maps(model, batch).logits.argmax(
            1
        )  # what the network sees in them
        with torch.autocast(device.type, AUTOCAST.get(precision), enabled=precision in AUTOCAST):
            return {
                kind: {
                    ranking: curves.tolist()
                    for ranking, curves in faithfulness.compare(
                        model,
                        batch,
                        labels,
                        fill=fill,
                        method=options.method,
                        insert=kind == "insertion",
                        draws=(options.draws, options.draws),
                        seed=options.seed,
                    ).items()
                }
                for kind in ("deletion", "insertion")
            }

    settings = {
        "method": options.method,
        "draws": options.draws,
        "precision": precision,
        "network": loaded.card["weights"]["sha256"],
        "validated_on": validated_on,
    }
    parts = results.in_parts(
        len(images),
        100,
        measure,
        settings=settings | {"seed": options.seed},
        name="cam",
        runs=options.runs_dir,
    )
    sums = {kind: dict.fromkeys(faithfulness.RANKINGS, 0.0) for kind in ("deletion", "insertion")}
    with tqdm(total=len(images), unit=" pictures", dynamic_ncols=True) as bar:
        for part, found in parts:
            for kind, curves in found.items():
                for ranking, rows in curves.items():
                    sums[kind][ranking] = sums[kind][ranking] + torch.tensor(rows).double().sum(0)
            bar.update(part.stop - part.start)
    curves = {
        kind: {ranking: (total / len(images)).tolist() for ranking, total in rankings.items()}
        for kind, rankings in sums.items()
    }
    card = results.save(
        result,
        settings | curves | {"pictures": len(images), "shares": list(faithfulness.SHARES)},
        command=shlex.join(["python", *sys.argv]),
        seconds=time.perf_counter() - started,
        seed=options.seed,
        device=device.type,
        folder=options.out,
    )
    for kind in ("deletion", "insertion"):
        print(f"{kind} on {validated_on} ({len(images):,})")
        for ranking, area in faithfulness.areas(card[kind]).items():
            print(f"    area between {faithfulness.RANKINGS[0]} and {ranking}: {area:+.4f}")
    print(f"written to {results.path(result, options.out)}, pictures in {options.report_dir}")


@contextmanager
def _one_thread() -> Iterator[None]:
    """Inside the block torch computes with one thread: in networks this small two wait for each
    other.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _attack_curves(options: argparse.Namespace) -> None:
    """The command ``attack-curves``: every attack on every network at every epsilon, each a part
    that is kept.
    """
    if options.images < 1:
        raise UsageError(f"Expected --images of at least 1, got {options.images}.")
    for folder in (options.out, options.runs_dir):
        _check_folders(folder, folder, 0)
    loaded = {
        letter: checkpoints.load(f"mnist_model_{letter.lower()}", options.out) for letter in "AB"
    }
    models = {letter: one.model.requires_grad_(False) for letter, one in loaded.items()}
    models["M"] = Saturated(models["A"])
    bounds = bounds_of(models["A"])
    test = load("mnist", "test", data_folder(options.data_dir), download=not options.no_download)
    test = test.subset(slice(options.images))
    images, labels = to_input(models["A"], test.images), test.labels
    work: list[tuple[str, ...]] = [
        (name, model, str(epsilon))
        for name in robustness.EVALUATED
        for model in models
        for epsilon in robustness.EPSILONS
    ]
    work += [
        ("transfer", pair, str(epsilon)) for pair in ("AB", "BA") for epsilon in robustness.EPSILONS
    ]
    work += [("breaking", model, "") for model in models]
    started = time.perf_counter()

    def measure(part: slice) -> Any:  # noqa: ANN401 - what JSON holds
        kind, which, epsilon = work[part.start]
        if kind == "transfer":
            return robustness.transfer_rate(
                models[which[0]], models[which[1]], images, labels, float(epsilon), bounds
            )
        if kind == "breaking":
            samples = load_samples("mnist")
            broken = attacks.breaking_epsilons(
                models[which],
                to_input(models[which], samples.images),
                samples.labels,
                bounds=bounds,
            )
            return [epsilon if math.isfinite(epsilon) else None for epsilon in broken.tolist()]
        return asdict(
            robustness.rate(kind, which, models[which], images, labels, float(epsilon), bounds)
        )

    settings = {
        "networks": {letter: one.card["weights"]["sha256"] for letter, one in loaded.items()},
        "validated_on": "the test images"
        if len(images) == facts("mnist").test_images
        else f"the first {len(images):,} of the test images",
        "images": len(images),
        "epsilons": list(robustness.EPSILONS),
    }
    found = {"rates": [], "transfer": {"AB": [], "BA": []}, "breaking": {}}  # type: dict[str, Any]
    parts = results.in_parts(
        len(work),
        1,
        measure,
        settings=settings | {"work": work},
        name="attacks",
        runs=options.runs_dir,
    )
    for (kind, which, _), (_, measured) in zip(
        work, tqdm(parts, total=len(work), unit=" rates", dynamic_ncols=True)
    ):
        if kind == "transfer":
            found["transfer"][which].append(measured)
        elif kind == "breaking":
            found["breaking"][which] = measured
        else:
            found["rates"].append(measured)
    results.save(
        "mnist_attacks",
        settings | found,
        command=shlex.join(["python", *sys.argv]),
        seconds=time.perf_counter() - started,
        seed=0,
        device="cpu",
        folder=options.out,
    )
    print(
        f"success of {robustness.THIRD} over the {int((labels == robustness.SOURCE).sum()):,} ones:"
    )
    for row in found["rates"]:
        if (
            row["attack"] == robustness.THIRD
            and row["epsilon"] in (8, 16)
            and row["model"] in loaded
        ):
            share = 100 * row["successes"] / row["inputs"]
            print(f"    epsilon {row['epsilon']:2.0f}, model {row['model']}: {share:.2f} %")
    print(f"written to {results.path('mnist_attacks', options.out)}")


def _report(options: argparse.Namespace) -> None:
    """The command ``report``: everything comes from the cards, the networks and the bundled
    pictures.
    """
    _check_folders(options.report_dir, options.report_dir, 0)
    path = options.report_dir / "report.pdf"
    figures.write_pdf(path, pages.pages(options.out))
    print(f"written to {path}")


def _fetch(options: argparse.Namespace) -> None:
    """The command ``data``; torchvision draws the bar."""
    folder, known = data_folder(options.data_dir), facts(options.name)

    def show(done: int) -> None:
        _say(event="bytes", done=done, total=known.download_bytes)

    fetch(known.name, folder, on_bytes=show if options.json else None)
    if options.json:
        _say(event="result", folder=str(folder))
    else:
        print(f"{known.title} is in {folder}.")


def _say(**event: object) -> None:
    print(json.dumps(event), flush=True)


@contextmanager
def _progress_lines() -> Iterator[Callable[[Progress], None]]:
    """What tells a program about every epoch, and five times a second about the steps."""
    told = 0.0

    def show(progress: Progress) -> None:
        nonlocal told
        if progress.record is not None:
            _say(event="epoch", **asdict(progress.record))
        elif time.monotonic() - told > 0.2:
            told = time.monotonic()
            _say(
                event="step",
                epoch=progress.epoch,
                step=progress.step,
                steps=progress.steps,
                loss=progress.loss,
                accuracy=progress.accuracy,
            )

    yield show


def _images(
    config: TrainConfig, options: argparse.Namespace, *, download: bool
) -> tuple[LabelledImages, LabelledImages]:
    """The images to train on and to validate on."""
    data = data_folder(options.data_dir)
    train, validation = (load(config.dataset, part, data, download=download) for part in PARTS)
    try:
        if config.held_out:
            train, validation = hold_out(train, config.held_out)
    except ValueError as error:
        raise UsageError(f"--held-out: {error}") from error
    if config.limit:
        train, validation = (
            train.subset(slice(config.limit)),
            validation.subset(slice(config.limit)),
        )
    return train, validation


def _check_folders(out: Path, folder: Path, needed: int) -> None:
    """Find out before the hours, not after them, that the files cannot be written."""
    for path in (out, folder):
        try:
            path.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=path).close()  # a folder that exists may still refuse files
        except OSError as error:
            raise UsageError(
                f"The folder {path} cannot be written ({error.strerror}): choose another."
            ) from error
    there = sum(file.stat().st_size for file in folder.iterdir() if file.is_file())
    free = shutil.disk_usage(folder).free
    if free + there < needed:
        raise UsageError(
            f"The disk of {folder} has {free / 1e6:,.0f} MB free, but this training needs "
            f"{(needed - there) / 1e6:,.0f} MB: make room, or choose another folder with "
            "--runs-dir."
        )


def _peak_memory(device: torch.device) -> int:
    """The most bytes that were in use at once, of all processes: on the GPU if that is where we
    trained, else here.
    """
    if device.type == "cuda":
        own = torch.cuda.max_memory_allocated(device)
    elif resource is not None:
        own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (
            1 if sys.platform == "darwin" else 1024
        )
    else:
        own = 0
    return int(parallel.total(torch.tensor(float(own), device=device)))


@contextmanager
def _progress_bar(config: TrainConfig, images: int) -> Iterator[Callable[[Progress], None]]:
    """A bar over all images of all epochs (so the time left is that of the whole run), and what
    moves it.
    """
    total = images * config.epochs
    # With a delay nothing is drawn before the first step, so that a state that cannot be used gives
    # one line.
    with tqdm(total=total, unit=" images", unit_scale=True, dynamic_ncols=True, delay=0.01) as bar:

        def show(progress: Progress) -> None:
            before = (progress.epoch - 1) * images
            if bar.n == 0 and before:  # a run that goes on: the rate counts what is done now
                bar.initial = bar.n = before
                bar.write(f"Going on after epoch {progress.epoch - 1} of {config.epochs}.")
            bar.set_description(f"epoch {progress.epoch}/{config.epochs}", refresh=False)
            bar.set_postfix_str(
                f"loss {progress.loss:.4f}, accuracy {progress.accuracy:.2%}", refresh=False
            )
            bar.update(before + progress.images - bar.n)
            if progress.record is not None:
                record = progress.record
                bar.write(
                    f"epoch {record.epoch:3d}   train loss {record.train_loss:.4f}  accuracy "
                    f"{record.train_accuracy:.2%}   validation loss {record.validation_loss:.4f} "
                    " accuracy "
                    f"{record.validation_accuracy:.2%}   {record.seconds:.1f} s"
                )

        yield show


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Let only one process at a time write a run's state; the lock ends with the process, however
    it ends.
    """
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


def _print_result(card: dict[str, Any], out: Path, memory: int) -> None:
    result, asked = card["result"], card["homework_accuracy"]
    running = (
        f" ({card['history'][-1]['validation_accuracy']:.2%} with batch normalisation's "
        "running statistics)"
    )
    rows = [
        ("network", f"{card['title']}, {card['parameters']:,} parameters"),
        ("epochs", f"{result['epochs']} in {duration(result['seconds'])}"),
        ("validated on", card["validated_on"]),
        (
            "validation accuracy",
            f"{result['validation_accuracy']:.2%}{running * card['config']['precise_bn']}",
        ),
        ("homework asks", f"{asked:.0%}" if asked else "no figure"),
        ("validation loss", f"{result['validation_loss']:.4f}"),
        ("weakest class", _weakest(card)),
        ("peak memory", f"{memory / 1e6:,.0f} MB" if memory else "not known on this system"),
        (
            "written to",
            str(
                (checkpoints.weights_path if card["weights"] else checkpoints.card_path)(
                    card["name"], out
                )
            ),
        ),
    ]
    print("\n".join(f"{label:>20}  {value}" for label, value in rows))


def _weakest(card: dict[str, Any]) -> str:
    accuracy, label = min(zip(card["result"]["per_class_accuracy"], card["classes"]))
    return f"{label} ({accuracy:.2%})"


if __name__ == "__main__":
    sys.exit(main())
