"""What a foreign file tries to open or start, seen by Python's audit hooks."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

STARTS = {"os.fork", "os.forkpty", "os.exec", "os.posix_spawn", "os.spawn", "os.system"}
STARTS |= {"subprocess.Popen", "os.startfile", "pty.spawn"}
CONNECTS = {"socket.connect", "socket.bind", "socket.sendto", "socket.getaddrinfo"}
PROJECT = ("core", "commands", "app", "train_all")  # names of what holds the reference


class Lookout:
    """Refuses what a checked file has no need for, and remembers what it read of the project."""

    def __init__(self, project: str, allowed: list[str]) -> None:
        """Prepare the hook.

        Args:
            project: the folder that holds the reference.
            allowed: folders inside of it that may be read, such as an environment.
        """
        self.project = os.path.realpath(project)
        self.allowed = tuple(f"{os.path.realpath(one)}{os.sep}" for one in allowed)
        self.reached: dict[str, None] = {}

    def begin(self) -> None:
        """Look on from here to the end of the process."""
        sys.addaudithook(self.see)

    def see(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Take one event.

        Raises:
            PermissionError: it is a process, a connection, or a file of the reference.
        """
        if event in STARTS or event in CONNECTS:
            raise PermissionError(f"{event} is not possible while a file is checked")
        if event == "open" and isinstance(arguments[0], str | bytes):
            self._open(os.fsdecode(arguments[0]))
        elif event == "import" and arguments[0].split(".")[0] in PROJECT:
            self._import(arguments[0])

    def _open(self, path: str) -> None:
        full = os.path.realpath(path)
        inside = Path(self.project) in Path(full).parents
        if inside and not full.startswith(self.allowed):
            self.reached[os.path.relpath(full, self.project)] = None
            raise PermissionError(f"{Path(full).name} belongs to the program that checks")

    def _import(self, name: str) -> None:
        if not name.startswith("core.checking.student") and name not in sys.modules:
            self.reached[name] = None
