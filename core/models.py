"""The homework's networks, and one function that builds them from a saved configuration."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from jaxtyping import Float, UInt8
from torch import Tensor, nn

from core.checks import check_dtype, check_kind
from core.conv import Conv2d
from core.data.facts import CIFAR10_MEAN, CIFAR10_STD, to_unit
from core.pool import MaxPool2d


class Normalize(nn.Module):
    """Subtract the mean and divide by the standard deviation of each channel.

        output[n, c, h, w] = (images[n, c, h, w] - mean[c]) / std[c]

    As a layer, instead of as the last transform, it lets images, class activation maps and attacks
    all live in [0, 1]. It has no parameters and adds nothing to the state dict.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, mean: tuple[float, ...], std: tuple[float, ...]) -> None:
        """Remember mean and std.

        Args:
            mean: one number per channel.
            std: one positive number per channel.

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

    def forward(self, images: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c h w"]:
        """Normalise images in [0, 1]."""
        return (images - self.mean) / self.std


class MnistCNN(nn.Module):
    """The homework's small CNN (part 2, figure 1), from the hand-written layers alone.

    39,248 parameters. No softmax layer: cross-entropy contains it.
    """

    image_shape = (1, 28, 28)

    def __init__(self) -> None:
        """Build the network with torch's default initialisation."""
        super().__init__()
        self.conv1 = Conv2d(1, 3, kernel_size=3, stride=1, padding=1)
        self.conv2 = Conv2d(3, 6, kernel_size=3, stride=1, padding=1)
        self.pool = MaxPool2d(kernel_size=2, stride=2)
        self.fc1 = nn.Linear(6 * 7 * 7, 128)
        self.fc2 = nn.Linear(128, 10)

    def forward(self, images: Float[Tensor, "n 1 28 28"]) -> Float[Tensor, "n 10"]:
        """Classify digits in [0, 1]; gives logits."""
        features = self.pool(self.conv1(images).relu())  # (N, 3, 14, 14)
        features = self.pool(self.conv2(features).relu())  # (N, 6, 7, 7)
        features = self.fc1(features.flatten(1)).relu()  # (N, 128)
        logits: Tensor = self.fc2(features)
        return logits


class ResidualBlock(nn.Module):
    """One block of the homework's ResNet (figure 2): twice the channels, half the size.

        output = ReLU(main(features) + shortcut(features))

        main: Conv 3x3 stride 2, BN, ReLU, Conv 3x3, BN
        shortcut: Conv 1x1 stride 2, BN, since the shape changes

    Source: He et al., "Deep Residual Learning for Image Recognition" (2016).
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

    def forward(
        self, features: Float[Tensor, "n c_in h w"]
    ) -> Float[Tensor, "n c_out (h+1)//2 (w+1)//2"]:
        """Both paths, their sum, ReLU."""
        total: Tensor = self.main(features) + self.shortcut(features)
        return total.relu()


class ResNet(nn.Module):
    """The homework's ResNet (part 3, figures 2 and 3), from torch's own layers.

    4,829,258 parameters, none of them pre-trained. Every convolution and the linear layer start
    from N(0, 2 / fan_in).

    Source: He et al., "Deep Residual Learning for Image Recognition" (2016); the initialisation
        from He et al., "Delving Deep into Rectifiers" (2015).
    """

    image_shape = (3, 32, 32)

    def __init__(self) -> None:
        """Build the network with He initialisation."""
        super().__init__()
        self.normalize = Normalize(CIFAR10_MEAN, CIFAR10_STD)
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

    def forward_features(
        self, images: Float[Tensor, "n 3 h w"]
    ) -> Float[Tensor, "n 512 (h+7)//8 (w+7)//8"]:
        """The maps that enter the average pooling, of images in [0, 1]: an eighth of their size."""
        features = self.stem(self.normalize(images))  # (N, 64, 32, 32)
        features = self.block1(features)  # (N, 128, 16, 16)
        features = self.block2(features)  # (N, 256, 8, 8)
        features = self.block3(features)  # (N, 512, 4, 4)
        return features  # type: ignore[no-any-return] # a module's call has no type

    def forward_head(self, features: Float[Tensor, "n 512 4 4"]) -> Float[Tensor, "n 10"]:
        """Logits of the maps: average pooling, flatten, linear."""
        logits: Tensor = self.fc(self.pool(features).flatten(1))
        return logits

    def forward(self, images: Float[Tensor, "n 3 32 32"]) -> Float[Tensor, "n 10"]:
        """Classify images in [0, 1]; gives logits."""
        return self.forward_head(self.forward_features(images))


class DigitNet(nn.Module):
    """The homework's models A and B (part 6). Pixels are floats from 0 to 255, scaled by nothing.

    21,840 parameters, in the hand-written layers: with so few channels a forward pass without
    gradients takes half the time of torch's own.
    """

    image_shape = (1, 28, 28)
    bounds = (0.0, 255.0)

    def __init__(self, dropout: float = 0.5) -> None:
        """Build the network with torch's default initialisation.

        Args:
            dropout: share of channels (after the second convolution) and of features that are
                dropped in training, from 0 to 1.
        """
        super().__init__()
        self.conv1 = Conv2d(1, 10, kernel_size=5)
        self.conv2 = Conv2d(10, 20, kernel_size=5)
        self.pool = MaxPool2d(kernel_size=2)
        self.dropout2d = nn.Dropout2d(dropout)
        self.dropout = nn.Dropout(dropout)
        self.fc1 = nn.Linear(20 * 4 * 4, 50)
        self.fc2 = nn.Linear(50, 10)

    def forward(self, images: Float[Tensor, "n 1 28 28"]) -> Float[Tensor, "n 10"]:
        """Classify digits with pixels from 0 to 255; gives logits."""
        features = self.pool(self.conv1(images)).relu()  # (N, 10, 12, 12)
        features = self.pool(self.dropout2d(self.conv2(features))).relu()  # (N, 20, 4, 4)
        features = self.dropout(self.fc1(features.flatten(1)).relu())  # (N, 50)
        logits: Tensor = self.fc2(features)
        return logits


class Saturated(nn.Module):
    """A classifier whose logits are multiplied by a factor (model M): softmax saturates.

        output = factor · model(images)

    It decides the same, but its cross-entropy is so flat that float32 gives it no gradient: an
    attack on it fails, and yet nothing is safer.
    """

    def __init__(self, model: nn.Module, factor: float = 1e4) -> None:
        """Wrap ``model``, which is shared and not copied."""
        super().__init__()
        self.model = model
        self.factor = factor
        self.bounds = bounds_of(model)

    def forward(self, images: Float[Tensor, "n c h w"]) -> Float[Tensor, "n classes"]:
        """The model's logits times the factor."""
        logits: Tensor = self.model(images)
        return logits * self.factor


MODELS: dict[str, Callable[..., nn.Module]] = {
    "MnistCNN": MnistCNN,
    "ResNet": ResNet,
    "DigitNet": DigitNet,
}


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
    if name == "DigitNet":  # its early cards name no dropout
        return DigitNet(dropout=config.get("dropout", 0.5))
    return MODELS[name]()


def bounds_of(model: nn.Module) -> tuple[float, float]:
    """The lowest and the highest pixel that a network takes.

    Args:
        model: any network; its attribute ``bounds`` names them, and without one they are (0, 1).

    Returns:
        (low, high).

    Raises:
        TypeError: this is no network.
    """
    check_kind("model", model, nn.Module)
    low, high = getattr(model, "bounds", (0.0, 1.0))
    return float(low), float(high)


def to_input(model: nn.Module, images: UInt8[Tensor, "n c h w"]) -> Float[Tensor, "n c h w"]:
    """Stored images as a network takes them: grey values 0..255 spread over its bounds.

    Args:
        model: any network, see ``bounds_of``; its attribute ``input_dtype`` names the dtype that
            it takes, and without one it is float32.
        images: grey values 0..255.

    Returns:
        Floats in the network's bounds.

    Raises:
        TypeError: the images are not uint8, or the model is no network.
    """
    check_dtype("images", images, "of grey values 0..255", (torch.uint8,))
    low, high = bounds_of(model)
    dtype: torch.dtype = getattr(model, "input_dtype", torch.float32)
    if (low, high) == (0.0, 255.0):
        return images.to(dtype)
    return to_unit(images).to(dtype) * (high - low) + low


def parameter_count(model: nn.Module) -> int:
    """Number of parameters, frozen ones too; running statistics are none."""
    return sum(parameter.numel() for parameter in model.parameters())
