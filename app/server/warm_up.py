"""What every visitor's first page would wait for, done beside the server before somebody comes."""

from __future__ import annotations

import importlib
from contextlib import suppress
from pathlib import Path

CHAPTERS = Path(__file__).resolve().parents[1] / "chapters"


def load() -> None:
    """Import what the pages import, load what they read, and hide both from the collector.

    Pages come in while this goes on; what is missing or damaged is said by the page that needs it.
    """
    from app.ui import images, networks
    from app.ui.boot import boot, freeze
    from core import homework
    from core.checkpoints import CheckpointError
    from core.data.facts import DATASETS, DatasetError

    boot()
    for name in modules():
        importlib.import_module(name)
    for name in homework.NETWORKS:
        with suppress(CheckpointError):
            networks.model(name)
    for name in DATASETS:
        with suppress(DatasetError):
            images.samples(name)
    freeze()


def modules() -> list[str]:
    """The chapters' modules, without the pages themselves: these are scripts, and draw."""
    every = sorted(CHAPTERS.glob("*/*.py"))
    return [
        f"app.chapters.{path.parent.name}.{path.stem}"
        for path in every
        if path.stem not in ("__init__", "page")
    ]
