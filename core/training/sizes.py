"""Smaller images in the first steps, which cost less, and a network that takes them."""

from __future__ import annotations

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from core.models import ResNet
from core.training.config import SIZE_STEP, TrainConfig

Images = Float[Tensor, "n c h w"]


def image_size_at(config: TrainConfig, done: float, whole: int) -> int:
    """The side of the training images at one moment.

    It grows in a line from s = ``config.first_size`` to the whole side, which it has from
    f = ``config.full_size_from`` on, and is rounded down to a multiple of 8:

        8 · ⌊(s + (whole - s) · done / f) / 8⌋

    Args:
        config: the settings.
        done: share of all steps that are done, in [0, 1).
        whole: side of the images as they are, in pixels.

    Returns:
        The side in pixels, ``whole`` at the most.

    Source: Howard, "Training Imagenet in 3 hours for USD 25; and CIFAR10 for USD 0.26", 2018;
        Tan & Le, "EfficientNetV2: Smaller Models and Faster Training", 2021, section 4.
    """
    first, end = config.first_size, config.full_size_from
    if not first or done >= end:
        return whole
    size = first + (whole - first) * done / end
    return min(whole, SIZE_STEP * int(size / SIZE_STEP))


def shrunk(images: Images, size: int) -> Images:
    """Images with a shorter side, each pixel averaged over those that it stands for.

    Args:
        images: as the network takes them, square.
        size: the new side in pixels; images of this side come back as they are.
    """
    if images.shape[-1] == size:
        return images
    return F.interpolate(
        images, size=(size, size), mode="bilinear", antialias=True, align_corners=False
    )


class WholeMaps(nn.Module):
    """The ResNet with an average pooling over the whole map, however large it is.

    For images of 32 x 32 it is the network itself; a smaller image has a map of fewer than 4 x 4
    cells, on which the network's own pooling has no window.
    """

    def __init__(self, model: ResNet) -> None:
        """Wrap a network, whose parameters are shared and not copied."""
        super().__init__()
        self.model = model

    def forward(self, images: Float[Tensor, "n 3 h w"]) -> Float[Tensor, "n 10"]:
        """Classify square images in [0, 1]; gives logits."""
        if images.shape[1:] == self.model.image_shape:
            logits: Tensor = self.model(images)
            return logits
        features = self.model.forward_features(images)  # (N, 512, h / 8, w / 8), rounded up
        logits = self.model.fc(features.mean((2, 3)))
        return logits
