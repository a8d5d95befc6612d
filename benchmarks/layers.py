"""Our layers against torch's own, side by side in one run: `python -m benchmarks.layers`.

Time: the two take turns, and which goes first changes with every turn. Each turn gives a ratio,
    ours / torch.
The table has their median and, in brackets, the middle half (first to third quartile). With two
threads on a busy machine the ratios say little: each thread waits for the other, and so for
whatever else runs.

Memory: how far the process's resident memory rises during one call above where it stood before,
    from the
system's high-water mark (Linux: /proc/self/clear_refs resets it, VmHWM reads it). Taken after all
timings, and with the C library told to map each block of 64 KB or more by itself and to give it
back at once, so that no freed memory hides what a call needs. The call runs in a fresh thread,
where our layers keep nothing yet. This counts all that a call touches: results, what autograd
keeps, scratch memory, torch's own included.
"""

import argparse
import ctypes
import platform
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.conv import Conv2d, conv2d
from core.pool import MaxPool2d, max_pool2d

Call = Callable[[], object]


@dataclass(frozen=True)
class Comparison:
    """One row of the table: the same work done by torch and by us, and the ratio that it may cost
    at most.
    """

    name: str
    torchs: Call
    ours: Call
    target: float | None


def mnist_cnn(conv: type[nn.Module], pool: type[nn.Module]) -> nn.Sequential:
    """The homework's network from the given layer classes, always with the same weights."""
    torch.manual_seed(0)
    return nn.Sequential(
        *(conv(1, 3, 3, padding=1), nn.ReLU(), pool(2)),
        *(conv(3, 6, 3, padding=1), nn.ReLU(), pool(2)),
        *(nn.Flatten(), nn.Linear(294, 128), nn.ReLU(), nn.Linear(128, 10)),
    )


def training_step(model: nn.Module, batch_size: int) -> Call:
    """One step of Adam on random digits."""
    images, labels = torch.rand(batch_size, 1, 28, 28), torch.randint(10, (batch_size,))
    optimizer = torch.optim.Adam(model.parameters())

    def step() -> None:
        optimizer.zero_grad()
        torch.autograd.backward(F.cross_entropy(model(images), labels))
        optimizer.step()

    return step


def without_gradient(call: Call) -> Call:
    """The call under no_grad, as in evaluation."""

    def run() -> object:
        with torch.no_grad():
            return call()

    return run


def with_gradient(call: Callable[[], Tensor], wanted: list[Tensor]) -> Call:
    """The call and its backward pass to the wanted tensors."""
    grad_output = torch.randn_like(call())
    return lambda: torch.autograd.grad(call(), wanted, grad_output)


def conv_case(
    shape: tuple[int, int, int, int], c_out: int, stride: int, target: float | None, note: str = ""
) -> Iterator[Comparison]:
    """A convolution with kernel 3 and padding 1; with one channel its input needs no gradient."""
    images = torch.randn(shape, requires_grad=shape[1] > 1)
    weight, bias = (
        torch.randn(c_out, shape[1], 3, 3, requires_grad=True),
        torch.randn(c_out, requires_grad=True),
    )
    wanted = [tensor for tensor in (images, weight, bias) if tensor.requires_grad]
    name = f"conv {'x'.join(map(str, shape))} -> {c_out}, k3 s{stride} p1{note}"

    def torchs() -> Tensor:
        return F.conv2d(images, weight, bias, stride, 1)

    def ours() -> Tensor:
        return conv2d(images, weight, bias, stride, 1)

    yield Comparison(f"{name}: forward", without_gradient(torchs), without_gradient(ours), target)
    both = with_gradient(torchs, wanted), with_gradient(ours, wanted)
    yield Comparison(f"{name}: forward + backward", *both, target)


def pool_case(shape: tuple[int, int, int, int], kernel: int, target: float) -> Iterator[Comparison]:
    """Max pooling with stride 2."""
    images = torch.randn(shape, requires_grad=True)
    name = f"max pool {'x'.join(map(str, shape))}, k{kernel} s2"

    def torchs() -> Tensor:
        return F.max_pool2d(images, kernel, 2)

    def ours() -> Tensor:
        return max_pool2d(images, kernel, 2)

    yield Comparison(f"{name}: forward", without_gradient(torchs), without_gradient(ours), target)
    both = with_gradient(torchs, [images]), with_gradient(ours, [images])
    yield Comparison(f"{name}: forward + backward", *both, target)


def cnn_case(batch_size: int) -> Iterator[Comparison]:
    """One evaluation and one training step of the whole network."""
    torchs, ours = mnist_cnn(nn.Conv2d, nn.MaxPool2d), mnist_cnn(Conv2d, MaxPool2d)
    images = torch.rand(batch_size, 1, 28, 28)
    calls = without_gradient(lambda: torchs(images)), without_gradient(lambda: ours(images))
    yield Comparison(f"MNIST CNN, batch {batch_size}: forward", *calls, None)
    steps = training_step(torchs, batch_size), training_step(ours, batch_size)
    yield Comparison(f"MNIST CNN, batch {batch_size}: training step", *steps, 1.0)


def comparisons() -> Iterator[Comparison]:
    """All rows of the table."""
    yield from cnn_case(64)
    yield from cnn_case(256)
    yield from conv_case((64, 1, 28, 28), 3, 1, None, " (CNN 1)")
    yield from conv_case((64, 3, 14, 14), 6, 1, None, " (CNN 2)")
    yield from conv_case((64, 16, 32, 32), 32, 1, 1.45)
    yield from conv_case((32, 64, 32, 32), 128, 2, 1.45)
    yield from pool_case((64, 3, 28, 28), 2, 1.5)
    yield from pool_case((64, 6, 14, 14), 2, 1.5)
    yield from pool_case((64, 16, 32, 32), 2, 1.5)
    yield from pool_case((64, 16, 32, 32), 3, 1.5)


def seconds(call: Call, repeats: int) -> float:
    """Mean seconds of one call over so many in a row."""
    start = time.perf_counter()
    for _ in range(repeats):
        call()
    return (time.perf_counter() - start) / repeats


def take_turns(comparison: Comparison, budget: float) -> tuple[list[float], list[float]]:
    """Seconds per call of torch and of ours, turn by turn, at least nine of them."""
    for call in (comparison.torchs, comparison.ours):
        seconds(call, 3)
    repeats = max(
        1, round(0.004 / min(seconds(call, 3) for call in (comparison.torchs, comparison.ours)))
    )
    torchs: list[float] = []
    ours: list[float] = []
    end = time.perf_counter() + budget
    while len(ours) < 9 or time.perf_counter() < end:
        order = ((torchs, comparison.torchs), (ours, comparison.ours))
        for results, call in order if len(ours) % 2 else reversed(order):
            results.append(seconds(call, repeats))
    return torchs, ours


def resident_kilobytes(field: str) -> int:
    """VmRSS (now) or VmHWM (high-water mark) of this process."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(field)).split()[1])


def map_large_blocks_by_themselves() -> None:
    """From here on the C library gives freed blocks of 64 KB or more back to the system."""
    if platform.system() == "Linux":
        m_mmap_threshold = -3  # glibc's malloc.h
        ctypes.CDLL(None).mallopt(m_mmap_threshold, 64 << 10)


def peak_megabytes(call: Call) -> float | None:
    """How far resident memory rises during one call, or None where the system does not tell."""
    if platform.system() != "Linux":
        return None
    call()
    thread = threading.Thread(target=call)
    ctypes.CDLL(None).malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5")
    before = resident_kilobytes("VmRSS")
    thread.start()
    thread.join()
    return (resident_kilobytes("VmHWM") - before) / 1024


def time_cells(comparison: Comparison, threads: int, budget: float) -> list[str]:
    """Times one comparison: the table's cells from its name to the verdict."""
    torchs, ours = take_turns(comparison, budget)
    low, ratio, high = statistics.quantiles([o / t for o, t in zip(ours, torchs, strict=True)], n=4)
    return [
        comparison.name,
        str(threads),
        f"{statistics.median(torchs) * 1e3:.2f}",
        f"{statistics.median(ours) * 1e3:.2f}",
        f"{ratio:.2f} [{low:.2f}-{high:.2f}]",
        "-" if comparison.target is None else f"<= {comparison.target:.2f}",
        "-" if comparison.target is None else "met" if ratio <= comparison.target else "MISSED",
    ]


def memory_cells(comparison: Comparison) -> list[str]:
    """The memory of one comparison: the table's last two cells."""
    peaks = [peak_megabytes(call) for call in (comparison.torchs, comparison.ours)]
    return ["-" if peak is None else f"{peak:.1f}" for peak in peaks]


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(
        description="core.conv and core.pool against torch's own layers"
    )
    parser.add_argument(
        "--threads", type=int, nargs="+", default=[1, 2], help="torch threads (default: 1 2)"
    )
    parser.add_argument("--seconds", type=float, default=1.0, help="time for each row (default: 1)")
    parser.add_argument("--only", default="", help="only rows whose name contains this")
    arguments = parser.parse_args()

    def chosen() -> Iterator[tuple[int, Comparison]]:
        for threads in arguments.threads:
            torch.set_num_threads(threads)
            yield from ((threads, case) for case in comparisons() if arguments.only in case.name)

    times = [time_cells(comparison, threads, arguments.seconds) for threads, comparison in chosen()]
    map_large_blocks_by_themselves()
    memory = [memory_cells(comparison) for _, comparison in chosen()]

    heading = ["case", "threads", "torch ms", "ours ms", "ratio [middle half]", "target", ""]
    table = [
        [*heading, "torch MB", "ours MB"],
        *(line + peaks for line, peaks in zip(times, memory, strict=True)),
    ]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    print(f"torch {torch.__version__}, {platform.machine()}, Python {platform.python_version()}")
    for name, *cells in table:
        right = (cell.rjust(width) for cell, width in zip(cells, widths[1:], strict=True))
        print("  ".join((name.ljust(widths[0]), *right)).rstrip())


if __name__ == "__main__":
    main()
