"""What the process of a foreign file may use, and the environment that it is given."""

from __future__ import annotations

import os
import site
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HANDED_ON = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "SYSTEMROOT", "COMSPEC", "WINDIR")
PLACES = ("HOME", "USERPROFILE", "TMPDIR", "TEMP", "TMP", "MPLCONFIGDIR", "TORCH_HOME")
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS")


@dataclass(frozen=True)
class Limits:
    """What a foreign file may use.

    Attributes:
        memory: bytes, beyond what torch itself takes.
        file: bytes of a file that it writes.
        folder: bytes of all its files.
        answer: bytes of one answer.
        printed: characters that are kept of what one question prints.
        define: seconds for the file's imports and definitions, and for torch where it is not
            imported yet.
    """

    memory: int = 4 * 2**30
    file: int = 16 * 2**20
    folder: int = 128 * 2**20
    answer: int = 128 * 2**20
    printed: int = 4000
    define: float = 30.0


def environment(work: Path) -> dict[str, str]:
    """The environment of the process: nothing of the person's own but where libraries are.

    Args:
        work: the folder that it may write into.
    """
    own = {name: os.environ[name] for name in HANDED_ON if name in os.environ}
    folders = [one for one in os.environ.get("PYTHONPATH", "").split(os.pathsep) if one]
    outside = [one for one in folders if not _is_project(Path(one).resolve())]
    places = dict.fromkeys(PLACES, str(work))
    return {
        **own,
        **places,
        **dict.fromkeys(THREADS, "1"),
        "PYTHONPATH": os.pathsep.join(outside),
        "PYTHONUSERBASE": site.getuserbase(),
        "PYTHONHASHSEED": "0",
        "PYTHONIOENCODING": "utf-8:replace",
        "MPLBACKEND": "Agg",
        "CUDA_VISIBLE_DEVICES": "",
    }


def _is_project(folder: Path) -> bool:
    return folder == ROOT or ROOT in folder.parents


def command(settings: object) -> list[str]:
    """The command that starts the process, with nothing of this project on its path."""
    main = ROOT / "core" / "checking" / "student" / "__main__.py"
    return [sys.executable, "-P", "-B", "-u", str(main), repr(settings)]


def gigabytes(size: int) -> str:
    """Bytes as GB."""
    return f"{size / 2**30:g} GB"
