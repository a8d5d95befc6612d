"""What is said about a checkpoint or a result before its file is read: its title, the command that
makes it, what it must hold. A homework registers its own; nothing here knows one.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from core.checkpoints.schema import Result
from core.data.facts import ROOT, how_to_restore

CHECKPOINTS = ROOT / "checkpoints"
Stored = Literal["float32", "float16", "none"]


@dataclass(frozen=True)
class CheckpointFacts:
    """What is said about a checkpoint before it is read.

    Attributes:
        name: file name without ending.
        title: the name for people.
        command: makes the checkpoint.
        homework_accuracy: validation accuracy that is asked for, in [0, 1]; None: none is.
        weights: how the weights are stored (matrices and kernels; what has one dimension stays
            float32); "none": only the card is kept.
        epochs: names of the tensors that are kept of every epoch; () = all of them, None = no epoch
            is kept.
    """

    name: str
    title: str
    command: str
    homework_accuracy: float | None
    weights: Stored = "float32"
    epochs: tuple[str, ...] | None = None


@dataclass(frozen=True)
class ResultFacts:
    """What is said about a result before it is read.

    Attributes:
        name: file name without ending.
        title: the name for people.
        command: makes it.
        layout: what it must hold.
    """

    name: str
    title: str
    command: str
    layout: type[Result]

    @property
    def keys(self) -> tuple[str, ...]:
        """What it must hold, apart from where it comes from."""
        return self.layout.content_keys()


_REGISTERED: dict[str, CheckpointFacts | ResultFacts] = {}


def register(*rows: CheckpointFacts | ResultFacts) -> None:
    """Make facts part of what is checked, and of what the messages advise.

    Args:
        rows: one for each checkpoint and result; a name that is registered already is replaced.
    """
    _REGISTERED.update({row.name: row for row in rows})


def checkpoint_facts(name: str) -> CheckpointFacts | None:
    """The facts of a checkpoint; None if nobody has registered it."""
    found = _REGISTERED.get(name)
    return found if isinstance(found, CheckpointFacts) else None


def result_facts(name: str) -> ResultFacts | None:
    """The facts of a result; None if nobody has registered it."""
    found = _REGISTERED.get(name)
    return found if isinstance(found, ResultFacts) else None


def remedy(name: str, folder: str | Path, command: str = "") -> str:
    """What to type about a file that is missing or damaged, as the end of a sentence.

    Args:
        name: of the checkpoint or the result.
        folder: where it is.
        command: what its card says has made it, for a name that nobody has registered.
    """
    found, again = _REGISTERED.get(name), how_to_restore(folder, CHECKPOINTS)
    if found:
        command = found.command
    elif " --" in command:  # its folders and limits were those of another day
        command = ""
    if command and Path(folder).resolve() != CHECKPOINTS.resolve():
        option = "--write" if "--write" in command else "--out"
        command = f"{command.partition(' --write')[0]} {option} {shlex.quote(str(folder))}"
    return f"{again}, or make it anew with `{command}`" if command else again
