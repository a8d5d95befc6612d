"""How long the sheets of a class take, with their key, as a teacher has them made.

Run with: python -m benchmarks.sheets [--count 300]. The command is run twice at each level, with a
QR code on every sheet, and has to write the same bytes; it prints the seconds of the cores and of
the clock, start included, and the size of the files.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from core.data.facts import ROOT
from core.sheets.kinds import LEVELS

COUNT, LONGEST = 300, 60.0  # sheets, and seconds that they may take
ADDRESS = "https://cnn.example.org"
FILES = ("sheets.pdf", "key.pdf")


@dataclass(frozen=True)
class Made:
    """One run of the command.

    Attributes:
        seconds: of the clock.
        core_seconds: of all cores, in programs and in the system.
        files: what it wrote, in the order of ``FILES``.
    """

    seconds: float
    core_seconds: float
    files: tuple[bytes, ...]


def make(count: int, level: int) -> Made:
    """Have the sheets of so many students made.

    Args:
        count: of the students.
        level: of the exercises.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        names = "".join(f"Student {one}\n" for one in range(count))
        (folder / "class.csv").write_text(names, "utf-8")
        options = ("--students", str(folder / "class.csv"), "--level", str(level))
        more = ("--address", ADDRESS, "--out", str(folder))
        command = [sys.executable, str(ROOT / "train_all.py"), "sheets", *options, *more]
        before, start = os.times(), time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        seconds, after = time.perf_counter() - start, os.times()
        spent = after.children_user + after.children_system
        spent -= before.children_user + before.children_system
        return Made(seconds, spent, tuple((folder / one).read_bytes() for one in FILES))


def row(level: int, made: Made) -> str:
    """One line of the table."""
    sizes = "".join(f"{len(content) / 1e6:>14.2f}" for content in made.files)
    return f"{level:>5}{made.seconds:>12.1f}{made.core_seconds:>16.1f}{sizes}"


def main() -> None:
    """Make the sheets and print what they took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=COUNT, help="students")
    count = parser.parse_args().count
    print(f"{count} sheets with their key, in seconds and MB")
    print(f"level{'seconds':>12}{'core seconds':>16}" + "".join(f"{one:>14}" for one in FILES))
    slow = []
    for level in LEVELS:
        first, again = make(count, level), make(count, level)
        if first.files != again.files:
            sys.exit(f"Level {level} has other bytes in a second run.")
        best = min(first, again, key=lambda made: made.seconds)
        print(row(level, best))
        slow += [level] * (best.seconds > LONGEST)
    if slow:
        sys.exit(f"More than {LONGEST:.0f} seconds at level {', '.join(map(str, slow))}.")


if __name__ == "__main__":
    main()
