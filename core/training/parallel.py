"""Several processes that train one network: started here, or by ``torchrun``.

In a single process every function here gives its arguments back as they are.
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
from jaxtyping import Int64, Shaped
from torch import Tensor, nn

from core.failures import Failure
from core.training.quota import cpu_quota

# "rank/processes/file", set for the processes that are started here; by the file they find each
# other
HELPER_VARIABLE = "CNN_TRAINING_HELPER"
GROUP, LOG = "group", "log"  # files by which helpers are found, and to which they write errors
TIMEOUT = timedelta(days=1)  # a laptop may sleep in the middle of a training


class ProcessesError(Failure):
    """A process has ended too early; the message is one sentence for a person."""


def is_together() -> bool:
    """Whether this process trains together with others."""
    return dist.is_available() and dist.is_initialized()


def is_helper() -> bool:
    """Whether this process was started to help another one, which alone prints and writes files."""
    return HELPER_VARIABLE in os.environ or (is_torchrun() and int(os.environ["RANK"]) > 0)


def is_torchrun() -> bool:
    """Whether ``torchrun`` has started this process."""
    return "TORCHELASTIC_RUN_ID" in os.environ


def rank() -> int:
    """This process's number; 0 prints and writes the files."""
    return dist.get_rank() if is_together() else 0


def world_size() -> int:
    """Number of processes."""
    return dist.get_world_size() if is_together() else 1


def cores() -> int:
    """Processor cores that this process may use: those that the system lets it run on, and no more
    than a container's quota pays for.
    """
    count, quota = _allowed_cores(), cpu_quota()
    return count if quota is None else max(1, min(count, int(quota)))


def what_cores_are() -> str:
    """What ``cores`` has counted, as the inside of a sentence."""
    every, count = os.cpu_count() or 1, cores()
    if count < _allowed_cores():
        return f"a quota of processor time allows {count} of this computer's {every} cores"
    if count < every:
        return f"this process may run on {count} of this computer's {every} cores"
    return "the cores of this computer"


def _allowed_cores() -> int:
    """Processor cores that the system lets this process run on."""
    count = getattr(os, "process_cpu_count", os.cpu_count)() or 1  # Python 3.13 has it
    return min(count, len(os.sched_getaffinity(0))) if hasattr(os, "sched_getaffinity") else count


@contextmanager
def together(processes: int, command: Sequence[str]) -> Iterator[None]:
    """Train together inside the block: with ``torchrun``'s processes if it started this one, else
    with helpers.

    With CUDA the processes of ``torchrun`` talk through NCCL and each takes the GPU of its number,
    else through gloo. The processor's cores are shared out as torch threads.

    Args:
        processes: how many there shall be, this one included; ``torchrun`` has decided that itself.
        command: starts a helper; it must come to this very block by itself.

    Raises:
        ProcessesError: a helper ended too early.
    """
    if is_torchrun():
        group = _torchrun_group()
    elif HELPER_VARIABLE in os.environ:
        number, size, file = os.environ[HELPER_VARIABLE].split("/", 2)
        os.write(1, b"ready\n")
        group = _file_group(file, int(size), int(number))
    elif processes > 1:
        group = _group_with_helpers(processes, command)
    else:
        group = threads(min(torch.get_num_threads(), cores()))
    with group:
        yield


def _torchrun_group() -> AbstractContextManager[None]:
    cuda = torch.cuda.is_available()
    if cuda:
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]) % torch.cuda.device_count())
    return _group(int(os.environ["LOCAL_WORLD_SIZE"]), backend="nccl" if cuda else "gloo")


def _file_group(file: str, size: int, number: int) -> AbstractContextManager[None]:
    """The group of ``size`` processes on this machine that name the same new file."""
    return _group(size, backend="gloo", init_method=f"file://{file}", world_size=size, rank=number)


@contextmanager
def _group_with_helpers(processes: int, command: Sequence[str]) -> Iterator[None]:
    with (
        tempfile.TemporaryDirectory() as folder,
        _helpers(processes, command, Path(folder)) as helpers,
    ):
        try:
            with _file_group(f"{folder}/{GROUP}", processes, 0):
                yield
        except RuntimeError as error:
            _raise_if_ended(helpers, Path(folder), error)
            raise


@contextmanager
def _group(processes_here: int, **settings: object) -> Iterator[None]:
    with threads(max(1, cores() // processes_here)):
        dist.init_process_group(timeout=TIMEOUT, **settings)  # type: ignore[arg-type]
        try:
            yield
        finally:
            # what still holds the group, such as DistributedDataParallel, would outlive it and
            # abort the exit
            gc.collect()
            dist.destroy_process_group()


@contextmanager
def threads(count: int) -> Iterator[None]:
    """Inside the block torch computes with so many threads.

    In networks as small as the homework's two threads wait for each other, and with one every sum
    is added up in one order.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def _helpers(
    processes: int, command: Sequence[str], folder: Path
) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Start the helpers, wait until each has come as far as this process, and leave none behind."""
    helpers: list[subprocess.Popen[bytes]] = []
    try:
        for number in range(1, processes):
            role = f"{number}/{processes}/{folder / GROUP}"
            helpers.append(_start(command, role, folder / LOG))
        for helper in helpers:
            if helper.stdout is None or not helper.stdout.readline():
                _raise_if_ended(helpers, folder, None)
        yield helpers
    finally:
        for helper in helpers:
            helper.kill()  # they own no file
            helper.communicate()


def _start(command: Sequence[str], role: str, log: Path) -> subprocess.Popen[bytes]:
    with log.open("ab") as errors:
        return subprocess.Popen(
            command,
            env=os.environ | {HELPER_VARIABLE: role},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            start_new_session=True,  # Ctrl-C reaches this process alone, which then ends them
        )


def _raise_if_ended(
    helpers: list[subprocess.Popen[bytes]], folder: Path, cause: Exception | None
) -> None:
    for helper in helpers:
        try:
            code = helper.wait(timeout=5)
        except subprocess.TimeoutExpired:
            continue
        lines = (folder / LOG).read_text("utf-8", errors="replace").strip().splitlines()
        reason = lines[-1].strip() if lines else "was there memory for it?"
        raise ProcessesError(
            f"Expected {len(helpers) + 1} processes to train together, but one ended with exit "
            f"code {code} ({reason}): give the same command again to go on, or use a single "
            "process.",
            "processes",
        ) from cause


def share(batch: Int64[Tensor, " n"]) -> tuple[Int64[Tensor, " share"], float]:
    """This process's part of a batch, and how much one of its images counts.

    Args:
        batch: indices, the same in every process.

    Returns:
        (indices, weight). The parts are disjoint with weight 1; a batch with fewer images than
        processes goes whole to each of them, with weight 1 / processes.
    """
    size = world_size()
    if len(batch) < size:
        return batch, 1 / size
    return torch.tensor_split(batch, size)[rank()], 1.0


def total(values: Shaped[Tensor, "*shape"]) -> Shaped[Tensor, "*shape"]:
    """The sum of the processes' tensors, in every process."""
    if is_together():
        values = values.clone()
        dist.all_reduce(values)
    return values


def exact_total(values: Shaped[Tensor, "*shape"]) -> Shaped[Tensor, "*shape"]:
    """The sum of the processes' float64 tensors on the CPU, there again. NCCL, which sums on GPUs
    alone, has one that knows float64; other devices, such as MPS, never see it.
    """
    device = "cuda" if is_together() and dist.get_backend() == "nccl" else "cpu"
    return total(values.to(device)).cpu()


def any_process(value: bool, device: torch.device) -> bool:
    """Whether the value is True in at least one process.

    Args:
        value: this process's.
        device: where the processes exchange it.
    """
    if not is_together():
        return value
    return bool(total(torch.tensor(float(value), device=device)))


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
