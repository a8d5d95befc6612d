"""What the command ``ingredients`` does: train one run after the other, keep each result, say what
each ingredient brings.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from filelock import FileLock
from tqdm import tqdm

from commands import trainer
from commands.computing import resolved_precision, torch_device
from commands.folders import Room, check_room, check_writable, locked, make_folders, room_told
from commands.options import typed_command
from commands.progress import counting_bar
from core import checkpoints, homework
from core.checkpoints import CheckpointError, results
from core.data.facts import LabelledImages
from core.training import ingredient_run, ingredients
from core.training.comparison import compared, mean_accuracy
from core.training.config import TrainConfig
from core.training.ingredients import BASE, INGREDIENTS, Ingredient
from core.training.records import Progress
from core.training.resume import run_folder, state_bytes, state_file_bytes

NAME = homework.INGREDIENTS_RESULT
TENSORS = tuple(homework.NETWORKS[homework.RESNET].epochs or ())  # kept of every epoch
SMOKE = {"limit": 64, "held_out": 16}
SMOKE_PLAN = {"epochs": 1, "seeds": (0,)}  # where the options name no others
SMOKE_RUNS = 2  # the first ingredients
Found = list[dict[str, Any]]
Planned = tuple[Ingredient, TrainConfig]


@dataclass(frozen=True)
class Request:
    """What the options ask for.

    Attributes:
        epochs: of each run.
        seeds: each ingredient is trained with each.
        only: names of the ingredients; none: all.
        precision: "auto", or as in ``TrainConfig``.
        device: "auto", "cpu", "cuda" or "mps".
        data_dir: folder with the data sets, if not the usual one.
        no_download: whether missing data are an error.
        out: folder for the result, if not the usual one.
        runs_dir: folder for the state of running trainings.
        fresh: whether what was measured before is measured again.
        smoke: whether a few images are enough, and of the ingredients the first ones.
    """

    epochs: int
    seeds: tuple[int, ...]
    only: tuple[str, ...]
    precision: str
    device: str
    data_dir: Path | None
    no_download: bool
    out: Path | None
    runs_dir: Path
    fresh: bool
    smoke: bool

    @property
    def folder(self) -> Path:
        """Where the result goes: a rehearsal leaves what ships alone."""
        return self.out or (self.runs_dir / "rehearsal" if self.smoke else checkpoints.CHECKPOINTS)

    @property
    def states(self) -> Path:
        """Where the state of the running training is."""
        return self.runs_dir / NAME

    def plan(self, device: torch.device) -> list[Planned]:
        """Every run, all ingredients with the first seed first: what is cut short is a whole table
        of fewer seeds.

        Args:
            device: to train on.
        """
        names = self.only or tuple(INGREDIENTS)[: SMOKE_RUNS if self.smoke else None]
        how: dict[str, Any] = {"precision": resolved_precision(self.precision, BASE, device)}
        if self.smoke:
            how |= SMOKE
        return [
            (INGREDIENTS[name], INGREDIENTS[name].config(self.epochs, seed, **how))
            for seed in self.seeds
            for name in dict.fromkeys(names)
        ]


def measure_all(request: Request) -> None:
    """Train what was asked for and is not there yet, and print how much it brings.

    Args:
        request: what was asked for.

    Raises:
        click.UsageError: the device is not there, or another process measures already.
        CheckpointError: the result of earlier runs is damaged, and not made anew.
        DatasetError: the data are missing or damaged.
        FolderError: a folder cannot be written.
        NoRoomError: a disk has too little room.
        TrainingError: a state cannot be used, or a training leaves the finite numbers.
    """
    device = torch_device(request.device)
    plan = request.plan(device)
    check_writable(out=request.folder, runs_dir=request.states)
    found = measured_before(request.folder, fresh=request.fresh)
    left = [one for one in plan if request.fresh or not _is_there(one, found)]
    if left:
        room = _room(request, left)
        check_room(room)
        train, held_out = trainer.read_images(
            left[0][1], request.data_dir, download=not request.no_download
        )
        make_folders(out=request.folder, runs_dir=request.states)
        with locked(request.states), room_told(room):
            found = _begun(request, plan, device)
            for run in _runs(request, left, (train, held_out), device):
                found = _add(run, request, device)
    _print(found, request, plan, len(plan) - len(left))


def measured_before(folder: Path, *, fresh: bool = False) -> Found:
    """The runs that a result has, as far as their ingredient has the same settings today.

    Args:
        folder: where the result is, if there is one.
        fresh: whether it is made anew where it is damaged.

    Raises:
        CheckpointError: it is damaged.
    """
    if not results.path(NAME, folder).exists():
        return []
    try:
        runs: Found = results.load(NAME, folder)["runs"]
    except CheckpointError:
        if fresh:
            return []
        raise
    kept = {one.name: one.as_kept for one in INGREDIENTS.values()}
    return [run for run in runs if run["settings"] == kept.get(run["name"], run["settings"])]


def _key(planned: Planned) -> tuple[str, int, int]:
    ingredient, config = planned
    return ingredient.name, config.epochs, config.seed


def _key_of(run: dict[str, Any]) -> tuple[str, int, int]:
    """The same of a run that was measured."""
    return run["name"], run["epochs"], run["seed"]


def _is_there(planned: Planned, found: Found) -> bool:
    return any(_key(planned) == _key_of(run) for run in found)


def _room(request: Request, left: Sequence[Planned]) -> Room:
    """What one training writes: its state goes when its result is there."""
    config = max((config for _, config in left), key=lambda config: config.average)
    needed, largest = state_bytes(config, TENSORS), state_file_bytes(config)
    return Room("runs_dir", request.states, needed, ("*/*.safetensors",), largest)


def _begun(request: Request, plan: Sequence[Planned], device: torch.device) -> Found:
    """What stays of the runs that were measured before; with --fresh none that is measured anew.

    The states of those that are there, or begin anew, go.
    """
    found = measured_before(request.folder, fresh=request.fresh)
    for planned in plan:
        if request.fresh or _is_there(planned, found):
            shutil.rmtree(_state(planned, request), ignore_errors=True)
    again = set(map(_key, plan)) if request.fresh else set()
    stay = [run for run in found if _key_of(run) not in again]
    if stay:
        return _write(stay, request, device)
    results.path(NAME, request.folder).unlink(missing_ok=True)
    return stay


def _state(planned: Planned, request: Request) -> Path:
    return run_folder(planned[0].name, planned[1], request.states)


def _runs(
    request: Request,
    left: Sequence[Planned],
    images: tuple[LabelledImages, LabelledImages],
    device: torch.device,
) -> Iterator[dict[str, Any]]:
    """Train one after the other; a training's state goes when its result was taken.

    Args:
        request: what was asked for.
        left: the runs.
        images: to train on, and held out.
        device: to train on.

    Yields:
        Each run's result.
    """
    train, held_out = images
    total, before = sum(config.epochs for _, config in left) * len(train), 0
    with counting_bar(" images", scaled=True) as report:
        for planned in left:
            state = _state(planned, request)
            state.mkdir(parents=True, exist_ok=True)
            run = ingredient_run.measured(
                *planned,
                train,
                held_out,
                device=device,
                state_folder=state,
                epoch_tensors=TENSORS,
                on_progress=_moving(report, before, total, len(train)),
            )
            tqdm.write(_line(run))
            yield run
            shutil.rmtree(state)
            before += planned[1].epochs * len(train)


def _moving(
    report: Callable[[int, int], None], before: int, total: int, images: int
) -> Callable[[Progress], None]:
    """What moves the bar of all runs: called with the progress of one."""

    def move(progress: Progress) -> None:
        report(before + (progress.epoch - 1) * images + progress.images, total)

    return move


def _add(run: dict[str, Any], request: Request, device: torch.device) -> Found:
    """Write a run beside those that are there by now: another process may have added some."""
    with FileLock(request.folder / f".{NAME}.lock", mode=0o666):
        found = measured_before(request.folder)
        others = [one for one in found if _key_of(one) != _key_of(run)]
        return _write([*others, run], request, device)


def _write(found: Found, request: Request, device: torch.device) -> Found:
    """Write the result, whole."""
    card = results.save(
        NAME,
        {"runs": found},
        command=typed_command(),
        seconds=sum(run["seconds"] for run in found),
        seed=request.seeds[0],
        device=device.type,
        folder=request.folder,
    )
    runs: Found = card["runs"]
    return runs


def _line(run: dict[str, Any]) -> str:
    return (
        f"{run['name']}, seed {run['seed']}, {_epochs(run['epochs'])}: "
        f"{mean_accuracy([run]).percent} of "
        f"{run['held_out']:,} images held out, training accuracy {run['train_accuracy']:.2%}, "
        f"{run['seconds']:.1f} s"
    )


def _print(found: Found, request: Request, plan: Sequence[Planned], before: int) -> None:
    """Every ingredient against the recipe after as many epochs as were asked for."""
    epochs = plan[0][1].epochs
    if before:
        print(f"{before} of {len(plan)} runs had been measured before; --fresh measures them anew.")
    print(f"difference to the recipe after {_epochs(epochs)}, in points, ± a standard error:")
    for row in compared(found, base=ingredients.NAME):
        if row.epochs == epochs:
            gain = row.difference
            told = f"{100 * gain.value:+6.2f} ± {100 * gain.error:.2f}" if gain else " " * 13
            seeds = f"seed{'s' if len(row.seeds) > 1 else ''} {', '.join(map(str, row.seeds))}"
            print(f"{told}  {row.accuracy.percent}  {row.name}, {seeds}")
    print(f"written to {results.path(NAME, request.folder)}")


def _epochs(count: int) -> str:
    return f"{count} epoch{'s' if count != 1 else ''}"
