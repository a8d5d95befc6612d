"""What every visitor's first page would wait for, done beside the server before somebody comes."""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

from app.ui import heap

PAUSE = 30.0  # seconds between two times that memory is given back
CHAPTERS = Path(__file__).resolve().parents[1] / "chapters"


def load() -> None:
    """Import what the pages import, load what they read, and hide both from the collector.

    Pages that come in meanwhile are drawn first. What is missing or damaged is said by the page
    that needs it.
    """
    from app.ui import images, networks
    from app.ui.boot import boot, freeze
    from app.ui.turns import wait_until_quiet
    from core import homework
    from core.checkpoints import CheckpointError
    from core.data.facts import DATASETS, DatasetError

    boot()
    steps: list[Callable[[], object]] = []
    steps += [partial(importlib.import_module, name) for name in modules()]
    steps += [partial(networks.model, name) for name in homework.NETWORKS]
    steps += [partial(images.samples, name) for name in DATASETS]
    steps += [partial(images.whole_test_set, name) for name in DATASETS]  # where they are
    for step in steps:
        wait_until_quiet()
        with suppress(CheckpointError, DatasetError):
            step()
    wait_until_quiet()
    freeze()


def stay_small() -> None:
    """For as long as the server runs: what pages have needed and given up is the system's again,
    which the C library would keep.
    """
    while True:
        time.sleep(PAUSE)
        heap.give_back()


def modules() -> list[str]:
    """The chapters' modules, without the pages themselves: these are scripts, and draw."""
    every = sorted(CHAPTERS.glob("*/*.py"))
    return [
        f"app.chapters.{path.parent.name}.{path.stem}"
        for path in every
        if path.stem not in ("__init__", "page")
    ]
