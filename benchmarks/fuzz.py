"""Try every public function, file and link with generated cases: `python -m benchmarks.fuzz`.

A case ends well if it is taken, or refused with an exception that the docstring names and a
sentence. Anything else ends the run, with the smallest such case. `--cases` says how many in all,
`--seed` which, and `--only` a part of the names.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections.abc import Sequence

from benchmarks.fuzzing import files, functions, links
from benchmarks.fuzzing.target import Count, Target, try_out

MEMORY = 12 * 2**30  # bytes of address space; torch's libraries alone take a third of it


def targets() -> list[Target]:
    """All that is tried."""
    return [*functions.targets(), *files.targets(), *links.targets()]


def shares(chosen: Sequence[Target], cases: int) -> list[int]:
    """How many cases each target gets, at least one."""
    total = sum(target.weight for target in chosen)
    return [max(1, round(cases * target.weight / total)) for target in chosen]


def run(chosen: Sequence[Target], cases: int, seed: int) -> dict[str, Count]:
    """Try targets, one after the other; the first case that ends badly is raised."""
    counts: dict[str, Count] = {}
    for target, share in zip(chosen, shares(chosen, cases)):
        try:
            counts[target.name] = try_out(target, share, seed)
        except Exception as error:
            error.add_note(f"in {target.name}, seed {seed}")
            raise
    return counts


def main() -> None:
    """Print a row for each target."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="")
    parser.add_argument("--keep-going", action="store_true", help="name each target that fails")
    wanted = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    chosen = [target for target in targets() if wanted.only in target.name]
    started, total, failed = time.monotonic(), 0, 0
    print("| target | cases | taken | refused |\n|---|---|---|---|")
    for target, share in zip(chosen, shares(chosen, wanted.cases)):
        try:
            count = try_out(target, share, wanted.seed)
        except Exception as error:
            if not wanted.keep_going:
                raise
            failed += 1
            print(f"| {target.name} | FAILED | {_told(error)} | |")
            continue
        total += count.cases
        refused = ", ".join(f"{name} {times:,}" for name, times in count.refused.items())
        print(f"| {target.name} | {count.cases:,} | {count.taken:,} | {refused or '–'} |")
    print(f"\n{total:,} cases in {time.monotonic() - started:.0f} s, {failed} targets failed.")
    sys.exit(failed > 0)


def _told(error: Exception) -> str:
    """Each failure in a group, with the smallest case."""
    parts = error.exceptions if isinstance(error, ExceptionGroup) else (error,)
    return " / ".join(
        " ".join(f"{type(one).__name__}: {one} {getattr(one, '__notes__', [])}".split())[:400]
        for one in parts
    )


if __name__ == "__main__":
    main()
