"""What ``check --all`` does: every submission of a class, several at a time, and their grades."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from commands.progress import counting_bar
from core.checking import sheets
from core.checking.check import CheckError, code_files, version
from core.checking.imports import INIT
from core.checking.results import Report, ReportError, read
from core.checking.sheets import Row, submission
from core.checking.weights import Weights
from core.checkpoints.files import write_whole
from core.data.facts import ROOT
from core.json_files import parse_json

FOLDER = "check_all"  # below --runs-dir: finished reports and the grades
FINISHED = (0, 1)  # exit codes of a check that has a report
BROKEN_OFF = 2  # that of one that says why it got no further
SECONDS = 900  # that the check of one submission may take in all
ASSIGNMENT = "Convolutional networks"  # what the column is called that Canvas reads


@dataclass(frozen=True)
class Asked:
    """How submissions are checked.

    Attributes:
        names: part to the name of what is checked, where it is not looked for.
        seed: of what is drawn.
        jobs: checks at the same time.
        runs: folder for the reports.
    """

    names: Mapping[str, str]
    seed: int
    jobs: int
    runs: Path


def check_all(folder: Path, asked: Asked, weights: Weights) -> None:
    """Check every submission in a folder, and write the grades; finished ones are kept.

    Args:
        folder: with a file or a folder for each person.
        asked: how.
        weights: what the parts are worth.

    Raises:
        CheckError: there are no submissions.
    """
    entries = _entries(folder)
    rows: dict[str, Row] = {}
    with (
        counting_bar(" submissions") as progress,
        ThreadPoolExecutor(asked.jobs) as pool,
    ):
        progress(0, len(entries))
        waiting = [pool.submit(_row, entry, asked) for entry in entries]
        try:
            for done, future in enumerate(as_completed(waiting), 1):
                row = future.result()
                rows[row.path] = row
                progress(done, len(entries))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    _write([rows[entry.name] for entry in entries], asked.runs / FOLDER, weights)


def _entries(folder: Path) -> list[Path]:
    """A file or a folder for each person, in the order of their names."""
    if not folder.is_dir():
        raise CheckError(f"{folder.name} is no folder: expected one with a class's submissions")
    found = sorted(one for one in folder.iterdir() if not one.name.startswith((".", "__")))
    if not found:
        raise CheckError(f"{folder.name} is empty: expected a class's submissions")
    return found


def _row(entry: Path, asked: Asked) -> Row:
    """The line of one submission, from its finished report where there is one."""
    who = submission(entry.name)
    try:
        report = _report(entry, asked)
    except (CheckError, ReportError) as error:
        return Row(entry.name, who, None, str(error))
    except OSError as error:  # it cannot be read: a link that leads nowhere
        return Row(entry.name, who, None, f"{entry.name} cannot be read ({error.strerror})")
    return Row(entry.name, who, report)


def _report(entry: Path, asked: Asked) -> Report:
    place = asked.runs / FOLDER / "reports" / _key(entry, asked)
    refused = place / "refused.txt"
    if refused.exists():
        raise CheckError(refused.read_text("utf-8"))
    if not any((place / "check").glob("*.json")):
        _run(entry, asked, place)
    return read(next((place / "check").glob("*.json")))


def _key(entry: Path, asked: Asked) -> str:
    """Says everything that decides a report: of a folder, where its files are as well.

    Raises:
        CheckError: it has no code, or more files than somebody would hand in.
    """
    files = list(code_files(entry))  # it refuses too many before more are looked for
    files += sorted(one for one in entry.rglob(f"{INIT}.py") if one.is_file())
    digest = hashlib.sha256(repr((version(), asked.seed, sorted(asked.names.items()))).encode())
    for file in files:
        name = file.relative_to(entry).as_posix() if entry.is_dir() else file.name
        digest.update(repr((name, file.stat().st_size)).encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:24]


def _run(entry: Path, asked: Asked, place: Path) -> None:
    """Check one submission in a process of its own, so that none can harm the others, and a file in
    a folder of its own, so that it imports nothing of theirs.

    Raises:
        CheckError: it cannot be checked.
    """
    if entry.is_dir():
        _run_alone(entry, asked, place)
        return
    with tempfile.TemporaryDirectory() as folder:
        _run_alone(Path(shutil.copy(entry, folder)), asked, place)


def _run_alone(entry: Path, asked: Asked, place: Path) -> None:
    named = [f"--{name.replace('_', '-')}={value}" for name, value in asked.names.items()]
    options = ["--json", f"--seed={asked.seed}", f"--runs-dir={place}", *named]
    command = [sys.executable, str(ROOT / "train_all.py"), "check", *options, "--", str(entry)]
    alone = {"OMP_NUM_THREADS": "1"} if asked.jobs > 1 else {}
    try:
        done = subprocess.run(
            command,
            env={**os.environ, **alone},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise CheckError(f"The check was ended after {SECONDS} seconds") from None
    if done.returncode in FINISHED and any((place / "check").glob("*.json")):
        return
    said = done.stderr.strip().splitlines()
    if done.returncode == 0:  # the results say why it cannot be checked, and would say so again
        sentence = str(parse_json(done.stdout.encode())["output"])
        place.mkdir(parents=True, exist_ok=True)
        write_whole(place / "refused.txt", sentence.encode())
        raise CheckError(sentence)
    if done.returncode == BROKEN_OFF and said:  # a full disk, say: the next check may get further
        raise CheckError(said[-1].removeprefix("train_all.py: "))
    raise CheckError(f"The check ended with {done.returncode}")


def _write(rows: Sequence[Row], folder: Path, weights: Weights) -> None:
    """The grades, for people and for the course's system."""
    written = {
        "grades.csv": sheets.grades(rows, weights),
        "grades_moodle.csv": sheets.moodle(rows, weights),
        "grades_canvas.csv": sheets.canvas(rows, weights, ASSIGNMENT),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in written.items():
        write_whole(folder / name, text.encode("utf-8-sig" if name == "grades.csv" else "utf-8"))
    failed = [row for row in rows if row.report is None]
    print(f"{len(rows)} submissions, {len(failed)} that could not be checked")
    print("\n".join(f"  {row.path}: {row.problem}" for row in failed))
    print(f"written to {', '.join(str(folder / name) for name in written)}")
