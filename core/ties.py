"""Logits that are equal but for rounding: which of them is largest changes with the number of
pictures that are asked at once, so they name no class.
"""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from core.checks import check_tensor
from core.labels import Labels, checked_labels

UNITS = 32  # of rounding: sums in another order were up to 4 apart, in float32 and in float64
UNITS_16_BITS = 2  # of a sum that is added up in float32 and rounded once


def is_tied(logits: Float[Tensor, "n k"]) -> Bool[Tensor, " n"]:
    """(N,) bool: whether the two largest logits differ by no more than rounding.

        largest - second <= units · eps · max|logit|

    Args:
        logits: (N, K), as the network gives them: probabilities are further apart.

    Raises:
        TypeError: they are no floating-point tensor.
        ValueError: they are not (N, K).
    """
    check_tensor("logits", logits, "(N, classes)")
    if logits.shape[1] < 2:
        return torch.zeros(len(logits), dtype=torch.bool, device=logits.device)
    info = torch.finfo(logits.dtype)
    units = UNITS if info.bits > 16 else UNITS_16_BITS
    largest, second = logits.detach().topk(2, dim=1).values.unbind(1)
    rounding = units * info.eps * logits.detach().abs().amax(1)
    return (largest == second) | (largest - second <= rounding)


def is_right(logits: Float[Tensor, "n k"], labels: Labels) -> Bool[Tensor, " n"]:
    """(N,) bool: whether the label's logit is the largest, and not just by rounding, so that it is
    the largest however many pictures are asked at once.

    Args:
        logits: (N, K).
        labels: true classes, one for all or (N,) one each.

    Raises:
        TypeError: the logits are no floating-point tensor, or the labels no whole numbers.
        ValueError: the logits are not (N, K), or there is no such class.
    """
    tied = is_tied(logits)
    goals = checked_labels(labels, len(logits), classes=logits.shape[1]).to(logits.device)
    return (logits.argmax(1) == goals) & ~tied
