"""Images mixed in pairs: a batch's images and targets, each with a part of another image of it."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int64
from torch import Tensor

from core.training.config import TrainConfig

Images = Float[Tensor, "n c h w"]
Shares = Float[Tensor, "n classes"]
Targets = Int64[Tensor, " n"] | Shares


def mixed(
    images: Images,
    labels: Int64[Tensor, " n"],
    config: TrainConfig,
    done: float,
    random: torch.Generator,
    *,
    classes: int = 10,
) -> tuple[Images, Shares]:
    """A batch as it is trained on: cut and pasted, blended, or as it is.

    Which of them is drawn for the whole batch, the first with probability ``config.cutmix``, the
    second with ``config.mixup``; every image is mixed with the one that a random order puts beside
    it. The share λ that an image keeps is uniform in [0, 1], the Beta(1, 1) of both papers.

    Args:
        images: as the network takes them.
        labels: their classes.
        config: the settings.
        done: share of all steps that are done; from ``config.mixed_until`` on nothing is mixed.
        random: CPU generator; as many numbers are drawn whatever happens.
        classes: number of classes.

    Returns:
        The images, and the share of each class in them.

    Source: Yun et al., "CutMix: Regularization Strategy to Train Strong Classifiers with
        Localizable Features", 2019; Zhang et al., "mixup: Beyond Empirical Risk Minimization",
        2018.
    """
    choice, lam, row, column = torch.rand(4, generator=random).tolist()
    order = torch.randperm(len(images), generator=random)
    targets = F.one_hot(labels, classes).to(images.dtype)
    if done >= config.mixed_until or choice >= config.cutmix + config.mixup:
        return images, targets
    order = order.to(images.device, non_blocking=True)
    if choice < config.cutmix:
        images, lam = pasted(images, images[order], lam, (row, column))
    else:
        images = torch.lerp(images[order], images, lam)
    return images, torch.lerp(targets[order], targets, lam)


def pasted(
    images: Images, others: Images, lam: float, center: tuple[float, float]
) -> tuple[Images, float]:
    """CutMix: a box of each image is replaced by the same box of another.

    The box has the image's proportions and the area 1 - λ before what lies outside is cut off.

    Args:
        images: (N, C, H, W).
        others: of the same shape.
        lam: λ in [0, 1].
        center: row and column of the box's centre, as shares of height and width.

    Returns:
        The mixed images, and the share of each that is its own.
    """
    height, width = images.shape[-2:]
    side = (1 - lam) ** 0.5
    top, bottom = _span(center[0], side, height)
    left, right = _span(center[1], side, width)
    box = torch.zeros(height, width, dtype=torch.bool)
    box[top:bottom, left:right] = True
    share = 1 - (bottom - top) * (right - left) / (height * width)
    return torch.where(box.to(images.device, non_blocking=True), others, images), share


def _span(center: float, side: float, size: int) -> tuple[int, int]:
    """First and last pixel (exclusive) of a box along one axis."""
    middle, half = int(center * size), int(side * size) // 2
    return max(0, middle - half), min(size, middle + half)
