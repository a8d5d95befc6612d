"""The bugs of gradients: of a convolution told from facts, of a max pooling by models.

A model of a pooling's gradient takes the windows and what comes back from behind, and says how much
of it each cell of a window gets.
"""

from __future__ import annotations

import torch
from jaxtyping import Float64
from torch import Tensor

from core.checking.bugs.registry import add, bug

Windows = Float64[Tensor, "n c h_out w_out cells"]
_CUT = "Which line between this tensor and the output leaves autograd: .data, .detach(), .numpy()"

for _key, _what in (
    ("input", "The gradient does not reach the input"),
    ("weight", "The gradient does not reach the kernel"),
    ("bias", "The gradient does not reach the bias"),
):
    add(f"{_key}-gradient-lost", part="conv gradient", title=_what, hint=f"{_CUT}?")
add(
    "all-gradients-lost",
    part="conv gradient",
    title="The output is cut off from autograd: no gradient flows back at all",
    hint=f"{_CUT} or a new tensor of numbers?",
)
add(
    "gradient-scaled",
    part="conv gradient",
    title="The gradient is right but for a factor",
    hint="Where on the way back is the gradient divided or multiplied by a number?",
)
add(
    "pool-gradient-lost",
    part="pool gradient",
    title="The gradient does not reach the input",
    hint="Does your output come from the input's own numbers, or from a copy of them?",
)


def first_largest(windows: Windows) -> Windows:
    """(..., cells) -> the same: 1 at the first of the largest numbers of each window."""
    return _one_hot(windows.argmax(-1), windows)


def _one_hot(index: Tensor, windows: Tensor) -> Tensor:
    return torch.nn.functional.one_hot(index, windows.shape[-1]).to(windows.dtype)


@bug(
    "pool-gradient-shared",
    part="pool gradient",
    title="Every cell of a window gets a part of its gradient",
    hint="Does the output change when a cell changes that is not the largest?",
)
def evenly(windows: Windows) -> Windows:
    """(..., cells) -> the same: 1 divided among all cells of the window."""
    return torch.full_like(windows, 1 / windows.shape[-1])


@bug(
    "pool-gradient-last",
    part="pool gradient",
    title="Of equal cells the last gets the gradient; in torch it is the first",
    hint="What does your comparison do when two cells are equal?",
)
def last_largest(windows: Windows) -> Windows:
    """(..., cells) -> the same: 1 at the last of the largest numbers of each window."""
    return _one_hot(windows.shape[-1] - 1 - windows.flip(-1).argmax(-1), windows)
