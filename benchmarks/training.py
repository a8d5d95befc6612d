"""The ResNet's training against the script that a student writes: `python -m benchmarks.training`.

The plain script: float32, NCHW, a DataLoader with the homework's PIL transforms and two workers,
Adam. Ours is `train_all.py resnet` as a user calls it; `--plain` makes it take the very same steps
as the script. Each measurement is a process of its own that trains on the first images of CIFAR-10
for two epochs, of which the second counts. All take turns; each turn gives a ratio, ours / plain
script, and the table has the median and, in brackets, the least and the greatest.

The input pipelines are also measured alone, without a network: how many images per second they can
deliver.
"""

import argparse
import json
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, Subset
from torchvision.datasets import CIFAR10
from torchvision.transforms import v2

from core.data.augment import random_crop_flip
from core.data.facts import ROOT, data_folder, facts, to_unit
from core.data.load import load
from core.models import ResNet

BATCH = 128
WORKERS = 2
TARGET = 2.0


@dataclass(frozen=True)
class Speed:
    """Images per second, and the most bytes in use at once, of all processes together."""

    images_per_second: float
    peak_memory: int


PLAIN = "plain script"
OURS: dict[str, tuple[tuple[str, ...], float | None]] = {
    "ours, the same steps (--plain)": (("--plain",), TARGET),
    "ours, the recipe that ships": ((), TARGET),
    "ours, the same steps, one process": (("--plain", "--processes", "1"), None),
    "ours, the same steps, float32": (("--plain", "--precision", "fp32"), None),
}


def student_loader(folder: Path, images: int) -> DataLoader:
    """CIFAR-10 as torchvision's tutorial loads it, with the homework's transforms."""
    cifar10 = facts("cifar10")
    transform = v2.Compose(
        [
            v2.RandomResizedCrop(32, scale=(0.8, 1.0)),
            v2.RandomHorizontalFlip(),
            v2.ToImage(),
            v2.ToDtype(torch.float32, scale=True),
            v2.Normalize(cifar10.mean, cifar10.std),
        ]
    )
    data = CIFAR10(str(folder), train=True, transform=transform)
    return DataLoader(
        Subset(data, range(images)), batch_size=BATCH, shuffle=True, num_workers=WORKERS
    )


def train_as_a_student(folder: Path, images: int) -> Speed:
    """Two epochs of the plain script; the second counts."""
    model = ResNet()
    model.normalize = nn.Identity()  # the transforms do it
    optimizer = torch.optim.Adam(model.parameters())
    loader = student_loader(folder, images)
    for _ in range(2):
        start = time.perf_counter()
        student_epoch(model, optimizer, loader)
        elapsed = time.perf_counter() - start
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    workers = WORKERS * resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return Speed(images / elapsed, (own + workers) * 1024)


def student_epoch(model: nn.Module, optimizer: torch.optim.Adam, loader: DataLoader) -> None:
    """One epoch of the plain script, which adds up loss and accuracy as it goes."""
    correct, loss_sum = 0, 0.0
    model.train()
    for images, labels in loader:
        optimizer.zero_grad()
        logits = model(images)
        loss = F.cross_entropy(logits, labels)
        torch.autograd.backward(loss)
        optimizer.step()
        loss_sum += loss.item() * len(labels)
        correct += int((logits.argmax(1) == labels).sum())


def student_process(folder: Path, images: int) -> Speed:
    """The plain script in a process of its own."""
    settings = ("--data-dir", str(folder), "--images", str(images), "--only-plain-script")
    output = run([sys.executable, "-m", "benchmarks.training", *settings])
    return Speed(**json.loads(output.splitlines()[-1]))


def our_process(options: Iterable[str], folder: Path, images: int) -> Speed:
    """``train_all.py resnet`` with these options."""
    command = [sys.executable, str(ROOT / "train_all.py"), "resnet", "--json", "--no-download"]
    settings = ("--epochs", "2", "--data-dir", str(folder), "--limit", str(images))
    with tempfile.TemporaryDirectory() as runs:
        output = run([*command, *settings, "--runs-dir", runs, *options])
    events = [json.loads(line) for line in output.splitlines()]
    epochs = [event for event in events if event["event"] == "epoch"]
    return Speed(epochs[-1]["images_per_second"], events[-1]["peak_memory"])


def run(command: list[str]) -> str:
    """What a command prints; its error message ends this program."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    return done.stdout


def pipelines(folder: Path, images: int) -> dict[str, float]:
    """Images per second that each input pipeline delivers to nobody, on one processor core in our
    case.
    """
    loader = student_loader(folder, images)
    data = load("cifar10", "train", folder, download=False)
    generator = torch.Generator().manual_seed(0)

    def ours() -> None:
        for index in torch.split(torch.randperm(images, generator=generator), BATCH):
            batch = to_unit(random_crop_flip(data.images[index], generator))
            batch.contiguous(memory_format=torch.channels_last)

    threads = torch.get_num_threads()
    plain = images / seconds(lambda: sum(len(labels) for _, labels in loader))
    torch.set_num_threads(1)
    own = images / seconds(ours)
    torch.set_num_threads(threads)
    return {f"plain script, {WORKERS} workers": plain, "ours, 1 thread": own}


def seconds(call: Callable[[], object]) -> float:
    """Of the second of two calls."""
    call()
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def measure(folder: Path, images: int, turns: int) -> dict[str, list[Speed]]:
    """All trainings, taking turns; the plain script is the first."""
    speeds: dict[str, list[Speed]] = {name: [] for name in (PLAIN, *OURS)}
    for _ in range(turns):
        speeds[PLAIN].append(student_process(folder, images))
        for name, (settings, _) in OURS.items():
            speeds[name].append(our_process(settings, folder, images))
    return speeds


def row(name: str, speeds: list[Speed], plain: list[Speed], target: float | None) -> str:
    """One training's line of the table."""
    rates = [speed.images_per_second for speed in speeds]
    ratios = [rate / other.images_per_second for rate, other in zip(rates, plain, strict=True)]
    ratio = statistics.median(ratios)
    spread = f"{ratio:.2f} [{min(ratios):.2f}-{max(ratios):.2f}]"
    aim, verdict = "-", "-"
    if target is not None:
        aim, verdict = f">= {target:.2f}", "met" if ratio >= target else "MISSED"
    memory = max(speed.peak_memory for speed in speeds) / 1e6
    rate = statistics.median(rates)
    return f"{name:<36}{rate:>10.0f}{spread:>20}{aim:>10}{verdict:>8}{memory:>9.0f}"


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="training the ResNet: ours against a plain script")
    add = parser.add_argument
    add("--data-dir", help="folder with the data sets (default: $CNN_DATA, else data/)")
    add("--images", type=int, default=2_560, help="images of each epoch (default: 2560)")
    add("--turns", type=int, default=3, help="how often each is measured (default: 3)")
    add("--only-plain-script", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def main() -> None:
    """Prints both tables."""
    options = parse()
    folder = data_folder(options.data_dir)
    if options.only_plain_script:
        print(json.dumps(vars(train_as_a_student(folder, options.images))))
        return
    speeds = measure(folder, options.images, options.turns)
    print(
        f"torch {torch.__version__}, {platform.machine()}, {torch.get_num_threads()} threads, "
        f"Python {platform.python_version()}, batch {BATCH}"
    )
    print(f"{'training':<36}{'images/s':>10}{'ratio':>20}{'target':>10}{'':>8}{'peak MB':>9}")
    targets = {name: target for name, (_, target) in OURS.items()}
    for name, own in speeds.items():
        print(row(name, own, speeds[PLAIN], targets.get(name)))
    print(f"\n{'input pipeline alone':<36}{'images/s':>10}")
    for name, rate in pipelines(folder, options.images).items():
        print(f"{name:<36}{rate:>10.0f}")


if __name__ == "__main__":
    main()
