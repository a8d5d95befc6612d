"""What a worker process needs of torch and of this project."""

from __future__ import annotations

import importlib

MODULES = ("core.attacks", "core.cam", "core.checkpoints", "core.masking", "app.ui.networks")


def load() -> None:
    """Import it."""
    for name in MODULES:
        importlib.import_module(name)
