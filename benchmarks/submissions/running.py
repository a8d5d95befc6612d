"""What submissions of parts 2, 3, 5 and 6 compute: whether a mutant does something else at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from benchmarks.submissions.annotated import Submission
from benchmarks.submissions.verified import defined, same

SEED = 4
NETWORKS = ("MnistNet", "Net", "SmallCNN", "ResNet", "MyResNet", "build_resnet")
MAPS = ("compute_cam", "get_cam", "class_activation_map")
ATTACKS = {
    "untargeted_attack": 20,
    "targeted_attack": 100,
    "improved_targeted_attack": 100,
    "attack": 20,
    "attack_targeted": 100,
    "untargeted": 20,
    "targeted": 100,
}


class Digits(nn.Sequential):
    """A small classifier of pixels 0..255 that counts its backward passes."""

    def __init__(self) -> None:
        """Build it with the same numbers each time."""
        torch.manual_seed(SEED)
        super().__init__(
            nn.Conv2d(1, 4, 5), nn.ReLU(), nn.Flatten(), nn.Dropout(0.5), nn.Linear(2304, 10)
        )
        self.passes = 0
        self.register_full_backward_hook(self.count)

    def count(self, *_: object) -> None:
        """Count one."""
        self.passes += 1


def network_answers(found: dict[str, Any]) -> list[Tensor]:
    """Sizes of the parameters, how widely they begin, and logits with the same numbers in each."""
    torch.manual_seed(SEED)
    model = next(found[name] for name in NETWORKS if name in found)()
    parameters = list(model.parameters())
    sizes = torch.tensor([float(one.numel()) for one in parameters])
    # To a power of two: torch's default and He's are more than that apart.
    spread = torch.stack([one.detach().std().clamp(min=1e-3).log2().round() for one in parameters])
    generator = torch.Generator().manual_seed(SEED)
    channels, side = (3, 32) if parameters[0].shape[1] == 3 else (1, 28)
    with torch.no_grad():
        for one in parameters:
            fan = one[0].numel() if one.dim() > 1 else 4
            one.copy_(torch.randn(one.shape, generator=generator) * (2 / fan) ** 0.5)
        images = torch.rand(2, channels, side, side, generator=generator)
        logits = model.eval()(images)
    return [logits, sizes, spread]


def map_answers(found: dict[str, Any]) -> list[Tensor]:
    """The maps of two images, of a network in training mode."""
    torch.manual_seed(SEED)
    model = found["ResNet"]()
    for layer in model.modules():
        if isinstance(layer, nn.BatchNorm2d) and layer.running_mean is not None:
            layer.running_mean.uniform_(-0.2, 0.2)
    images = torch.rand(2, 3, 32, 32)
    if "get_cam" in found:
        return [found["get_cam"](model.train(), images, torch.tensor([2, 7]))]
    name = next(name for name in MAPS if name in found)
    calls: list[tuple[Tensor, int | None]] = [(images[0], 2), (images[1], 7)]
    if name == "class_activation_map":
        calls.append((images[1], None))
    return [torch.as_tensor(found[name](model.train(), *call)) for call in calls]


def attack_answers(found: dict[str, Any]) -> list[Tensor]:
    """Adversarial images of each attack, and whether its backward passes are within the budget."""
    answers: list[Tensor] = []
    generator = torch.Generator().manual_seed(SEED)
    images = torch.randint(0, 256, (3, 1, 28, 28), generator=generator).float()
    images[:, :, :8] = 0
    labels = torch.tensor([1, 5, 1])
    for name in ATTACKS:
        if name in found:
            model = Digits()
            is_targeted = "targeted" in name and "untargeted" not in name
            call: tuple[Any, ...] = (images, 8 if is_targeted else labels, 8.0)
            if name == "targeted":
                call = (images, labels, 8, 8.0)
            torch.manual_seed(SEED)
            answers.append(found[name](model, *call).detach())
            answers.append(torch.tensor(float(model.passes > ATTACKS[name])))
    return answers


ANSWERS: dict[str, Callable[[dict[str, Any]], list[Tensor]]] = {
    "networks": network_answers,
    "maps": map_answers,
    "attacks": attack_answers,
}


def computes_otherwise(submission: Submission, original: Submission) -> bool:
    """Whether a submission runs and does something else than the solution that it was made from.

    Args:
        submission: of networks, maps or attacks.
        original: of the same style.
    """
    answers = ANSWERS[submission.part]
    got = [answers(defined(one.source)) for one in (submission, original)]
    return not all_same(*got)


def all_same(some: Sequence[Tensor], others: Sequence[Tensor]) -> bool:
    """Whether each answer is the same."""
    return len(some) == len(others) and all(same(one, other) for one, other in zip(some, others))
