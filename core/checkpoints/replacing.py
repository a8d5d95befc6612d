"""Files that belong together are replaced together: a card, its weights, those of every epoch.

To write: the weights go into a folder of their own, ``.NAME.`` and the first digits of the card's
sum. Then the card is replaced; from that moment the new checkpoint is what is read. Then the files
move to their places. Whoever is killed in between leaves the old checkpoint or the new one.

To read: a file that the card vouches for is in its place or still in that folder. If neither holds
it, another checkpoint may have come meanwhile, and the card is read again.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from filelock import FileLock

from core.checkpoints.cards import CheckpointError, card_path, epochs_path, weights_path
from core.checkpoints.files import write_whole
from core.json_files import SUM, json_bytes, read_json

TRIES = 20  # of a reader, each after another checkpoint came
Found = TypeVar("Found")
Stamp = tuple[int, int, int]


def replace(
    name: str, folder: Path, card: Mapping[str, Any], contents: Mapping[Path, bytes]
) -> None:
    """Put a checkpoint in place of an older one; of two processes one waits for the other.

    Args:
        name: of the checkpoint.
        folder: where it goes.
        card: with its sum and those of the files.
        contents: place of each file to what it holds.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if not contents:
        write_whole(card_path(name, folder), json_bytes(card))
        return
    with FileLock(folder / f".{name}.lock", mode=0o666):
        pending = _pending(name, folder, card)
        try:
            pending.mkdir(exist_ok=True)
            for target, content in contents.items():
                write_whole(pending / target.name, content)
            write_whole(card_path(name, folder), json_bytes(card))
        except BaseException:  # a full disk, Ctrl-C
            if _sum_in_place(name, folder) != card[SUM]:
                shutil.rmtree(pending, ignore_errors=True)
            raise
        _move(pending, contents)
        _clean(name, folder, contents)


def _pending(name: str, folder: str | Path, card: Mapping[str, Any]) -> Path:
    """Where the files of a card are until they are in their places."""
    return Path(folder) / f".{name}.{str(card.get(SUM))[:16]}"


def _sum_in_place(name: str, folder: Path) -> str | None:
    with suppress(OSError, ValueError):
        card = read_json(card_path(name, folder))
        return str(card[SUM]) if isinstance(card, dict) and SUM in card else None
    return None


def _move(pending: Path, targets: Collection[Path]) -> None:
    for target in targets:
        target.parent.mkdir(exist_ok=True)
        (pending / target.name).replace(target)


def _clean(name: str, folder: Path, targets: Collection[Path]) -> None:
    """Remove the epochs of a longer run, and what killed processes have left."""
    for epochs in {target.parent for target in targets} - {folder}:
        for file in set(epochs.glob("epoch_*.safetensors")) - set(targets):
            file.unlink()
    for pending in folder.iterdir():
        if re.fullmatch(rf"\.{re.escape(name)}\.[0-9a-f]{{16}}", pending.name):
            shutil.rmtree(pending, ignore_errors=True)


def vouched_for(path: Path, digest: str, card: Mapping[str, Any]) -> bytes | None:
    """The content of a file, if it is the one that the card says.

    Args:
        path: its place, in the card's folder or one below.
        digest: SHA-256 of what it must hold.
        card: of the checkpoint.

    Returns:
        None where the file has another sum.

    Raises:
        OSError: it cannot be read.
    """
    name = card["name"]
    folder = path.parent if path == weights_path(name, path.parent) else path.parent.parent
    waiting = _pending(name, folder, card) / path.name
    if waiting.is_file():
        with suppress(OSError):  # moved meanwhile
            content = waiting.read_bytes()
            if hashlib.sha256(content).hexdigest() == digest:
                return content
    content = path.read_bytes()
    return content if hashlib.sha256(content).hexdigest() == digest else None


def settled(name: str, folder: str | Path, read: Callable[[], Found]) -> Found:
    """Read a checkpoint; again, if another one came meanwhile.

    Args:
        name: of the checkpoint.
        folder: where it is.
        read: reads the card and the files.

    Raises:
        CheckpointError: of ``read``, while nothing was replaced.
    """
    for _ in range(TRIES):
        before = _stamps(name, folder)
        try:
            return read()
        except CheckpointError:
            if _stamps(name, folder) == before:
                raise
    return read()


def _stamps(name: str, folder: str | Path) -> list[Stamp | None]:
    """What is another after a checkpoint was replaced."""
    places = (card_path(name, folder), weights_path(name, folder), epochs_path(name, folder))
    return [_stamp(path) for path in places]


def _stamp(path: Path) -> Stamp | None:
    with suppress(OSError):
        status = path.stat()
        return status.st_ino, status.st_mtime_ns, status.st_size
    return None
