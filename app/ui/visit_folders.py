"""Where the trainings of visitors lie, so that they are found again after a restart of the server
and by its other processes: a folder each, by the name that their browser keeps.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import time
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Annotated

from filelock import FileLock, Timeout
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.checkpoints.files import write_whole
from core.data.facts import ROOT
from core.json_files import read_json

STATE_VARIABLE = "CNN_STATE"
USUAL = ROOT / "runs" / "visits"
NAME = re.compile(r"[0-9a-f]{32}")
MOST_VISITS = 100  # whose trainings are kept
OLDEST = 7 * 24 * 3600.0  # seconds
SETTING = "visit.json"


class KeptRun(BaseModel):
    """One training as it is written down.

    Attributes:
        folder: name of its folder in that of the visit.
        title: its settings in words.
        setting: the same as the page that started it knows them.
        arguments: of the command that trains.
    """

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    folder: Annotated[str, Field(pattern="^[0-9a-f]{8}$")]
    title: Annotated[str, Field(max_length=200)]
    setting: dict[str, bool | int | float | str]
    arguments: Annotated[list[Annotated[str, Field(max_length=200)]], Field(max_length=40)]


class KeptVisit(BaseModel):
    """The trainings that a visitor has started last."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    runs: Annotated[list[KeptRun], Field(max_length=2)]


def state_folder() -> Path:
    """The folder of all visits: what ``CNN_STATE`` says, or ``runs/visits``; where nothing can be
    written there, one that lasts as long as this server.
    """
    return _writable(os.environ.get(STATE_VARIABLE, "") or str(USUAL))


@cache
def _writable(folder: str) -> Path:
    path = Path(folder).absolute()
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            return path
    except OSError:
        return Path(tempfile.mkdtemp(prefix="cnn-explainer-"))


def visit_folder(name: str) -> Path:
    """The folder of a visitor.

    Args:
        name: as the browser has it.

    Raises:
        ValueError: it is no such name; nothing on the disk was touched.
    """
    if not NAME.fullmatch(name):
        raise ValueError(f"Expected 32 hexadecimal digits as a visitor's name, got {name[:40]!r}.")
    return state_folder() / name


def stamp_of(name: str) -> int:
    """A number that changes when other trainings are written down for a visitor; 0: there are none.

    Args:
        name: as the browser has it.
    """
    try:
        return (visit_folder(name) / SETTING).stat().st_mtime_ns
    except (OSError, ValueError):
        return 0


def seen(name: str) -> Path:
    """The folder of a visitor, which from now on is not old.

    Args:
        name: as the browser has it.
    """
    folder = visit_folder(name)
    with suppress(OSError):
        os.utime(folder)
    return folder


def read_visit(name: str) -> KeptVisit | None:
    """The trainings of a visitor; None where there are none, or none that can be read.

    Args:
        name: as the browser has it.
    """
    try:
        return KeptVisit.model_validate(read_json(visit_folder(name) / SETTING))
    except (OSError, ValueError, ValidationError):
        return None


def write_visit(name: str, visit: KeptVisit) -> None:
    """Write down the trainings of a visitor; folders of those before are removed.

    Args:
        name: as the browser has it.
        visit: what is kept from now on.

    Raises:
        OSError, NoRoomError: it cannot be written.
    """
    folder = visit_folder(name)
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / SETTING, visit.model_dump_json(indent=1).encode())
    kept = {run.folder for run in visit.runs}
    for other in folder.iterdir():
        if other.is_dir() and other.name not in kept:
            shutil.rmtree(other, ignore_errors=True)


def remove_old(most: int = MOST_VISITS) -> None:
    """Remove the folders of visits that are a week old, and of too many the oldest. What is no
    visit's folder, and where a training runs, is left alone.

    Args:
        most: visits that are kept.
    """
    found = []
    with suppress(OSError):
        for folder in state_folder().iterdir():
            if NAME.fullmatch(folder.name) and folder.is_dir() and not folder.is_symlink():
                found.append((_last_change(folder), folder))
    found.sort(reverse=True)
    for index, (changed, folder) in enumerate(found):
        if (index >= most or time.time() - changed > OLDEST) and not _is_training(folder):
            shutil.rmtree(folder, ignore_errors=True)


def _last_change(folder: Path) -> float:
    times = [0.0]
    with suppress(OSError):
        times += [one.stat().st_mtime for one in (folder, *folder.glob("*/*"))]
    return max(times)


def _is_training(folder: Path) -> bool:
    """Whether a process trains in one of the folders of a visit."""
    for lock in folder.glob("*/lock"):
        try:
            with FileLock(lock, timeout=0):
                pass
        except (Timeout, OSError):
            return True
    return False
