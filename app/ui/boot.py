"""What a server does once, before its first page."""

from __future__ import annotations

import gc
import importlib

import torch

from app.ui.cache import cached
from core.environment import import_scipy


@cached()
def boot() -> None:
    """Once a server, after all heavy imports.

    torch gets one thread, since two spin against each other in small networks.
    """
    importlib.import_module("pyarrow")  # else imported by the first chart
    import_scipy()  # else by the first spline
    torch.set_num_threads(1)
    freeze()


def freeze() -> None:
    """What is alive by now is walked by no later garbage collection (240 ms with torch).

    Nothing that is given up later may be among it: a session that is frozen stays in memory.
    """
    gc.collect()
    gc.freeze()
