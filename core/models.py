"""The homework's networks, and one function that builds them from a saved configuration."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from core.conv import Conv2d
from core.data.facts import facts, to_unit
from core.pool import MaxPool2d


class Normalize(nn.Module):
    """Subtract the mean and divide by the standard deviation of each channel.

    out[n, c, h, w] = (images[n, c, h, w] - mean[c]) / std[c]

    As a layer, instead of as the last transform, it lets pictures, class activation maps and
    attacks all live in [0, 1]. It has no parameters and adds nothing to the state dict.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, mean: tuple[float, ...], std: tuple[float, ...]) -> None:
        """Remember mean and std, one number per channel.

        Raises:
            ValueError: mean and std differ in length, or a std is not positive.
        """
        super().__init__()
        if len(mean) != len(std) or min(std, default=0.0) <= 0:
            raise ValueError(
                f"Expected one mean and one positive std per channel, got mean={mean}, std={std}."
            )
        self.register_buffer("mean", torch.tensor(mean).reshape(1, -1, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(std).reshape(1, -1, 1, 1), persistent=False)

    def forward(self, images: Tensor) -> Tensor:
        """Normalise (N, C, H, W) images in [0, 1]."""
        return (images - self.mean) / self.std


class MnistCNN(nn.Module):
    """The homework's small CNN (part 2, figure 1), built only from the hand-written layers. 39,248
    parameters.

    No softmax layer: cross-entropy contains it.
    """

    def __init__(self) -> None:
        """Build the network with torch's default initialisation."""
        super().__init__()
        self.conv1 = Conv2d(1, 3, kernel_size=3, stride=1, padding=1, bias=True)
        self.conv2 = Conv2d(3, 6, kernel_size=3, stride=1, padding=1, bias=True)
        self.pool = MaxPool2d(kernel_size=2, stride=2)
        self.fc1 = nn.Linear(294, 128)
        self.fc2 = nn.Linear(128, 10)

    def forward(self, images: Tensor) -> Tensor:
        """Classify digits.

        Args:
            images: (N, 1, 28, 28) float32 in [0, 1].

        Returns:
            Logits (N, 10).
        """
        features = self.pool(self.conv1(images).relu())  # (N, 3, 14, 14)
        features = self.pool(self.conv2(features).relu())  # (N, 6, 7, 7)
        features = features.flatten(1)  # (N, 294)
        return self.fc2(self.fc1(features).relu())  # type: ignore[no-any-return]  # (N, 10)


class ResidualBlock(nn.Module):
    """One block of the homework's ResNet (figure 2): out = ReLU(main(x) + shortcut(x)), half the
    size.

    main: Conv 3x3 stride 2, BN, ReLU, Conv 3x3, BN. shortcut: Conv 1x1 stride 2, BN, since the
        shape changes.
    Source: He et al., "Deep Residual Learning for Image Recognition", 2015.
    """

    def __init__(self, in_channels: int, out_channels: int) -> None:
        """Build a block from ``in_channels`` to ``out_channels``."""
        super().__init__()
        self.main = nn.Sequential(
            nn.Conv2d(in_channels, out_channels, kernel_size=3, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(out_channels),
            nn.ReLU(),
            nn.Conv2d(out_channels, out_channels, kernel_size=3, stride=1, padding=1, bias=False),
            nn.BatchNorm2d(out_channels),
        )
        self.shortcut = nn.Sequential(
            nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=2, bias=False),
            nn.BatchNorm2d(out_channels),
        )

    def forward(self, features: Tensor) -> Tensor:
        """(N, in_channels, H, W) to (N, out_channels, H/2, W/2)."""
        return (self.main(features) + self.shortcut(features)).relu()  # type: ignore[no-any-return]


class ResNet(nn.Module):
    """The homework's ResNet (part 3, figures 2 and 3). 4,829,258 parameters.

    Built-in layers, no pre-trained weights; He initialisation, N(0, 2 / fan_in), on every
    convolution and on the linear layer (He et al., "Delving Deep into Rectifiers", 2015).
    """

    def __init__(self) -> None:
        """Build the network with He initialisation."""
        super().__init__()
        known = facts("cifar10")
        assert known.mean is not None  # the table's row; for mypy
        assert known.std is not None
        self.normalize = Normalize(known.mean, known.std)
        self.stem = nn.Sequential(
            nn.Conv2d(3, 64, kernel_size=3, stride=1, padding=1, bias=False),
            nn.BatchNorm2d(64),
            nn.ReLU(),
        )
        self.block1 = ResidualBlock(64, 128)
        self.block2 = ResidualBlock(128, 256)
        self.block3 = ResidualBlock(256, 512)
        self.pool = nn.AvgPool2d(4)
        self.fc = nn.Linear(512, 10)
        for module in self.modules():
            if isinstance(module, nn.Conv2d | nn.Linear):
                nn.init.kaiming_normal_(module.weight, mode="fan_in", nonlinearity="relu")
        nn.init.zeros_(self.fc.bias)

    def forward_features(self, images: Tensor) -> Tensor:
        """The maps that enter the average pooling.

        Args:
            images: (N, 3, 32, 32) float32 in [0, 1].

        Returns:
            (N, 512, 4, 4).
        """
        features = self.stem(self.normalize(images))  # (N, 64, 32, 32)
        features = self.block1(features)  # (N, 128, 16, 16)
        features = self.block2(features)  # (N, 256, 8, 8)
        return self.block3(features)  # type: ignore[no-any-return]  # (N, 512, 4, 4)

    def forward_head(self, features: Tensor) -> Tensor:
        """(N, 512, 4, 4) maps to logits (N, 10): average pooling, flatten, linear."""
        return self.fc(self.pool(features).flatten(1))  # type: ignore[no-any-return]  # (N, 10)

    def forward(self, images: Tensor) -> Tensor:
        """Classify (N, 3, 32, 32) float32 images in [0, 1]; logits (N, 10)."""
        return self.forward_head(self.forward_features(images))


class DigitNet(nn.Module):
    """The homework's models A and B (part 6). 21,840 parameters. Pixels are floats from 0 to 255,
    scaled by nothing.

    Built from the hand-written layers: with so few channels they take half the time of torch's own.
    """

    bounds = (0.0, 255.0)

    def __init__(self, dropout: float = 0.5) -> None:
        """Build the network with torch's default initialisation.

        Args:
            dropout: share of channels (after the second convolution) and of features that are
                dropped in training.
        """
        super().__init__()
        self.conv1 = Conv2d(1, 10, kernel_size=5)
        self.conv2 = Conv2d(10, 20, kernel_size=5)
        self.pool = MaxPool2d(kernel_size=2)
        self.dropout2d = nn.Dropout2d(dropout)
        self.dropout = nn.Dropout(dropout)
        self.fc1 = nn.Linear(320, 50)
        self.fc2 = nn.Linear(50, 10)

    def forward(self, images: Tensor) -> Tensor:
        """Classify (N, 1, 28, 28) float32 digits with pixels from 0 to 255; logits (N, 10)."""
        features = self.pool(self.conv1(images)).relu()  # (N, 10, 12, 12)
        features = self.pool(self.dropout2d(self.conv2(features))).relu()  # (N, 20, 4, 4)
        features = self.dropout(self.fc1(features.flatten(1)).relu())  # (N, 50)
        return self.fc2(features)  # type: ignore[no-any-return]  # (N, 10)


class Saturated(nn.Module):
    """A classifier with its logits multiplied by a factor (model M): the same decisions, but
    softmax saturates.

    Its cross-entropy is so flat that float32 gives it no gradient: an attack on it fails, and yet
    nothing is safer.
    """

    def __init__(self, model: nn.Module, factor: float = 1e4) -> None:
        """Wrap ``model``, which is shared and not copied."""
        super().__init__()
        self.model = model
        self.factor = factor
        self.bounds = bounds_of(model)

    def forward(self, images: Tensor) -> Tensor:
        """The model's logits times the factor."""
        return self.model(images) * self.factor  # type: ignore[no-any-return]


MODELS: dict[str, Callable[..., nn.Module]] = {
    "MnistCNN": MnistCNN,
    "ResNet": ResNet,
    "DigitNet": DigitNet,
}


def bounds_of(model: nn.Module) -> tuple[float, float]:
    """The lowest and the highest pixel that a network takes: its ``bounds``, (0, 1) unless it says
    so.
    """
    low, high = getattr(model, "bounds", (0.0, 1.0))
    return float(low), float(high)


def to_input(model: nn.Module, images: Tensor) -> Tensor:
    """Stored images, uint8 grey values 0..255, as float32 in the range that a network takes."""
    low, high = bounds_of(model)
    if (low, high) == (0.0, 255.0):
        return images.float()
    return to_unit(images) * (high - low) + low


def build_model(config: Mapping[str, Any]) -> nn.Module:
    """Build the network that a saved configuration names.

    Args:
        config: a mapping with the key "model", as the card of a checkpoint holds it.

    Returns:
        A freshly initialised network.

    Raises:
        ValueError: the configuration names no known network.
    """
    name = config.get("model")
    if name not in MODELS:
        raise ValueError(
            f"Unknown model {name!r} in the configuration: expected one of {', '.join(MODELS)}."
        )
    return (
        MODELS[name](dropout=config.get("dropout", 0.5)) if name == "DigitNet" else MODELS[name]()
    )


def parameter_count(model: nn.Module) -> int:
    """Number of trainable parameters."""
    return sum(parameter.numel() for parameter in model.parameters())
