"""A training's progress: a bar for a person, JSON lines for a program, the result at the end."""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from statistics import fmean
from typing import Any, TypeVar

import torch
from tqdm import tqdm

from core import checkpoints
from core.checkpoints.cards import duration, loss_text
from core.training import parallel
from core.training.config import TrainConfig
from core.training.records import EpochRecord, Progress

if sys.platform != "win32":
    import resource

T = TypeVar("T")
THOUSAND = 1_000  # of so many on a bar counts in k and M, "1.35M"; fewer would read "64.0"
INTERVAL = 0.2  # seconds between two lines about steps


def print_event(**event: object) -> None:
    """Print an object as one line of JSON."""
    print(json.dumps(event, allow_nan=False), flush=True)


@contextmanager
def progress_lines() -> Iterator[Callable[[Progress], None]]:
    """What prints a line of JSON for every epoch, and five times a second one for a step: the epoch
    so far, and the mean over the steps since the last line.
    """
    last = -math.inf
    recent: list[Progress] = []

    def report(progress: Progress) -> None:
        nonlocal last
        if progress.record is not None:
            return print_event(event="epoch", **asdict(progress.record))
        recent.append(progress)
        if time.monotonic() - last > INTERVAL or progress.step == progress.steps:
            last = time.monotonic()
            print_event(
                event="step",
                epoch=progress.epoch,
                step=progress.step,
                steps=progress.steps,
                loss=progress.loss,
                accuracy=progress.accuracy,
                recent_loss=fmean(step.step_loss for step in recent),
                recent_accuracy=fmean(step.step_accuracy for step in recent),
            )
            recent.clear()
        return None

    yield report


@contextmanager
def progress_bar(config: TrainConfig, images: int) -> Iterator[Callable[[Progress], None]]:
    """A bar over all images of all epochs, so that the time left is that of the whole run.

    Args:
        config: of the training.
        images: in an epoch.

    Yields:
        What moves it.
    """
    total = images * config.epochs
    scaled = total >= THOUSAND
    # With a delay nothing is drawn before the first step, so that a state that cannot be used gives
    # one line.
    with tqdm(
        total=total, unit=" images", unit_scale=scaled, dynamic_ncols=True, delay=0.01
    ) as bar:

        def report(progress: Progress) -> None:
            bar.delay = 0  # a line of an epoch draws the bar too: it is closed as one that is drawn
            before = (progress.epoch - 1) * images
            if bar.n == 0 and before:  # a run that goes on: the rate counts what is done now
                bar.initial = bar.n = before
                bar.write(f"Going on after epoch {progress.epoch - 1} of {config.epochs}.")
            bar.set_description(f"epoch {progress.epoch}/{config.epochs}", refresh=False)
            bar.set_postfix_str(
                f"loss {loss_text(progress.loss)}, accuracy {progress.accuracy:.2%}", refresh=False
            )
            bar.update(before + progress.images - bar.n)
            if progress.record is not None:
                bar.write(_epoch_line(progress.record))

        yield report


@contextmanager
def counting_bar(
    unit: str, *, stays: bool = True, scaled: bool = False
) -> Iterator[Callable[[int, int], None]]:
    """A bar of things that are counted.

    Args:
        unit: what they are called.
        stays: whether it is still there when all is done.
        scaled: whether many are counted in thousands and millions.

    Yields:
        What moves it: called with the number that is done, and with that of all.
    """
    # With a delay a refusal stays one line.
    with tqdm(unit=unit, dynamic_ncols=True, delay=0.01, leave=stays) as bar:

        def report(done: int, total: int) -> None:
            bar.total, bar.unit_scale = total, scaled and total >= THOUSAND
            bar.update(done - bar.n)

        yield report


class Counted(Sequence[T]):
    """A sequence that reports each of its things when it is asked for."""

    def __init__(self, things: Sequence[T], report: Callable[[int, int], None]) -> None:
        """Report the beginning.

        Args:
            things: the sequence.
            report: called with the number that is done, and with that of all.
        """
        self._things, self._report = things, report
        report(0, len(things))

    def __len__(self) -> int:
        """How many there are."""
        return len(self._things)

    def __getitem__(self, index: Any) -> Any:  # noqa: ANN401 - a number or a slice
        """One of them, or some."""
        return self._things[index]

    def __iter__(self) -> Iterator[T]:
        """One after the other; each counts as done when the next is asked for."""
        for done, thing in enumerate(self._things, 1):
            yield thing
            self._report(done, len(self))


def _epoch_line(record: EpochRecord) -> str:
    return (
        f"epoch {record.epoch:3d}   "
        f"train loss {loss_text(record.train_loss)}  accuracy {record.train_accuracy:.2%}   "
        f"validation loss {loss_text(record.validation_loss)}  "
        f"accuracy {record.validation_accuracy:.2%}   "
        f"{record.seconds:.1f} s"
    )


def peak_memory(device: torch.device) -> int:
    """The most bytes that were in use at once, summed over the processes that train together.

    Args:
        device: where was trained; a GPU's own memory counts, else the processes'.

    Returns:
        0 where the system does not say.
    """
    own = 0
    if device.type == "cuda":
        own = torch.cuda.max_memory_allocated(device)
    elif sys.platform != "win32":
        unit = 1 if sys.platform == "darwin" else 1024
        own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    return int(parallel.total(torch.tensor(float(own), device=device)))


def print_result(card: dict[str, Any], folder: Path, memory: int) -> None:
    """Print the table at the end of a training.

    Args:
        card: that was written.
        folder: where it is.
        memory: bytes in use at the most.
    """
    result, asked = card["result"], card["homework_accuracy"]
    accuracy = f"{result['validation_accuracy']:.2%}"
    if card["config"]["precise_bn"]:
        running = card["history"][-1]["validation_accuracy"]
        accuracy += f" ({running:.2%} with batch normalisation's running statistics)"
    path = checkpoints.weights_path if card["weights"] else checkpoints.card_path
    rows = {
        "network": f"{card['title']}, {card['parameters']:,} parameters",
        "epochs": f"{result['epochs']} in {duration(result['seconds'])}",
        "validated on": card["validated_on"],
        "validation accuracy": accuracy,
        "homework asks": f"{asked:.0%}" if asked else "no figure",
        "validation loss": loss_text(result["validation_loss"]),
        "weakest class": _weakest(card),
        "peak memory": f"{memory / 1e6:,.0f} MB" if memory else "not known on this system",
        "written to": str(path(card["name"], folder)),
    }
    print("\n".join(f"{label:>20}  {value}" for label, value in rows.items()))


def _weakest(card: dict[str, Any]) -> str:
    accuracy, label = min(zip(card["result"]["per_class_accuracy"], card["classes"]))
    return f"{label} ({accuracy:.2%})"
