"""A convolutional layer with all its settings, ours or torch's."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn

from core.conv import conv2d
from core.explain.geometry import Border, Geometry, pad


@dataclass(frozen=True)
class LayerSettings:
    """All settings of a convolutional layer, ours or torch's.

    Attributes:
        geometry: sizes, stride, padding, dilation.
        border: of the padding.
        groups: the channels and the filters are split into as many parts, each with its own.
        relu: whether negative sums become 0.
    """

    geometry: Geometry
    border: Border
    groups: int
    relu: bool

    def sum_up(
        self,
        images: Float[Tensor, "n c h w"],
        weight: Float[Tensor, "filters c_group kh kw"],
        bias: Float[Tensor, " filters"],
        *,
        own: bool = True,
    ) -> Float[Tensor, "n filters h_out w_out"]:
        """The layer before its ReLU.

        Args:
            images: what the window slides over.
            weight: the kernels.
            bias: one number for each filter.
            own: by ``core.conv.conv2d``, or else by torch's own layer.
        """
        if not own:
            return self._torchs(images, weight, bias)
        geometry, padding = self.geometry, self.geometry.padding
        if self.border != "zeros":
            images, padding = pad(images, padding, self.border), 0
        settings = (geometry.stride, padding, geometry.dilation, self.groups)
        return conv2d(images, weight, bias, *settings)

    def activate(self, sums: Float[Tensor, "*axes"]) -> Float[Tensor, "*axes"]:
        """The ReLU, where the layer has one."""
        return sums.relu() if self.relu else sums

    def _torchs(self, images: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        geometry = self.geometry
        layer = nn.Conv2d(
            images.shape[1],
            len(weight),
            geometry.kernel,
            geometry.stride,
            geometry.padding,
            geometry.dilation,
            self.groups,
            padding_mode=self.border,
        )
        parameters = {"weight": weight, "bias": bias}
        sums: Tensor = torch.func.functional_call(layer, parameters, (images,))
        return sums
