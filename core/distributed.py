"""Several processes that train one network together, as ``torchrun`` starts them; alone, nothing changes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch
import torch.distributed as dist
from torch import Tensor, nn


def is_together() -> bool:
    """Whether this process trains together with others."""
    return dist.is_available() and dist.is_initialized()


def rank() -> int:
    """This process's number; 0 writes the files and speaks."""
    return dist.get_rank() if is_together() else 0


def world_size() -> int:
    """Number of processes."""
    return dist.get_world_size() if is_together() else 1


@contextmanager
def together() -> Iterator[int]:
    """Join the other processes that ``torchrun`` started, if it did; yields this process's number on its machine.

    With CUDA the processes talk through NCCL and each takes the GPU of its number, else through gloo; and the
    processor's cores are shared out as torch threads.
    """
    if "TORCHELASTIC_RUN_ID" not in os.environ:
        yield 0
        return
    local, beside = int(os.environ["LOCAL_RANK"]), int(os.environ["LOCAL_WORLD_SIZE"])
    torch.set_num_threads(max(1, (os.cpu_count() or 1) // beside))
    if torch.cuda.is_available():
        torch.cuda.set_device(local % torch.cuda.device_count())
    dist.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
    try:
        yield local
    finally:
        dist.destroy_process_group()


def share(batch: Tensor) -> tuple[Tensor, float]:
    """This process's part of a batch, and how much one of its images counts.

    Args:
        batch: (N,) indices, the same in every process.

    Returns:
        (indices, weight). The parts are disjoint with weight 1; a batch with fewer images than processes goes whole to
        each of them, with weight 1 / processes.
    """
    size = world_size()
    if len(batch) < size:
        return batch, 1 / size
    return torch.tensor_split(batch, size)[rank()], 1.0


def total(values: Tensor) -> Tensor:
    """The sum of the processes' tensors, in every process."""
    if is_together():
        values = values.clone()
        dist.all_reduce(values)
    return values


def average_buffers(model: nn.Module) -> None:
    """Give every process the mean of the processes' buffers (batch normalisation's running statistics)."""
    for buffer in model.buffers() if is_together() else ():
        if buffer.is_floating_point():
            buffer.copy_(total(buffer) / world_size())


def wait_for_all() -> None:
    """Go on when every process has come here."""
    if is_together():
        dist.barrier()
