"""Folders that a command writes into: checked before the hours, locked during them."""

from __future__ import annotations

import math
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click
from filelock import FileLock, Timeout

from commands.options import nearest
from core.data.checked import is_present
from core.data.facts import facts
from core.failures import Failure, NoRoomError, file_limit, no_room, too_large_a_file


class FolderError(Failure):
    """A folder cannot be written; the message is one sentence for a person."""


def check_writable(**folders: Path) -> None:
    """Find out whether folders can be written, before anything is read or computed; makes nothing.

    Args:
        folders: name of the option, such as ``runs_dir``, to the folder, which may be missing.

    Raises:
        FolderError: one cannot be made, or refuses files.
    """
    for name, folder in folders.items():
        with _explained(folder, name):
            tempfile.TemporaryFile(dir=nearest(folder)).close()  # a folder may refuse files


def check_checkpoints(out: Path) -> None:
    """Refuse a folder without any checkpoint, before a card of it is missing: whoever looks for a
    report or pictures takes --out for the place where they are written.

    Raises:
        click.UsageError: there is no card in it.
    """
    if not any(out.glob("*.json")):
        raise click.UsageError(
            f"The folder {out} holds no checkpoint to read: --out names the folder of checkpoints, "
            "and --report-dir the one for what is drawn."
        )


def make_folders(**folders: Path) -> None:
    """Make the folders where they are missing.

    Args:
        folders: name of the option to the folder.

    Raises:
        FolderError: one cannot be made, or refuses files.
    """
    for name, folder in folders.items():
        with _explained(folder, name):
            folder.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=folder).close()


@contextmanager
def _explained(folder: Path, name: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise FolderError(
            f"The folder {folder} cannot be written ({error.strerror}): choose another.", name
        ) from error


@dataclass(frozen=True)
class Room:
    """What is to be written into a folder.

    Attributes:
        setting: name of the option that chooses the folder.
        folder: which may be missing.
        bytes: of everything that it holds at once, with the copies that exist while files are
            replaced.
        files: names of those of its files that count among these, as patterns; their bytes are
            there.
        largest: bytes of the largest file.
    """

    setting: str
    folder: Path
    bytes: int
    files: tuple[str, ...] = ()
    largest: int = 0

    @property
    def missing(self) -> int:
        """Bytes that must be free."""
        found = {file for pattern in self.files for file in self.folder.glob(pattern)}
        return max(0, self.bytes - sum(file.stat().st_size for file in found))


def check_room(*rooms: Room) -> None:
    """Find out whether all that is to be written has room; folders on one disk share it.

    Args:
        rooms: the folders.

    Raises:
        NoRoomError: a disk has too little, or no file may be as large.
    """
    for room in rooms:
        if (limit := file_limit()) is not None and room.largest > limit:
            raise too_large_a_file(room.folder, room.largest)
    disks: dict[int, list[Room]] = {}
    for room in rooms:
        disks.setdefault(nearest(room.folder).stat().st_dev, []).append(room)
    for group in disks.values():
        needed = sum(room.missing for room in group)
        free = shutil.disk_usage(nearest(group[0].folder)).free
        if free < needed:
            folders = " and ".join(dict.fromkeys(str(room.folder) for room in group))
            raise no_room(folders, free, needed, *(room.setting for room in group))


@contextmanager
def room_told(*rooms: Room) -> Iterator[None]:
    """Say of a disk that fills up while something is written how much all of it still needs, and
    not the next file alone.

    Args:
        rooms: what is written inside the block.

    Raises:
        NoRoomError: a disk is full.
    """
    try:
        yield
    except NoRoomError:
        check_room(*rooms)
        raise


def check_download(name: str, folder: Path) -> None:
    """Find out whether a data set that is to be fetched has room, packed and unpacked.

    Args:
        name: of the data set; nothing is needed where it is there.
        folder: the data folder.

    Raises:
        NoRoomError: it has not.
    """
    if not is_present(name, folder):
        row = facts(name)
        images = (row.train_images + row.test_images) * (math.prod(row.shape) + 1)
        check_room(Room("data_dir", folder, row.download_bytes + images))


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Let only one process at a time write a run's state.

    The lock ends with the process, however that ends.

    Args:
        folder: of the state.

    Raises:
        click.UsageError: another process holds it.
    """
    lock = FileLock(folder / "lock")
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise click.UsageError(
            f"Another process is training this very run in {folder}: wait for it, or end it."
        ) from error
    try:
        yield
    finally:
        lock.release()
