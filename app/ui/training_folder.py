"""The folder of a training that a visitor has started: what it prints and what it goes on with."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

from filelock import FileLock, Timeout

from core.checkpoints.files import write_whole
from core.json_files import LARGEST_JSON, parse_json, read_json
from core.training.resume import STATE_FILE, finished_epochs

Ended = Literal["done", "stopped", "failed"]
ENDS: tuple[Ended, ...] = ("done", "stopped", "failed")
ORPHAN = 10.0  # seconds until a training whose server is gone has ended as well
# What is read of the events; those of other kinds, or without it, are none.
NUMBERS = {
    "step": ("epoch", "step", "steps", "accuracy", "recent_loss", "recent_accuracy"),
    "epoch": ("epoch", "validation_loss", "validation_accuracy", "seconds"),
    "result": ("accuracy",),
}


class TrainingFolder:
    """What is left of a training where its server ends; another one goes on from here."""

    def __init__(self, path: Path) -> None:
        """Nothing is written yet.

        Args:
            path: of the folder, which may be missing.
        """
        self.path = path
        self.out = path / "out"

    @property
    def arguments(self) -> list[str]:
        """The options that let a training write here."""
        return ["--out", str(self.out), "--runs-dir", str(self.path / "runs")]

    @contextmanager
    def alone(self, goes_on: Callable[[], bool]) -> Iterator[bool]:
        """Inside the block no other process trains here.

        Args:
            goes_on: asked while another one does.

        Yields:
            Whether it is so; False: it was not worth waiting for.

        Raises:
            OSError: the folder cannot be written.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self.path / "lock")
        while True:
            try:
                lock.acquire(timeout=0.25)
                break
            except Timeout:
                if not goes_on():
                    yield False
                    return
        try:
            yield True
        finally:
            lock.release()

    def wait_for_orphan(self) -> None:
        """Wait until a training whose server was killed has noticed it and ended."""
        for folder in self._states():
            with suppress(Timeout, OSError), FileLock(folder / "lock", timeout=ORPHAN):
                pass

    def add(self, line: str) -> None:
        """Keep a line that the training has printed.

        Raises:
            OSError: it cannot be written.
        """
        with (self.path / "events").open("a", encoding="utf-8") as file:
            file.write(line.rstrip("\n") + "\n")

    def events(self) -> list[dict[str, Any]]:
        """What the training has told so far, as far as it is finished or can be gone on with: of an
        epoch that begins anew nothing. Lines that cannot be read are left out.
        """
        told = self._told()
        epochs = [event for event in told if event["event"] == "epoch"]
        for folder in self._states():
            records = [{"event": "epoch", **asdict(one)} for one in finished_epochs(folder)]
            epochs = [one for one in records if _drawable(one)] or epochs
        steps = [event for event in told if event["event"] == "step"]
        steps = [event for event in steps if event["epoch"] <= len(epochs)]
        return [*steps, *epochs, *(event for event in told if event["event"] == "result")]

    def rewind(self) -> list[dict[str, Any]]:
        """Forget what was told of an epoch that begins anew.

        Returns:
            The events that stay.

        Raises:
            OSError, NoRoomError: they cannot be written.
        """
        found = self.events()
        lines = "".join(json.dumps(event) + "\n" for event in found)
        write_whole(self.path / "events", lines.encode())
        return found

    def end(self, state: Ended, failure: str = "") -> None:
        """Say how it ended, so that nobody goes on with it.

        Raises:
            OSError: it cannot be written.
        """
        content = {"state": state, "failure": failure}
        write_whole(self.path / "end.json", json.dumps(content).encode())

    def ended(self) -> tuple[Ended, str] | None:
        """How it ended, and what it failed of; None: it can be gone on with."""
        try:
            found = read_json(self.path / "end.json")
            state = next(state for state in ENDS if state == found["state"])
            return state, str(found["failure"])
        except (OSError, ValueError, KeyError, TypeError, StopIteration):
            return None

    def _told(self) -> list[dict[str, Any]]:
        try:
            with (self.path / "events").open("rb") as file:
                lines = file.read(LARGEST_JSON).splitlines()
        except OSError:
            return []
        return [event for line in lines if (event := read_event(line)) is not None]

    def _states(self) -> list[Path]:
        """The folders of the states that the training has written; usually one."""
        return [file.parent for file in sorted((self.path / "runs").glob(f"*/{STATE_FILE}"))]


def read_event(line: bytes) -> dict[str, Any] | None:
    """One line that a training has printed; None: it is no event that a page can draw.

    Args:
        line: JSON.
    """
    try:
        return _drawable(parse_json(line))
    except ValueError:
        return None


def _drawable(found: Any) -> dict[str, Any] | None:  # noqa: ANN401 - whatever the JSON holds
    """The same where it has the numbers of an event of its kind."""
    if not isinstance(found, dict) or found.get("event") not in NUMBERS:
        return None
    numbers: list[Any] = [found.get(name) for name in NUMBERS[found["event"]]]
    fit = all(type(number) in (int, float) and math.isfinite(number) for number in numbers)
    return found if fit else None
