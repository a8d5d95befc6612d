"""What the site is asked, and what core says to the same: layers, maps of classes, attacks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from core import attacks, checkpoints, homework
from core.attacks import AttackResult, Method
from core.checks import generator
from core.data.facts import LabelledImages
from core.explain.trace import layer_values, trace
from core.models import MnistCNN, Saturated, bounds_of, to_input

Arrays = dict[str, npt.NDArray[Any]]
CNN = "cnn"  # the site's name of the small CNN
NETWORKS = {CNN: homework.MNIST_CNN, "A": homework.MODEL_A, "B": homework.MODEL_B}
LAYERS = (0, 2, 3, 5, 6, 8, 9)  # the engine's numbers of those that core.explain.trace names
LAST_MAPS = 4  # of these the number of the last maps
METHODS = {
    "improved": attacks.IMPROVED,
    "pgd": attacks.PGD,
    "fgsm": attacks.FGSM,
    "momentum": attacks.MI_FGSM,
}
KINDS = {"float32": "Float32Array", "float64": "Float64Array", "uint8": "Uint8Array"}


@dataclass(frozen=True)
class Question:
    """What is asked, and the numbers that go with it.

    Attributes:
        what: the function of ``compare.mjs`` that answers.
        setting: what else it gets.
        arrays: numbers by name.
    """

    what: str
    setting: Mapping[str, Any]
    arrays: Arrays

    def write(self, folder: Path) -> Path:
        """Write it into a folder, which is made where it is missing."""
        folder.mkdir(parents=True, exist_ok=True)
        kinds = {}
        for name, array in self.arrays.items():
            (folder / f"{name}.bin").write_bytes(np.ascontiguousarray(array).tobytes())
            kinds[name] = KINDS[array.dtype.name]
        content = {**self.setting, "what": self.what, "files": kinds}
        (folder / "question.json").write_text(json.dumps(content), "utf-8")
        return folder


def model_of(name: str) -> nn.Module:
    """A network by the site's name of it; M is A with its logits multiplied.

    Raises:
        CheckpointError: its files are missing or damaged.
    """
    if name in homework.MASKED:
        return Saturated(model_of(homework.MASKED[name])).eval()
    return checkpoints.load(NETWORKS[name]).model


def layers_of(name: str, images: Tensor) -> Question:
    """Every layer of the small CNN, or the logits of another network.

    Args:
        name: of the network.
        images: (N, 1, 28, 28) uint8.
    """
    model, layers = model_of(name), (LAYERS[-1] + (name in homework.MASKED),)
    with torch.no_grad():
        pixels = to_input(model, images)
        if isinstance(model, MnistCNN):
            layers, values = LAYERS, layer_values(model, pixels)
        else:
            values = (model(pixels),)
    expected = torch.cat([one.flatten(1) for one in values], 1)
    setting = {"network": name, "layers": layers}
    arrays = {"images": images.numpy(), "expected": expected.numpy()}
    return Question("layerDifferences", setting, arrays)


def maps_of(images: Tensor) -> Question:
    """What every cell of the small CNN's last maps adds to each logit.

    Args:
        images: (N, 1, 28, 28) uint8.
    """
    model = model_of(CNN)
    if not isinstance(model, MnistCNN):
        raise TypeError(f"Expected the small CNN, got {type(model).__name__}.")
    shares = [trace(model, one).shares[LAST_MAPS] for one in to_input(model, images)]
    arrays = {"images": images.numpy(), "expected": torch.stack(shares).numpy()}
    return Question("mapDifferences", {"network": CNN}, arrays)


@dataclass(frozen=True)
class Attack:
    """An attack as the site offers it, at one epsilon.

    Attributes:
        method: its name in ``METHODS``.
        targeted: whether it has a target.
        gradients: that each picture may cost.
        epsilon: largest change of a pixel, in grey values.
        target: where there is one.
    """

    method: str
    targeted: bool
    gradients: int
    epsilon: float
    target: int = 8

    @property
    def as_core(self) -> Method:
        """The method with the step of momentum that the app takes: all of them reach epsilon."""
        method = METHODS[self.method]
        is_momentum = self.method == "momentum"
        return replace(method, step_size=1 / self.gradients) if is_momentum else method


def attack_of(
    name: str, digits: LabelledImages, attack: Attack, dtype: torch.dtype
) -> tuple[AttackResult, Question]:
    """Adversarial pictures of core, in one dtype. The site computes in float64, but for what it
    rounds as float32 does.

    Args:
        name: of the network.
        digits: that are attacked.
        attack: how.
        dtype: float32 is what the app shows.
    """
    model = model_of(name).to(dtype)
    goals = torch.full_like(digits.labels, attack.target) if attack.targeted else digits.labels
    found = attacks.attack(
        model,
        digits.images.to(dtype),
        goals,
        attack.epsilon,
        method=attack.as_core,
        targeted=attack.targeted,
        bounds=bounds_of(model),
        max_gradients=attack.gradients,
        whole=True,
    )
    shared = {
        "method": attack.method,
        "targeted": attack.targeted,
        "epsilon": attack.epsilon,
        "gradients": attack.gradients,
        "whole": True,
        "single": dtype == torch.float32,
    }
    settings = [shared | {"label": label} for label in goals.tolist()]
    noise = torch.rand(digits.images.shape, generator=generator(0), dtype=dtype)
    arrays = {
        "images": digits.images.numpy(),
        "expected": found.adversarial.double().numpy(),
        "noise": noise.double().numpy(),
    }
    return found, Question("attacked", {"network": name, "settings": settings}, arrays)
