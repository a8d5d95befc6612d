"""A person's own ResNet of the homework: its state dict is read and checked, whatever its layers
are called.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations

import torch
from jaxtyping import Float
from torch import Tensor, nn

from core.checkpoints.filling import fill
from core.checkpoints.state_dicts import Weights
from core.models import ResidualBlock, ResNet

LARGEST_RESNET = 60_000_000  # bytes: weights in float32, and Adam's two moments of each


@dataclass(frozen=True)
class ReadResNet:
    """A ResNet as a file holds it.

    Attributes:
        model: in eval mode, without gradients of its weights.
        weights: where they stood in the file, and what stood beside them.
        is_renamed: whether its layers have names of their own and were known by their shapes.
    """

    model: ResNet
    weights: Weights
    is_renamed: bool


def read_resnet(content: bytes, name: str, images: Float[Tensor, "n 3 32 32"]) -> ReadResNet:
    """Read a state dict of ``ResNet``; nothing in the file is executed.

    The homework names none of its layers. Where a file has other names than ours, each convolution
    and the linear layer are known by their shapes, which are all different, and the batch
    normalisations of a block by what they have kept, see ``pair_norms``. Images are normalised
    inside the network, with the homework's mean and std.

    Args:
        content: the file: safetensors, or what torch.save wrote, alone or as the one such file in a
            zip.
        name: of the file, for messages; what it holds is told by its bytes.
        images: some test pictures in [0, 1], to tell batch normalisations apart by.

    Returns:
        The network, and which entry of the file it is.

    Raises:
        ForeignError: the file is too large, of another format, damaged, or of another architecture.
    """
    model = ResNet().eval().requires_grad_(False)
    weights = fill(model, content, name, by_shape=True, largest=LARGEST_RESNET)
    is_renamed = not all(called.endswith(key) for key, called in weights.called.items())
    if is_renamed:
        pair_norms(model, images)
    return ReadResNet(model, weights, is_renamed)


def pair_norms(model: ResNet, images: Float[Tensor, "n 3 32 32"]) -> None:
    """Give each convolution of a block the batch normalisation that has kept what it makes.

    A batch normalisation follows the convolution whose outputs have the mean m and the variance v,
    per channel, that are nearest to its kept mean μ and variance σ², as normal distributions:

        KL = ½ · (v / σ² + (m − μ)² / σ² − 1 − log(v / σ²)), mean over the channels

    Of equal ones, as before training, the order stays.

    Args:
        model: in eval mode; the batch normalisations inside each block change their places.
        images: some pictures in [0, 1] like those that it was trained on.
    """
    with torch.inference_mode():
        features = model.stem(model.normalize(images))
        for block in (model.block1, model.block2, model.block3):
            _pair_in(block, features)
            features = block(features)


def _pair_in(block: ResidualBlock, features: Tensor) -> None:
    places = (block.main[1], block.main[4], block.shortcut[1])
    norms = [norm for norm in places if isinstance(norm, nn.BatchNorm2d)]
    first, shortcut = block.main[0](features), block.shortcut[0](features)
    second = [block.main[3](norm(first).relu()) for norm in norms]  # after each as the first one

    def misfit(order: tuple[int, ...]) -> float:
        one, two, three = order
        made = ((one, first), (two, second[one]), (three, shortcut))
        return sum(_divergence(norms[index], values) for index, values in made)

    one, two, three = min(permutations(range(len(norms))), key=misfit)
    block.main[1], block.main[4], block.shortcut[1] = norms[one], norms[two], norms[three]


def _divergence(norm: nn.BatchNorm2d, values: Tensor) -> float:
    """How far the outputs of a convolution are from what a batch normalisation has kept."""
    mean, variance = values.mean((0, 2, 3)), values.var((0, 2, 3)) + norm.eps
    kept_mean, kept = norm.running_mean, norm.running_var
    if kept_mean is None or kept is None:
        raise TypeError("Expected a batch normalisation that keeps mean and variance.")
    kept = kept + norm.eps
    ratio = variance / kept
    return float((ratio + (mean - kept_mean).square() / kept - 1 - ratio.log()).mean() / 2)
