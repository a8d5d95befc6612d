"""What the training commands do: read the images, train, write the checkpoint, print the result."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import click
import torch

from commands.computing import process_count, resolved_precision, torch_device
from commands.folders import (
    Room,
    check_download,
    check_room,
    check_writable,
    locked,
    make_folders,
    room_told,
)
from commands.options import typed_command
from commands.progress import (
    peak_memory,
    print_event,
    print_result,
    progress_bar,
    progress_lines,
)
from commands.settings import without_effect
from core import checkpoints, homework
from core.checkpoints.files import epoch_file
from core.data.facts import LabelledImages, data_folder, facts
from core.data.load import hold_out, load
from core.data.samples import TRAINING_DIGITS, load_training_digits
from core.evaluation import evaluate
from core.models import to_input
from core.training import parallel
from core.training.computing import TrainingWarning, fastest_computing
from core.training.config import TrainConfig, TrainingError, with_overrides
from core.training.loop import fit
from core.training.recipes import RECIPES
from core.training.records import Progress, TrainResult
from core.training.resume import (
    STATE_FILE,
    checkpoint_bytes,
    run_folder,
    state_bytes,
    state_file_bytes,
    weight_bytes,
)

SMOKE = {"epochs": 2, "limit": 1_000}


@dataclass(frozen=True)
class Request:
    """What the options of a training ask for.

    Attributes:
        settings: of ``TrainConfig``, by name; None where the recipe decides.
        precision: "auto", or as in ``TrainConfig``.
        device: "auto", "cpu", "cuda" or "mps".
        processes: that share each batch; None decides by network and device.
        data_dir: folder with the data sets, if not the usual one.
        no_download: whether missing data are an error.
        out: folder for the checkpoint, if not the usual one.
        runs_dir: folder for the state of running trainings.
        json: whether a program reads the progress.
        fresh: whether the state of an earlier run is removed first.
        smoke: whether a few images and epochs are enough.
    """

    settings: dict[str, Any]
    precision: str
    device: str
    processes: int | None
    data_dir: Path | None
    no_download: bool
    out: Path | None
    runs_dir: Path
    json: bool
    fresh: bool
    smoke: bool

    @property
    def folder(self) -> Path:
        """Where the checkpoint goes: a rehearsal leaves what ships alone."""
        rehearsal = self.smoke or self.settings["limit"] or self.settings["held_out"]
        usual = self.runs_dir / "rehearsal" if rehearsal else checkpoints.CHECKPOINTS
        return self.out or usual

    def progress(
        self, config: TrainConfig, images: int
    ) -> AbstractContextManager[Callable[[Progress], None]]:
        """How the progress is shown."""
        return progress_lines() if self.json else progress_bar(config, images)


@dataclass(frozen=True)
class Run:
    """One training, all of it decided.

    Attributes:
        network: name in ``RECIPES``.
        config: its settings.
        device: to train on.
        processes: that share each batch.
        state: folder for what it goes on with.
        tensors: names of those that are kept of every epoch; () = all of them.
    """

    network: str
    config: TrainConfig
    device: torch.device
    processes: int
    state: Path
    tensors: tuple[str, ...]


@dataclass(frozen=True)
class Shared:
    """Who has trained together.

    Attributes:
        processes: how many.
        threads: torch's in each of them.
    """

    processes: int
    threads: int


def decided(network: str, request: Request) -> Run:
    """The training that was asked for.

    Args:
        network: name in ``RECIPES``.
        request: what was asked for.

    Raises:
        click.UsageError: the device is not there, or a setting is out of range.
    """
    device = torch_device(request.device)
    config = configuration(network, request, device)
    return Run(
        network,
        config,
        device,
        process_count(config, request.processes, device),
        run_folder(network, config, request.runs_dir),
        tuple(homework.NETWORKS[network].epochs or ()),
    )


def configuration(network: str, request: Request, device: torch.device) -> TrainConfig:
    """The settings of a training: the recipe's, unless asked for otherwise.

    Args:
        network: name in ``RECIPES``.
        request: what was asked for.
        device: to train on.

    Raises:
        click.UsageError: a setting is out of range.
    """
    recipe, chosen = RECIPES[network], dict(request.settings)
    chosen["precision"] = resolved_precision(request.precision, recipe, device)
    if request.smoke:
        chosen["epochs"] = SMOKE["epochs"] if chosen["epochs"] is None else chosen["epochs"]
        chosen["limit"] = chosen["limit"] or SMOKE["limit"]
    try:
        config = with_overrides(recipe, **chosen)
    except (TypeError, ValueError) as error:
        raise click.UsageError(str(error)) from error
    for sentence in without_effect(config, recipe):
        warnings.warn(sentence, TrainingWarning, stacklevel=2)
    images = TRAINING_DIGITS if config.bundled else facts(config.dataset).train_images
    most = images - 1
    if config.held_out > most:
        raise click.UsageError(
            f"--held-out: Expected between 1 and {most} images to hold out, got {config.held_out}."
        )
    return config


def read_images(
    config: TrainConfig, data_dir: Path | None, *, download: bool
) -> tuple[LabelledImages, LabelledImages]:
    """The images to train on and those to validate on.

    Args:
        config: says which data set, and how much of it.
        data_dir: folder with the data sets, if not the usual one.
        download: whether to fetch what is missing.

    Raises:
        DatasetError: the data are missing or damaged.
        NoRoomError: there is no room for what is to be fetched.
    """
    folder = data_folder(data_dir)
    if download and not (config.bundled and config.held_out):
        check_download(config.dataset, folder)
    if config.bundled:
        train = load_training_digits()
    else:
        train = load(config.dataset, "train", folder, download=download)
    if config.held_out:
        train, validation = hold_out(train, config.held_out)
    else:
        validation = load(config.dataset, "test", folder, download=download)
    if config.limit:
        first = slice(config.limit)
        train, validation = train.subset(first), validation.subset(first)
    return train, validation


def train_network(network: str, request: Request, command: list[str]) -> None:
    """Train one network, write its checkpoint and print the result.

    Args:
        network: name in ``RECIPES``.
        request: what was asked for.
        command: starts a process that helps with this very training.

    Raises:
        click.UsageError: it cannot be done like that.
        DatasetError: the data are missing or damaged.
        FolderError: a folder cannot be written.
        NoRoomError: a disk has too little room.
        TrainingError: the state cannot be used, or the training leaves the finite numbers.
    """
    run = decided(network, request)
    if parallel.is_helper():
        return _help(run, request, command)
    check_writable(out=request.folder, runs_dir=run.state)
    state, checkpoint = _rooms(run, request)
    check_room(state, checkpoint)
    train, validation = read_images(run.config, request.data_dir, download=not request.no_download)
    make_folders(out=request.folder, runs_dir=run.state)
    with locked(run.state):
        if request.fresh:
            for file in run.state.glob("*.safetensors"):
                file.unlink()
        with parallel.together(run.processes, command):
            parallel.wait_for_all()
            with room_told(state), request.progress(run.config, len(train)) as report:
                result = _fit(run, train, validation, report)
            shared = Shared(parallel.world_size(), torch.get_num_threads())
            memory = peak_memory(run.device)
        with room_told(checkpoint):
            card = _save(run, result, validation, shared, request.folder)
    _print(card, result, request, memory)
    return None


def _rooms(run: Run, request: Request) -> tuple[Room, Room]:
    """What a training writes: its state, and the checkpoint at its end."""
    network, config = homework.NETWORKS[run.network], run.config
    checkpoint = checkpoint_bytes(
        config,
        stored=network.weights != "none",
        epoch_tensors=None if network.epochs is None else run.tensors,
    )
    is_trained = not request.fresh and (run.state / epoch_file(config.epochs)).is_file()
    state = 0 if is_trained else state_bytes(config, run.tensors)
    files = (STATE_FILE, "epoch_*.safetensors")
    return (
        Room("runs_dir", run.state, state, files, 0 if is_trained else state_file_bytes(config)),
        Room("out", request.folder, checkpoint, largest=weight_bytes(config)),
    )


def _help(run: Run, request: Request, command: list[str]) -> None:
    """Train along with the process that reads the data first, writes and prints."""
    with parallel.together(run.processes, command):
        parallel.wait_for_all()  # until the data are there, and --fresh has begun anew
        train, validation = read_images(run.config, request.data_dir, download=False)
        _fit(run, train, validation, None)
        peak_memory(run.device)


def _fit(
    run: Run,
    train: LabelledImages,
    validation: LabelledImages,
    report: Callable[[Progress], None] | None,
) -> TrainResult:
    return fit(
        run.config,
        train,
        validation,
        computing=fastest_computing(run.config, run.device),
        state_folder=run.state,
        epoch_tensors=run.tensors,
        on_progress=report,
    )


def _save(
    run: Run, result: TrainResult, validation: LabelledImages, shared: Shared, folder: Path
) -> dict[str, Any]:
    network = homework.NETWORKS[run.network]
    model = checkpoints.as_stored(result.model, run.config, network.weights)
    evaluation = evaluate(
        model, validation.images, validation.labels, prepare=partial(to_input, model)
    )
    if not math.isfinite(evaluation.loss):
        raise TrainingError(
            f"Stored as {network.weights} the network's validation loss is {evaluation.loss:g}: "
            f"lower the learning rate (now {run.config.learning_rate:g}); no checkpoint is "
            "written, the state after the last epoch is kept.",
            "learning_rate",
        )
    return checkpoints.save(
        run.network,
        model,
        run.config,
        result.history,
        evaluation,
        title=network.title,
        homework_accuracy=network.homework_accuracy,
        command=typed_command(),
        device=run.device.type,
        processes=shared.processes,
        threads=shared.threads,
        weights=network.weights,
        epochs_from=None if network.epochs is None else run.state,
        folder=folder,
    )


def _print(card: dict[str, Any], result: TrainResult, request: Request, memory: int) -> None:
    if request.json:
        print_event(
            event="result",
            accuracy=card["result"]["validation_accuracy"],
            seconds=card["result"]["seconds"],
            peak_memory=memory,
        )
        return
    epochs = card["config"]["epochs"]
    if result.resumed_from == epochs:
        print(f"All {epochs} epochs had been trained before; --fresh begins anew.")
    print_result(card, request.folder, memory)
