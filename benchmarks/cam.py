"""Class activation maps: ours against torchcam and pytorch-grad-cam, side by side.

Run with: python -m benchmarks.cam. All take turns over the same pictures on the shipped ResNet,
each from the picture to raw maps in its own size (4 x 4). Each turn gives a ratio, ours / peer; the
table has the median and, in brackets, the middle half. torchcam's CAM gives the map of one class a
call; pytorch-grad-cam has no plain CAM, so its Grad-CAM is taken, which goes backward for each
class. Needs what `benchmarks/requirements.txt` names.
"""

import argparse
import platform
import statistics
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager

import torch
from torch import Tensor

from core import checkpoints
from core.cam import class_activation_maps, grad_cam
from core.data.facts import to_unit
from core.data.samples import load_samples

try:
    from pytorch_grad_cam import GradCAM
    from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
    from torchcam.methods import CAM
except ImportError as error:
    sys.exit(
        f"benchmarks.cam compares with {error.name}: pip install -r benchmarks/requirements.txt"
    )

Call = Callable[[], object]
CLASSES = 10
PEERS = ("torchcam", "pytorch-grad-cam")


def ours(images: Tensor) -> tuple[Call, Call]:
    """One class and all classes: the same call."""
    model = checkpoints.load("cifar10_resnet").model

    def both() -> Tensor:
        return class_activation_maps(model, images).maps

    return both, both


def our_grad_cam(images: Tensor) -> tuple[Call, Call]:
    """Our Grad-CAM, a class a call."""
    model = checkpoints.load("cifar10_resnet").model
    return lambda: grad_cam(model, images, 3), lambda: [
        grad_cam(model, images, label) for label in range(CLASSES)
    ]


def torchcams(images: Tensor, keep: list[AbstractContextManager]) -> tuple[Call, Call]:
    """A forward pass that its hooks watch, then a map for each class that is asked for."""
    model = checkpoints.load("cifar10_resnet").model
    extractor = CAM(model, "block3", "fc", input_shape=(3, 32, 32))
    keep.append(extractor)

    def maps(labels: range) -> list[Tensor]:
        with torch.inference_mode():  # as its README does
            model(images)
        return [extractor(class_idx=label, normalized=False)[0] for label in labels]

    return lambda: maps(range(3, 4)), lambda: maps(range(CLASSES))


def pytorch_grad_cams(images: Tensor, keep: list[AbstractContextManager]) -> tuple[Call, Call]:
    """Its Grad-CAM, a class a call."""
    model = checkpoints.load("cifar10_resnet").model
    method = GradCAM(model=model, target_layers=[model.block3])
    keep.append(method)

    def maps(label: int) -> object:
        return method(input_tensor=images, targets=[ClassifierOutputTarget(label)] * len(images))

    return lambda: maps(3), lambda: [maps(label) for label in range(CLASSES)]


def milliseconds(call: Call) -> float:
    """Of one call."""
    start = time.perf_counter()
    call()
    return (time.perf_counter() - start) * 1e3


def take_turns(calls: dict[str, Call], turns: int) -> dict[str, list[float]]:
    """Milliseconds of each call, turn by turn; each turn begins with the next one."""
    turn = list(calls.items())
    for _, call in turn:
        milliseconds(call)
    times: dict[str, list[float]] = {name: [] for name in calls}
    for number in range(turns):
        first = number % len(turn)
        for name, call in turn[first:] + turn[:first]:
            times[name].append(milliseconds(call))
    return times


def print_rows(count: int, classes: int, times: dict[str, list[float]]) -> None:
    """Prints a line a library, for so many pictures a call and so many classes."""
    for name, found in times.items():
        ratios = [own / other for own, other in zip(times["ours"], found, strict=True)]
        low, ratio, high = statistics.quantiles(ratios, n=4)
        target = verdict = "-"
        if name in PEERS:
            target, verdict = "<= 1.00", "met" if ratio <= 1 else "MISSED"
        print(
            f"{count:>8}  {classes:>7}  {name:<18}{statistics.median(found) / count:>14.2f}"
            f"{f'{ratio:.2f} [{low:.2f}-{high:.2f}]':>22}{target:>10}{verdict:>8}"
        )


def options() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(
        description="class activation maps: ours against torchcam and pytorch-grad-cam"
    )
    add = parser.add_argument
    add("--threads", type=int, default=1, help="torch threads (default: 1, as in the app)")
    add("--pictures", type=int, nargs="+", default=[1, 20], help="pictures a call (default: 1 20)")
    add("--turns", type=int, default=60, help="how often each is measured (default: 60)")
    return parser


def main() -> None:
    """Prints the table."""
    arguments = options().parse_args()
    torch.set_num_threads(arguments.threads)
    samples = to_unit(load_samples("cifar10").images)
    keep: list[AbstractContextManager] = []
    print(
        f"torch {torch.__version__}, {platform.machine()}, {arguments.threads} threads, "
        f"Python {platform.python_version()}"
    )
    print(
        f"{'pictures':>8}  {'classes':>7}  "
        f"{'who':<18}{'ms a picture':>14}{'ours / theirs':>22}{'target':>10}{'':>8}"
    )
    for count in arguments.pictures:
        images = samples[:count]
        calls = {
            "ours": ours(images),
            "torchcam": torchcams(images, keep),
            "pytorch-grad-cam": pytorch_grad_cams(images, keep),
            "our Grad-CAM": our_grad_cam(images),
        }
        for column, classes in enumerate((1, CLASSES)):
            chosen = {name: call[column] for name, call in calls.items()}
            print_rows(count, classes, take_turns(chosen, arguments.turns))


if __name__ == "__main__":
    main()
