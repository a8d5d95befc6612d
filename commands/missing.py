"""What is said where a package is missing; imports nothing that could be missing itself."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

HOUSE = {"commands", "core"}


@contextmanager
def packages_or_one_sentence(program: str) -> Iterator[None]:
    """Imports inside the block that find a package missing end the program with one sentence: it
    runs with another Python than the one that was set up. Ctrl-C during them ends it quietly.

    Args:
        program: its name, for the sentence.
    """
    try:
        yield
    except ModuleNotFoundError as missing:
        if missing.name is None or missing.name.partition(".")[0] in HOUSE:
            raise
        print(
            f"{program}: {sys.executable} lacks the package {missing.name}: after `make app` type "
            "`source .venv/bin/activate`, or `pip install -r requirements.txt` into a Python of "
            "your own.",
            file=sys.stderr,
        )
        sys.exit(2)
    except KeyboardInterrupt:
        print("\nEnded before anything was begun.", file=sys.stderr)
        sys.exit(130)
