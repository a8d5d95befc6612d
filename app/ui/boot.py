"""What a server does once, before its first page."""

from __future__ import annotations

import gc
import importlib

import torch

from app.outputs import keep_open
from app.ui.cache import cached
from core.environment import import_scipy


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
    gc.collect()
    gc.freeze()
