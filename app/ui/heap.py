"""What the C library keeps of memory that nobody uses."""

from __future__ import annotations

import ctypes
from contextlib import suppress

ARENAS = 2  # heaps that threads share
_M_ARENA_MAX = -8  # of glibc's malloc.h


def share_heaps() -> None:
    """Threads share a few heaps. By default each new one, and every run of a page is one, may get
    a heap of its own up to eight a core, and each keeps what was free when its run ended: 100 to
    150 MB with 200 visitors. Python computes one thing at a time, so that nobody waits for a heap.
    """
    with suppress(OSError, AttributeError):  # other systems' libraries have one heap for all
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, ARENAS)


def give_back() -> None:
    """What a question or a page has needed is for others again: the C library would keep it, 230 MB
    after the 700 pictures of a map's curves, in each process.
    """
    with suppress(OSError, AttributeError):  # other systems' libraries give it back by themselves
        ctypes.CDLL(None).malloc_trim(0)
