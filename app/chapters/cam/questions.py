"""What the chapter asks of the processes beside the pages."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from app.ui.cache import OwnFile
from app.ui.own_resnet import model_of
from core.cam import Method
from core.data.facts import facts, to_unit
from core.faithfulness import compare


@dataclass(frozen=True)
class PixelCurves:
    """The probability of a class while pixels are deleted and inserted: name of a ranking to its
    curve.
    """

    deletion: dict[str, list[float]]
    insertion: dict[str, list[float]]


def pixel_curves(file: OwnFile | None, image: Tensor, label: int, method: Method) -> PixelCurves:
    """Delete and insert the pixels of one picture by its map, by the map's shuffled cells, and at
    random.

    Args:
        file: that the network is read from; None: the one that ships.
        image: (3, H, W) uint8.
        label: the class.
        method: of the upsampling.
    """
    images, labels = to_unit(image[None]), torch.tensor([label])
    fill = torch.tensor(facts("cifar10").mean)

    def curves(insert: bool) -> dict[str, list[float]]:
        found = compare(model_of(file), images, labels, fill=fill, method=method, insert=insert)
        return {ranking: curve[0].tolist() for ranking, curve in found.items()}

    return PixelCurves(deletion=curves(False), insertion=curves(True))
