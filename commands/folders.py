"""Folders that a command writes into: checked before the hours, locked during them."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

if sys.platform != "win32":
    import fcntl


def check_writable(*folders: Path) -> None:
    """Make the folders where they are missing.

    Args:
        folders: in any order.

    Raises:
        click.UsageError: one refuses files.
    """
    for folder in folders:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=folder).close()  # an existing folder may refuse files
        except OSError as error:
            raise click.UsageError(
                f"The folder {folder} cannot be written ({error.strerror}): choose another."
            ) from error


def check_room(folder: Path, needed: int) -> None:
    """Find out whether a run's state has room on the disk.

    Args:
        folder: of the state; what it holds already counts.
        needed: bytes of the whole state.

    Raises:
        click.UsageError: it has not.
    """
    present = sum(file.stat().st_size for file in folder.iterdir() if file.is_file())
    free = shutil.disk_usage(folder).free
    if free + present < needed:
        raise click.UsageError(
            f"The disk of {folder} has {free / 1e6:,.0f} MB free, but this training needs "
            f"{(needed - present) / 1e6:,.0f} MB: make room, or choose another folder with "
            "--runs-dir."
        )


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Let only one process at a time write a run's state.

    The lock ends with the process, however that ends.

    Args:
        folder: of the state.

    Raises:
        click.UsageError: another process holds it.
    """
    if sys.platform == "win32":
        yield
        return
    with (folder / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise click.UsageError(
                f"Another process is training this very run in {folder}: wait for it, or end it."
            ) from error
        yield
