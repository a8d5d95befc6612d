"""Networks to attack and to look into: for pictures of any size, some of them sick."""

from __future__ import annotations

import math

import torch
from hypothesis import strategies as st
from torch import Tensor, nn


class OwnError(Exception):
    """What a network itself cannot take; whoever calls it lets this through."""


class AnyPictures(nn.Module):
    """Two features a cell, average pooling, one linear layer: a CAM network for any size."""

    def __init__(
        self, classes: int = 10, factor: float = 1.0, bias: float = 0.0, seed: int = 0
    ) -> None:
        """Of so many classes; the factor is on the weights, the bias on the last logit."""
        super().__init__()
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            self.linear = nn.Linear(2, classes)
        with torch.no_grad():
            self.linear.weight *= factor
            self.linear.bias[-1] += bias
        self.requires_grad_(False)

    def forward_features(self, images: Tensor) -> Tensor:
        """(N, 2, h, w)."""
        if images.dim() != 4 or images.dtype != torch.float32 or 0 in images.shape[1:]:
            raise OwnError(f"This network takes no {images.dtype} {tuple(images.shape)}.")
        return torch.cat([images.mean(1, keepdim=True), images.amax(1, keepdim=True) ** 2], 1)

    def forward_head(self, features: Tensor) -> Tensor:
        """(N, K)."""
        logits: Tensor = self.linear(features.mean((2, 3)))
        return logits

    def forward(self, images: Tensor) -> Tensor:
        """(N, K)."""
        return self.forward_head(self.forward_features(images))


class OneNumber(AnyPictures):
    """Gives no logits (N, K) but (N,)."""

    def forward(self, images: Tensor) -> Tensor:
        """(N,)."""
        return super().forward(images)[:, 0]


NETWORKS = st.sampled_from(
    (
        *(AnyPictures(), AnyPictures(seed=1), AnyPictures(classes=3), AnyPictures(classes=1)),
        *(AnyPictures(factor=0.0, bias=5.0), AnyPictures(factor=1e30), AnyPictures(factor=1e-30)),
        *(AnyPictures(factor=math.nan), AnyPictures(bias=math.inf), OneNumber()),
    )
)
