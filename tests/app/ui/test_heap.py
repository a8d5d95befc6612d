"""app.ui.heap: what the C library keeps of memory."""

import subprocess
import sys

import pytest

from app.ui.heap import ARENAS

THREADS = """
import ctypes, threading
from app.ui import heap
{}
library = ctypes.CDLL(None)
library.malloc.restype = ctypes.c_void_p
together = threading.Barrier(12)
def page():
    together.wait()
    library.malloc(1000)
    together.wait()
pages = [threading.Thread(target=page) for _ in range(12)]
for one in pages: one.start()
for one in pages: one.join()
library.malloc_stats()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's")
def test_threads_share_heaps() -> None:
    usual, shared = (
        subprocess.run(
            [sys.executable, "-c", THREADS.format(call)], capture_output=True, text=True, check=True
        ).stderr.count("Arena ")
        for call in ("", "heap.share_heaps()")
    )
    assert shared <= ARENAS < usual
