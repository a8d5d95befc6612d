"""Begins the process of a foreign file: its pipe, its limits, and only then the file."""

from __future__ import annotations

import ast
import faulthandler
import os
import pkgutil
import signal
import socket
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

HERE = Path(__file__).resolve().parent
SYSTEM = ("/usr", "/lib", "/lib64", "/bin", "/etc", "/proc", "/sys", "/dev/urandom", "/nix/store")


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


def readable(project: str) -> list[str]:
    """Folders that libraries are in, and what else Python and torch read."""
    prefixes = {os.path.realpath(one) for one in (sys.prefix, sys.base_prefix)}
    found = (getattr(one, "path", "") for one in pkgutil.iter_importers())
    on_path = {os.path.realpath(one) for one in found if one}
    outside = {one for one in on_path if not f"{one}/".startswith(f"{project}/")}
    libraries = os.environ.get("LD_LIBRARY_PATH", "").split(os.pathsep)
    return sorted({*prefixes, *outside, *filter(None, libraries), *SYSTEM, str(HERE)})


def begin(settings: Mapping[str, Any], requests: int, replies: int, output: int) -> None:
    """Take the pipe away from what is printed, give up rights, then serve.

    Args:
        settings: of `core.checking.process`.
        requests: the file descriptor that questions come from.
        replies: that answers go to.
        output: that what is printed goes to.
    """
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    sys.argv[:] = [""]
    trace = Path(settings["trace"]).open("w")  # noqa: SIM115 - open to the end of the process
    faulthandler.enable(file=trace)
    if sys.platform != "win32":  # the other process asks for the line by it
        faulthandler.register(signal.SIGUSR1, file=trace)
    from core.checking.student.confined import confine
    from core.checking.student.looking import Lookout

    places = readable(settings["project"])
    held = confine({**settings, "readable": places, "writable": [settings["work"], os.devnull]})
    from core.checking.student.serving import Server

    lookout = Lookout(settings["project"], places)
    ends = os.fdopen(requests, "rb"), os.fdopen(replies, "wb")
    server = Server(*ends, trace, held, lookout)
    lookout.begin()
    server.serve()


def begin_copy(settings: Mapping[str, Any], requests: int, replies: int, output: int) -> None:
    """What ``begin`` does, in a copy of the nursery, which has another environment and folder."""
    os.environ.clear()
    os.environ.update(settings["environment"])
    os.chdir(settings["work"])
    tempfile.tempdir = None  # so that it is looked for again
    begin(settings, requests, replies, output)


def main() -> None:
    """Be the process of one file, or the one that copies itself for each."""
    settings = ast.literal_eval(sys.argv[1])
    if "nursery" not in settings:
        begin(settings, os.dup(0), os.dup(1), os.dup(2))
        return
    from core.checking.student.nursery import nurse
    from core.checking.student.serving import load

    load()
    nurse(socket.socket(fileno=settings["nursery"]), begin_copy)
    os._exit(0)  # at once: whoever has started this waits for it


if __name__ == "__main__":
    stand_in()
    main()
