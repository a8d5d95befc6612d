"""Questions of the tests, which a worker process imports."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

from core.evaluation import UncomputableError
from core.failures import Failure


class TwofoldError(Exception):
    """An error that cannot be made from its words alone."""

    def __init__(self, one: str, two: str) -> None:
        super().__init__(f"{one}, {two}")


def squares(folder: str, count: int) -> Iterator[int]:
    """Each as soon as its file is there; who computes it leaves its number."""
    place = Path(folder)
    with (place / "computed").open("a") as file:
        file.write(f"{os.getpid()}\n")
    for number in range(count):
        while not (place / f"go {number}").exists():
            time.sleep(0.01)
        yield number**2


def process() -> tuple[int, int, int]:
    """Who computes, how it gives way, and with how many threads."""
    import torch

    return os.getpid(), os.nice(0), torch.get_num_threads()


def fail(kind: str) -> None:
    if kind == "failure":
        raise Failure("There is no room", "out", repair="make room")
    if kind == "uncomputable":
        raise UncomputableError("It has no value.")
    if kind == "value":
        raise ValueError("Expected more, got less.")
    raise TwofoldError("one", "two")


def die() -> None:
    os._exit(9)
