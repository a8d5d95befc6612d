"""Attacks: ours against foolbox's and torchattacks', at equal numbers of gradients.

Run with: python -m benchmarks.attacks. All attack the same test images of MNIST on models A and B,
untargeted, with 20 gradients an input, and are scored by the same line: the share of all inputs
that the network then gets wrong. Every attack's pictures are held to max|x' - x| <= epsilon first.
Time is that of 1,000 images on one thread; all take turns, and the table has the median. Needs what
`benchmarks/requirements.txt` names.
"""

import argparse
import platform
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from core import checkpoints
from core.attacks import MI_FGSM, PGD, attack, untargeted
from core.data.facts import data_folder
from core.data.load import LabelledImages, load
from core.models import to_input

try:
    import foolbox
    import torchattacks
except ImportError as error:
    sys.exit(
        f"benchmarks.attacks compares with {error.name}: "
        "pip install -r benchmarks/requirements.txt; pip install --no-deps torchattacks"
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


@dataclass(frozen=True)
class Measured:
    """One attack on one model at one epsilon.

    Attributes:
        success: share of the images that are wrong after it.
        seconds: for 1,000 images, turn by turn.
    """

    success: float
    seconds: list[float]

    @property
    def median(self) -> float:
        """Median of the seconds."""
        return statistics.median(self.seconds)


def take_turns(
    model: nn.Module, attacks: dict[str, Attack], test: LabelledImages, epsilon: float, turns: int
) -> dict[str, Measured]:
    """Success and times of all attacks on one model, which take turns."""
    images, labels = to_input(model, test.images), test.labels
    times: dict[str, list[float]] = {name: [] for name in attacks}
    rates = {}
    for name, call in list(attacks.items()) * turns:
        start = time.perf_counter()
        adversarial = call(images, labels)
        times[name].append((time.perf_counter() - start) * 1000 / len(test))
        rates[name] = success(model, images, labels, adversarial, epsilon)
    return {name: Measured(rates[name], times[name]) for name in attacks}


def print_rows(network: str, epsilon: float, measured: dict[str, Measured]) -> None:
    """Prints a line an attack, and whether ours is as strong and as fast as the best peer."""
    ours = measured["ours"]
    for name, one in measured.items():
        pairs = zip(ours.seconds, one.seconds, strict=True)
        ratio = statistics.median(own / other for own, other in pairs)
        print(
            f"{network:<6}{epsilon:>8g}  "
            f"{name:<24}{one.success:>9.1%}{one.median:>13.2f}{ratio:>15.2f}"
        )
    peers = [one for name, one in measured.items() if not name.startswith("ours")]
    strong = ours.success >= max(peer.success for peer in peers)
    fast = ours.median <= min(peer.median for peer in peers)
    print(
        f"{'':<16}success at least the best peer's: {verdict(strong)}; "
        f"time at most the fastest peer's: {verdict(fast)}"
    )


def verdict(met: bool) -> str:
    """A target in one word."""
    return "met" if met else "MISSED"


def options() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(description="attacks: ours against foolbox and torchattacks")
    add = parser.add_argument
    add("--data-dir", help="folder with the data sets (default: $CNN_DATA, else data/)")
    add("--images", type=int, default=1_000, help="test images, the first N (default: 1000)")
    add("--epsilons", type=float, nargs="+", default=[8, 16, 24, 32, 48, 64])
    add("--turns", type=int, default=3, help="how often each is timed (default: 3)")
    return parser


def main() -> None:
    """Prints the table."""
    arguments = options().parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    test = load("mnist", "test", data_folder(arguments.data_dir), download=False)
    test = test.subset(slice(arguments.images))
    print(
        f"torch {torch.__version__}, {platform.machine()}, 1 thread, "
        f"Python {platform.python_version()}; {len(test):,} images, {GRADIENTS} gradients"
    )
    print(
        f"{'model':<6}{'epsilon':>8}  "
        f"{'attack':<24}{'success':>9}{'s per 1,000':>13}{'ours / theirs':>15}"
    )
    for name, network in {"mnist_model_a": "A", "mnist_model_b": "B"}.items():
        model = checkpoints.load(name).model.requires_grad_(False)
        for epsilon in arguments.epsilons:
            peers = foolboxes(model, epsilon) | torchattackses(model, epsilon)
            attacks = ours(model, epsilon) | peers
            measured = take_turns(model, attacks, test, epsilon, arguments.turns)
            print_rows(network, epsilon, measured)


if __name__ == "__main__":
    main()
