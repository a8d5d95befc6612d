"""Begins the process of a foreign file: its pipe, its limits, and only then torch and the file."""

from __future__ import annotations

import ast
import faulthandler
import os
import sys
from pathlib import Path
from types import ModuleType

HERE = Path(__file__).resolve().parent


def stand_in() -> None:
    """Make this folder importable by its full name, and nothing else of the project."""
    for name in ("core", "core.checking", "core.checking.student"):
        module = ModuleType(name)
        module.__path__ = [str(HERE)] if name.endswith("student") else []
        sys.modules[name] = module
    sys.modules["core"].checking = sys.modules["core.checking"]  # type: ignore[attr-defined]
    sys.modules["core.checking"].student = sys.modules[  # type: ignore[attr-defined]
        "core.checking.student"
    ]


def main() -> None:
    """Take the pipe away from what is printed, then serve."""
    settings = ast.literal_eval(sys.argv[1])
    requests, replies = (os.fdopen(os.dup(number), mode) for number, mode in ((0, "rb"), (1, "wb")))
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    sys.argv[:] = [""]
    trace = Path(settings["trace"]).open("w")
    faulthandler.enable(file=trace)
    from core.checking.student.serving import Server

    Server(requests, replies, trace).serve()


if __name__ == "__main__":
    stand_in()
    main()
