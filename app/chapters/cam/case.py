"""The picture that is looked at, with its maps: what all views of the chapter need."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from app.chapters.cam.controls import MapSetting
from app.ui import colours
from app.ui.charts import signed
from app.ui.gallery import ChosenImage
from app.ui.resnets import ChosenResNet
from core import cam

SIZE = 32  # pixels of a side of its input


@dataclass(frozen=True)
class Case:
    """What the views are about.

    Attributes:
        picture: the network's input.
        result: of the network, for this one picture.
        setting: the class, and how its map is drawn.
        classes: names, in label order.
        network: that is looked into.
    """

    picture: ChosenImage
    result: cam.CamResult
    setting: MapSetting
    classes: list[str]
    network: ChosenResNet

    @property
    def name(self) -> str:
        """Of the class whose map is drawn."""
        return self.classes[self.setting.label]

    @property
    def subject(self) -> str:
        """The beginning of each caption."""
        return self.network.on(self.picture.name) if self.network.file else self.picture.name

    @property
    def map(self) -> Tensor:
        """(h, w) the raw map of the class."""
        return self.result.maps[0, self.setting.label]

    @property
    def probabilities(self) -> Tensor:
        """(classes,) what the network sees."""
        return self.result.logits[0].softmax(0)

    def upsampled(self) -> Tensor:
        """(classes, SIZE, SIZE) all maps in the size of the picture."""
        return cam.upsample(self.result.maps[0], SIZE, self.setting.method)

    def coloured(self, maps: Tensor, scale_of: Tensor) -> tuple[Tensor, str, tuple[str, str]]:
        """Maps as pictures on one scale.

        Args:
            maps: (N, H, W).
            scale_of: the maps that set the ends of the scale.

        Returns:
            (N, 3 or 4, H, W) uint8; the scale for a caption; what stands at its ends.
        """
        name = self.setting.colours
        low, high = colours.limits(scale_of, name)
        pictures = [colours.coloured(one, low, high, name) for one in maps]
        numbers = signed(low), signed(high)
        middle = " over 0" if low < 0 < high else ""
        scale = f"colours from {numbers[0]}{middle} to {numbers[1]}"
        ends = (f"against {numbers[0]}", f"{numbers[1]} for") if middle else numbers
        return torch.stack(pictures), scale, ends
