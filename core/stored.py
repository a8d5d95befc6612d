"""Adversarial pictures as a file, a screen or a printed page holds them: 256 grey values and
nothing between them.

The attacks of ``core.attacks`` work with real numbers, and their success is counted on these. What
is drawn is rounded to grey values, and the network may see another class in it: so what a page says
of a picture comes from ``as_stored``, never from the result of the attack.

An attack that is to be drawn should be made with ``whole=True``: it then looks at rounded pictures
alone and does not stop at a success that rounding would undo. ``as_stored`` finds nothing more to
round in its pictures, and still judges the very bytes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, UInt8
from torch import Tensor, nn

from core.attack_record import Bounds, check_images, grey_unit, grey_values, is_success
from core.checks import check_tensor, logits_of
from core.evaluation import evaluation_mode
from core.labels import Labels, checked_labels


@dataclass(frozen=True)
class StoredPictures:
    """Pictures of grey values, and what the network says of exactly these.

    Attributes:
        images: (N, C, H, W) grey values 0..255.
        inputs: (N, C, H, W) the same, as the network takes them.
        logits: (N, K) of the network.
    """

    images: UInt8[Tensor, "n c h w"]
    inputs: Float[Tensor, "n c h w"]
    logits: Float[Tensor, "n k"]

    def success(self, labels: Labels, *, targeted: bool) -> Bool[Tensor, " n"]:
        """(N,) bool: which pictures the network takes for another class than their label, or for
        their label if that is a target.
        """
        count, classes = self.logits.shape
        goals = checked_labels(labels, count, classes=classes).to(self.logits.device)
        return is_success(self.logits, goals, targeted=targeted)


def as_stored(
    model: nn.Module,
    adversarial: Float[Tensor, "n c h w"],
    originals: UInt8[Tensor, "n c h w"],
    epsilon: float,
    *,
    bounds: Bounds = (0.0, 1.0),
) -> StoredPictures:
    """Round adversarial pictures to grey values, and ask the network again.

        unit = (highest - lowest) / 255
        images = clip(round((adversarial - lowest) / unit))      into [original - E, original + E],
                                                                 E = floor(epsilon / unit)

    So no pixel is further than epsilon from the original, counted in grey values, which are whole.

    Args:
        model: maps images to logits (N, K); given back unchanged.
        adversarial: (N, C, H, W) within ``bounds``.
        originals: (N, C, H, W) grey values 0..255, as they were stored.
        epsilon: largest change of a pixel, in the unit of ``bounds``.
        bounds: (lowest, highest) value of a pixel.

    Returns:
        The pictures and the network's logits of them.

    Raises:
        TypeError: the adversarial pictures are no floats, or the originals are not uint8.
        ValueError: shapes, bounds, pixels or epsilon do not fit.
    """
    check_images(adversarial, epsilon, bounds)
    check_tensor("originals", originals, "(N, C, H, W)", (torch.uint8,))
    if originals.shape != adversarial.shape:
        raise ValueError(
            f"Expected an original for each adversarial picture, {tuple(adversarial.shape)}, got "
            f"{tuple(originals.shape)}."
        )
    lowest, width = bounds[0], bounds[1] - bounds[0]
    most = math.floor(grey_values(epsilon, bounds))
    before = originals.to(adversarial.device).int()
    rounded = _rounded(adversarial, bounds)
    images = rounded.clamp(before - most, before + most).clamp(0, 255).byte()
    inputs = images.to(adversarial)
    if (lowest, width) != (0, 255):  # as core.models.to_input does it, to the last bit
        inputs = inputs / 255 * width + lowest
    with evaluation_mode(model):
        logits = logits_of(model, inputs)
    return StoredPictures(images, inputs, logits)


def grey_levels(
    images: Float[Tensor, "n c h w"], bounds: Bounds = (0.0, 1.0)
) -> UInt8[Tensor, "n c h w"]:
    """Pictures as the network takes them, rounded to the grey values that a file holds.

        output = round((images - lowest) / unit),   unit = (highest - lowest) / 255

    Args:
        images: (N, C, H, W) within ``bounds``.
        bounds: (lowest, highest) value of a pixel.

    Returns:
        (N, C, H, W) uint8.

    Raises:
        TypeError: the images are no floats.
        ValueError: shape, bounds or pixels do not fit.
    """
    check_images(images, 0.0, bounds)
    return _rounded(images, bounds).byte()


def _rounded(images: Tensor, bounds: Bounds) -> Tensor:
    fine = images if images.dtype == torch.float64 else images.float()
    return ((fine - bounds[0]) / grey_unit(bounds)).round().clamp(0, 255).int()
