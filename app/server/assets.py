"""Streamlit's own files as a proxy hands them out: compressed once, and not for every request."""

from __future__ import annotations

import gzip
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

COMPRESSIBLE = {".css", ".js", ".json", ".svg"}  # pictures and fonts are compressed as they are
compressed = partial(gzip.compress, compresslevel=9, mtime=0)
ZSTD_LEVEL = "-12"  # of level 19 it has 94 %, in a seventh of the time


def streamlits() -> Path:
    """Where the installed Streamlit has the files whose names change with what is in them.

    Raises:
        FileNotFoundError: it has none.
    """
    found = importlib.util.find_spec("streamlit")
    for place in (found and found.submodule_search_locations) or ():
        folder = Path(place) / "static" / "static"
        if folder.is_dir():
            return folder
    raise FileNotFoundError("Expected Streamlit with its static files: install it anew with pip.")


def kept_folder(fallback: Path) -> Path:
    """A folder of this user's that outlives the server.

    Args:
        fallback: taken where none can be made, as on a file system that is only read.
    """
    base = os.environ.get("XDG_CACHE_HOME") or str(Path("~").expanduser() / ".cache")
    folder = Path(base) / "cnn-explainer" / "static"
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        if os.access(folder, os.W_OK):
            return folder
    return fallback


def prepare(folder: Path, source: Path | None = None) -> None:
    """See that a folder has every file, and beside it what gzip and zstd make of it.

    What is there already stays, also what an earlier Streamlit had: pages that are open ask for it.

    Args:
        folder: to fill; its names are those of the source.
        source: of the files; None: the installed Streamlit's.

    Raises:
        OSError: a file cannot be read or written.
    """
    source = source or streamlits()
    new = []
    for file in sorted(path for path in source.rglob("*") if path.is_file()):
        target = folder / file.relative_to(source)
        if target.exists() and target.stat().st_size == file.stat().st_size:
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.suffix in COMPRESSIBLE:
            _write(target.with_name(f"{target.name}.gz"), compressed(file.read_bytes()))
            new.append(target)
        _write(target, file.read_bytes())  # last: it says that the file is done
    _zstd(new)


def _write(target: Path, content: bytes) -> None:
    """Whole or not at all: a proxy may be reading."""
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    beside.write_bytes(content)
    beside.replace(target)


def _zstd(files: Sequence[Path]) -> None:
    """A twentieth smaller than gzip; where the command is missing, gzip alone does."""
    command = shutil.which("zstd")
    if command and files:
        names = map(str, files)
        subprocess.run([command, "-q", "-f", ZSTD_LEVEL, "-k", *names], check=False)


def main(arguments: Sequence[str]) -> int:
    """Fill a folder: python -m app.server.assets FOLDER, as the image of the proxy is made.

    Args:
        arguments: the folder.

    Returns:
        The exit code.
    """
    (folder,) = arguments
    prepare(Path(folder))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
