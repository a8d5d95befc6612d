"""First kernels that begin as what the training images vary in, in place of random ones."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from jaxtyping import Float32
from torch import Tensor

from core.checks import check_tensor
from core.data.facts import LabelledImages
from core.models import ResNet, to_input
from core.training.state import TrainingState

IMAGES = 500  # the first ones, whose patches are looked at
NORM = 2**0.5  # of a kernel: what N(0, 2 / fan_in) has on average


@torch.no_grad()
def principal_kernels(
    images: Float32[Tensor, "n c h w"], size: int
) -> Float32[Tensor, "kernels c side side"]:
    """The principal components of all patches of some images, each with both signs.

    With the patches x as rows, less their mean, and C = xᵀ x / n their covariance:

        C vᵢ = λᵢ vᵢ,   λ₁ >= λ₂ >= ...,   kernels √2 v₁, √2 v₂, ..., -√2 v₁, -√2 v₂, ...

    A batch normalisation after them divides each output by its standard deviation √(2 λᵢ): those of
    one sign are uncorrelated and of one size, as whitened patches are. The norm √2 is the one that
    He's initialisation has on average.

    Args:
        images: as the layer takes them.
        size: height and width of a kernel, at most those of the images.

    Returns:
        2 · c · size² kernels.

    Raises:
        TypeError: the images are no float32 tensor.
        ValueError: they have other axes, or no patch of this size.

    Source: Krähenbühl et al., "Data-dependent Initializations of Convolutional Neural Networks",
        2016; both signs as in Jordan, "94% on CIFAR-10 in 3.29 Seconds on a Single GPU", 2024,
        whose first layer whitens its patches.
    """
    check_tensor("images", images, "(N, C, H, W)", [torch.float32])
    if not len(images) or not 1 <= size <= min(images.shape[2:]):
        raise ValueError(
            f"Expected images with patches of {size} x {size} pixels, got the shape "
            f"{tuple(images.shape)}."
        )
    patches = F.unfold(images, size).transpose(1, 2).flatten(0, 1).double()
    patches -= patches.mean(0)
    _, vectors = torch.linalg.eigh(patches.T @ patches / len(patches))  # columns, least λ first
    kernels = NORM * vectors.flip(1).T.reshape(-1, images.shape[1], size, size).float()
    return torch.cat([kernels, -kernels])


@torch.no_grad()
def begin_with_principal_kernels(state: TrainingState, train: LabelledImages) -> None:
    """Let the ResNet's first kernels be those of ``principal_kernels``, as many as there are; the
    others stay random. They are computed on the processor, so that all that train together agree.

    Args:
        state: before its first step; the network and its average are changed.
        train: images to train on, of which the first ones are looked at.
    """
    if not isinstance(state.model, ResNet):
        raise TypeError(f"Expected a ResNet, got a {type(state.model).__name__}.")
    few = to_input(state.model, train.images[:IMAGES].to(state.device))
    first: Tensor = state.model.stem[0].weight  # type: ignore[assignment] # of a Sequential
    kernels = principal_kernels(state.model.normalize(few).cpu(), first.shape[-1])[: len(first)]
    first[: len(kernels)] = kernels
    state.averaged.load_state_dict(state.model.state_dict())
