"""Our layers against torch's own, side by side in one run: `python -m benchmarks.layers`.

With `--against FOLDER`, the layers of another checkout of this project stand in torch's place: what
a change to them costs. Both are loaded into this process and work on the same tensors.

Time: the two take turns, and which goes first changes with every turn. Each turn gives a ratio,
ours / theirs. The table has their median and, in brackets, the middle half (first to third
quartile). With two threads on a busy machine the ratios say little: each thread waits for the
other, and so for whatever else runs.

Memory: how far the process's resident memory rises during one call above where it stood before,
from the system's high-water mark (Linux: /proc/self/clear_refs resets it, VmHWM reads it). Taken
after all timings, and with the C library told to map each block of 64 KB or more by itself and to
give it back at once, so that no freed memory hides what a call needs. The call runs in a fresh
thread, where our layers keep nothing yet. This counts all that a call touches: results, what
autograd keeps, scratch memory, torch's own included.
"""

import argparse
import ctypes
import importlib
import platform
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core import conv, pool

Call = Callable[[], object]


@dataclass(frozen=True)
class Layers:
    """What is compared: torch's, ours, or those of another checkout."""

    conv2d: Callable[..., Tensor]
    max_pool2d: Callable[..., Tensor]
    avg_pool2d: Callable[..., Tensor]
    Conv2d: type[nn.Module]
    MaxPool2d: type[nn.Module]


TORCH = Layers(F.conv2d, F.max_pool2d, F.avg_pool2d, nn.Conv2d, nn.MaxPool2d)


def layers_in(conv: ModuleType, pool: ModuleType) -> Layers:
    """The layers of a checkout's core.conv and core.pool."""
    return Layers(conv.conv2d, pool.max_pool2d, pool.avg_pool2d, conv.Conv2d, pool.MaxPool2d)


OURS = layers_in(conv, pool)


def layers_of(checkout: Path) -> Layers:
    """The layers of another checkout, loaded beside ours.

    Raises:
        ValueError: the folder is no checkout of this project.
    """
    for file in ("core/conv.py", "core/pool.py"):
        if not (checkout / file).is_file():
            raise ValueError(f"expected a checkout with {file}, got {str(checkout)!r}")
    here = {name: sys.modules.pop(name) for name in modules_of_core()}
    sys.path.insert(0, str(checkout))
    try:
        names = ("core.conv", "core.pool")
        return layers_in(*(importlib.import_module(name) for name in names))
    finally:
        sys.path.remove(str(checkout))
        for name in modules_of_core():
            del sys.modules[name]
        sys.modules.update(here)


def modules_of_core() -> list[str]:
    """The modules of the package core that are loaded now."""
    return [name for name in sys.modules if name == "core" or name.startswith("core.")]


@dataclass(frozen=True)
class Comparison:
    """One row of the table: the same work by them and by us, and what ours may cost at most."""

    name: str
    theirs: Call
    ours: Call
    target: float | None


def mnist_cnn(layers: Layers) -> nn.Sequential:
    """The homework's network from the given layers, always with the same weights."""
    torch.manual_seed(0)
    conv, pool = layers.Conv2d, layers.MaxPool2d
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
    generator = torch.Generator().manual_seed(0)  # both sides get the same numbers
    grad_output = torch.randn(call().shape, generator=generator)
    return lambda: torch.autograd.grad(call(), wanted, grad_output)


def conv_case(
    theirs: Layers,
    shape: tuple[int, int, int, int],
    c_out: int,
    stride: int,
    target: float | None,
    note: str = "",
) -> Iterator[Comparison]:
    """A convolution with kernel 3 and padding 1; with one channel its input needs no gradient."""
    images = torch.randn(shape, requires_grad=shape[1] > 1)
    weight = torch.randn(c_out, shape[1], 3, 3, requires_grad=True)
    bias = torch.randn(c_out, requires_grad=True)
    wanted = [tensor for tensor in (images, weight, bias) if tensor.requires_grad]
    name = f"conv {'x'.join(map(str, shape))} -> {c_out}, k3 s{stride} p1{note}"
    arguments = images, weight, bias, stride, 1
    yield from both_ways(name, theirs.conv2d, OURS.conv2d, arguments, wanted, target)


def pool_case(
    theirs: Layers, shape: tuple[int, int, int, int], kernel: int, target: float
) -> Iterator[Comparison]:
    """Max pooling with stride 2."""
    images = torch.randn(shape, requires_grad=True)
    name = f"max pool {'x'.join(map(str, shape))}, k{kernel} s2"
    arguments = images, kernel, 2
    yield from both_ways(name, theirs.max_pool2d, OURS.max_pool2d, arguments, [images], target)


def average_case(theirs: Layers, shape: tuple[int, int, int, int]) -> Iterator[Comparison]:
    """Average pooling of 2 x 2, which has only the readable body."""
    images = torch.randn(shape, requires_grad=True)
    name = f"average pool {'x'.join(map(str, shape))}, k2"
    yield from both_ways(name, theirs.avg_pool2d, OURS.avg_pool2d, (images, 2), [images], None)


def both_ways(
    name: str,
    theirs: Callable[..., Tensor],
    ours: Callable[..., Tensor],
    arguments: tuple[object, ...],
    wanted: list[Tensor],
    target: float | None,
) -> Iterator[Comparison]:
    """A row for the forward pass alone, and one for both passes."""
    calls = [lambda function=function: function(*arguments) for function in (theirs, ours)]
    yield Comparison(f"{name}: forward", *map(without_gradient, calls), target)
    both = [with_gradient(call, wanted) for call in calls]
    yield Comparison(f"{name}: forward + backward", *both, target)


def cnn_case(theirs: Layers, batch_size: int) -> Iterator[Comparison]:
    """One evaluation and one training step of the whole network."""
    models = mnist_cnn(theirs), mnist_cnn(OURS)
    images = torch.rand(batch_size, 1, 28, 28)
    calls = [without_gradient(lambda model=model: model(images)) for model in models]
    yield Comparison(f"MNIST CNN, batch {batch_size}: forward", *calls, None)
    steps = [training_step(model, batch_size) for model in models]
    yield Comparison(f"MNIST CNN, batch {batch_size}: training step", *steps, 1.0)


def comparisons(theirs: Layers) -> Iterator[Comparison]:
    """All rows of the table."""
    yield from cnn_case(theirs, 64)
    yield from cnn_case(theirs, 256)
    yield from conv_case(theirs, (64, 1, 28, 28), 3, 1, None, " (CNN 1)")
    yield from conv_case(theirs, (64, 3, 14, 14), 6, 1, None, " (CNN 2)")
    yield from conv_case(theirs, (64, 16, 32, 32), 32, 1, 1.45)
    yield from conv_case(theirs, (32, 64, 32, 32), 128, 2, 1.45)
    yield from pool_case(theirs, (64, 3, 28, 28), 2, 1.5)
    yield from pool_case(theirs, (64, 6, 14, 14), 2, 1.5)
    yield from pool_case(theirs, (64, 16, 32, 32), 2, 1.5)
    yield from pool_case(theirs, (64, 16, 32, 32), 3, 1.5)
    yield from average_case(theirs, (64, 16, 32, 32))


def seconds(call: Call, repeats: int) -> float:
    """Mean seconds of one call over so many in a row."""
    start = time.perf_counter()
    for _ in range(repeats):
        call()
    return (time.perf_counter() - start) / repeats


def take_turns(comparison: Comparison, budget: float) -> tuple[list[float], list[float]]:
    """Seconds per call of theirs and of ours, turn by turn, at least nine of them."""
    for call in (comparison.theirs, comparison.ours):
        seconds(call, 3)
    repeats = max(
        1, round(0.004 / min(seconds(call, 3) for call in (comparison.theirs, comparison.ours)))
    )
    theirs: list[float] = []
    ours: list[float] = []
    end = time.perf_counter() + budget
    while len(ours) < 9 or time.perf_counter() < end:
        order = ((theirs, comparison.theirs), (ours, comparison.ours))
        for results, call in order if len(ours) % 2 else reversed(order):
            results.append(seconds(call, repeats))
    return theirs, ours


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
    """Times one comparison: the table's cells from its name to the ratio."""
    theirs, ours = take_turns(comparison, budget)
    low, ratio, high = statistics.quantiles([o / t for o, t in zip(ours, theirs, strict=True)], n=4)
    cells = [
        comparison.name,
        str(threads),
        f"{statistics.median(theirs) * 1e3:.2f}",
        f"{statistics.median(ours) * 1e3:.2f}",
        f"{ratio:.2f} [{low:.2f}-{high:.2f}]",
    ]
    if comparison.target is None:
        return [*cells, "-", "-"]
    verdict = "met" if ratio <= comparison.target else "MISSED"
    return [*cells, f"<= {comparison.target:.2f}", verdict]


def memory_cells(comparison: Comparison) -> list[str]:
    """The memory of one comparison: the table's last two cells."""
    peaks = [peak_megabytes(call) for call in (comparison.theirs, comparison.ours)]
    return ["-" if peak is None else f"{peak:.1f}" for peak in peaks]


def print_table(table: list[list[str]]) -> None:
    """Prints rows of cells with the first column to the left and the others to the right."""
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    print(f"torch {torch.__version__}, {platform.machine()}, Python {platform.python_version()}")
    for name, *cells in table:
        right = (cell.rjust(width) for cell, width in zip(cells, widths[1:], strict=True))
        print("  ".join((name.ljust(widths[0]), *right)).rstrip())


def options() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(
        description="core.conv and core.pool against torch's own layers, or another checkout's"
    )
    add = parser.add_argument
    add("--threads", type=int, nargs="+", default=[1, 2], help="torch threads (default: 1 2)")
    add("--seconds", type=float, default=1.0, help="time for each row (default: 1)")
    add("--only", default="", help="only rows whose name contains this")
    add("--against", type=Path, help="another checkout, whose layers stand in torch's place")
    return parser


def main() -> None:
    """Prints the table."""
    parser = options()
    arguments = parser.parse_args()
    theirs, them = TORCH, "torch"
    if arguments.against is not None:
        try:
            theirs, them = layers_of(arguments.against), "before"
        except ValueError as error:
            parser.error(f"--against: {error}")

    def chosen() -> Iterator[tuple[int, Comparison]]:
        for threads in arguments.threads:
            torch.set_num_threads(threads)
            for case in comparisons(theirs):
                if arguments.only in case.name:
                    yield threads, case

    times = [time_cells(case, threads, arguments.seconds) for threads, case in chosen()]
    map_large_blocks_by_themselves()
    memory = [memory_cells(case) for _, case in chosen()]
    heading = ["case", "threads", f"{them} ms", "ours ms", "ratio [middle half]", "target", ""]
    rows = [line + peaks for line, peaks in zip(times, memory, strict=True)]
    print_table([[*heading, f"{them} MB", "ours MB"], *rows])


if __name__ == "__main__":
    main()
