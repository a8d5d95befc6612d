"""Downloads a data set with torchvision, and adds to the data folder what is missing there.

The folder is a person's: nothing in it is ever replaced, moved or deleted.
"""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from core.data.checked import checked_bytes, is_present
from core.data.facts import DatasetError, facts

ByteCount = Callable[[int], None]
PATIENCE = 30.0  # seconds without a byte after which a connection counts as lost
NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EXDEV, errno.EMLINK, errno.ENOSYS)


def fetch(name: str, folder: Path, *, on_bytes: ByteCount | None = None) -> None:
    """Download what a data folder lacks of a data set, and check what it holds.

    Args:
        name: "mnist" or "cifar10".
        folder: the data folder.
        on_bytes: called about four times a second, in a thread of its own, with the bytes that have
            come so far, of ``facts(name).download_bytes``.

    Raises:
        DatasetError: it cannot be fetched, or a file is not the published one; says what to do.
        ValueError: unknown name.
    """
    add_missing(name, folder, on_bytes=on_bytes)
    for file in facts(name).md5:
        checked_bytes(name, file, folder)


def add_missing(name: str, folder: Path, *, on_bytes: ByteCount | None = None) -> None:
    """Download a data set if a file of it is missing in a data folder, and add that file.

    A download goes into a temporary folder beside the target, and each file is added whole, so that
    neither a lost connection nor Ctrl-C leaves half a file behind. Of two processes that do it at
    once the first one's files stay.

    Args:
        name: "mnist" or "cifar10".
        folder: the data folder.
        on_bytes: as of ``fetch``.

    Raises:
        DatasetError: it cannot be fetched, or something is in the way; says what to do.
        ValueError: unknown name.
    """
    missing = [file for file in facts(name).md5 if not os.path.lexists(folder / file)]
    if is_present(name, folder):
        return
    for file in facts(name).md5:
        _check_room_for(name, folder / file, folder)
        if file not in missing:
            checked_bytes(name, file, folder)
    _download(name, folder, on_bytes)


def torchvision_class(name: str) -> Any:  # noqa: ANN401 - torchvision has no types
    """The class of torchvision that downloads a data set.

    torchvision takes 1.9 s to import, which is only needed for a download.
    """
    from torchvision import datasets

    return getattr(datasets, facts(name).torchvision_class)


def _check_room_for(name: str, path: Path, folder: Path) -> None:
    """Find out before the download whether a file can be added."""
    if os.path.lexists(path):
        if not path.is_file():
            raise _in_the_way(name, path, "a file should be there")
        return
    for parent in path.relative_to(folder).parents:
        place = folder / parent
        if not os.path.lexists(place):
            continue
        if not place.is_dir():
            raise _in_the_way(name, place, "a folder should be there")
        if not os.access(place, os.W_OK | os.X_OK):
            raise _not_writable(name, place, "Permission denied")
        return


def _in_the_way(name: str, path: Path, reason: str) -> DatasetError:
    return DatasetError(
        f"{facts(name).title} cannot be added, because {path} is in the way ({reason}): move it "
        "away, or choose another folder; nothing of yours is ever replaced.",
        "data_dir",
    )


def _not_writable(name: str, path: Path, reason: str) -> DatasetError:
    return DatasetError(
        f"{facts(name).title} cannot be added, because {path} cannot be written ({reason}): choose "
        "another folder.",
        "data_dir",
    )


def _download(name: str, folder: Path, on_bytes: ByteCount | None) -> None:
    new = [each for each in (folder, *folder.parents) if not os.path.lexists(each)]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=".download-", dir=folder))
    except OSError as error:
        raise _not_writable(name, folder, str(error.strerror)) from error
    try:
        _receive(name, partial, folder, on_bytes)
        for file in facts(name).md5:
            checked_bytes(name, file, partial)
        _add(name, partial, folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        with suppress(OSError):  # one of them holds something
            for each in new:
                each.rmdir()


def _receive(name: str, partial: Path, folder: Path, on_bytes: ByteCount | None) -> None:
    _take_packed(name, partial, folder)
    try:
        with _watched(partial, on_bytes), _impatient():
            torchvision_class(name)(str(partial), train=True, download=True)
    except Exception as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise DatasetError(
            f"{facts(name).title} could not be downloaded into {folder} ({reason}): check the "
            "network, or copy the files there from another computer.",
            "no_download",
        ) from error


def _take_packed(name: str, partial: Path, folder: Path) -> None:
    """Copy what was fetched before, so that torchvision only unpacks it; it fetches anew what has
    another sum.
    """
    for file in facts(name).packed:
        if not (folder / file).is_file():
            continue
        with suppress(OSError):  # then it is fetched
            (partial / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(folder / file, partial / file)


@contextmanager
def _impatient() -> Iterator[None]:
    """Let a connection that no byte comes from be an error, where it would wait for ever."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(PATIENCE)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


def _add(name: str, partial: Path, folder: Path) -> None:
    """Give each unpacked file its place, where there is none."""
    for source in sorted(partial.rglob("*")):
        target = folder / source.relative_to(partial)
        if source.is_dir() or source.suffix == ".gz" or os.path.lexists(target):
            continue
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            _link(source, target)
        except FileExistsError:
            continue  # another process was first; whoever reads the file checks it
        except OSError as error:
            raise _not_writable(name, target, str(error.strerror)) from error


def _link(source: Path, target: Path) -> None:
    """Give a file a second name, whole and only where there is none yet.

    Raises:
        OSError: there is one, or none can be given.
    """
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        _copy(source, target)


def _copy(source: Path, target: Path) -> None:
    """As ``_link``, on a disk without links or from another disk."""
    beside = target.with_name(f".{target.name}.{secrets.token_hex(4)}.partial")
    try:
        shutil.copyfile(source, beside)
        if not os.path.lexists(target):
            beside.rename(target)
    finally:
        beside.unlink(missing_ok=True)


@contextmanager
def _watched(folder: Path, on_bytes: ByteCount | None) -> Iterator[None]:
    """Count the bytes of packed files that have come into a folder, while the block runs."""
    if on_bytes is None:
        yield
        return
    done = threading.Event()
    watcher = threading.Thread(target=_watch, args=(folder, on_bytes, done), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()


def _watch(folder: Path, on_bytes: ByteCount, done: threading.Event) -> None:
    while not done.wait(0.25):
        with suppress(OSError):  # a file may be gone again
            on_bytes(sum(file.stat().st_size for file in folder.rglob("*.gz")))
