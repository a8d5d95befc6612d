"""Several processes that train one network together: started here, or by ``torchrun``; alone,
nothing changes.
"""

from __future__ import annotations

import gc
import os
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from pathlib import Path

import torch
import torch.distributed as dist
from torch import Tensor, nn

# "rank/processes/meeting point", set for the processes that are started here
HELPER_VARIABLE = "CNN_TRAINING_HELPER"
PATIENCE = timedelta(days=1)  # a laptop may sleep in the middle of a training


class ProcessesError(Exception):
    """A process has ended before its time; the message is one sentence for a person."""


def is_together() -> bool:
    """Whether this process trains together with others."""
    return dist.is_available() and dist.is_initialized()


def is_helper() -> bool:
    """Whether this process was started to help another one, which alone speaks and writes."""
    return HELPER_VARIABLE in os.environ or (is_torchrun() and int(os.environ["RANK"]) > 0)


def is_torchrun() -> bool:
    """Whether ``torchrun`` has started this process."""
    return "TORCHELASTIC_RUN_ID" in os.environ


def rank() -> int:
    """This process's number; 0 writes the files and speaks."""
    return dist.get_rank() if is_together() else 0


def world_size() -> int:
    """Number of processes."""
    return dist.get_world_size() if is_together() else 1


def cores() -> int:
    """Processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def together(processes: int, command: Sequence[str]) -> Iterator[None]:
    """Train together inside the block: with ``torchrun``'s processes if it started this one, else
    with helpers.

    With CUDA the processes of ``torchrun`` talk through NCCL and each takes the GPU of its number,
    else through gloo. The processor's cores are shared out as torch threads.

    Args:
        processes: how many there shall be, this one included; ``torchrun`` has decided that itself.
        command: starts a helper; it must come to this very place by itself.

    Raises:
        ProcessesError: a helper ended before its time.
    """
    if is_torchrun():
        beside, local = int(os.environ["LOCAL_WORLD_SIZE"]), int(os.environ["LOCAL_RANK"])
        if torch.cuda.is_available():
            torch.cuda.set_device(local % torch.cuda.device_count())
        with _group(beside, backend="nccl" if torch.cuda.is_available() else "gloo"):
            yield
    elif HELPER_VARIABLE in os.environ:
        number, size, place = os.environ[HELPER_VARIABLE].split("/", 2)
        os.write(1, b"ready\n")
        with _meeting(place, int(size), int(number)):
            yield
    elif processes > 1:
        with tempfile.TemporaryDirectory() as folder:
            meeting, log = Path(folder) / "meeting", Path(folder) / "log"
            with _helpers(processes, command, meeting, log) as helpers:
                try:
                    with _meeting(str(meeting), processes, 0):
                        yield
                except RuntimeError as error:
                    _blame(helpers, log, error)
                    raise
    else:
        yield


def _meeting(file: str, processes: int, number: int) -> AbstractContextManager[None]:
    return _group(
        processes, backend="gloo", init_method=f"file://{file}", world_size=processes, rank=number
    )


@contextmanager
def _group(beside: int, **settings: object) -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(max(1, cores() // beside))
    dist.init_process_group(timeout=PATIENCE, **settings)  # type: ignore[arg-type]
    try:
        yield
    finally:
        # what still holds the group, such as DistributedDataParallel, would outlive it and abort
        # the exit
        gc.collect()
        dist.destroy_process_group()
        torch.set_num_threads(threads)


@contextmanager
def _helpers(
    processes: int, command: Sequence[str], meeting: Path, log: Path
) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Start the helpers, wait until each has come as far as this process, and leave none behind."""
    helpers: list[subprocess.Popen[bytes]] = []
    try:
        with log.open("ab") as said:
            for number in range(1, processes):
                helper = subprocess.Popen(
                    command,
                    env=os.environ | {HELPER_VARIABLE: f"{number}/{processes}/{meeting}"},
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=said,
                    # Ctrl-C reaches this process alone, which then ends them
                    start_new_session=True,
                )
                helpers.append(helper)
        for helper in helpers:
            if helper.stdout is None or not helper.stdout.readline():
                _blame(helpers, log, None)
        yield helpers
    finally:
        for helper in helpers:
            helper.kill()  # they own no file
            helper.communicate()


def _blame(helpers: list[subprocess.Popen[bytes]], log: Path, cause: Exception | None) -> None:
    """Raise if a helper has ended."""
    for helper in helpers:
        try:
            code = helper.wait(timeout=5)
        except subprocess.TimeoutExpired:
            continue
        said = log.read_text("utf-8", errors="replace").strip().splitlines()
        raise ProcessesError(
            f"Expected {len(helpers) + 1} processes to train together, but one ended with exit "
            f"code {code} "
            f"({said[-1].strip() if said else 'was there memory for it?'}): give the same "
            "command again to go on, with "
            "--processes 1 to use a single one."
        ) from cause


def share(batch: Tensor) -> tuple[Tensor, float]:
    """This process's part of a batch, and how much one of its images counts.

    Args:
        batch: (N,) indices, the same in every process.

    Returns:
        (indices, weight). The parts are disjoint with weight 1; a batch with fewer images than
        processes goes whole to each of them, with weight 1 / processes.
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
    """Give every process the mean of the processes' buffers (batch normalisation's running
    statistics).
    """
    for buffer in model.buffers() if is_together() else ():
        if buffer.is_floating_point():
            buffer.copy_(total(buffer) / world_size())


def wait_for_all() -> None:
    """Go on when every process has come here."""
    if is_together():
        dist.barrier()
