"""Downloads a data set with torchvision: whole, or not at all."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from core.data.facts import DatasetError, facts

ByteCount = Callable[[int], None]


def is_present(name: str, folder: Path) -> bool:
    """Whether a data folder holds a data set, damaged or not.

    Args:
        name: "mnist" or "cifar10".
        folder: the data folder.

    Raises:
        ValueError: unknown name.
    """
    dataset = facts(name)
    files = [folder / file for file in dataset.md5]
    return (folder / dataset.subfolder).is_dir() and all(file.is_file() for file in files)


def fetch(name: str, folder: Path, *, on_bytes: ByteCount | None = None) -> None:
    """Download a data set with torchvision, unless the folder holds it, and check it.

    A download goes into a temporary folder beside the target and is moved into place whole, so that
    neither a lost connection nor Ctrl-C leaves half a data set behind.

    Args:
        name: "mnist" or "cifar10".
        folder: the data folder.
        on_bytes: called about four times a second, in a thread of its own, with the bytes that have
            come so far, of ``facts(name).download_bytes``.

    Raises:
        DatasetError: it cannot be fetched or what came is damaged; says what to do.
        ValueError: unknown name.
    """
    if not is_present(name, folder):
        _download(name, folder, on_bytes)
    _verify(name, folder)


def damaged(name: str, folder: Path, reason: str) -> DatasetError:
    """The error of a data set whose files are not what they should be; says what to do."""
    dataset = facts(name)
    return DatasetError(
        f"{dataset.title} in {folder} is damaged ({reason}): delete {folder / dataset.subfolder} "
        "and run again to fetch it anew."
    )


def torchvision_class(name: str) -> Any:  # noqa: ANN401 - torchvision has no types
    """The class of torchvision that downloads and reads a data set.

    torchvision takes 1.9 s to import, which the app only needs for a full data set.
    """
    from torchvision import datasets

    return getattr(datasets, facts(name).torchvision_class)


def _verify(name: str, folder: Path) -> None:
    for file, digest in facts(name).md5.items():
        try:
            actual = hashlib.md5((folder / file).read_bytes(), usedforsecurity=False).hexdigest()
        except OSError as error:
            raise damaged(name, folder, f"{file}: {error.strerror}") from error
        if actual != digest:
            raise damaged(name, folder, f"{file} does not have the published MD5 sum")


def _download(name: str, folder: Path, on_bytes: ByteCount | None) -> None:
    is_new = not folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=".download-", dir=folder))
    except OSError as error:
        raise DatasetError(
            f"The data folder {folder} cannot be written ({error.strerror}): choose another.",
            "data_dir",
        ) from error
    try:
        with _watched(partial, on_bytes):
            torchvision_class(name)(str(partial), train=True, download=True)
        _move_in(partial, folder)
    except Exception as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise DatasetError(
            f"{facts(name).title} could not be downloaded into {folder} ({reason}): check the "
            "network, or copy the files there from another computer.",
            "no_download",
        ) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        if is_new and not any(folder.iterdir()):
            folder.rmdir()


def _move_in(partial: Path, folder: Path) -> None:
    """Move what was unpacked into the data folder, in place of an incomplete older copy."""
    for archive in partial.glob("*.tar.gz"):
        archive.unlink()
    for source in partial.iterdir():
        target = folder / source.name
        if target.exists():
            shutil.rmtree(target)
        source.replace(target)


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
