"""What a worker process needs, imported once: by the process that all workers are copies of, where
there is one, so that they share its memory; else by each worker.

Whoever imports this gives way to everything else on the computer, and computes with one thread.
"""

import gc
import os

if hasattr(os, "nice"):
    os.nice(10)

import torch

from app.ui.beside import needed

needed.load()
torch.set_num_threads(1)
gc.freeze()  # no collection writes into what is shared
