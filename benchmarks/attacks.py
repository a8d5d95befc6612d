"""Attacks: ours against foolbox's and torchattacks', at equal numbers of gradients: `python -m
benchmarks.attacks`.

All attack the same test images of MNIST on models A and B, untargeted, with 20 gradients an input,
and are scored by the same line: the share of all inputs that the network then gets wrong. Every
attack's pictures are held to max|x' - x| <= epsilon first. Time is that of 1,000 images on one
thread; all take turns, and the table has the median. Needs what `benchmarks/requirements.txt`
names.
"""

import argparse
import platform
import statistics
import sys
import time
import warnings
from collections.abc import Callable

import torch
from torch import Tensor, nn

from core import checkpoints
from core.attacks import MI_FGSM, PGD, attack, untargeted
from core.data.facts import data_folder
from core.data.load import load
from core.models import to_input

try:
    import foolbox
    import torchattacks
except ImportError as error:
    sys.exit(
        f"benchmarks.attacks compares with {error.name}: pip install -r benchmarks/requirements.txt"
    )

BOUNDS = (0.0, 255.0)
GRADIENTS = 20
Attack = Callable[[Tensor, Tensor], Tensor]


class OnUnitScale(nn.Module):
    """The model for libraries that know pixels from 0 to 1 alone."""

    def __init__(self, model: nn.Module) -> None:
        """Wrap a model that takes pixels from 0 to 255."""
        super().__init__()
        self.model = model

    def forward(self, images: Tensor) -> Tensor:
        """Logits of images in [0, 1]."""
        return self.model(images * 255)


def ours(model: nn.Module, epsilon: float) -> dict[str, Attack]:
    """Our improved method, and the loop as PGD and MI-FGSM."""
    common = {"bounds": BOUNDS, "max_gradients": GRADIENTS}
    return {
        "ours": lambda images, labels: (
            untargeted(model, images, labels, epsilon, **common).adversarial
        ),
        "ours as PGD": lambda images, labels: (
            attack(model, images, labels, epsilon, method=PGD, **common).adversarial
        ),
        "ours as MI-FGSM": lambda images, labels: (
            attack(model, images, labels, epsilon, method=MI_FGSM, **common).adversarial
        ),
    }


def foolboxes(model: nn.Module, epsilon: float) -> dict[str, Attack]:
    """Foolbox's projected gradient descent."""
    wrapped = foolbox.PyTorchModel(model, bounds=BOUNDS, device="cpu")
    pgd = foolbox.attacks.LinfPGD(steps=GRADIENTS)
    return {
        "foolbox PGD": lambda images, labels: pgd(wrapped, images, labels, epsilons=[epsilon])[1][0]
    }


def torchattackses(model: nn.Module, epsilon: float) -> dict[str, Attack]:
    """PGD, MI-FGSM and APGD with both of its losses, of torchattacks."""
    unit, eps = OnUnitScale(model).eval(), epsilon / 255
    made = {
        "torchattacks PGD": torchattacks.PGD(unit, eps=eps, alpha=eps / 4, steps=GRADIENTS),
        "torchattacks MI-FGSM": torchattacks.MIFGSM(unit, eps=eps, alpha=eps / 10, steps=GRADIENTS),
        "torchattacks APGD": torchattacks.APGD(unit, eps=eps, steps=GRADIENTS, loss="ce"),
        "torchattacks APGD-DLR": torchattacks.APGD(unit, eps=eps, steps=GRADIENTS, loss="dlr"),
    }
    return {
        name: lambda images, labels, method=method: method(images / 255, labels) * 255
        for name, method in made.items()
    }


def success(
    model: nn.Module, images: Tensor, labels: Tensor, adversarial: Tensor, epsilon: float
) -> float:
    """Share of the images that are wrong after the attack, whose pictures are first held to
    epsilon.
    """
    held = adversarial.detach().clamp(images - epsilon, images + epsilon).clamp(*BOUNDS)
    with torch.no_grad():
        return float((model(held).argmax(1) != labels).float().mean())


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description="attacks: ours against foolbox and torchattacks")
    parser.add_argument(
        "--data-dir", help="folder with the data sets (default: $CNN_DATA, else data/)"
    )
    parser.add_argument(
        "--images", type=int, default=1_000, help="test images, the first N (default: 1000)"
    )
    parser.add_argument("--epsilons", type=float, nargs="+", default=[8, 16, 24, 32, 48, 64])
    parser.add_argument("--turns", type=int, default=3, help="how often each is timed (default: 3)")
    options = parser.parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    test = load("mnist", "test", data_folder(options.data_dir), download=False).subset(
        slice(options.images)
    )

    print(
        f"torch {torch.__version__}, {platform.machine()}, 1 thread, Python "
        f"{platform.python_version()}; "
        f"{len(test):,} images, {GRADIENTS} gradients"
    )
    print(
        f"{'model':<6}{'epsilon':>8}  "
        f"{'attack':<24}{'success':>9}{'s per 1,000':>13}{'ours / theirs':>15}"
    )
    for letter in "AB":
        model = checkpoints.load(f"mnist_model_{letter.lower()}").model.requires_grad_(False)
        images = to_input(model, test.images)
        for epsilon in options.epsilons:
            calls = (
                ours(model, epsilon) | foolboxes(model, epsilon) | torchattackses(model, epsilon)
            )
            times: dict[str, list[float]] = {name: [] for name in calls}
            rates = {}
            for _ in range(options.turns):
                for name, call in calls.items():
                    start = time.perf_counter()
                    made = call(images, test.labels)
                    times[name].append((time.perf_counter() - start) * 1000 / len(test))
                    rates[name] = success(model, images, test.labels, made, epsilon)
            for name, found in times.items():
                ratio = statistics.median(
                    own / other for own, other in zip(times["ours"], found, strict=True)
                )
                print(
                    f"{letter:<6}{epsilon:>8g}  "
                    f"{name:<24}{rates[name]:>9.1%}{statistics.median(found):>13.2f}"
                    f"{ratio:>15.2f}"
                )
            peers = {name: rate for name, rate in rates.items() if not name.startswith("ours")}
            fastest = min(statistics.median(times[name]) for name in peers)
            strong = "met" if rates["ours"] >= max(peers.values()) else "MISSED"
            fast = "met" if statistics.median(times["ours"]) <= fastest else "MISSED"
            print(
                f"{'':<16}success at least the best peer's: {strong}; time at most the fastest "
                f"peer's: {fast}"
            )


if __name__ == "__main__":
    main()
