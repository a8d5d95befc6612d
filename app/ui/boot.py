"""What a server does once, before its first page."""

from __future__ import annotations

import gc
import importlib
import itertools

import torch

from app.server.outputs import keep_open
from app.ui.cache import LOADED, cached
from core.environment import import_scipy

FREEZES = 100
_times = itertools.count()


@cached()
def boot() -> None:
    """Once a server, after all heavy imports.

    What is printed cannot fail, also where `streamlit run` has started the server. torch gets one
    thread, since two spin against each other in small networks. What is imported by
    now is frozen: the garbage collection that Streamlit does after every rerun would otherwise walk
    all of it (240 ms with torch).
    """
    keep_open()
    importlib.import_module("pyarrow")  # else imported by the first chart
    import_scipy()  # else by the first spline
    torch.set_num_threads(1)
    freeze()


def freeze() -> None:
    """What is alive by now is walked by no later garbage collection."""
    LOADED.clear()
    gc.collect()
    gc.freeze()


def freeze_loaded() -> None:
    """At the end of a run: where something was loaded, as a chapter does when it is first opened,
    it is frozen as well; without this the collection after each run walks it again.

    What is frozen by the way and given up later, as a session is, may stay in memory: so this is
    done ``FREEZES`` times at most.
    """
    if LOADED.is_set() and next(_times) < FREEZES:
        freeze()
