"""The trained networks of this copy: cards, models, kernels after each epoch, and one's own."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import safetensors.torch
import torch
from torch import nn

from app.ui import images
from app.ui.cache import cached
from core import checkpoints
from core import homework as homework  # its networks: what a message advises
from core.checkpoints import foreign
from core.data.facts import facts
from core.foreign_text import quoted
from core.models import MnistCNN, Saturated, bounds_of

Network = TypeVar("Network", bound=nn.Module)
# What a network can be read from again, also by another process: its name, or the content of a
# person's file and that file's name, which is "" for one that was trained here.
Source = tuple[str, bytes, str]


def card_files(*names: str) -> list[Path]:
    """The cards of some networks."""
    return [checkpoints.card_path(name, checkpoints.CHECKPOINTS) for name in names]


def model_files(name: str) -> list[Path]:
    """The card of a network and its weights."""
    return [*card_files(name), checkpoints.weights_path(name, checkpoints.CHECKPOINTS)]


def is_trained(name: str) -> bool:
    """Whether there is a card of that name, readable or not."""
    return card_files(name)[0].exists()


@cached(card_files)
def card(name: str) -> dict[str, Any]:
    """The card of a trained network.

    Raises:
        CheckpointError: it is missing or damaged.
    """
    return checkpoints.load_card(name, checkpoints.CHECKPOINTS)


@cached(model_files, most=10)
def model(name: str) -> nn.Module:
    """A trained network in eval mode, shared by all sessions; its weights take no gradients.

    Raises:
        CheckpointError: its files are missing or damaged.
    """
    return checkpoints.load(name, checkpoints.CHECKPOINTS).model.requires_grad_(False)


def model_of(name: str, kind: type[Network]) -> Network:
    """A trained network of a known kind, as ``model`` gives it.

    Raises:
        CheckpointError: its files are missing or damaged.
        TypeError: its card names a network of another kind.
    """
    found = model(name)
    if not isinstance(found, kind):
        raise TypeError(f"Expected {kind.__name__} as {name}, got {type(found).__name__}.")
    return found


@cached(most=30)
def own_cnn(weights: bytes) -> MnistCNN:
    """A small CNN that was trained here, in eval mode; its weights take no gradients.

    Args:
        weights: its file, as a training has written it.
    """
    found = MnistCNN()
    found.load_state_dict(safetensors.torch.load(weights))
    return found.eval().requires_grad_(False)


@cached(lambda name, epoch: card_files(name), most=400)
def epoch_kernels(name: str, epoch: int) -> npt.NDArray[np.float32]:
    """The first convolution's weights after one epoch, (kernels, channels, height, width).

    Args:
        name: of the network.
        epoch: 0 is before training.

    Raises:
        CheckpointError: that epoch was not saved, or its file is missing or damaged.
    """
    weights = checkpoints.load_epoch(name, epoch, checkpoints.CHECKPOINTS)
    return next(weights[key].float().numpy() for key in sorted(weights) if weights[key].dim() == 4)


def kernel_limit(name: str) -> float:
    """The largest absolute first-layer weight over all epochs that can be read.

    One scale for the epoch slider.

    Raises:
        CheckpointError: the card is missing or damaged.
    """
    largest = 0.0
    for epoch in range(card(name)["result"]["epochs"] + 1):
        # The page says so where that epoch is drawn.
        with contextlib.suppress(checkpoints.CheckpointError):
            largest = max(largest, float(np.abs(epoch_kernels(name, epoch)).max()))
    return largest or 1.0


@dataclass(frozen=True)
class AttackedNetwork:
    """A network that can be attacked.

    Attributes:
        model: shared by all sessions.
        card_name: of the checkpoint that it comes from; "" for a person's own.
        dataset: whose pictures it takes.
        classes: names, in label order.
        bounds: (lowest, highest) value of a pixel.
        source: what another process reads it from; None: there is nothing.
    """

    model: nn.Module
    card_name: str
    dataset: str
    classes: tuple[str, ...]
    bounds: tuple[float, float]
    source: Source | None = None

    @property
    def epsilon_unit(self) -> float:
        """Model units for each grey value: (highest - lowest) / 255. Epsilons count grey values."""
        return (self.bounds[1] - self.bounds[0]) / 255


ATTACKED = {"A": "mnist_model_a", "B": "mnist_model_b", "M": "mnist_model_a"}


def attacked_network(model_name: str) -> AttackedNetwork:
    """Model A, B or M, or the ResNet.

    Raises:
        CheckpointError: its files are missing or damaged.
    """
    name = ATTACKED.get(model_name, "cifar10_resnet")
    network, about = model(name), card(name)
    if model_name == "M":
        network = Saturated(network).eval()
    return AttackedNetwork(
        network,
        name,
        about["config"]["dataset"],
        tuple(about["classes"]),
        bounds_of(network),
        (model_name, b"", ""),
    )


def network_of(source: Source) -> AttackedNetwork:
    """The network that was read from a source before.

    Raises:
        CheckpointError: its files are missing or damaged.
        ForeignError: the content is no state dict.
    """
    model_name, content, file = source
    if model_name:
        return attacked_network(model_name)
    return own_network(content, file)[0] if file else trained_here(content)


def source_files(source: Source) -> list[Path]:
    """The files that a network is read from."""
    return model_files(ATTACKED.get(source[0], "cifar10_resnet")) if source[0] else []


def own_network(content: bytes, name: str) -> tuple[AttackedNetwork, str]:
    """A person's own network, and in words how it reads our pictures.

    Raises:
        ForeignError: the file is no state dict of this architecture.
    """
    fitted, weights = _fitted(content, name)
    count = len(images.samples("mnist").labels)
    sentence = (
        f"{name}: {fitted.words}, which gives {fitted.accuracy:.0%} of the {count} bundled digits."
    )
    if fitted.tied:
        sentence += (
            f" On {fitted.tied} of them its largest logits are equal but for rounding: there it "
            "names no class."
        )
    if weights.unused:
        unused = ", ".join(map(quoted, weights.unused))
        sentence += f" The weights are those of {quoted(weights.entry)}; not used: {unused}."
    if fitted.dtype != torch.float32:
        entry, weight = foreign.largest_weight(fitted.model)
        sentence += (
            f" It is computed in float64: {entry} goes up to {weight:.0e}, and products and sums "
            f"of such weights may pass {torch.finfo(torch.float32).max:.0e}, where float32 ends."
        )
    classes = facts("mnist").classes
    bounds, source = bounds_of(fitted.model), ("", content, name)
    return AttackedNetwork(fitted.model, "", "mnist", classes, bounds, source), sentence


def trained_here(weights: bytes) -> AttackedNetwork:
    """A small CNN that was trained here, to be attacked.

    Args:
        weights: its file, as a training has written it.
    """
    found = own_cnn(weights)
    classes, source = facts("mnist").classes, ("", weights, "")
    return AttackedNetwork(found, "", "mnist", classes, bounds_of(found), source)


@cached(lambda content, name: images.sample_files(), most=30)
def _fitted(content: bytes, name: str) -> tuple[foreign.Fitted, foreign.Weights]:
    bundled = images.samples("mnist")
    read = foreign.read_digit_net(content, name)
    fitted = foreign.fit_to_pictures(read.model, bundled.images.float(), bundled.labels)
    return fitted, read.weights
