"""What the static twin computes with: weights, digits and the random start of attacks, as packed
numbers.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import nn


def flat_weights(model: nn.Module) -> npt.NDArray[np.float32]:
    """All weights of a network one after the other, as ``app/twin/engine/networks.js`` takes them.

    Args:
        model: whose state dict names each layer's weight and then its bias.
    """
    parts = [one.detach().flatten() for one in model.state_dict().values()]
    return torch.cat(parts).float().numpy()
