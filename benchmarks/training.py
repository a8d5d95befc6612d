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


OURS: dict[str, tuple[tuple[str, ...], float | None]] = {
    "ours, the same steps (--plain)": (("--plain",), TARGET),
    "ours, the recipe that ships": ((), TARGET),
    "ours, the same steps, one process": (("--plain", "--processes", "1"), None),
    "ours, the same steps, float32": (("--plain", "--precision", "fp32"), None),
}


def student_loader(folder: Path, images: int) -> DataLoader:
    """CIFAR-10 as torchvision's tutorial loads it, with the homework's transforms."""
    known = facts("cifar10")
    transform = v2.Compose(
        [
            v2.RandomResizedCrop(32, scale=(0.8, 1.0)),
            v2.RandomHorizontalFlip(),
            v2.ToImage(),
            v2.ToDtype(torch.float32, scale=True),
            v2.Normalize(known.mean, known.std),
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
        start, right, loss_sum = time.perf_counter(), 0, 0.0
        model.train()
        for batch, labels in loader:
            optimizer.zero_grad()
            logits = model(batch)
            loss = F.cross_entropy(logits, labels)
            torch.autograd.backward(loss)
            optimizer.step()
            loss_sum += loss.item() * len(labels)
            right += int((logits.argmax(1) == labels).sum())
        seconds = time.perf_counter() - start
    workers = WORKERS * resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return Speed(
        images / seconds, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss + workers) * 1024
    )


def student_process(folder: Path, images: int) -> Speed:
    """The plain script in a process of its own."""
    command = [
        sys.executable,
        "-m",
        "benchmarks.training",
        "--data-dir",
        str(folder),
        "--images",
        str(images),
    ]
    return Speed(**json.loads(run([*command, "--only-plain-script"]).splitlines()[-1]))


def our_process(options: Iterable[str], folder: Path, images: int) -> Speed:
    """``train_all.py resnet`` with these options."""
    with tempfile.TemporaryDirectory() as runs:
        said = run(
            [
                *(
                    sys.executable,
                    str(ROOT / "train_all.py"),
                    "resnet",
                    "--json",
                    "--no-download",
                    "--epochs",
                    "2",
                ),
                *("--data-dir", str(folder), "--limit", str(images), "--runs-dir", runs, *options),
            ]
        )
    events = [json.loads(line) for line in said.splitlines()]
    epochs = [event for event in events if event["event"] == "epoch"]
    return Speed(epochs[-1]["images_per_second"], events[-1]["peak_memory"])


def run(command: list[str]) -> str:
    """What a command says; its complaint ends this program."""
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
            to_unit(random_crop_flip(data.images[index], generator)).contiguous(
                memory_format=torch.channels_last
            )

    threads = torch.get_num_threads()
    plain = images / seconds(lambda: sum(len(labels) for _, labels in loader))
    torch.set_num_threads(1)
    mine = images / seconds(ours)
    torch.set_num_threads(threads)
    return {f"plain script, {WORKERS} workers": plain, "ours, 1 thread": mine}


def seconds(call: Callable[[], object]) -> float:
    """Of the second of two calls."""
    call()
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def main() -> None:
    """Prints both tables."""
    parser = argparse.ArgumentParser(description="training the ResNet: ours against a plain script")
    parser.add_argument(
        "--data-dir", help="folder with the data sets (default: $CNN_DATA, else data/)"
    )
    parser.add_argument(
        "--images", type=int, default=2_560, help="images of each epoch (default: 2560)"
    )
    parser.add_argument(
        "--turns", type=int, default=3, help="how often each is measured (default: 3)"
    )
    parser.add_argument("--only-plain-script", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    folder = data_folder(options.data_dir)
    if options.only_plain_script:
        print(json.dumps(vars(train_as_a_student(folder, options.images))))
        return

    plain: list[Speed] = []
    ours: dict[str, list[Speed]] = {name: [] for name in OURS}
    for _ in range(options.turns):
        plain.append(student_process(folder, options.images))
        for name, (settings, _) in OURS.items():
            ours[name].append(our_process(settings, folder, options.images))

    print(
        f"torch {torch.__version__}, {platform.machine()}, {torch.get_num_threads()} threads, "
        f"Python {platform.python_version()}, batch {BATCH}"
    )
    print(f"{'training':<36}{'images/s':>10}{'ratio':>20}{'target':>10}{'':>8}{'peak MB':>9}")
    for name, speeds, target in (
        ("plain script", plain, None),
        *((n, ours[n], t) for n, (_, t) in OURS.items()),
    ):
        ratios = [
            speed.images_per_second / other.images_per_second
            for speed, other in zip(speeds, plain, strict=True)
        ]
        ratio = statistics.median(ratios)
        print(
            f"{name:<36}{statistics.median(speed.images_per_second for speed in speeds):>10.0f}"
            f"{f'{ratio:.2f} [{min(ratios):.2f}-{max(ratios):.2f}]':>20}"
            f"{f'>= {target:.2f}' if target else '-':>10}"
            f"{('met' if ratio >= target else 'MISSED') if target else '-':>8}"
            f"{max(speed.peak_memory for speed in speeds) / 1e6:>9.0f}"
        )
    print(f"\n{'input pipeline alone':<36}{'images/s':>10}")
    for name, speed in pipelines(folder, options.images).items():
        print(f"{name:<36}{speed:>10.0f}")


if __name__ == "__main__":
    main()
