"""Measured results on disk: NAME.json, with the numbers and what made them; and long measurements
in parts.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import torch

from core import json_files
from core.checkpoints import files
from core.checkpoints.cards import (
    CheckpointError,
    as_written,
    hardware,
    read_json,
    versions,
    wrong_with,
)
from core.checkpoints.facts import CHECKPOINTS, remedy, result_facts
from core.checkpoints.schema import FORMAT, AnyResult

FOUND, SECONDS = "found", "seconds"  # the keys of what a part's file holds


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
        name: file name without ending.
        content: the numbers; of a registered name with every key that it must hold.
        command: what was typed to make it.
        seconds: how long it took.
        seed: of what was drawn.
        device: where it was computed.
        folder: where to write.

    Returns:
        What was written.

    Raises:
        KeyError: a key that it must hold is missing.
        CheckpointError: what it holds would be refused when it is read.
    """
    facts = result_facts(name)
    card: dict[str, Any] = {
        "format": FORMAT,
        "name": name,
        **{key: content[key] for key in (facts.keys if facts else content)},
        "command": command,
        "seconds": seconds,
        "seed": seed,
        "versions": versions(),
        "hardware": hardware(device) | {"threads": torch.get_num_threads()},
    }
    card = as_written(card, facts.layout if facts else AnyResult)
    Path(folder).mkdir(parents=True, exist_ok=True)
    files.write_whole(path(name, folder), json_files.json_bytes(card))
    return card


def load(name: str, folder: str | Path = CHECKPOINTS) -> dict[str, Any]:
    """Read a result.

    Args:
        name: file name without ending.
        folder: where it is.

    Raises:
        CheckpointError: it is missing, or not what ``save`` writes; says what to do.
    """
    file, facts = path(name, folder), result_facts(name)
    repair = remedy(name, folder)
    card = read_json(file, "result", repair)
    wrong = wrong_with(card, name, facts.layout if facts else AnyResult)
    if wrong:
        raise CheckpointError(f"The result {file} is damaged ({wrong})", repair=repair)
    return dict(card)


def path(name: str, folder: str | Path = CHECKPOINTS) -> Path:
    """Where a result is."""
    return Path(folder) / f"{name}.json"


class Part(NamedTuple):
    """One part of a long measurement.

    Attributes:
        things: which of all were measured.
        found: what came of them.
        seconds: that it took, whenever that was.
    """

    things: slice
    found: Any
    seconds: float


def in_parts(
    total: int,
    size: int,
    measure: Callable[[slice], Any],
    *,
    settings: dict[str, Any],
    name: str,
    runs: Path,
) -> Iterator[Part]:
    """A long measurement, part by part; finished parts are kept, so that the same call goes on
    after any end. Other versions of Python and the libraries begin anew.

    Args:
        total: things to measure.
        size: things in a part.
        measure: measures one part; what it returns must survive JSON.
        settings: everything else that decides the result; other settings begin anew.
        name: of the measurement.
        runs: folder for the finished parts.

    Yields:
        Each part, in order.
    """
    decides = [total, size, settings, versions()]
    digest = hashlib.sha256(json.dumps(decides, sort_keys=True).encode()).hexdigest()
    folder = runs / f"{name}-{digest[:10]}"
    folder.mkdir(parents=True, exist_ok=True)
    for start in range(0, total, size):
        part, file = slice(start, min(start + size, total)), folder / f"part_{start:06d}.json"
        found = _finished(file)
        if found is None:
            started = time.perf_counter()
            measured = {FOUND: measure(part), SECONDS: time.perf_counter() - started}
            found = json_files.sealed(measured)
            files.write_whole(file, json_files.json_bytes(found))
        yield Part(part, found[FOUND], found[SECONDS])


def _finished(file: Path) -> dict[str, Any] | None:
    """A part that was measured, None where there is none that its sum vouches for."""
    try:
        found = json_files.read_json(file)
    except (OSError, ValueError):
        return None
    keys = {FOUND, SECONDS, json_files.SUM}
    return found if isinstance(found, dict) and keys <= set(found) else None
