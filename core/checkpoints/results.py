"""Measured results on disk: NAME.json, with the numbers and what made them; and long measurements
in parts.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from core.checkpoints import CHECKPOINTS, CheckpointError, cpu_name, read_json, versions
from core.checkpoints.files import write_whole

FORMAT = 1
ORIGIN = ("format", "name", "command", "seconds", "seed", "versions", "hardware")


@dataclass(frozen=True)
class ResultFacts:
    """What is known about a result before it is read.

    Attributes:
        name: file name without ending.
        title: the name for people.
        command: makes it.
        keys: what it must hold, apart from where it comes from.
    """

    name: str
    title: str
    command: str
    keys: tuple[str, ...]


KNOWN: dict[str, ResultFacts] = {
    row.name: row
    for row in (
        ResultFacts(
            "cifar10_resnet_cam",
            "Class activation maps of the ResNet, put to the test",
            "python train_all.py cam",
            (
                "network",
                "pictures",
                "validated_on",
                "method",
                "draws",
                "precision",
                "shares",
                "deletion",
                "insertion",
            ),
        ),
        ResultFacts(
            "mnist_attacks",
            "Success rates of attacks on models A, B and M",
            "python train_all.py attack-curves",
            ("networks", "validated_on", "images", "epsilons", "rates", "transfer", "breaking"),
        ),
    )
}


def save(
    name: str,
    content: dict[str, Any],
    *,
    command: str,
    seconds: float,
    seed: int,
    device: str,
    folder: str | Path = CHECKPOINTS,
) -> dict[str, Any]:
    """Write a result, whole or not at all.

    Args:
        name: of ``KNOWN``.
        content: the numbers, with every key that is known of it.
        command: what was typed to make it.
        seconds: how long it took.
        seed: of what was drawn.
        device: where it was computed.
        folder: where to write.

    Returns:
        What was written.
    """
    card = {
        "format": FORMAT,
        "name": name,
        **{key: content[key] for key in KNOWN[name].keys},
        "command": command,
        "seconds": seconds,
        "seed": seed,
        "versions": versions(),
        "hardware": {
            "device": device,
            "cpu": cpu_name(),
            "cores": os.cpu_count(),
            "threads": torch.get_num_threads(),
        },
    }
    Path(folder).mkdir(parents=True, exist_ok=True)
    write_whole(path(name, folder), (json.dumps(card, indent=1) + "\n").encode())
    return card


def load(name: str, folder: str | Path = CHECKPOINTS) -> dict[str, Any]:
    """Read a result.

    Args:
        name: of ``KNOWN``.
        folder: where it is.

    Raises:
        CheckpointError: it is missing, or not what ``save`` writes; says what to do.
    """
    file = path(name, folder)
    remedy = (
        "restore it with `git checkout -- checkpoints`, or make it anew with "
        f"`{KNOWN[name].command}`"
    )
    card = read_json(file, "result", remedy)
    missing = [
        key for key in (*ORIGIN, *KNOWN[name].keys) if not isinstance(card, dict) or key not in card
    ]
    if missing or card["format"] != FORMAT or card["name"] != name:
        reason = f"{missing[0]!r} is missing" if missing else f"expected format {FORMAT} of {name}"
        raise CheckpointError(f"The result {file} is damaged ({reason}): {remedy}")
    return dict(card)


def path(name: str, folder: str | Path = CHECKPOINTS) -> Path:
    """Where a result is."""
    return Path(folder) / f"{name}.json"


def in_parts(
    total: int,
    size: int,
    measure: Callable[[slice], Any],
    *,
    settings: dict[str, Any],
    name: str,
    runs: Path,
) -> Iterator[tuple[slice, Any]]:
    """A long measurement, part by part; finished parts are kept, so that the same call goes on
    after any end.

    Args:
        total: things to measure.
        size: things in a part.
        measure: measures one part; what it returns must survive JSON.
        settings: everything that decides the result; other settings begin anew.
        name: of the measurement.
        runs: folder for the finished parts.

    Yields:
        Each part with its result, in order.
    """
    digest = hashlib.sha256(
        json.dumps([total, size, settings], sort_keys=True).encode()
    ).hexdigest()
    folder = runs / f"{name}-{digest[:10]}"
    folder.mkdir(parents=True, exist_ok=True)
    for start in range(0, total, size):
        part, file = slice(start, min(start + size, total)), folder / f"part_{start:06d}.json"
        try:
            yield part, json.loads(file.read_text("utf-8"))
        except (OSError, ValueError):  # not there yet
            found = measure(part)
            write_whole(file, json.dumps(found).encode())
            yield part, found
