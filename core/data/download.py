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

from core.data.facts import DatasetError, DatasetFacts, facts


def is_present(name: str, folder: Path) -> bool:
    """Whether a data folder holds a data set, complete or not."""
    return _is_present(facts(name), folder)


def fetch(name: str, folder: Path, *, on_bytes: Callable[[int], None] | None = None) -> None:
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
    known = facts(name)
    if not _is_present(known, folder):
        _download(known, folder, on_bytes)
    _verify(known, folder)


def _is_present(known: DatasetFacts, folder: Path) -> bool:
    if known.name == "mnist":
        return all((folder / file).is_file() for file in known.md5)
    return (folder / "cifar-10-batches-py").is_dir()


def _damaged(known: DatasetFacts, folder: Path, what: str) -> str:
    place = folder / ("MNIST" if known.name == "mnist" else "cifar-10-batches-py")
    return (
        f"{known.title} in {folder} is damaged ({what}): delete {place} and run again to "
        "fetch it anew."
    )


def _verify(known: DatasetFacts, folder: Path) -> None:
    for file, digest in known.md5.items():
        try:
            actual = hashlib.md5((folder / file).read_bytes(), usedforsecurity=False).hexdigest()
        except OSError as error:
            raise DatasetError(_damaged(known, folder, f"{file}: {error.strerror}")) from error
        if actual != digest:
            raise DatasetError(
                _damaged(known, folder, f"{file} does not have the published MD5 sum")
            )


def _dataset_class(known: DatasetFacts) -> Any:  # noqa: ANN401 - torchvision has no types
    from torchvision import (
        datasets,
    )  # here, since it takes 1.9 s and the app needs it only for a full data set

    return datasets.MNIST if known.name == "mnist" else datasets.CIFAR10


def _download(known: DatasetFacts, folder: Path, on_bytes: Callable[[int], None] | None) -> None:
    is_new = not folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=".download-", dir=folder))
    except OSError as error:
        raise DatasetError(
            f"The data folder {folder} cannot be written ({error.strerror}): choose another with "
            "--data-dir."
        ) from error
    try:
        with _watched(partial, on_bytes):
            _dataset_class(known)(str(partial), train=True, download=True)
        for archive in partial.glob("*.tar.gz"):
            archive.unlink()
        for source in partial.iterdir():
            target = folder / source.name
            if target.exists():  # an incomplete older copy
                shutil.rmtree(target)
            source.replace(target)
    except Exception as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise DatasetError(
            f"{known.title} could not be downloaded into {folder} ({reason}): check the network, "
            "or copy the files "
            "there from another computer and run with --no-download."
        ) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        if is_new and not any(folder.iterdir()):
            folder.rmdir()


@contextmanager
def _watched(folder: Path, on_bytes: Callable[[int], None] | None) -> Iterator[None]:
    """Tell how many bytes of packed files have come into a folder, while the block runs."""
    done = threading.Event()

    def watch(tell: Callable[[int], None]) -> None:
        while not done.wait(0.25):
            with suppress(OSError):  # a file may be gone again
                tell(sum(file.stat().st_size for file in folder.rglob("*.gz")))

    watcher = threading.Thread(target=watch, args=(on_bytes,), daemon=True)
    if on_bytes is not None:
        watcher.start()
    try:
        yield
    finally:
        done.set()
        if on_bytes is not None:
            watcher.join()
