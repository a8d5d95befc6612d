"""One cell on its way through a residual block's end, and what somebody gets who is wrong.

output = ReLU(F(x) + shortcut(x)),    F(x) = gamma * (v - mean) / sqrt(variance) + beta
"""

from __future__ import annotations

from dataclasses import replace

import torch

from core.checking.bugs import resnet  # noqa: F401 - enters its bugs
from core.checking.bugs.registry import BUGS
from core.explain.normalised import ChannelNorm
from core.explain.questions.question import Option


def normalised(norm: ChannelNorm, value: float) -> list[Option]:
    """What a batch normalisation gives for one cell, then wrong answers, best first."""
    right = _through(norm, value)
    centred = value - norm.mean
    return [
        Option((right,), "γ · (v − mean) / √variance + β"),
        Option(
            (norm.gamma * centred / norm.variance + norm.beta,),
            "divided by the variance, not by its root",
        ),
        Option((_through(replace(norm, beta=0.0), value),), "forgot the shift β"),
        Option((_through(replace(norm, gamma=1.0), value),), "forgot the scale γ"),
        Option((_through(replace(norm, mean=0.0), value),), "did not take the mean away"),
        Option((norm.gamma * centred + norm.beta,), "did not divide by √variance"),
        Option((-right,), "turned the sign around"),
    ]


def block_output(norm: ChannelNorm, value: float, shortcut: float) -> list[Option]:
    """What comes out of the block at one cell, then wrong answers, best first."""
    main = _through(norm, value)
    return [
        Option((max(0.0, main + shortcut),), "ReLU(F(x) + shortcut)"),
        _bug("relu-before-addition", max(0.0, main) + shortcut),
        _bug("relu-missing-after-addition", main + shortcut),
        _bug("batchnorm-missing", max(0.0, value + shortcut)),
        Option((max(0.0, main),), "left the shortcut out"),
        Option((max(0.0, shortcut),), "left F(x) out"),
        Option((abs(main + shortcut),), "dropped the minus: that is the absolute value"),
    ]


def _bug(name: str, value: float) -> Option:
    return Option((value,), BUGS[name].title)


def _through(norm: ChannelNorm, value: float) -> float:
    return float(norm(torch.tensor(value, dtype=torch.float64)))
